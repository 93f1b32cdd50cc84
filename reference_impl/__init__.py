"""The reference exchange: every service and client of the national exchange, running."""
