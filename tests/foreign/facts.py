"""From a request to all that is known of it; the table in docs/wire.md, "Rule services"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from urllib.parse import quote

from tests.foreign.conditions import Json, Situation
from tests.foreign.exchange import Exchange, Told, Unavailable
from tests.foreign.ledger import Ledger
from tests.foreign.published import (
    DIAGNOSES,
    DRUGS,
    FREQUENCIES,
    IMAGING,
    LABORATORY,
    SHORT,
    Pack,
    Refused,
)

TEHRAN = timezone(timedelta(hours=3, minutes=30))
POSITIONS = {"pre_prescription": "I1", "pre_service": "I2", "post_service": "I3"}
OF_ITEM = (
    "dailyMg", "durationDays", "tooth", "approvalId", "product", "productVerdict", "substituted",
    "sameFamily", "substitutionAllowed", "confirmationId", "confirmationAgeMinutes", "given",
    "selfPay",
)  # fmt: skip
OF_CONCEPT = (
    "generic",
    "atc",
    "maxQuantity",
    "hospitalOnly",
    "priorApproval",
    "uidRequired",
    "loinc",
)
HID_VERDICTS = {
    "ISSUED": "valid", "USED": "valid", "CANCELLED": "cancelled",
    "PATIENT_MISMATCH": "other_patient",
}  # fmt: skip
PEER = {"eligibility": "/eligibility/v1", "irimc": "/irimc/v1", "siam": "/siam/v1"}


@dataclass(frozen=True)
class Question:
    """A request with everything known of it."""

    asked: Mapping[str, Json]
    situation: Situation
    insurer: str | None
    complementary: tuple[str, ...]
    today: date

    @property
    def position(self) -> str:
        return POSITIONS[self.asked["position"]]


def today() -> date:
    return datetime.now(UTC).astimezone(TEHRAN).date()


class Inquiry:
    """Asks code tables, registries and the ledger."""

    def __init__(self, pack: Pack, exchange: Exchange, ledger: Ledger) -> None:
        self.pack, self.exchange, self.ledger = pack, exchange, ledger

    def question(
        self, asked: Mapping[str, Json], context: Mapping[str, str], root: str
    ) -> Question:
        """Return the question; raises Refused for codes, people and HIDs that do not hold."""
        day = today()
        items = [
            self._item(one, day, f"{root}/items/{number}")
            for number, one in enumerate(asked["items"])
        ]
        diagnoses = [
            self._coded(one, day, f"{root}/diagnoses/{number}", DIAGNOSES)["code"]
            for number, one in enumerate(asked.get("diagnoses", ()))
        ]
        stated = asked.get("facts", {})
        active = [
            self._active(one, day, f"{root}/facts/active/{number}")
            for number, one in enumerate(stated.get("active", ()))
        ]
        hid, person = self._hid(asked, context, root), self._person(asked, context, root)
        prescriber = self._prescriber(asked, context, root)
        insurer, covers = hid.get("insurer"), person["covers"]
        history, duplicate = self.ledger.remembered(asked, day)
        facts: dict[str, dict[str, Json]] = {
            "patient": _patient(person["identity"], day, stated.get("patient", {}), diagnoses),
            "prescriber": {**stated.get("prescriber", {}), **prescriber},
            "centre": self._centre(asked, context),
            "cover": {**stated.get("cover", {}), **_cover(insurer, covers)},
            "covers": {"funds": [_fund(one) for one in covers if one["state"] == "active"]},
            "hid": {"verdict": _verdict(hid, asked, items)},
            "prescription": {**stated.get("prescription", {}), "diagnoses": diagnoses},
            "context": {"admission": "outpatient", **stated.get("context", {})},
        }
        if duplicate:
            facts["prescription"]["duplicateToday"] = True
        observations = stated.get("patient", {}).get("observations", ())
        past = [*stated.get("history", ()), *history]
        second = tuple(
            one["insurerCode"]
            for one in covers
            if one.get("kind") == "complementary" and one["state"] == "active"
        )
        situation = Situation(facts, items, active, past, observations)
        return Question(asked, situation, insurer, second, day)

    def _coded(self, coded: Mapping[str, str], day: date, pointer: str, *systems: str) -> Json:
        if coded["system"] not in systems:
            raise Refused("CODE_UNKNOWN", (f"{pointer}/system", "another system is expected"))
        return self.pack.concept(coded, day, pointer)

    def _item(self, item: Mapping[str, Json], day: date, pointer: str) -> dict[str, Json]:
        row = self._coded(item["code"], day, f"{pointer}/code", *SHORT)
        system = SHORT[item["code"]["system"]]
        facts: dict[str, Json] = {
            "system": system,
            "code": str(row["code"]),
            "kind": row.get("kind", system),
            "covered": row.get("covered", True),
            "quantity": item["quantity"],
        }
        facts |= {name: row[name] for name in OF_CONCEPT if name in row}
        if item["code"]["system"] in {LABORATORY, IMAGING}:
            facts["loinc"] = str(row["code"])
        tariff = row.get("referencePrice", row.get("publicTariff"))
        if tariff is not None:
            facts |= {"tariff": tariff, "unitPrice": tariff}
        if "unitPrice" in item:
            facts["unitPrice"] = item["unitPrice"]
        if "frequency" in item:
            found = self._coded(item["frequency"], day, f"{pointer}/frequency", FREQUENCIES)
            facts["frequency"] = found["code"]
        return facts | {name: item[name] for name in OF_ITEM if name in item}

    def _active(self, one: Mapping[str, Json], day: date, pointer: str) -> dict[str, Json]:
        row = self._coded(one["code"], day, f"{pointer}/code", DRUGS)
        known = {name: row[name] for name in ("generic", "atc") if name in row}
        return {**known, "code": str(row["code"]), "ended": one["ended"]}

    def _hid(self, asked: Mapping[str, Json], context: Mapping[str, str], root: str) -> Json:
        body = {"hid": asked["hid"], "patient": asked["patient"]}
        told = _told(self.exchange.post(f"{PEER['eligibility']}/hids/verification", body, context))
        verdict = HID_VERDICTS.get(told["state"], "absent")
        if asked["position"] == "pre_prescription" and verdict != "valid":
            code = "HID_PATIENT_MISMATCH" if verdict == "other_patient" else "HID_INVALID"
            raise Refused(code, (f"{root}/hid", "does not hold"))
        return told

    def _person(self, asked: Mapping[str, Json], context: Mapping[str, str], root: str) -> Json:
        body = {"patient": asked["patient"], "centre": asked["centre"]}
        reply = self.exchange.post(f"{PEER['eligibility']}/inquiries", body, context)
        if reply.code in {"PATIENT_UNKNOWN", "PATIENT_IDENTIFIER_INVALID"}:
            raise Refused(reply.code, (f"{root}/patient", "not known"))
        told = _told(reply)
        if told["identity"]["state"] == "UNKNOWN":
            raise Refused("PATIENT_UNKNOWN", (f"{root}/patient", "not known"))
        return told

    def _prescriber(
        self, asked: Mapping[str, Json], context: Mapping[str, str], root: str
    ) -> dict[str, Json]:
        kind, number = (
            quote(asked["prescriber"][name]) for name in ("councilKind", "councilNumber")
        )
        reply = self.exchange.get(f"{PEER['irimc']}/members/{kind}/{number}", context)
        if reply.status == 404:
            raise Refused("PRESCRIBER_UNKNOWN", (f"{root}/prescriber", "no such member"))
        told = _told(reply)
        licence = told["licenceState"]
        if licence == "active" and not told["privileges"]:
            licence = "suspended"
        return {"specialty": told["specialty"]["code"], "licence": licence}

    def _centre(self, asked: Mapping[str, Json], context: Mapping[str, str]) -> dict[str, Json]:
        reply = self.exchange.get(f"{PEER['siam']}/centres/{asked['centre']}", context)
        if reply.status == 404:
            return {}
        told = _told(reply)
        needed = "prescribing" if asked["position"] == "pre_prescription" else "dispensing"
        return {
            "kind": told["kind"],
            "sector": told["sector"],
            "state": told["licenceState"],
            "roleHeld": needed in told["roles"],
        }


def _told(reply: Told) -> Json:
    if reply.status != 200:
        raise Unavailable(f"a registry answered {reply.status}")
    return reply.json


def _fund(cover: Mapping[str, str]) -> str:
    return f"{cover['insurerCode']}.{cover['fund']}"


def _patient(
    identity: Mapping[str, Json], day: date, stated: Mapping[str, Json], diagnoses: list[str]
) -> dict[str, Json]:
    facts: dict[str, Json] = {
        "idType": identity["id"]["type"],
        "registryState": identity["state"],
        "conditions": [*stated.get("conditions", ()), *diagnoses],
        "allergies": list(stated.get("allergies", ())),
    }
    if "sex" in identity:
        facts["sex"] = identity["sex"]
    if "birthDate" in identity:
        born = date.fromisoformat(identity["birthDate"])
        before = (day.month, day.day) < (born.month, born.day)
        facts |= {"ageYears": day.year - born.year - before, "ageDays": (day - born).days}
    return facts


def _cover(insurer: str | None, covers: list[Mapping[str, str]]) -> dict[str, Json]:
    """Return the cover of the insurer of the HID; one in force goes before others."""
    if insurer is None:
        return {"state": "none"}
    own = [one for one in covers if one["insurerCode"] == insurer]
    if not own:
        return {"insurer": insurer, "state": "none"}
    best = next((one for one in own if one["state"] == "active"), own[0])
    state = "valid" if best["state"] == "active" else best["state"]
    return {"insurer": insurer, "fund": best["fund"], "state": state}


def _verdict(
    hid: Mapping[str, Json], asked: Mapping[str, Json], items: list[dict[str, Json]]
) -> str:
    verdict = HID_VERDICTS.get(hid["state"], "absent")
    elsewhere = hid.get("centre") not in {None, asked["centre"]}
    if verdict == "valid" and elsewhere and any(one["kind"] == "visit" for one in items):
        return "other_centre"
    return verdict
