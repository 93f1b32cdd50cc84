"""Honest messages by service (`SERVICE.toml`), and builders for what data cannot say (`*.py`).

Importing this package registers the builders of all its modules.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(found.name for found in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
