"""Authenticity of health products by the code on their label."""
