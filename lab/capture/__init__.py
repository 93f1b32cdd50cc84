"""The neutral witness between a client under test and the exchange."""
