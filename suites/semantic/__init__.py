"""Meaning: identifiers, codes, Persian text, times and amounts."""
