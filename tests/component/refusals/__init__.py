"""The bad input catalogue: for every code of the error bank, how a client provokes it."""
