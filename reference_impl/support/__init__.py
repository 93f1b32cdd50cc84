"""Support around the clock: tickets, triage, clock of the service level."""
