"""Outages, deprived areas, and whether paper of that time may still be entered (clause 12)."""
