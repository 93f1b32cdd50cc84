"""Pure parts of the insurance rules: positions, the case from registry answers, paths, parts.

A rule speaks only at its positions. Reject closes the insured path of the item; a proposal offers
what would be approved; ids are given for approved items only, the whole id when nothing stands
against the whole. [RUL-006]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from reference_impl.insurance_rules.amounts import Arithmetic
from reference_impl.insurance_rules.gathering import Known
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.rules.facts import person_facts
from reference_impl.platform.rules.language import Case, Reading
from reference_impl.platform.rules.verdicts import Leniency, Verdict

POSITIONS = {"pre_prescription": "I1", "pre_service": "I2", "post_service": "I3"}
BEFORE = frozenset({"pre_prescription", "pre_service"})
"""Positions at which health rules speak too. [RUL-006]."""
SELF_PAY = "37"
_HID_VERDICTS = {
    "ISSUED": "valid",
    "USED": "valid",
    "CANCELLED": "cancelled",
    "PATIENT_MISMATCH": "other_patient",
}
_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger knows of the person: entries of the history, and a twin of today."""

    history: Sequence[Mapping[str, Any]] = ()
    duplicate_today: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A request with everything known, ready for the bank."""

    asked: Mapping[str, Any]
    case: Case
    insurer: str
    complementary: tuple[str, ...]
    day: date
    person: str  # pseudonym of the patient in the ledger
    root: str = ""

    @property
    def position(self) -> str:
        """The position in the words of the bank."""
        return POSITIONS[self.asked["position"]]


def reading_of(faults: FaultSwitch) -> Reading:
    """Return how conditions are read, with the mistakes that are switched on."""
    return Reading(
        limits_reached=faults.on("insurance_rules.limit.boundary_included"),
        windows_exclusive=faults.on("insurance_rules.count.last_day_forgotten"),
    )


def leniency_of(faults: FaultSwitch) -> Leniency:
    """Return what is let pass, with the mistakes that are switched on."""
    return Leniency(
        any_reason=faults.on("insurance_rules.override.any_reason"),
        rejections=faults.on("insurance_rules.override.rejection_allowed"),
        first_hit_decides=faults.on("insurance_rules.outcome.first_hit_decides"),
    )


def arithmetic_of(faults: FaultSwitch) -> Arithmetic:
    """Return how amounts are computed, with the mistakes that are switched on."""
    return Arithmetic(
        rounds_down=faults.on("insurance_rules.cost.half_rial_cut_off"),
        tariff_ignored=faults.on("insurance_rules.cost.reference_price_ignored"),
        lowest_rank=faults.on("insurance_rules.cost.special_share_ignored"),
        one_unit=faults.on("insurance_rules.cost.quantity_ignored"),
    )


def case_of(
    asked: Mapping[str, Any],
    known: Known,
    coded: tuple[Sequence[Mapping[str, Any]], Sequence[str]],
    remembered: Remembered,
    day: date,
) -> Case:
    """Put together the facts; registries win over what the caller states.

    `coded` are the facts of the items and the codes of the diagnoses.
    """
    items, diagnoses = coded
    stated: Mapping[str, Any] = asked.get("facts", {})
    insurer = insurer_of(known)
    cover = _cover(known, insurer)
    prescription = {**stated.get("prescription", {}), "diagnoses": list(diagnoses)}
    if remembered.duplicate_today:
        prescription["duplicateToday"] = True
    groups: dict[str, Mapping[str, Any]] = {
        "patient": person_facts(
            known.eligibility["identity"], stated.get("patient", {}), diagnoses, day
        ),
        "prescription": prescription,
        "prescriber": {**stated.get("prescriber", {}), **_prescriber(known)},
        "centre": _centre(known, asked["position"]),
        "cover": {**stated.get("cover", {}), **cover},
        "covers": {"funds": _funds(known)},
        "hid": {"verdict": _hid_verdict(known, asked, items)},
        "context": {"admission": "outpatient", **stated.get("context", {})},
    }
    history = [*stated.get("history", ()), *remembered.history]
    return Case(groups, items, (), history)


def misread(case: Case, faults: FaultSwitch) -> Case:
    """Return the case as a vendor sees it whose mistakes are switched on; without any, as it is."""
    groups = {name: dict(group) for name, group in case.groups.items()}
    if faults.on("insurance_rules.age.ignored"):
        groups["patient"].pop("ageYears", None)
    if faults.on("insurance_rules.prescriber.standing_ignored"):
        groups["prescriber"]["licence"] = "active"
    if faults.on("insurance_rules.prescriber.specialty_of_caller"):
        groups["prescriber"]["specialty"] = "general"
    if faults.on("insurance_rules.hid.verdict_ignored"):
        groups["hid"]["verdict"] = "valid"
    if faults.on("insurance_rules.cover.overlap_untold"):
        groups["covers"]["funds"] = groups["covers"]["funds"][:1]
    if faults.on("insurance_rules.history.ignored"):
        return replace(case, groups=groups, history=())
    return replace(case, groups=groups)


def insurer_of(known: Known) -> str:
    """Return the insurer of the HID; without one the person pays alone."""
    return str(known.hid.get("insurer") or SELF_PAY)


def complementary_of(known: Known) -> tuple[str, ...]:
    """Return the insurers of complementary covers in force. [ERX-8-6-N2-B]."""
    return tuple(
        str(one["insurerCode"])
        for one in known.eligibility["covers"]
        if one.get("kind") == "complementary" and one["state"] == "active"
    )


def _cover(known: Known, insurer: str) -> dict[str, Any]:
    """Return insurer, fund and state of the cover the HID stands for."""
    own = [
        one
        for one in known.eligibility["covers"]
        if one["insurerCode"] == insurer and one.get("kind", "base") == "base"
    ]
    if not own:
        return {"insurer": insurer, "fund": "none", "state": "none"}
    best = next((one for one in own if one["state"] == "active"), own[0])
    state = "valid" if best["state"] == "active" else best["state"]
    return {"insurer": insurer, "fund": best["fund"], "state": state}


def _funds(known: Known) -> list[str]:
    covers = known.eligibility["covers"]
    return [f"{one['insurerCode']}.{one['fund']}" for one in covers if one["state"] == "active"]


def _prescriber(known: Known) -> dict[str, Any]:
    licence = known.member["licenceState"]
    if licence == "active" and not known.member["privileges"]:
        licence = "suspended"  # a sanction took every privilege
    return {"specialty": known.member["specialty"]["code"], "licence": licence}


def _centre(known: Known, position: str) -> dict[str, Any]:
    needed = "prescribing" if position == "pre_prescription" else "dispensing"
    return {
        "kind": known.centre["kind"],
        "sector": known.centre["sector"],
        "state": "active" if known.centre["active"] else "inactive",
        "roleHeld": needed in known.centre["roles"],
    }


def _hid_verdict(known: Known, asked: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> str:
    """Say what the HID is worth here. Goods follow the HID to any centre, a visit does not."""
    verdict = _HID_VERDICTS.get(known.hid["state"], _ABSENT)
    issued_at = known.hid.get("centre")
    visit = any(one["kind"] == "visit" for one in items)
    if verdict == "valid" and visit and issued_at not in {None, asked["centre"]}:
        return "other_centre"
    return verdict


def path_of(verdict: Verdict, insurer: str, *, closed: bool = False) -> str:
    """Return the path left for an item: `insured`, `self_pay`, or `closed` by a health rule."""
    if closed:
        return "closed"
    return "self_pay" if insurer == SELF_PAY or verdict.outcome == "rejected" else "insured"
