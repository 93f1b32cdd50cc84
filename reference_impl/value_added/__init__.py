"""Data of one person to a business, under that person's consent."""
