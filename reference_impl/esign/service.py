"""Mobile signature: enrol a signer, ask the telephone, collect what it signed.

The private key never leaves the telephone; the service keeps certificates and answers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from sqlalchemy import Connection, Row

from reference_impl.esign import domain, store
from reference_impl.platform.certificates import Certificate, read_certificate
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service, Work
from reference_impl.platform.trust import Standing

CREATED, NOT_FOUND, OK = 201, 404, 200
CHECK_AFTER, PATIENT = 2, 30
AUTHORITY = "Medical Council (synthetic)"


def create(config: Configuration) -> Service:
    """Return the service."""
    config.store.create(store.METADATA)
    enrolling, signing = _Enrolling(config), _Signing(config)
    return Service(
        "esign",
        (
            Operation("enrolSigner", enrolling.enrol),
            Operation("getEnrolment", enrolling.read),
            Operation("requestSignature", signing.request),
            Operation("answerSignatureRequest", signing.answer),
            Operation("collectSignature", signing.collect),
        ),
    )


class _Enrolling:
    """The registration authority: proof of person, licence, and the order to the CA."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._members = {
            domain.council_identity(m.council_kind, m.council_number): m
            for m in config.world.professionals.values()
        }

    async def enrol(self, call: Call) -> Work:
        """Prove the applicant and have a certificate issued for the key of the telephone."""
        body, faults = call.body, self._config.faults
        signer = domain.council_identity(body["councilKind"], body["councilNumber"])
        path = f"/members/{body['councilKind']}/{body['councilNumber']}"
        reply = await call.peer("irimc").get(path)
        if reply.status == NOT_FOUND:
            raise Refusal("PRESCRIBER_UNKNOWN", pointer="/councilNumber")
        if reply.status != OK or not isinstance(reply.json, dict):
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        applicant = domain.is_applicant(self._members.get(signer), body)
        if not applicant and not faults.on("esign.enrolment.identity_unchecked"):
            raise Refusal("ENROLMENT_REFUSED", pointer="/person", detail="not the member's")
        licensed = reply.json["licenceState"] == "active" and not reply.json["sanctions"]
        if not licensed and not faults.on("esign.enrolment.licence_unchecked"):
            raise Refusal("ENROLMENT_REFUSED", pointer="/councilNumber", detail="no licence")
        issued = await self._certificate(call, signer, reply.json)
        name = self._config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            store.add_enrolment(
                rows,
                id=name,
                centre=call.caller.centre,
                signer=signer,
                authority=AUTHORITY,
                certificate=issued,
            )
            return Answer(CREATED, _enrolment(name, issued))

        return commit

    async def read(self, call: Call) -> Answer:
        """Return an enrolment of the calling centre."""
        with self._config.store.read() as rows:
            found = store.enrolment(rows, call.path["enrolmentId"])
        if found is None or found.centre != call.caller.centre:
            raise Refusal("ENROLMENT_NOT_FOUND", pointer="path:enrolmentId")
        return Answer(OK, _enrolment(found.id, found.certificate))

    async def _certificate(self, call: Call, signer: str, member: dict[str, Any]) -> str:
        text = call.body["certificateRequest"]
        unchecked = self._config.faults.on("esign.enrolment.subject_unchecked")
        try:
            other = domain.names_other(base64.b64decode(text, validate=True), signer)
        except (binascii.Error, ValueError) as error:
            raise _invalid("not a PKCS #10 request") from error
        if other and not unchecked:
            raise _invalid("it names another council number")
        order = {
            "class": "professional",
            "certificateRequest": text,
            "commonName": f"{member['givenNameEn']} {member['familyNameEn']}"[:64],
            "serialNumber": signer,
            "title": str(member["specialty"]["code"])[:64],
        }
        # The same key at every repetition, so that a repeated enrolment is one certificate.
        key = hashlib.sha256(f"{call.caller.centre}:{call.key}".encode()).hexdigest()[:40]
        reply = await call.peer("pki").post("/certificates", order, key=key)
        if reply.code == "CERTIFICATE_REQUEST_INVALID":
            raise _invalid("refused by the authority")
        if reply.status != CREATED or not isinstance(reply.json, dict):
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        return str(reply.json["certificate"])


class _Signing:
    """Requests for signatures."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._faults = config.faults
        self._pause = PATIENT if config.faults.on("esign.variant.patient") else CHECK_AFTER
        self._council_of = {
            u.user_id: domain.council_identity(p.council_kind, p.council_number)
            for u in config.world.users
            if (p := config.world.professionals.get(u.person)) is not None
        }

    async def request(self, call: Call) -> Work:
        """Put a digest before the signer."""
        body = call.body
        with self._config.store.read() as rows:
            enrolled = store.enrolment(rows, body["enrolmentId"])
        if enrolled is None or not self._may_use(call, enrolled):
            raise Refusal("ENROLMENT_NOT_FOUND", pointer="/enrolmentId")
        standing = await self._config.trust.standing(_certificate(enrolled))
        if standing is Standing.UNAVAILABLE:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if standing is not Standing.GOOD:
            raise Refusal(
                "SIGNER_DEVICE_UNKNOWN", pointer="/enrolmentId", detail=standing.value.lower()
            )
        name = self._config.ids.uuid()

        def commit(rows: Connection) -> Answer:
            store.add_request(
                rows,
                id=name,
                enrolment=enrolled.id,
                centre=call.caller.centre,
                document_type=body["documentType"],
                digest=body["digest"],
                state=domain.WAITING,
                expires_at=self._now() + body["expiresInSeconds"],
                signature="",
            )
            return Answer(CREATED, self._body(name, domain.WAITING))

        return commit

    async def answer(self, call: Call) -> Work:
        """Take the signer's answer from the enrolled telephone; the first one stands."""
        name, body = call.path["requestId"], call.body
        with self._config.store.read() as rows:
            asked = store.request(rows, name)
            enrolled = None if asked is None else store.enrolment(rows, asked.enrolment)
        if asked is None or enrolled is None or body["requestId"] != name:
            raise _unknown_request()
        digest = base64.b64decode(asked.digest)
        if not body["approved"]:
            digest = domain.declined_digest(name)
        proved = domain.proves(_certificate(enrolled), digest, body["deviceProof"])
        if not proved and not self._faults.on("esign.approval.device_unchecked"):
            raise Refusal("SIGNER_DEVICE_UNKNOWN", pointer="/deviceProof")
        state = domain.APPROVED if body["approved"] else domain.DECLINED
        signature = body["deviceProof"] if body["approved"] else ""

        def commit(rows: Connection) -> Answer:
            present = self._state(store.request(rows, name))
            if present == domain.EXPIRED:
                raise Refusal("SIGNATURE_REQUEST_EXPIRED")
            wins = self._faults.on("esign.approval.last_answer_wins")
            if present == domain.DECLINED and state == domain.APPROVED and not wins:
                raise Refusal("SIGNATURE_REQUEST_DECLINED")
            if present == domain.APPROVED and not wins:
                # What was signed stays signed, whoever changes his mind.
                return Answer(OK, self._body(name, domain.APPROVED))
            store.answer(rows, name, state, signature)
            return Answer(OK, self._body(name, state))

        return commit

    async def collect(self, call: Call) -> Answer:
        """Hand the signature to the centre that asked for it."""
        with self._config.store.read() as rows:
            asked = store.request(rows, call.path["requestId"])
        mine = asked is not None and asked.centre == call.caller.centre
        if asked is None or not (mine or self._faults.on("esign.collect.other_centre")):
            raise _unknown_request()
        state = self._state(asked)
        if state == domain.EXPIRED:
            raise Refusal("SIGNATURE_REQUEST_EXPIRED")
        if state == domain.DECLINED:
            raise Refusal("SIGNATURE_REQUEST_DECLINED")
        if state == domain.WAITING:
            if self._faults.on("esign.collect.waiting_as_success"):
                return Answer(OK, self._body(asked.id, state))
            raise Refusal("SIGNATURE_PENDING", headers={"retry-after": str(self._pause)})
        return Answer(OK, {**self._body(asked.id, state), "signature": asked.signature})

    def _may_use(self, call: Call, enrolled: Row[Any]) -> bool:
        """Say whether centre or user has to do with the enrolment."""
        own = self._council_of.get(call.caller.user) == enrolled.signer
        anybody = self._faults.on("esign.request.other_centre")
        return own or anybody or enrolled.centre == call.caller.centre

    def _state(self, asked: Row[Any] | None) -> str:
        if asked is None:
            raise _unknown_request()
        if self._faults.on("esign.request.never_expires"):
            return str(asked.state)
        return domain.state_at(asked.state, asked.expires_at, self._now())

    def _body(self, name: str, state: str) -> dict[str, Any]:
        return {"requestId": name, "state": state, "checkAfterSeconds": self._pause}

    def _now(self) -> int:
        return int(self._config.clock.now().timestamp())


def _enrolment(name: str, certificate: str) -> dict[str, str]:
    return {
        "enrolmentId": name,
        "state": "confirmed",
        "authority": AUTHORITY,
        "certificate": certificate,
    }


def _certificate(enrolled: Row[Any]) -> Certificate:
    return read_certificate(base64.b64decode(enrolled.certificate))


def _unknown_request() -> Refusal:
    return Refusal("SIGNATURE_REQUEST_NOT_FOUND", pointer="path:requestId")


def _invalid(detail: str) -> Refusal:
    return Refusal("CERTIFICATE_REQUEST_INVALID", pointer="/certificateRequest", detail=detail)
