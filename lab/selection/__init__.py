"""Which cases apply to a product, and why."""
