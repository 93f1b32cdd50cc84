"""Tests of the SLA decision rule."""
