"""The engine both rule services run their banks on; the rules themselves are data of the pack."""
