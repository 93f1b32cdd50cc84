"""Insurance rules at three positions, with item and whole tracking ids."""
