"""The health record, as far as submission goes."""
