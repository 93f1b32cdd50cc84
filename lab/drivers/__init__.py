"""Runners of suites and load, each in its own process."""
