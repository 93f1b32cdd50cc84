"""Questions to the rule services, as tests put them."""

from __future__ import annotations

import uuid
from typing import Any

from reference_impl.insurance_rules.months import month_of
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.identifiers import national_code_is_sound
from reference_impl.platform.rules.facts import MEDICINES, REASONS
from tests.component.bench import Answered, Bench

INSURANCE = "/insurance_rules/v1/evaluations"
UNIFIED = "/insurance_rules/v1/unified-evaluations"
HEALTH = "/health_rules/v1/evaluations"
TRIALS = "/insurance_rules/v1/rules/trials"
SERVICES = "urn:ir:maksa:service-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
FREQUENCIES = "urn:ir:maksa:frequency-synthetic"


def drug(table: Bench, code: str, quantity: int = 10, **more: Any) -> dict[str, Any]:
    """Return an item that asks for a medicine; `frequency` is the code of one."""
    if "frequency" in more:
        more["frequency"] = table.coded(FREQUENCIES, more["frequency"])
    return {"code": medicine(table, code), "quantity": quantity, **more}


def medicine(table: Bench, code: str) -> dict[str, str]:
    """Return the coded text of a medicine in its latest version."""
    rows = table.exchange._pack.codes[MEDICINES]["concepts"]
    latest = [row for row in rows if row["code"] == code][-1]
    return {"system": MEDICINES, "code": code, "display": latest["en"]}


def service(table: Bench, code: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """Return an item that asks for a service beside medicines."""
    return {"code": table.coded(SERVICES, code), "quantity": quantity, **more}


def override(table: Bench, rule: str, reason: str = "PATIENT_INFORMED") -> dict[str, Any]:
    return {"ruleId": rule, "reason": table.coded(REASONS, reason)}


def question(table: Bench, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a request; `person`, `insurer`, `doctor` and `place` are keys of the world."""
    person, insurer = more.pop("person", "P01"), more.pop("insurer", "1")
    doctor = table.world.professional(more.pop("doctor", "dr01"))
    position = more.pop("position", "pre_prescription")
    place = more.pop("place", "office-1" if position == "pre_prescription" else "pharmacy-1")
    hid = more.pop("hid", None) or table.hid(person, insurer)
    return {
        "position": position,
        "patient": table.person_id(person),
        "prescriber": {
            "councilKind": doctor.council_kind,
            "councilNumber": doctor.council_number,
        },
        "centre": table.world.centre(place).siam_id,
        "hid": hid,
        "items": [{"itemId": str(n), **item} for n, item in enumerate(items, 1)],
        **more,
    }


def stranger(table: Bench) -> dict[str, str]:
    """Return a sound national code that belongs to nobody."""
    taken = {one.id_value for one in table.world.people.values()}
    codes = (f"990{number:07d}" for number in range(9_999_999, 0, -1))
    return {
        "type": "NC",
        "value": next(one for one in codes if one not in taken and national_code_is_sound(one)),
    }


def post(table: Bench, target: str, *items: dict[str, Any], **more: Any) -> Answered:
    return table.call("POST", target, body=question(table, *items, **more))


def ask(table: Bench, target: str, *items: dict[str, Any], **more: Any) -> Any:
    """Ask and return the answer, which must be one."""
    answered = post(table, target, *items, **more)
    assert answered.status == 200, answered
    return answered.json


def said(item: Any, *kinds: str) -> list[str]:
    """Return the ids of the rules that speak of an item, in their order, calculations apart."""
    wanted = kinds or ("advice", "warning", "reject", "proposal")
    return [one["ruleId"] for one in item["messages"] if one["kind"] in wanted]


def month(table: Bench) -> str:
    """Return the Jalali month of the exchange's clock."""
    return month_of(table.clock.now().astimezone(TEHRAN).date())


def counts(table: Bench, period: str) -> dict[str, tuple[int, int]]:
    """Return hits and overrides of every rule that spoke in a month."""
    audit = table.call("GET", f"/insurance_rules/v1/audits/{period}")
    assert audit.status == 200, audit
    rules = audit.json["rules"]
    return {one["ruleId"]: (one["hits"], one["overrides"]) for one in rules if one["hits"]}


def used(table: Bench, tracking_id: str, document: str | None = None) -> Answered:
    """Report that an approval was used."""
    body = {"documentId": document or str(uuid.uuid4())}
    return table.call("POST", f"/insurance_rules/v1/tracking-ids/{tracking_id}/uses", body=body)
