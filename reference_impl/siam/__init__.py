"""Registry of health centres: who they are, what they may do, whether they are active."""
