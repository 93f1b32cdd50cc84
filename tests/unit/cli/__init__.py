"""Tests of the command-line frame."""
