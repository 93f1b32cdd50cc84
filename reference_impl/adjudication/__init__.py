"""Adjudication of claims: rulings on items, deductions, objections (post-service stage)."""
