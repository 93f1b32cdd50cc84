"""A workbench for the record and the services around it.

Like `bench`, and in addition: any registered user, calls through the gateway, every answer checked
against the contract, and documents handed to the record the way the gateway does.
"""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from lab.kit.documents import document_bytes, sign_document
from reference_impl.faults.points import resolve
from reference_impl.platform.clock import tehran_day
from reference_impl.platform.contract import Route, contract_of
from reference_impl.platform.peers import AsgiApp, Behalf, InProcess, PeerReply
from reference_impl.platform.sealing import Sealer
from tests.component.bench import REASONS, Answered, Bench, _parsed
from tests.component.gateway_parts import outbox_of, queues_of

USERS = {
    "office-1": "dr01",
    "office-2": "dr02",
    "clinic-1": "dr01",
    "hospital-1": "dr01",
    "lab-1": "dr02",
    "pharmacy-1": "ph01",
    "pharmacy-2": "ph01",
    "ministry-1": "dr02",
    "business-1": "dr02",
}
LAB, IMG, PAT = (
    f"urn:ir:maksa:loinc-{n}-synthetic" for n in ("laboratory", "imaging", "pathology")
)


@dataclass
class RecordBench(Bench):
    """One exchange; `gateway` True sends every call through the gateway."""

    gateway: bool = False

    async def send(self, method: str, target: str, **options: Any) -> Answered:
        centre = options.get("centre", "office-1")
        content, media_type = self._content(options)
        headers = {
            "ditas-centre": self.world.centre(centre).siam_id,
            "ditas-software": self.world.software_of(centre).software_id,
            "ditas-user": self.world.user_id(
                options.get("user") or USERS.get(centre, "dr01"), centre
            ),
            "ditas-correlation": options.get("correlation") or str(uuid.uuid4()),
        }
        if method != "GET":
            headers["idempotency-key"] = options.get("key") or self.ids.token()
        if options.get("if_match") is not None:
            headers["if-match"] = options["if_match"]
        seal, token = self.kit.identity(f"{centre}.seal"), self.kit.identity(f"{centre}.token")
        sealed = Sealer(seal.leaf_der, seal.key, self.clock).request(
            method, target, content, headers
        )
        lines = [*sealed.items(), ("content-type", media_type)]
        if options.get("lease") is not None:
            lines.append(("ditas-lease", options["lease"]))
        service = target.split("/")[1]
        through = options.get("gateway", self.gateway)
        outside: dict[str, AsgiApp] = {service: self.exchange.gateway_app}
        apps = outside if through else self.exchange.services
        where = f"/ditas{target}" if through else target
        transport = InProcess(token.leaf_der, apps)
        answered = _parsed(await transport.send(service, method, where, lines, content))
        self._check(method, target, answered)
        return answered

    def _content(self, options: Mapping[str, Any]) -> tuple[bytes, str]:
        document = options.get("document")
        if document is None:
            body = options.get("body")
            plain = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
            return plain, "application/json"
        kind, payload, signer = document
        issued = int(self.clock.now().timestamp())
        signed = sign_document(kind, payload, self.kit.identity(signer), issued_at=issued)
        return document_bytes(signed), "application/jose+json"

    def _check(self, method: str, target: str, answered: Answered) -> None:
        """Hold every answer against the contract: the status is declared, the body fits."""
        name, path = target.split("?", maxsplit=1)[0].removeprefix("/").split("/v1", 1)
        route, _ = contract_of(self.exchange._pack, name).match(method, path)
        slot = (name, route.operation_id, answered.status)
        if slot not in _VALIDATORS:
            _VALIDATORS[slot] = _validator(self.exchange._pack.contracts[name], route, answered)
        found = list(_VALIDATORS[slot].iter_errors(answered.json))
        assert not found, (method, target, [str(one)[:300] for one in found[:3]])

    # Messages

    def siam(self, centre: str) -> str:
        return self.world.centre(centre).siam_id

    def day(self, days: int = 0) -> str:
        return self.now(days * 86400)[:10]

    def consent(self, person: str = "P01", to: str = "office-2", **more: Any) -> dict[str, Any]:
        return {
            "person": self.person_id(person),
            "grantedTo": self.siam(to),
            "purpose": self.coded(REASONS, "TREATMENT"),
            "validUntil": self.day(30),
            "phone": self.world.person(person).phone,
            **more,
        }

    def granted(self, person: str = "P01", to: str = "office-2", **more: Any) -> str:
        answered = self.call("POST", "/sepas/v1/consents", body=self.consent(person, to, **more))
        assert answered.status == 201, answered.json
        return str(answered.json["consentId"])

    def revoke(self, consent: str, **options: Any) -> Answered:
        body = self.reason("CONSENT_REVOKED")
        return self.call("POST", f"/sepas/v1/consents/{consent}/revocation", body=body, **options)

    def question(self, person: str = "P01", **more: Any) -> dict[str, Any]:
        purpose = self.coded(REASONS, "TREATMENT")
        return {"person": self.person_id(person), "purpose": purpose, **more}

    def ask(self, what: str, person: str = "P01", **more: Any) -> Answered:
        centre = more.pop("centre", "office-1")
        body = self.question(person, **more)
        return self.call("POST", f"/sepas/v1/{what}", body=body, centre=centre)

    def glass(self, person: str = "P01", **options: Any) -> Answered:
        body = {
            "person": self.person_id(person),
            "reason": self.coded(REASONS, options.pop("reason", "UNCONSCIOUS")),
            "text": options.pop("text", "found on the street"),
        }
        options.setdefault("centre", "hospital-1")
        return self.call("POST", "/sepas/v1/break-glass", body=body, **options)

    def twin(self, key: str) -> dict[str, Any]:
        """Return the identifier of a newborn on the mother's code."""
        child = self.world.person(key)
        born = child.birth_date_on(tehran_day(self.clock.now()))
        return {
            **self.person_id(key),
            "birthOrder": child.birth_order,
            "birthDate": born.isoformat(),
        }

    def glass_for(self, person: Mapping[str, Any]) -> Answered:
        reason = self.coded(REASONS, "UNCONSCIOUS")
        body = {"person": person, "reason": reason, "text": "newborn"}
        return self.call("POST", "/sepas/v1/break-glass", body=body, centre="hospital-1")

    def accesses(self, person: str = "P01") -> list[dict[str, Any]]:
        """Read the log as the citizen does, through the citizen service."""
        body = {
            "person": self.person_id(person),
            "phone": self.world.person(person).phone,
            "channel": "app",
            "kind": "accesses",
        }
        answered = self.call("POST", "/citizen/v1/own-data", body=body)
        assert answered.status == 200, answered.json
        listed: list[dict[str, Any]] = answered.json["accesses"]
        return listed

    def submission(self, kind: str, payload: Any, signer: str, **more: Any) -> dict[str, Any]:
        issued = int(self.clock.now().timestamp())
        signed = sign_document(kind, payload, self.kit.identity(signer), issued_at=issued)
        return {
            "correlation": str(uuid.uuid4()),
            "service": "purchaser",
            "operation": "registerPrescription",
            "centre": payload["centre"]["siamId"],
            "receivedAt": self.now(),
            "documentType": f"erx.{kind}",
            "document": json.loads(document_bytes(signed)),
            **more,
        }

    def hand_over(self, submission: Mapping[str, Any], key: str | None = None) -> PeerReply:
        """Submit to the record with the seal of the gateway."""
        outbox = outbox_of(self.exchange)
        office = self.world.centre("office-1")
        behalf = Behalf(
            submission["centre"],
            self.world.software_of(office.key).software_id,
            self.world.user_id("dr01", office.key),
            submission["correlation"],
        )
        peer = outbox._config.peers.to("sepas", behalf)
        reply: PeerReply = self.runner.run(peer.post("/records", submission, key=key))
        return reply

    def hand_over_together(self, submissions: Sequence[Mapping[str, Any]]) -> PeerReply:
        """Submit several to the record in one message, with the seal of the gateway."""
        outbox = outbox_of(self.exchange)
        office = self.world.centre("office-1")
        behalf = Behalf(
            office.siam_id,
            self.world.software_of(office.key).software_id,
            self.world.user_id("dr01", office.key),
            str(uuid.uuid4()),
        )
        peer = outbox._config.peers.to("sepas", behalf)
        body = {"submissions": list(submissions)}
        reply: PeerReply = self.runner.run(peer.post("/record-batches", body))
        return reply

    def stored(self, person: str = "P01", **payload: Any) -> tuple[dict[str, Any], str]:
        """Put a prescription into the record; returns its payload and prescription id."""
        made = {**self.prescription(self.ids_hid(), person=person), **payload}
        prescription = str(uuid.uuid4())
        reply = self.hand_over(
            self.submission("prescription", made, "dr01", resourceId=prescription)
        )
        assert reply.status == 202, reply.json
        return made, prescription

    def ids_hid(self) -> str:
        return "1W2AZVAKZQ"

    def settle(self) -> None:
        """Wait for what is delivered beside the requests: copies and notices."""

        async def all_of_them() -> None:
            for queue in queues_of(self.exchange):
                while queue._tasks:
                    await asyncio.gather(*queue._tasks)

        self.runner.run(all_of_them())

    # Results

    def laboratory(self, hid: str, person: str = "P01", **more: Any) -> dict[str, Any]:
        subject = {"reference": f"Patient/{self.world.person(person).id_value}"}
        observation = {
            "resourceType": "Observation",
            "id": "obs-1",
            "status": "final",
            "code": fhir_code("http://loinc.org", "1558-6", "Fasting glucose"),
            "subject": subject,
            "effectiveDateTime": self.now(-600),
            "valueQuantity": {
                "value": 92,
                "unit": "mg/dL",
                "system": "http://unitsofmeasure.org",
                "code": "mg/dL",
            },
        }
        report = self.report(subject, "LAB", "1558-6", "Fasting glucose")
        report["result"] = [{"reference": "urn:uuid:observation-1"}]
        bundle = self.bundle(report, ("urn:uuid:observation-1", observation))
        return {"person": self.person_id(person), "hid": hid, "bundle": bundle, **more}

    def report(self, subject: Any, category: str, code: str, name: str) -> dict[str, Any]:
        table = "http://terminology.hl7.org/CodeSystem/v2-0074"
        return {
            "resourceType": "DiagnosticReport",
            "id": f"report-{uuid.uuid4().hex[:12]}",
            "status": "final",
            "category": [fhir_code(table, category, category)],
            "code": fhir_code("http://loinc.org", code, name),
            "subject": subject,
            "effectiveDateTime": self.now(-600),
            "issued": self.now(-60),
        }

    def bundle(self, report: Any, *parts: tuple[str, Any]) -> dict[str, Any]:
        entries = [{"fullUrl": "urn:uuid:report-1", "resource": report}]
        entries += [{"fullUrl": url, "resource": part} for url, part in parts]
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": self.now(),
            "entry": entries,
        }

    def imaging(self, hid: str, person: str = "P01", **more: Any) -> dict[str, Any]:
        subject = {"reference": f"Patient/{self.world.person(person).id_value}"}
        dicom = "http://dicom.nema.org/resources/ontology/DCM"
        study = {
            "resourceType": "ImagingStudy",
            "id": "study-1",
            "status": "available",
            "subject": subject,
            "started": self.now(-600),
            "modality": [{"system": dicom, "code": "CT", "display": "CT"}],
            "numberOfInstances": 120,
        }
        report = self.report(subject, "RAD", "24725-4", "CT head")
        report["imagingStudy"] = [{"reference": "ImagingStudy/study-1"}]
        report["conclusion"] = "No bleeding."
        bundle = self.bundle(report, ("urn:uuid:study-1", study))
        return {"person": self.person_id(person), "hid": hid, "bundle": bundle, **more}

    def pathology(self, hid: str, person: str = "P01", **more: Any) -> dict[str, Any]:
        subject = {"reference": f"Patient/{self.world.person(person).id_value}"}
        diagnosis = {
            "resourceType": "Observation",
            "id": "diagnosis-1",
            "status": "final",
            "code": fhir_code("http://loinc.org", "22637-3", "Pathology report, final diagnosis"),
            "subject": subject,
            "effectiveDateTime": self.now(-600),
            "valueString": "Benign.",
        }
        report = self.report(subject, "PAT", "11526-1", "Pathology study")
        report["result"] = [{"reference": "Observation/diagnosis-1"}]
        bundle = self.bundle(report, ("urn:uuid:diagnosis-1", diagnosis))
        return {"person": self.person_id(person), "hid": hid, "bundle": bundle, **more}

    def result(self, kind: str, body: Any, **options: Any) -> Answered:
        options.setdefault("centre", "lab-1")
        return self.call("POST", f"/sepas/v1/results/{kind}", body=body, **options)


_VALIDATORS: dict[tuple[str, str, int], Any] = {}


def _validator(contract: Mapping[str, Any], route: Route, answered: Answered) -> Any:
    """Compile the schema of an answer; a status the contract does not declare has none."""
    operation = contract["paths"][route.template][route.method.lower()]
    response = operation["responses"][str(answered.status)]
    media = next(iter(response["content"].values()))
    return jsonschema_rs.validator_for({**media["schema"], "components": contract["components"]})


def fhir_code(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def record_bench(
    state: Path, *faults: str, gateway: bool = False, databases: Path | None = None
) -> RecordBench:
    """Make a bench with these point names switched on; `databases` outlives it."""
    return RecordBench(state, resolve(faults), gateway=gateway, databases=databases)


def payload_of(document: Mapping[str, str]) -> Any:
    """Read the payload of a stored document."""
    text = document["payload"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def later(table: RecordBench, **by: float) -> None:
    """Move the clock of the exchange."""
    table.clock.advance(timedelta(**by))


def keys(factory: pytest.TempPathFactory) -> Path:
    """Return one set of keys for all exchanges of a test run; making them takes the time."""
    folder = factory.getbasetemp() / "record-keys"
    folder.mkdir(exist_ok=True)
    return folder
