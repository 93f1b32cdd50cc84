"""Identity authorities: inquiry, unique ids, link of a newborn."""
