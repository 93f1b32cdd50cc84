"""Every operation of the published contract, with generated good and bad messages."""
