"""Synthetic data of a case: derived from campaign seed, campaign id, case id and attempt.

Two attempts never share an identifier, and a replay derives the same ones again. People, centres
and products are those of `fixtures.synthetic`; amounts and expectations never come from here.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from fixtures import load_pack
from fixtures.synthetic import Centre, Person, Product, Professional, World
from lab.kit.session import CaseSession
from lab.kit.signals import HarnessProblem
from lab.kit.sut import Caller, Sut
from lab.model.base import JsonValue

TEHRAN = timezone(timedelta(hours=3, minutes=30))
SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
REASONS = "urn:ir:maksa:reason-synthetic"


@lru_cache(maxsize=64)
def _rows(system: str) -> dict[str, dict[str, JsonValue]]:
    """Rows of a code system by code, of several the first. The pack looks at all its files."""
    rows = load_pack().codes[system]["concepts"]
    return {str(row["code"]): row for row in reversed(rows)}


class SyntheticData:
    """Builders of messages. Every builder takes keyword overrides; None removes a member."""

    def __init__(self, session: CaseSession, world: World) -> None:
        self._session = session
        self.world = world

    @property
    def now(self) -> datetime:
        """The case clock, UTC; taken from the evidence, so a replay sees the same."""
        return self._session.now

    def instant(self, *, seconds: float = 0) -> str:
        """RFC 3339 time in Tehran offset, the case clock moved by `seconds`."""
        moved = self.now + timedelta(seconds=seconds)
        return moved.astimezone(TEHRAN).isoformat(timespec="seconds")

    def day(self, days: int = 0) -> str:
        """Date of Iran, the day of the case clock moved by `days`."""
        return (self._today() + timedelta(days=days)).isoformat()

    def uuid(self, label: str) -> str:
        """Lower-case UUID for a label; another one in every attempt and generated example."""
        return str(uuid.UUID(bytes=self._session.digest("uuid", label)[:16], version=4))

    def key(self, label: str) -> str:
        """Idempotency key for a label."""
        return self._session.digest("idempotency", label).hex()[:32]

    def random(self, label: str) -> random.Random:
        """Seeded generator for a label."""
        return self._session.random(label)

    def person(self, key: str) -> Person:
        """Return a recipient of care, P01 and so on."""
        return self.world.people[key]

    def professional(self, key: str) -> Professional:
        """Return a professional, dr01 or ph01 and so on."""
        return self.world.professionals[key]

    def centre(self, key: str) -> Centre:
        """Return a centre, office-1 and so on."""
        return self.world.centres[key]

    def product(self, code: str) -> Product:
        """Return a medicine by its code."""
        return self.world.products[code]

    def person_id(self, key: str) -> JsonValue:
        """Return identifier of a person as it stands in messages."""
        person = self.person(key)
        made: dict[str, JsonValue] = {"type": person.id_type, "value": person.id_value}
        if person.id_type == "MOTHER_NC":
            made["birthOrder"] = person.birth_order
            made["birthDate"] = person.birth_date_on(self._today()).isoformat()
        return made

    def patient(self, key: str, **overrides: JsonValue) -> dict[str, JsonValue]:
        """Return a recipient of care as it stands in documents (clauses 7-1 and 7-2)."""
        person = self.person(key)
        return _with(
            {
                "id": self.person_id(key),
                "givenName": person.given_name_fa,
                "familyName": person.family_name_fa,
                "birthDate": person.birth_date_on(self._today()).isoformat(),
                "sex": person.sex,
                "phone": person.phone,
            },
            overrides,
        )

    def signer(self, key: str, **overrides: JsonValue) -> dict[str, JsonValue]:
        """Return a professional as it stands in documents (clause 7-3)."""
        person = self.professional(key)
        return _with(
            {
                "councilKind": person.council_kind,
                "councilNumber": person.council_number,
                "givenName": person.given_name_fa,
                "familyName": person.family_name_fa,
                "specialty": self.concept(SPECIALTIES, person.specialty),
                "phone": person.phone,
            },
            overrides,
        )

    def coded(
        self, system: str, code: str, display: str, **more: JsonValue
    ) -> dict[str, JsonValue]:
        """Return a coded text."""
        return {"system": system, "code": code, "display": display, **more}

    def concept(self, system: str, code: str) -> dict[str, JsonValue]:
        """Return a code of the pack with its published display text."""
        row = _rows(system).get(code)
        if row is None:
            raise HarnessProblem(f"{system} has no code {code}", pointer="data")
        return self.coded(system, code, row["en"])

    def versioned(self, coded: JsonValue) -> dict[str, JsonValue]:
        """Return a coded text with the version of its concept that is in force today."""
        rows, today = load_pack().codes[coded["system"]]["concepts"], self.day()
        found = next(
            row["version"]
            for row in rows
            if str(row["code"]) == coded["code"]
            and row["validFrom"] <= today <= (row.get("validUntil") or "9999-12-31")
        )
        return {**coded, "version": found}

    def drug(self, code: str) -> dict[str, JsonValue]:
        """Return the coded text of a medicine."""
        concept = self.product(code).concept
        return self.coded(concept.system, concept.code, concept.en)

    def diagnosis(self, code: str) -> dict[str, JsonValue]:
        """Return the coded text of a diagnosis."""
        concept = self.world.diagnoses[code]
        return self.coded(concept.system, concept.code, concept.en)

    def reason(self, code: str) -> dict[str, JsonValue]:
        """Return a coded reason, for example PATIENT_REQUEST."""
        return self.concept(REASONS, code)

    def frequency(self, code: str) -> dict[str, JsonValue]:
        """Return a coded frequency, for example BD."""
        concept = self.world.frequencies[code]
        return self.coded(concept.system, concept.code, concept.en)

    def route(self, code: str) -> dict[str, JsonValue]:
        """Return a coded route, for example oral."""
        concept = self.world.routes[code]
        return self.coded(concept.system, concept.code, concept.en)

    def hid(
        self,
        sut: Sut,
        person: str,
        *,
        professional: str = "dr01",
        caller: Caller | None = None,
        insurer: str | None = None,
        step: str = "environment: issue a HID",
    ) -> str:
        """Let eligibility issue a HID for a visit; INCONCLUSIVE when it does not."""
        covers = self.person(person).cover
        body = {
            "patient": self.person_id(person),
            "insurerCode": insurer or (covers[0].insurer if covers else "37"),
            "providerCouncil": {
                "councilKind": self.professional(professional).council_kind,
                "councilNumber": self.professional(professional).council_number,
            },
        }
        reply = sut.environment("eligibility", "issueHid", body=body, caller=caller, step=step)
        return str(reply.required("/hid"))

    def item(
        self, code: str = "99012", *, quantity: int = 30, item_id: str = "1", **overrides: JsonValue
    ) -> dict[str, JsonValue]:
        """One ordered item (clause 7-6)."""
        return _with(
            {
                "itemId": item_id,
                "code": self.drug(code),
                "quantity": quantity,
                "frequency": self.frequency("BD"),
                "route": self.route("oral"),
                "durationDays": 15,
            },
            overrides,
        )

    def prescription(
        self,
        hid: str,
        *,
        person: str = "P01",
        professional: str = "dr01",
        centre: str = "office-1",
        items: Sequence[JsonValue] | None = None,
        label: str = "prescription",
        **overrides: JsonValue,
    ) -> dict[str, JsonValue]:
        """Payload of a prescription; `label` decides its documentId."""
        return _with(
            {
                **self._head(label, centre, professional),
                "prescriber": self.signer(professional),
                "kind": "drug",
                "hid": hid,
                "patient": self.patient(person),
                "diagnoses": [self.diagnosis(next(iter(self.world.diagnoses)))],
                "items": list(items) if items is not None else [self.item()],
            },
            overrides,
        )

    def amendment(
        self, prescription_id: str, version: int, hid: str, **options: JsonValue
    ) -> dict[str, JsonValue]:
        """Payload of an amendment: a whole prescription with `amends`; options as above."""
        options.setdefault("label", "amendment")
        payload = self.prescription(hid, **options)
        return {**payload, "amends": {"prescriptionId": prescription_id, "version": version}}

    def cancellation(
        self,
        prescription_id: str,
        *,
        professional: str = "dr01",
        centre: str = "office-1",
        reason: str = "PATIENT_REQUEST",
        label: str = "cancellation",
        **overrides: JsonValue,
    ) -> dict[str, JsonValue]:
        """Payload of a cancellation."""
        return _with(
            {
                **self._head(label, centre, professional),
                "prescriber": self.signer(professional),
                "prescriptionId": prescription_id,
                "reason": self.reason(reason),
            },
            overrides,
        )

    def dispense(
        self,
        prescription_id: str,
        hid: str,
        *,
        items: Sequence[JsonValue],
        cost: JsonValue,
        person: str = "P01",
        professional: str = "ph01",
        centre: str = "pharmacy-1",
        label: str = "dispense",
        **overrides: JsonValue,
    ) -> dict[str, JsonValue]:
        """Payload of a dispense. `items` and `cost` as the purchaser or an oracle priced them."""
        return _with(
            {
                **self._head(label, centre, professional),
                "provider": self.signer(professional),
                "prescriptionId": prescription_id,
                "hid": hid,
                "patient": self.patient(person),
                "startedAt": self.instant(seconds=-120),
                "endedAt": self.instant(seconds=-60),
                "dispensedAt": self.instant(seconds=-30),
                "items": list(items),
                "cost": cost,
                "payment": self.payment(centre, label),
            },
            overrides,
        )

    def dispensed_item(
        self,
        code: str,
        *,
        quantity: int,
        unit_price: int,
        cost: JsonValue,
        item_id: str = "1",
        **overrides: JsonValue,
    ) -> dict[str, JsonValue]:
        """One delivered item (clause 7-6)."""
        return _with(
            {
                "itemId": item_id,
                "code": self.drug(code),
                "quantity": quantity,
                "unitPrice": unit_price,
                "cost": cost,
            },
            overrides,
        )

    def service_record(
        self,
        hid: str,
        *,
        services: Sequence[JsonValue],
        cost: JsonValue,
        person: str = "P01",
        professional: str = "dr01",
        centre: str = "office-1",
        label: str = "service-record",
        **overrides: JsonValue,
    ) -> dict[str, JsonValue]:
        """Payload of a service record."""
        return _with(
            {
                **self._head(label, centre, professional),
                "provider": self.signer(professional),
                "hid": hid,
                "patient": self.patient(person),
                "startedAt": self.instant(seconds=-900),
                "endedAt": self.instant(seconds=-60),
                "services": list(services),
                "cost": cost,
                "payment": self.payment(centre, label),
            },
            overrides,
        )

    def payment(self, centre: str, label: str) -> dict[str, JsonValue]:
        """Return a payment at a centre's terminal (clauses 7-8 and 7-9)."""
        return {
            "paymentId": f"PAY-{self.uuid(f'payment {label}')[:18]}",
            "terminalId": self.centre(centre).terminal_id,
        }

    def _head(self, label: str, centre: str, professional: str) -> dict[str, JsonValue]:
        return {
            "documentId": self.uuid(label),
            "testData": True,
            "issuedAt": self.instant(),
            "centre": {"siamId": self.centre(centre).siam_id},
            "userId": self.world.user_id(professional, centre),
            "softwareId": self.world.software_of(centre).software_id,
        }

    def _today(self) -> date:
        return self.now.astimezone(TEHRAN).date()


def _with(base: dict[str, JsonValue], overrides: dict[str, JsonValue]) -> dict[str, JsonValue]:
    merged = {**base, **overrides}
    return {key: value for key, value in merged.items() if value is not None}
