"""Questions to the rule services, and what the banks of the pack say of them.

What registries know is put together here from the synthetic world and the code tables of the pack
(docs/wire.md, "Rule services"); the oracles judge it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from fixtures import load_pack
from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites.journeys import REASONS, SERVICES
from suites.oracles.rules import Bank, Hit, amounts

MEDICINES = "urn:ir:maksa:eRx-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
FREQUENCIES = "urn:ir:maksa:frequency-synthetic"
LABORATORY = "urn:ir:maksa:loinc-laboratory-synthetic"
IMAGING = "urn:ir:maksa:loinc-imaging-synthetic"
SYSTEMS = {"drug": MEDICINES, "service": SERVICES, "laboratory": LABORATORY, "imaging": IMAGING}
POSITIONS = {
    "insurance": {"I1": "pre_prescription", "I2": "pre_service", "I3": "post_service"},
    "clinical": {"C1": "pre_prescription", "C2": "pre_service"},
}
OPERATIONS = {"insurance": "evaluateRules", "clinical": "evaluateHealthRules"}
STATED = (
    "dailyMg", "durationDays", "tooth", "approvalId", "product", "productVerdict", "substituted",
    "sameFamily", "substitutionAllowed", "confirmationId", "confirmationAgeMinutes", "given",
    "selfPay",
)  # fmt: skip
OF_TABLE = ("generic", "maxQuantity", "hospitalOnly", "priorApproval", "uidRequired", "loinc")
REMEMBERED = ("P03", "P10", "P20", "P22", "P24", "P32", "P34")
"""People whose used approvals are reported; nobody else asks rules that count about them."""
TEHRAN = ZoneInfo("Asia/Tehran")
WORDS = {
    "calculation": "approved",
    "advice": "advice",
    "proposal": "warning",
    "warning": "warning",
    "reject": "rejected",
    None: "approved",
}
"""Outcome of an item for the strongest kind that speaks of it."""


@dataclass(frozen=True)
class Setting:
    """Who is asked for, by whom and where; keys of the synthetic world."""

    person: str = "P01"
    insurer: str = "1"
    doctor: str = "dr01"
    place: str = "office-1"
    position: str = "pre_prescription"


@dataclass(frozen=True)
class Asked:
    """A question: its setting, items as the request writes them, and what only the caller knows."""

    setting: Setting
    items: Sequence[Mapping[str, JsonValue]]
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    diagnoses: Sequence[str] = ()


@lru_cache(maxsize=32)
def rows_of(system: str) -> dict[str, dict[str, JsonValue]]:
    """Rows of a code system by code; the latest version stands."""
    return {str(row["code"]): row for row in load_pack().codes[system]["concepts"]}


def coded(system: str, code: str) -> dict[str, JsonValue]:
    """Return a coded text with its published display."""
    return {"system": system, "code": code, "display": str(rows_of(system)[code]["en"])}


def drug(code: str, quantity: int = 10, **more: JsonValue) -> dict[str, JsonValue]:
    """Return an item that asks for a medicine."""
    return {"code": coded(MEDICINES, code), "quantity": quantity, **more}


def service(code: str, quantity: int = 1, **more: JsonValue) -> dict[str, JsonValue]:
    """Return an item that asks for a service."""
    return {"code": coded(SERVICES, code), "quantity": quantity, **more}


def override(rule: str, reason: str = "PATIENT_INFORMED") -> dict[str, JsonValue]:
    """Return what overrides a rule, with a coded reason."""
    return {"ruleId": rule, "reason": coded(REASONS, reason)}


def active(*codes: str, ended: bool = False) -> dict[str, JsonValue]:
    """Return the fact that medicines are still taken, or were ended."""
    return {"active": [{"code": coded(MEDICINES, code), "ended": ended} for code in codes]}


def visit(sut: Sut, data: SyntheticData, setting: Setting) -> str:
    """Have a HID issued by a prescribing centre: that of the question, or the office."""
    prescribes = "prescribing" in data.centre(setting.place).roles
    caller = Caller(setting.place if prescribes else "office-1")
    return data.hid(sut, setting.person, caller=caller, insurer=setting.insurer)


def body_of(data: SyntheticData, asked: Asked, hid: str) -> dict[str, JsonValue]:
    """Return the request of a question."""
    setting, doctor = asked.setting, data.professional(asked.setting.doctor)
    body: dict[str, JsonValue] = {
        "position": setting.position,
        "patient": data.person_id(setting.person),
        "prescriber": {"councilKind": doctor.council_kind, "councilNumber": doctor.council_number},
        "centre": data.centre(setting.place).siam_id,
        "hid": hid,
        "items": [{"itemId": str(number), **item} for number, item in enumerate(asked.items, 1)],
    }
    if asked.facts:
        body["facts"] = dict(asked.facts)
    if asked.diagnoses:
        body["diagnoses"] = [coded(DIAGNOSES, code) for code in asked.diagnoses]
    return body


def ask(
    sut: Sut,
    data: SyntheticData,
    asked: Asked,
    *,
    operation: str = "evaluateRules",
    step: str = "stimulus: evaluate",
    hid: str | None = None,
) -> Reply:
    """Put a question, with a fresh HID when none is given."""
    body = body_of(data, asked, hid or visit(sut, data, asked.setting))
    return sut.call(operation, step=step, body=body)


def question(*items: Mapping[str, JsonValue], **more: JsonValue) -> Asked:
    """Return a question; `person`, `insurer`, `doctor`, `place`, `position` are its setting."""
    facts, diagnoses = more.pop("facts", {}), more.pop("diagnoses", ())
    if more.get("position", "pre_prescription") != "pre_prescription":
        more.setdefault("place", "pharmacy-1")
    return Asked(Setting(**more), items, facts, diagnoses)


def said(reply: Reply, *kinds: str) -> set[tuple[str, str, str]]:
    """Return (item, rule, kind) of all messages that judge; calculations only when named."""
    wanted = kinds or ("advice", "proposal", "warning", "reject")
    items = reply.find("/items")
    return {
        (str(item.get("itemId")), str(one.get("ruleId")), str(one.get("kind")))
        for item in (items if isinstance(items, list) else [])
        for one in item.get("messages", ())
        if one.get("kind") in wanted
    }


# What the registries of the exchange know


def known(data: SyntheticData, asked: Asked) -> dict[str, JsonValue]:
    """Return all facts of a question, as the worked examples write them."""
    stated = {name: dict(row) for name, row in asked.facts.items() if isinstance(row, Mapping)}
    setting = asked.setting
    patient = stated.pop("patient", {})
    case: dict[str, JsonValue] = {**stated}
    case["patient"] = {**person_facts(data, setting.person), **patient}
    case["patient"]["conditions"] = [*patient.get("conditions", ()), *asked.diagnoses]
    case["patient"].setdefault("allergies", [])
    case["prescription"] = {**stated.get("prescription", {}), "diagnoses": list(asked.diagnoses)}
    case["prescriber"] = {**stated.get("prescriber", {}), **prescriber_facts(data, setting.doctor)}
    case["centre"] = centre_facts(data, setting)
    case["cover"] = {**stated.get("cover", {}), **cover_facts(data, setting)}
    case["covers"] = {"funds": [f"{c.insurer}.{c.fund}" for c in covers_of(data, setting.person)]}
    case["context"] = {"admission": "outpatient", **stated.get("context", {})}
    case["items"] = [_item(item) for item in asked.items]
    case["hid"] = {"verdict": _verdict(data, setting.place, case["items"])}
    case["active"] = [
        {"code": one["code"]["code"], "ended": one["ended"]}
        for one in asked.facts.get("active", ())
    ]
    case["history"] = list(asked.facts.get("history", ()))
    return case


def person_facts(data: SyntheticData, key: str) -> dict[str, JsonValue]:
    """Return what the registry tells of a person on the day of the case."""
    person, today = data.person(key), _today(data)
    born = person.birth_date_on(today)
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return {
        "idType": person.id_type,
        "registryState": person.registry_state,
        "sex": person.sex,
        "ageYears": years,
        "ageDays": (today - born).days,
    }


def prescriber_facts(data: SyntheticData, key: str) -> dict[str, JsonValue]:
    """Return what the council tells of a prescriber."""
    doctor = data.professional(key)
    return {"specialty": doctor.specialty, "licence": doctor.licence_state}


def centre_facts(data: SyntheticData, setting: Setting) -> dict[str, JsonValue]:
    """Return what the registry of centres tells of a place."""
    centre = data.centre(setting.place)
    needed = "prescribing" if setting.position == "pre_prescription" else "dispensing"
    return {
        "kind": centre.kind,
        "sector": centre.sector,
        "state": "active" if centre.licence_state == "active" else "inactive",
        "roleHeld": needed in centre.roles,
    }


def covers_of(data: SyntheticData, key: str) -> list[JsonValue]:
    """Return the covers in force; bounds of the world are days from today."""
    return [
        one
        for one in data.person(key).cover
        if (one.starts_in_days or 0) <= 0 <= (one.ends_in_days or 0)
    ]


def cover_facts(data: SyntheticData, setting: Setting) -> dict[str, JsonValue]:
    """Return the cover the HID stands for."""
    own = [one for one in covers_of(data, setting.person) if one.insurer == setting.insurer]
    if not own:
        return {"insurer": setting.insurer, "fund": "none", "state": "none"}
    return {"insurer": setting.insurer, "fund": own[0].fund, "state": "valid"}


def _verdict(data: SyntheticData, place: str, items: Iterable[Mapping[str, JsonValue]]) -> str:
    """Say what the HID of `visit` is worth: a visit does not follow it to another centre."""
    own = "prescribing" in data.centre(place).roles
    return "valid" if own or all(item["kind"] != "visit" for item in items) else "other_centre"


def _item(item: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    system = str(item["code"]["system"])
    row = rows_of(system)[item["code"]["code"]]
    name = next((short for short, full in SYSTEMS.items() if full == system), "other")
    facts: dict[str, JsonValue] = {
        "system": name,
        "code": row["code"],
        "kind": row.get("kind", name),
        "covered": row.get("covered", True),
        "quantity": item["quantity"],
    }
    facts |= {key: row[key] for key in OF_TABLE if key in row}
    if system in {LABORATORY, IMAGING}:
        facts["loinc"] = row["code"]
    if row.get("atc", "-") != "-":
        facts["atc"] = row["atc"]
    tariff = row.get("referencePrice") or row.get("publicTariff")
    if tariff is not None:
        facts |= {"tariff": tariff, "unitPrice": item.get("unitPrice", tariff)}
    if "frequency" in item:
        facts["frequency"] = item["frequency"]["code"]
    return facts | {key: item[key] for key in STATED if key in item}


def _today(data: SyntheticData) -> date:
    return data.now.astimezone(TEHRAN).date()


# What the banks say


@lru_cache(maxsize=2)
def bank(name: str) -> Bank:
    """Return a bank of the pack, compiled by the oracle."""
    return Bank(load_pack().rule_banks[name]["rules"], rows_of(MEDICINES))


def hits(data: SyntheticData, asked: Asked, name: str = "insurance") -> list[Hit]:
    """Return what hits a question, by the oracle."""
    positions = {wire: short for short, wire in POSITIONS[name].items()}
    facts = bank(name).facts(known(data, asked))
    return bank(name).hits(facts, positions[asked.setting.position], _today(data).isoformat())


def expected(asked: Asked, found: Iterable[Hit]) -> set[tuple[str, str, str]]:
    """Return hits as `said` returns them; what concerns the prescription stands at every item."""
    everywhere = [str(number) for number in range(1, len(asked.items) + 1)]
    return {
        (item, hit.rule, hit.kind)
        for hit in found
        if hit.kind != "calculation"
        for item in (everywhere if hit.item is None else [str(hit.item)])
    }


def cost(data: SyntheticData, asked: Asked) -> dict[str, int]:
    """Return who pays what, by the calculations of the bank."""
    split = amounts(bank("insurance").facts(known(data, asked)), hits(data, asked))
    return {
        "total": split.total,
        "insurerShare": split.insurer,
        "patientShare": split.patient,
    }


def rules_of(name: str) -> list[dict[str, JsonValue]]:
    """Return the published rules of a bank."""
    return list(load_pack().rule_banks[name]["rules"])
