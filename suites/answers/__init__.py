"""What honest messages are answered with: one file of examples per service, `SERVICE.toml`.

An `[[example]]` names an `operation` and the `answer` its honest message gets (suites/messages);
keys of a message, such as `path`, `body` or `first`, say what is sent instead. Expected values come
from what was sent, from the pack and from the synthetic world; docs/add-a-case.md lists the words.
Importing this package registers the words of all its modules.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in sorted(found.name for found in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
