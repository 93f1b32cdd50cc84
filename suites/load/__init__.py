"""Open-model load; run by Locust in a process of its own, never imported by the laboratory."""
