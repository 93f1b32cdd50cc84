"""Frozen vocabulary of the laboratory. Imports nothing else of ours; everything else imports it."""
