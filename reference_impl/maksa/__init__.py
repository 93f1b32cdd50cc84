"""Coding service: systems, concepts and validation of coded texts."""
