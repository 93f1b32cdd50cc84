"""The summary of a record: active medicines, allergies, diagnoses of two years, last results.

Pure but for the background: what is known of the synthetic people before their first document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fixtures import Pack
from fixtures.synthetic.world import World
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.persons import person_key

ALLERGIES = "urn:ir:maksa:allergy-synthetic"
DRUGS = "urn:ir:maksa:eRx-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
VALIDITY = timedelta(days=60)
"""A prescription can be dispensed for 60 days; so long its medicines count as active."""
DIAGNOSES_KEPT = timedelta(days=730)
PREGNANCY = timedelta(days=280)
PREGNANCY_CODE = "Z34"
LAST_RESULTS = 50
RESULTS = frozenset({"laboratory_result", "imaging_result", "pathology_result"})


@dataclass(frozen=True)
class Known:
    """What the record knows of a person apart from documents."""

    medicines: tuple[Mapping[str, str], ...] = ()
    allergies: tuple[Mapping[str, str], ...] = ()
    diagnoses: tuple[Mapping[str, str], ...] = ()


class Background:
    """The earlier life of the synthetic people."""

    def __init__(self, world: World, pack: Pack) -> None:
        self._names: dict[tuple[str, str], dict[str, str]] = {}
        for system in (ALLERGIES, DRUGS, DIAGNOSES):
            for row in pack.codes[system]["concepts"]:
                told = {"version": str(row["version"]), "display": str(row["en"])}
                if (system, str(row["code"])) in self._names:
                    del told["version"]  # of several nobody knows which one was meant
                self._names[system, str(row["code"])] = told
        self._known: dict[str, Known] = {}
        for one in world.people.values():
            plain: dict[str, Any] = {"type": one.id_type, "value": one.id_value}
            if one.birth_order is None:
                self._known[person_key(plain)] = Known(
                    self._coded(DRUGS, one.current_medication),
                    self._coded(ALLERGIES, one.allergies),
                    self._coded(DIAGNOSES, one.conditions),
                )

    def of(self, key: str) -> Known:
        """Return what is known; nothing for somebody new."""
        return self._known.get(key, Known())

    def _coded(self, system: str, codes: Iterable[str]) -> tuple[Mapping[str, str], ...]:
        return tuple(
            {"system": system, "code": code, **self._names[system, code]}
            for code in codes
            if (system, code) in self._names
        )


def summary_of(
    events: Iterable[Any], known: Known, today: date, *, cancelled_counts: bool = False
) -> dict[str, Any]:
    """Sum up the events of a person (rows in order of time) as seen on a day."""
    medicines, diagnoses = list(known.medicines), list(known.diagnoses)
    results: list[str] = []
    sources: list[str] = []
    pregnant = any(_pregnancy(one) for one in known.diagnoses)
    for row in events:
        if row.state == "cancelled" and not cancelled_counts:
            continue
        day = day_of(row.started_at)
        if row.kind == "prescription" and today <= day + VALIDITY:
            medicines += row.core["items"]
            sources.append(row.record_id)
        found = row.core.get("diagnoses", [])
        if found and today <= day + DIAGNOSES_KEPT:
            diagnoses += found
            sources.append(row.record_id)
        recent = today <= day + PREGNANCY
        pregnant = pregnant or (recent and any(_pregnancy(one) for one in found))
        if row.kind in RESULTS:
            results.append(row.record_id)
    return {
        "activeMedicines": _once(medicines),
        "allergies": list(known.allergies),
        "diagnoses": _once(diagnoses),
        "results": results[-LAST_RESULTS:],
        "pregnant": pregnant,
        "sources": list(dict.fromkeys([*sources, *results[-LAST_RESULTS:]])),
    }


def day_of(instant: str) -> date:
    """Return the day in Tehran of a written instant."""
    return datetime.fromisoformat(instant).astimezone(TEHRAN).date()


def _pregnancy(coded: Mapping[str, str]) -> bool:
    return coded["system"] == DIAGNOSES and coded["code"].startswith(PREGNANCY_CODE)


def _once(coded: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Leave out what was named before, by system and code; the first wording stays."""
    kept: dict[tuple[str, str], dict[str, str]] = {}
    for one in coded:
        kept.setdefault((one["system"], one["code"]), dict(one))
    return list(kept.values())
