"""A complementary insurer: guarantee letters, second claims, its own rules."""
