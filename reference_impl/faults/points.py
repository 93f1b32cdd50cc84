"""Answers for the named places where the reference can be made wrong, or legally different.

A point is declared once, with the sentence a reader needs. Code asks `faults.on(name)`; asking for
a name that is not declared is a defect of the reference and raises. Everything is off by default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from reference_impl import faults
from reference_impl.faults.declared import Point

CATALOGUE = Path(__file__).resolve().parents[2] / "fixtures" / "faults"


class UndeclaredPoint(LookupError):
    """A fault point or catalogue id that nobody declared."""


def _register(*groups: Iterable[Point]) -> dict[str, Point]:
    found: dict[str, Point] = {}
    for group in groups:
        for point in group:
            if point.name in found:
                message = f'fault point "{point.name}" is declared twice; give one another name'
                raise ValueError(message)
            found[point.name] = point
    return found


def _groups() -> Iterator[Iterable[Point]]:
    """Yield what the modules beside this one declare: `NAME_points.py` holds `NAME_POINTS`."""
    for module in sorted(m.name for m in iter_modules(faults.__path__)):
        if module.endswith("_points"):
            yield getattr(import_module(f"{faults.__name__}.{module}"), module.upper())


POINTS: dict[str, Point] = _register(*_groups())
"""Every declared point by name."""


@dataclass(frozen=True)
class FaultSet:
    """The points that are switched on in one running reference."""

    active: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in self.active:
            declared(name)

    def on(self, name: str) -> bool:
        """Say whether a point is switched on; raise UndeclaredPoint for a name nobody declared."""
        if name not in POINTS:
            declared(name)
        return name in self.active

    def __bool__(self) -> bool:
        return bool(self.active)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.active))


NO_FAULTS = FaultSet()


def declared(name: str) -> Point:
    """Return the declared point of this name, or raise UndeclaredPoint."""
    try:
        return POINTS[name]
    except KeyError:
        message = (
            f'fault point "{name}" is not declared; see reference_impl/faults for the declared ones'
        )
        raise UndeclaredPoint(message) from None


@cache
def catalogue(root: Path = CATALOGUE) -> dict[str, dict[str, Any]]:
    """Read every catalogue file below `root` once, by id. File name and id must agree."""
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(root.glob("*/*.toml")):
        entry = tomllib.loads(path.read_text("utf-8"))
        if entry.get("id") != path.stem:
            message = f'{path}: id is "{entry.get("id")}"; it must be the file name "{path.stem}"'
            raise ValueError(message)
        entries[path.stem] = entry
    return entries


def resolve(ids: Iterable[str], root: Path = CATALOGUE) -> FaultSet:
    """Turn catalogue ids (FLT-..., VAR-...) or point names into the set of points they switch on.

    Points of client programs live in `reference_impl.clients`; their ids are refused here because
    no server of the exchange can act on them.
    """
    wanted = [name for name in ids if name]
    if not wanted:
        return NO_FAULTS
    known = catalogue(root)
    names: set[str] = set()
    for name in wanted:
        if name in POINTS:
            names.add(name)
        elif name in known:
            names.add(declared(str(known[name]["point"])).name)
        else:
            message = (
                f'"{name}" is neither a catalogue id nor a fault point; '
                f"ids are the file names below {root}"
            )
            raise UndeclaredPoint(message)
    return FaultSet(frozenset(names))
