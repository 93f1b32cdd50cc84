"""From expectations to verdicts, causes and the statement of conformity."""
