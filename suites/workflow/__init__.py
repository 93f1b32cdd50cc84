"""The steps of clauses 9-1 and 9-2, one file per step."""
