"""Monitoring of submissions to the record: errors, their bank, cases to closure."""
