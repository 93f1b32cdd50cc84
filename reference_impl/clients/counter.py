"""What both programs share: who works where, texts and times on the wire."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from fixtures import load_pack
from fixtures.synthetic import Concept, Person, Professional, World
from reference_impl.clients.channel import Gateway, Refused
from reference_impl.clients.console import Console
from reference_impl.clients.credentials import Identity
from reference_impl.clients.documents import sign
from reference_impl.clients.points import Faults
from reference_impl.clients.signers import DocumentSigner, signed
from reference_impl.clients.spool import Spool

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
TEHRAN = timezone(timedelta(hours=3, minutes=30))


class Stop(Exception):
    """The program stops here for a reason of its own, coded like a refusal."""

    def __init__(self, step: str, code: str, fa: str, en: str) -> None:
        self.step, self.code, self.fa, self.en = step, code, fa, en
        super().__init__(f"{step} {code}")


@dataclass
class Counter:
    """A centre's program with its person signed in."""

    world: World
    centre_key: str
    professional: Professional
    signer: Identity
    gateway: Gateway
    console: Console
    faults: Faults
    spool: Spool | None = None
    pen: DocumentSigner | None = None  # a card or a telephone; None: the key of `signer`

    @property
    def siam_id(self) -> str:
        """SIAM id of the centre."""
        return self.gateway.who.centre

    @property
    def provider_council(self) -> dict[str, str]:
        """Council number with its kind."""
        return {
            "councilKind": self.professional.council_kind,
            "councilNumber": self.professional.council_number,
        }

    def now(self) -> datetime:
        """Time of the program's clock, in Tehran."""
        return self.gateway.clock().astimezone(TEHRAN)

    def instant(self, moment: datetime | None = None) -> str:
        """Return a time as it stands in documents: seconds and offset [7-7]."""
        value = (moment or self.now()).astimezone(TEHRAN)
        if self.faults.on("pharmacy.time.without_seconds"):
            return value.strftime("%Y-%m-%dT%H:%M")
        return value.isoformat(timespec="seconds")

    def signed(self, kind: str, payload: dict[str, Any]) -> bytes:
        """Sign a document as the person who is signed in. Raises SignerUnavailable, Refused."""
        now = self.gateway.clock()
        if self.pen is None:
            return sign(kind, payload, self.signer, now)
        return signed(kind, payload, self.pen, now, f"erx.{kind} {payload['documentId']}")

    def admission(self, step: str, clause: str, role: str) -> None:
        """Facility non-repudiation: ask what this centre may do [9-1-1, 9-2-1]."""
        answer = self.gateway.call("GET", "/gateway/v1/admission")
        admitted = answer.json if isinstance(answer.json, dict) else {}
        if not admitted.get("admitted") or role not in admitted.get("roles", ()):
            raise Stop(
                step,
                "ADMISSION_ROLE_NOT_ALLOWED",
                "این مرکز اجازهٔ این کار را ندارد.",
                f"this centre may not act as {role}",
            )
        self.console.step(
            step, clause, "هویت مرکز پذیرفته شد.", "The centre is admitted.", centre=self.siam_id
        )

    def member(self, step: str, clause: str) -> dict[str, Any]:
        """Inquire the signed-in person in the council registry; stop unless licensed [9-1-3]."""
        kind, number = self.professional.council_kind, self.professional.council_number
        answer = self.gateway.call("GET", f"/irimc/v1/members/{kind}/{number}")
        member = answer.json if isinstance(answer.json, dict) else {}
        if member.get("licenceState") != "active" or member.get("sanctions"):
            raise Stop(
                step,
                "LICENCE_NOT_ACTIVE",
                f"پروانهٔ {kind}-{number} فعال نیست.",
                f"licence of {kind}-{number} is {member.get('licenceState')}",
            )
        self.console.step(
            step,
            clause,
            f"{member.get('givenNameFa')} {member.get('familyNameFa')} شناسایی شد.",
            f"{member.get('givenNameEn')} {member.get('familyNameEn')} is identified.",
            council=f"{kind}-{number}",
        )
        return member

    def professional_block(self, member: Mapping[str, Any]) -> dict[str, Any]:
        """Return the person as documents name them [7-3]; the registry's data win."""
        fallback = _specialty(self.professional.specialty)
        return {
            **self.provider_council,
            "givenName": member.get("givenNameFa", self.professional.given_name_fa),
            "familyName": member.get("familyNameFa", self.professional.family_name_fa),
            "specialty": member.get("specialty", fallback),
            "phone": self.professional.phone,
        }

    def head(self, moment: datetime) -> dict[str, Any]:
        """Return the members every document starts with."""
        software = self.gateway.who.software
        if self.faults.on("pharmacy.dispense.wrong_software"):
            software = str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:synthetic:erx-ir:software:other"))
        return {
            "documentId": str(uuid.uuid4()),
            "testData": True,
            "issuedAt": self.instant(moment),
            "centre": {"siamId": self.siam_id},
            "userId": self.gateway.who.user_id,
            "softwareId": software,
        }

    def payment(self) -> dict[str, str]:
        """Return what the till reports: payment id and fiscal terminal [7-8, 7-9]."""
        terminal = self.world.centre(self.centre_key).terminal_id
        return {"paymentId": f"PAY-{uuid.uuid4().hex[:12].upper()}", "terminalId": terminal}

    def priced(
        self, patient: Mapping[str, Any], items: list[dict[str, Any]], *, inpatient: bool = False
    ) -> dict[str, Any]:
        """Ask the purchaser for the split of each item and of the whole [7-10]."""
        centre = self.world.centre(self.centre_key)
        kind = {"kind": centre.kind, "sector": centre.sector}
        if inpatient:
            kind["admission"] = "inpatient"
        body = {"patient": patient, "centreKind": kind, "items": items}
        answer = self.gateway.call("POST", "/purchaser/v1/price", body=body).json
        if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
            raise Refused(200, {"code": "ANSWER_INCOMPLETE", "messageEn": "the price is missing"})
        return answer


def _specialty(code: str) -> dict[str, str]:
    rows = load_pack().codes[SPECIALTIES]["concepts"]
    display = next((str(row["en"]) for row in rows if row["code"] == code), code)
    return {"system": SPECIALTIES, "code": code, "display": display}


def coded(concept: Concept) -> dict[str, str]:
    """Return coded text as it stands on the wire."""
    return {
        "system": concept.system,
        "code": concept.code,
        "version": concept.version,
        "display": concept.en,
    }


def reason(code: str, display: str) -> dict[str, str]:
    """Return a coded reason of the pack."""
    return {"system": "urn:ir:maksa:reason-synthetic", "code": code, "display": display}


def person_id(person: Person) -> dict[str, Any]:
    """Return a person's identifier with its type [7-1-D]."""
    return {"type": person.id_type, "value": person.id_value}


def patient_block(person: Person, today: datetime) -> dict[str, Any]:
    """Return the recipient of care as documents name them [7-1, 7-2]."""
    return {
        "id": person_id(person),
        "givenName": person.given_name_fa,
        "familyName": person.family_name_fa,
        "birthDate": person.birth_date_on(today.date()).isoformat(),
        "sex": person.sex,
        "phone": person.phone,
    }


def cost_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the three amounts of a priced item or of the whole."""
    return {name: row[name] for name in ("total", "insurerShare", "patientShare")}
