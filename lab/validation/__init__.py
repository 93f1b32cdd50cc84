"""Proof of the suites: what they catch, what they wrongly accuse, and how sure that is."""
