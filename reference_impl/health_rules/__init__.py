"""Health rules at two positions: a verdict on each item, never an amount."""
