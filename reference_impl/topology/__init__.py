"""The whole exchange as one command, or as one ASGI application."""
