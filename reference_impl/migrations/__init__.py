"""History of the tables, read by Alembic: one file per revision in `versions`."""
