"""A workbench for the reference services: the exchange in this process, real seals and signatures.

Requests are sealed with the reference's own sealer; documents are signed by the judging side's
independent code, so both sides of the wire profile meet in every test.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from lab.kit.credentials import CredentialKit
from lab.kit.documents import document_bytes, sign_document
from reference_impl.faults.points import NO_FAULTS, FaultSet, resolve
from reference_impl.platform.clock import MovableClock, written
from reference_impl.platform.ids import Ids
from reference_impl.platform.peers import InProcess, Response
from reference_impl.platform.sealing import Sealer
from reference_impl.topology.exchange import Exchange, Settings

REASONS = "urn:ir:maksa:reason-synthetic"


@dataclass(frozen=True)
class Answered:
    """A response, parsed."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def code(self) -> str | None:
        return self.json.get("code") if isinstance(self.json, dict) else None


@dataclass
class Bench:
    """One exchange with everything needed to talk to it."""

    state: Path
    faults: FaultSet = NO_FAULTS
    clock: MovableClock = field(default_factory=MovableClock)
    databases: Path | None = None
    database_url: str | None = None

    def __post_init__(self) -> None:
        self.exchange = Exchange(
            Settings(
                state=self.state,
                faults=self.faults,
                clock=self.clock,
                databases=self.databases,
                database_url=self.database_url,
            )
        )
        self.world = self.exchange.world
        self.kit = CredentialKit.load(self.state / "credentials")
        self.runner = asyncio.Runner()
        self.ids = Ids()

    def close(self) -> None:
        self.runner.close()
        self.exchange.close()

    def call(self, method: str, target: str, **options: Any) -> Answered:
        return self.runner.run(self.send(method, target, **options))

    def together(self, *calls: tuple[str, str, dict[str, Any]]) -> list[Answered]:
        async def all_of_them() -> list[Answered]:
            return list(await asyncio.gather(*(self.send(m, t, **o) for m, t, o in calls)))

        return self.runner.run(all_of_them())

    async def send(
        self,
        method: str,
        target: str,
        *,
        body: Any = None,
        document: tuple[str, Any, str] | None = None,
        centre: str = "office-1",
        key: str | None = None,
        if_match: str | None = None,
        lease: str | None = None,
    ) -> Answered:
        content, media_type = b"", "application/json"
        if document is not None:
            kind, payload, signer = document
            identity = self.kit.identity(signer)
            issued = int(self.clock.now().timestamp())
            content = document_bytes(sign_document(kind, payload, identity, issued_at=issued))
            media_type = "application/jose+json"
        elif body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
        place = self.world.centre(centre)
        headers = {
            "ditas-centre": place.siam_id,
            "ditas-software": self.world.software_of(centre).software_id,
            "ditas-user": self.world.user_id("dr01", centre),
            "ditas-correlation": str(uuid.uuid4()),
        }
        if method != "GET":
            headers["idempotency-key"] = key or self.ids.token()
        if if_match is not None:
            headers["if-match"] = if_match
        seal, token = self.kit.identity(f"{centre}.seal"), self.kit.identity(f"{centre}.token")
        sealer = Sealer(seal.leaf_der, seal.key, self.clock)
        lines = [*sealer.request(method, target, content, headers).items()]
        lines.append(("content-type", media_type))
        if lease is not None:
            lines.append(("ditas-lease", lease))
        transport = InProcess(token.leaf_der, self.exchange.services)
        service = target.split("/")[1]
        return _parsed(await transport.send(service, method, target, lines, content))

    # Payloads

    def now(self, seconds: float = 0) -> str:
        return written(self.clock.now() + timedelta(seconds=seconds))

    def coded(self, system: str, code: str) -> dict[str, str]:
        for row in self.exchange._pack.codes[system]["concepts"]:
            if row["code"] == code:
                return {"system": system, "code": code, "display": row["en"]}
        raise LookupError(code)

    def drug(self, code: str) -> dict[str, str]:
        return self.coded("urn:ir:maksa:eRx-synthetic", code)

    def person_id(self, key: str) -> dict[str, str]:
        person = self.world.person(key)
        return {"type": person.id_type, "value": person.id_value}

    def patient(self, key: str) -> dict[str, Any]:
        person = self.world.person(key)
        return {
            "id": self.person_id(key),
            "givenName": person.given_name_fa,
            "familyName": person.family_name_fa,
            "birthDate": person.birth_date.isoformat(),
            "sex": person.sex,
            "phone": person.phone,
        }

    def signer(self, key: str) -> dict[str, Any]:
        person = self.world.professional(key)
        return {
            "councilKind": person.council_kind,
            "councilNumber": person.council_number,
            "givenName": person.given_name_fa,
            "familyName": person.family_name_fa,
            "specialty": self.coded("urn:ir:maksa:specialty-synthetic", person.specialty),
            "phone": person.phone,
        }

    def head(self, centre: str, professional: str) -> dict[str, Any]:
        return {
            "documentId": str(uuid.uuid4()),
            "testData": True,
            "issuedAt": self.now(),
            "centre": {"siamId": self.world.centre(centre).siam_id},
            "userId": self.world.user_id(professional, centre),
            "softwareId": self.world.software_of(centre).software_id,
        }

    def item(self, code: str = "99012", quantity: int = 60, item_id: str = "1") -> dict[str, Any]:
        return {
            "itemId": item_id,
            "code": self.drug(code),
            "quantity": quantity,
            "frequency": self.coded("urn:ir:maksa:frequency-synthetic", "BD"),
            "route": self.coded("urn:ir:maksa:route-synthetic", "oral"),
        }

    def prescription(self, hid: str, *items: Any, person: str = "P01", **more: Any) -> Any:
        return {
            **self.head("office-1", "dr01"),
            "prescriber": self.signer("dr01"),
            "kind": "drug",
            "hid": hid,
            "patient": self.patient(person),
            "diagnoses": [],
            "items": list(items) or [self.item()],
            **more,
        }

    def payment(self, centre: str) -> dict[str, str]:
        terminal = self.world.centre(centre).terminal_id
        return {"paymentId": f"PAY-{uuid.uuid4().hex[:8]}", "terminalId": terminal}

    def dispense(
        self, registered: Any, quantity: int, *, centre: str = "pharmacy-1", signer: str = "ph01"
    ) -> dict[str, Any]:
        """Payload of a dispense of item 1 at its reference price."""
        ordered = registered["document"]["items"][0]
        price = self.world.product(ordered["code"]["code"]).reference_price
        total = quantity * price
        own = (total * 3 + 5) // 10
        cost = {"total": total, "insurerShare": total - own, "patientShare": own}
        line = {
            "itemId": ordered["itemId"],
            "code": ordered["code"],
            "quantity": quantity,
            "unitPrice": price,
            "cost": cost,
        }
        return {
            **self.head(centre, signer),
            "provider": self.signer(signer),
            "prescriptionId": registered["prescriptionId"],
            "hid": registered["document"]["hid"],
            "patient": registered["document"]["patient"],
            "startedAt": self.now(-3),
            "endedAt": self.now(-2),
            "dispensedAt": self.now(-1),
            "items": [line],
            "cost": cost,
            "payment": self.payment(centre),
        }

    def visit(self, hid: str, *, centre: str = "office-1", person: str = "P01") -> dict[str, Any]:
        """Payload of a service record: one general practitioner visit at the public tariff."""
        cost = {"total": 500_000, "insurerShare": 350_000, "patientShare": 150_000}
        line = {
            "itemId": "1",
            "code": self.coded("urn:ir:maksa:service-synthetic", "992101"),
            "quantity": 1,
            "unitPrice": 500_000,
            "cost": cost,
        }
        return {
            **self.head(centre, "dr01"),
            "provider": self.signer("dr01"),
            "hid": hid,
            "patient": self.patient(person),
            "startedAt": self.now(-3),
            "endedAt": self.now(-2),
            "services": [line],
            "cost": cost,
            "payment": self.payment(centre),
        }

    # Journeys

    def hid(self, person: str = "P01", insurer: str = "1", centre: str = "office-1") -> str:
        issued = self.call(
            "POST",
            "/eligibility/v1/hids",
            centre=centre,
            body={
                "patient": self.person_id(person),
                "insurerCode": insurer,
                "providerCouncil": {"councilKind": "MD", "councilNumber": "990001"},
            },
        )
        assert issued.status == 201, issued
        return str(issued.json["hid"])

    def register(self, *items: Any, **more: Any) -> Answered:
        payload = self.prescription(self.hid(), *items, **more)
        return self.call(
            "POST", "/purchaser/v1/prescriptions", document=("prescription", payload, "dr01")
        )

    def registered(self, *items: Any, **more: Any) -> Any:
        answered = self.register(*items, **more)
        assert answered.status in {200, 201}, answered
        return answered.json

    def lease(self, registered: Any, centre: str = "pharmacy-1") -> Answered:
        return self.call(
            "POST",
            f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/lease",
            centre=centre,
            body={"basis": {"hid": registered["document"]["hid"]}},
        )

    def prepare(
        self, registered: Any, secret: str | None, quantity: int, **options: Any
    ) -> Answered:
        centre = options.pop("centre", "pharmacy-1")
        signer = options.pop("signer", "ph01")
        payload = {**self.dispense(registered, quantity, centre=centre, signer=signer), **options}
        return self.call(
            "POST",
            f"/purchaser/v1/prescriptions/{registered['prescriptionId']}/dispenses",
            centre=centre,
            lease=secret,
            document=("dispense", payload, signer),
        )

    def dispenses(self, dispense_id: str, act: str, **options: Any) -> Answered:
        options.setdefault("centre", "pharmacy-1")
        options.setdefault("body", {})
        return self.call("POST", f"/purchaser/v1/dispenses/{dispense_id}/{act}", **options)

    def given(self, registered: Any, quantity: int) -> Answered:
        """Lease, prepare and confirm."""
        secret = self.lease(registered).json["secret"]
        prepared = self.prepare(registered, secret, quantity)
        assert prepared.status in {200, 201}, prepared
        return self.dispenses(prepared.json["dispenseId"], "confirmation")

    def read(self, registered: Any) -> Any:
        path = f"/purchaser/v1/prescriptions/{registered['prescriptionId']}"
        return self.call("GET", path).json

    def reason(self, code: str) -> dict[str, Any]:
        return {"reason": self.coded(REASONS, code)}


def bench(state: Path, *faults: str) -> Bench:
    """Make a bench with these catalogue ids or point names switched on."""
    return Bench(state, resolve(faults))


def _parsed(response: Response) -> Answered:
    headers = {name.lower(): value for name, value in response.headers}
    content = json.loads(response.body) if response.body else None
    return Answered(response.status, headers, content)
