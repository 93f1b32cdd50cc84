"""Laws that hold for every exchange, over generated inputs and sequences."""
