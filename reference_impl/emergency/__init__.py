"""Outages, deprived areas and paper prescriptions."""
