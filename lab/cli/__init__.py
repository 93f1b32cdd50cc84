"""The command line, a thin face over the services of the laboratory."""
