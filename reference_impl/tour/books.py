"""What prescribers and pharmacies wrote down themselves, to be held against the other ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

AMOUNTS = ("total", "insurerShare", "patientShare")


@dataclass(frozen=True)
class Entry:
    """One deed at one centre. `document_id` is the signed document behind it, for one person."""

    centre: str
    person: str
    document_id: str
    claim_id: str | None = None
    amounts: tuple[int, int, int] = (0, 0, 0)


@dataclass
class Books:
    """The actors' own ledgers: deeds by subject id, and what was taken back."""

    prescriptions: dict[str, Entry] = field(default_factory=dict)
    dispenses: dict[str, Entry] = field(default_factory=dict)
    services: dict[str, Entry] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)

    def entries(self) -> list[Entry]:
        """Return all deeds with a signed document."""
        return [*self.prescriptions.values(), *self.dispenses.values(), *self.services.values()]


def amounts(row: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return total, insurer's share and patient's share of a row."""
    total, insurer, patient = (int(row[name]) for name in AMOUNTS)
    return total, insurer, patient
