"""Append-only, hash-chained records of everything that was seen."""
