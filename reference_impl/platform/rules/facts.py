"""From code tables and registry answers to the facts of the rule language.

What a registry of the exchange knows is never taken from the caller; the caller states only what
no registry knows (allergies, measurements, medicines still taken, counts elsewhere ...).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

MEDICINES = "urn:ir:maksa:eRx-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
REASONS = "urn:ir:maksa:reason-synthetic"
OVERRIDE_REASONS = "override"
SYSTEMS = {
    MEDICINES: "drug",
    "urn:ir:maksa:service-synthetic": "service",
    "urn:ir:maksa:loinc-laboratory-synthetic": "laboratory",
    "urn:ir:maksa:loinc-imaging-synthetic": "imaging",
}
STATED_OF_ITEM = (
    "approvalId", "product", "productVerdict", "tooth", "dailyMg", "durationDays",
    "substituted", "sameFamily", "substitutionAllowed", "confirmationId",
    "confirmationAgeMinutes", "given", "selfPay",
)  # fmt: skip
"""Facts of an item that only the caller knows; names as in the request and in the language."""
_OF_ROW = ("generic", "maxQuantity", "hospitalOnly", "priorApproval", "uidRequired", "loinc")
_NO_ATC = "-"


def item_facts(asked: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an asked item: its row in the code tables, then what the caller states.

    A price that is not stated is the tariff, the reference price or the public one.
    """
    system = SYSTEMS.get(asked["code"]["system"], "other")
    facts: dict[str, Any] = {
        "system": system,
        "code": row["code"],
        "kind": row.get("kind", "drug" if system == "drug" else system),
        "covered": row.get("covered", True),
        **{name: row[name] for name in _OF_ROW if name in row},
    }
    if system in {"laboratory", "imaging"}:
        facts["loinc"] = row["code"]
    if row.get("atc", _NO_ATC) != _NO_ATC:
        facts["atc"] = row["atc"]
    tariff = row.get("referencePrice") or row.get("publicTariff")
    if tariff is not None:
        facts |= {"tariff": tariff, "unitPrice": tariff}
    if "quantity" in asked:
        facts["quantity"] = int(asked["quantity"])  # 2.0 is a whole number too
    if "frequency" in asked:
        facts["frequency"] = asked["frequency"]["code"]
    if "unitPrice" in asked:
        facts["unitPrice"] = int(asked["unitPrice"])
    return facts | {name: asked[name] for name in STATED_OF_ITEM if name in asked}


def completed_years(born: date, day: date) -> int:
    """Return the completed years of life on a day."""
    had = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (0 if had else 1)


def person_facts(
    identity: Mapping[str, Any], stated: Mapping[str, Any], diagnoses: Iterable[str], day: date
) -> dict[str, Any]:
    """Return the facts of the patient: the registry's, the stated ones, today's diagnoses.

    A diagnosis of the request counts as a condition. Age is missing when no birth date is known.
    """
    facts: dict[str, Any] = {
        "idType": identity["id"]["type"],
        "registryState": identity["state"],
        "conditions": sorted({*stated.get("conditions", ()), *diagnoses}),
        "allergies": list(stated.get("allergies", ())),
    }
    if "sex" in identity:
        facts["sex"] = identity["sex"]
    if "birthDate" in identity:
        born = date.fromisoformat(identity["birthDate"])
        facts |= {"ageYears": completed_years(born, day), "ageDays": (day - born).days}
    return facts
