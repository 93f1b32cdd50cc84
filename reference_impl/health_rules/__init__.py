"""Clinical rules: interactions, duplicates, allergy, dose, age, pregnancy; never money."""
