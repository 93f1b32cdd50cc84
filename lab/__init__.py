"""The laboratory: selects, runs, records, judges, certifies."""
