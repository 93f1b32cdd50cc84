"""Look-up of coded concepts in the pack's code systems at a given day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.platform.identifiers import ascii_digits


@dataclass(frozen=True)
class Concept:
    """One version of a coded concept; `properties` is its whole row in the pack."""

    system: str
    code: str
    version: str
    valid_from: date
    valid_until: date | None
    properties: Mapping[str, Any]

    def in_force(self, day: date) -> bool:
        """Say whether this version is valid on a day (both bounds included)."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class CodeRefused(Exception):
    """A coded text that cannot be used on a day; `reason` is the code of the error bank."""

    def __init__(self, reason: str, replaced_by: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.replaced_by = replaced_by


class CodeBook:
    """All code systems of a pack, indexed."""

    def __init__(self, systems: Iterable[Mapping[str, Any]]) -> None:
        self.systems: dict[str, Mapping[str, Any]] = {}
        self._concepts: dict[tuple[str, str], list[Concept]] = {}
        for system in systems:
            name = str(system["system"])
            self.systems[name] = system
            for row in system["concepts"]:
                concept = _concept(name, row)
                self._concepts.setdefault((name, concept.code), []).append(concept)

    def versions(self, system: str, code: str) -> tuple[Concept, ...]:
        """Return every version of a concept, oldest first; empty when unknown."""
        found = self._concepts.get((system, code), [])
        return tuple(sorted(found, key=lambda one: one.valid_from))

    def find(self, system: str, code: str, day: date, version: str | None = None) -> Concept:
        """Return the concept in force on a day.

        Raises CodeRefused with CODE_UNKNOWN, CODE_RETIRED or CODE_NOT_YET_VALID.
        """
        known = [one for one in self.versions(system, code) if version in {None, one.version}]
        if not known:
            raise CodeRefused("CODE_UNKNOWN")
        for concept in known:
            if concept.in_force(day):
                return concept
        if all(day < one.valid_from for one in known):
            raise CodeRefused("CODE_NOT_YET_VALID")
        last = known[-1]
        raise CodeRefused("CODE_RETIRED", last.properties.get("replacedBy"))


def _concept(system: str, row: Mapping[str, Any]) -> Concept:
    return Concept(
        system=system,
        code=str(row["code"]),
        version=str(row.get("version", "1")),
        valid_from=_day(row["validFrom"]),
        valid_until=_day(row["validUntil"]) if row.get("validUntil") else None,
        properties=row,
    )


def _day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def display_matches(concept: Concept, display: str) -> bool:
    """Say whether a display text is one of the concept's published texts, spacing apart."""
    return _plain(display) in {_plain(str(concept.properties.get(name))) for name in ("en", "fa")}


_LETTERS: dict[int, str | None] = {0x064A: "\u06cc", 0x0643: "\u06a9", 0x200C: None, 0x0640: None}


def _plain(text: str) -> str:
    return "".join(ascii_digits(text).translate(_LETTERS).split()).casefold()
