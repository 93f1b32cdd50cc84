"""The health certification authority over the exchange: issue, renew, revoke, validate, stamp.

OCSP, CRL and RFC 3161 answer beside it in their own forms (`pki.status`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509
from sqlalchemy import Connection

from reference_impl.faults.meeting import Meeting
from reference_impl.pki import orders
from reference_impl.pki.kit import Authority
from reference_impl.pki.ledger import REASONS, Ledger, Revocation
from reference_impl.pki.timestamp import TimeStampAuthority
from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work
from reference_impl.platform.trust import Standing

REASON_SYSTEM = "urn:ir:maksa:reason-synthetic"
SHA256_BYTES, SHA1_BYTES = 32, 20
WRITING = 0.2  # seconds; how long the seeded race takes to write a certificate back


def create(config: Configuration, authority: Authority, ledger: Ledger) -> Service:
    """Return the service of one authority; the ledger is the one OCSP and CRL read."""
    desk = _Desk(config, authority, ledger)
    return Service(
        "pki",
        (
            Operation("validateCertificate", desk.validate, callers=EVERYONE, replayed=False),
            Operation("revokeCertificate", desk.revoke, callers=EVERYONE),
            Operation("requestTimestamp", desk.stamp, callers=EVERYONE),
            Operation("issueCertificate", desk.issue, callers=frozenset({"service"})),
            Operation("renewCertificate", desk.renew, callers=EVERYONE),
        ),
    )


class _Desk:
    """The operations with what they share."""

    def __init__(self, config: Configuration, authority: Authority, ledger: Ledger) -> None:
        self._config = config
        self._authority = authority
        self._ledger = ledger
        self._stamps = TimeStampAuthority(authority, config.clock)
        self._meeting = Meeting()
        self._first_revoked: datetime | None = None
        self._issuer = authority.intermediate.certificate.subject.rfc4514_string()

    async def validate(self, call: Call) -> Answer:
        """Judge a certificate now, or at the time asked for."""
        certificate = _read(call.body["certificate"])
        now = self._config.clock.now()
        at = now
        if "at" in call.body and not self._config.faults.on("pki.validation.ignore_moment"):
            at = datetime.fromisoformat(call.body["at"]).astimezone(UTC)
        standing = await self._config.trust.standing(certificate, ask_status=False, at=at)
        if self._config.faults.on("pki.validation.any_issuer"):
            standing = Standing.GOOD
        revocation = self._ledger.revocation(certificate.x509.serial_number)
        if self._config.faults.on("pki.validation.skip_revocation"):
            revocation = None
        if standing is Standing.UNTRUSTED:
            state, revocation = "untrusted", None
        elif revocation is not None and revocation.at <= at:
            state = "revoked"
        else:
            state, revocation = _in_time(certificate, at), None
        return Answer(200, _verdict(certificate, state, now, revocation))

    async def revoke(self, call: Call) -> Work:
        """Revoke for the holder, the exchange centre, or a service acting for them."""
        serial = int(call.body["serial"], 16)
        found = self._ledger.certificate(serial)
        if found is None or call.body["issuer"] != self._issuer:
            raise Refusal("CERTIFICATE_UNKNOWN", pointer="/serial")
        certificate = orders.parsed(found)
        anybody = self._config.faults.on("pki.revocation.anybody")
        if not anybody and not orders.may_act(self._config.world, call.caller, certificate):
            raise Refusal("REVOCATION_NOT_ALLOWED", pointer="/serial")
        reason = self._reason(call)
        now = self._config.clock.now().replace(microsecond=0)
        before = self._ledger.revocation(serial)
        if self._config.faults.on("pki.renewal.writes_state_back"):
            await self._meeting.meet(f"{serial:x}")
        moves = self._config.faults.on("pki.revocation.time_moves")

        def commit(rows: Connection) -> Answer:
            kept = before
            if kept is None or moves:
                kept = self._ledger.revoke(rows, serial, now, reason, moves=moves)
            if before is None and self._config.faults.on("pki.revocation.not_kept"):
                self._ledger.forget(rows, serial)
            self._first_revoked = self._first_revoked or now
            if self._config.faults.on("pki.revocation.first_moment"):
                kept = replace(kept, at=self._first_revoked)
            return Answer(201, _verdict(certificate, "revoked", now, kept))

        return commit

    def _reason(self, call: Call) -> str:
        coded = call.body["reason"]
        known = coded["system"] == REASON_SYSTEM and coded["code"] in REASONS
        if known:
            return str(coded["code"])
        if self._config.faults.on("pki.revocation.reason_unchecked"):
            return "KEY_COMPROMISED"
        raise Refusal("CODE_UNKNOWN", pointer="/reason/code", detail="not a reason of group token")

    async def stamp(self, call: Call) -> Answer:
        """Stamp a SHA-256 digest (RFC 3161 token)."""
        digest = _bytes(call.body["digest"], "TIMESTAMP_DIGEST_REFUSED", "/digest")
        wanted = {"sha256": SHA256_BYTES}
        if self._config.faults.on("pki.timestamp.weak_digest"):
            wanted["sha1"] = SHA1_BYTES
        algorithm = call.body["algorithm"].lower().replace("-", "")
        if wanted.get(algorithm) != len(digest):
            raise Refusal(
                "TIMESTAMP_DIGEST_REFUSED", pointer="/algorithm", detail="send 32 bytes of sha256"
            )
        if self._config.faults.on("pki.timestamp.digest_hashed_again"):
            algorithm, digest = "sha256", orders.sha256(digest)
        token, at = self._stamps.stamp(algorithm, digest)
        return Answer(201, {"token": base64.b64encode(token).decode(), "at": written(at)})

    async def issue(self, call: Call) -> Work:
        """Issue what a registration authority of the exchange asks for."""
        key = self._requested(call)
        subject = orders.ordered(call.body)
        return self._issued(subject, key)

    async def renew(self, call: Call) -> Work:
        """Issue the same again for its holder, before the old one ends or is revoked."""
        serial = int(call.path["serial"], 16)
        found = self._ledger.certificate(serial)
        if found is None:
            raise Refusal("CERTIFICATE_UNKNOWN", pointer="path:serial")
        certificate = orders.parsed(found)
        faults = self._config.faults
        if not faults.on("pki.renewal.anybody") and not orders.may_act(
            self._config.world, call.caller, certificate
        ):
            raise Refusal("RENEWAL_REFUSED", pointer="path:serial", detail="not the holder")
        ended = certificate.not_after < self._config.clock.now()
        self._check_renewable(self._ledger.revocation(serial), ended=ended)
        issued = self._issued(orders.same_again(certificate), self._requested(call))
        written_back = faults.on("pki.renewal.writes_state_back")
        if written_back:
            await self._meeting.meet(f"{serial:x}")
            await asyncio.sleep(WRITING)

        def commit(rows: Connection) -> Answer:
            if written_back:
                self._ledger.forget(rows, serial)
            # A revocation may have come since this renewal looked for one.
            self._check_renewable(self._ledger.revocation_in(rows, serial), ended=ended)
            # Not those of the kit: they were there before and serve everybody.
            of_kit = serial in self._authority.register
            if faults.on("pki.renewal.ends_the_old") and not of_kit:
                now = self._config.clock.now().replace(microsecond=0)
                self._ledger.revoke(rows, serial, now, "SOFTWARE_REPLACED", moves=False)
            return issued(rows)

        return commit

    def _check_renewable(self, revocation: Revocation | None, *, ended: bool) -> None:
        over = ended or revocation is not None
        if over and not self._config.faults.on("pki.renewal.revoked"):
            raise Refusal("RENEWAL_REFUSED", pointer="path:serial", detail="ended or revoked")

    def _requested(self, call: Call) -> orders.PublicKey:
        unchecked = self._config.faults.on("pki.issue.possession_unchecked")
        der = _bytes(
            call.body["certificateRequest"], "CERTIFICATE_REQUEST_INVALID", "/certificateRequest"
        )
        return orders.requested_key(der, unchecked=unchecked)

    def _issued(self, subject: orders.Subject, key: orders.PublicKey) -> Work:
        now = self._config.clock.now().replace(microsecond=0)
        shorter = self._config.faults.on("pki.variant.shorter_life")
        certificate = orders.issue(self._authority, subject, key, now, shorter=shorter)

        def commit(rows: Connection) -> Answer:
            self._ledger.keep(rows, certificate, now)
            return Answer(201, self._answer(certificate))

        return commit

    def _answer(self, certificate: x509.Certificate) -> dict[str, str]:
        return {
            "issuer": self._issuer,
            "serial": f"{certificate.serial_number:x}",
            "certificate": base64.b64encode(orders.der(certificate)).decode(),
            "validUntil": written(certificate.not_valid_after_utc),
        }


def _in_time(certificate: Certificate, at: datetime) -> str:
    if at < certificate.not_before:
        return "not_yet_valid"
    return "expired" if at > certificate.not_after else "good"


def _verdict(
    certificate: Certificate, state: str, now: datetime, revocation: Revocation | None
) -> dict[str, str]:
    verdict = {"state": state, "checkedAt": written(now)}
    if len(certificate.classes) == 1:
        verdict["certificateClass"] = next(iter(certificate.classes))
    if revocation is not None:
        verdict["revokedAt"] = written(revocation.at)
    return verdict


def _read(text: str) -> Certificate:
    try:
        return read_certificate(_bytes(text, "CERTIFICATE_REQUEST_INVALID", "/certificate"))
    except UnreadableCertificate as error:
        raise Refusal(
            "CERTIFICATE_REQUEST_INVALID", pointer="/certificate", detail=str(error)[:200]
        ) from error


def _bytes(text: str, code: str, pointer: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(code, pointer=pointer, detail="not Base64") from error
