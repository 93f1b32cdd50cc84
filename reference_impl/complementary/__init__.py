"""Complementary insurers: guarantee letters, the second claim, own rules."""
