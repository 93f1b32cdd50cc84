"""Insured persons: identity, covers, overlap, entitlement and the HID of one visit."""
