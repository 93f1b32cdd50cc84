"""A narrated walk through every flow of the exchange, ending with books that must agree."""
