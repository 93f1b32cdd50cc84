"""What the templates print, computed from the result document by pure functions."""
