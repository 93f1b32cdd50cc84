"""Verifies a certificate offline and keeps the reasons for a "no" apart.

Order: signature and chain, content, time, status, and when asked the campaign behind it. Nothing a
certificate claims is shown before its signature holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509

from lab.certification.acts import problem_of
from lab.certification.campaign_check import Refused, check_evidence
from lab.certification.issue import TYPE, months_after
from lab.certification.jose import MAX_TOKEN, Forged, Opened, open_token
from lab.certification.scheme import MAX_MONTHS
from lab.certification.status import StatusList
from lab.model import stored
from lab.model.certificate import Certificate, CertificateState
from lab.model.errors import UsageError


class Finding(StrEnum):
    """The four kinds of "no", and "yes"."""

    VALID = "valid"
    FORGED = "forged_or_altered"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANNOT_CHECK = "cannot_check"


EXIT_CODES = {
    Finding.VALID: 0,
    Finding.FORGED: 1,
    Finding.EXPIRED: 1,
    Finding.SUSPENDED: 1,
    Finding.WITHDRAWN: 1,
    Finding.CANNOT_CHECK: 4,
}


@dataclass(frozen=True)
class Outcome:
    """What was found. `certificate` is None unless signature and content hold."""

    finding: Finding
    reason_en: str
    reason_fa: str
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Exit code of experience guide 2.3."""
        return EXIT_CODES[self.finding]


def read_token(path: Path) -> str:
    """Read a certificate file. Raises UsageError when it cannot be one."""
    try:
        if path.stat().st_size > MAX_TOKEN:
            raise UsageError("The file is larger than any certificate.", where=str(path))
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The certificate cannot be read: {error}.",
            sentence_fa="پروندهٔ گواهی خوانا نیست.",
            code="MFL-C021",
            where=str(path),
            fix="Give the file certificate.jws.",
        ) from error


def verify_certificate(
    token: str,
    *,
    anchors: Sequence[x509.Certificate],
    at: datetime,
    status: StatusList | None,
    status_needed: bool = True,
    campaign: Path | None = None,
) -> Outcome:
    """Verify at a time. `status` None and needed gives CANNOT_CHECK, never VALID."""
    try:
        opened = open_token(token, TYPE, anchors)
        certificate = _content(opened)
    except Forged as error:
        return Outcome(
            Finding.FORGED,
            f"Not a certificate of a trusted laboratory, or altered: {error}.",
            "این گواهی از آزمایشگاه معتبر نیست یا دست خورده است.",
        )
    if campaign is not None:
        mismatch = _campaign_mismatch(certificate, campaign)
        if mismatch is not None:
            return mismatch
    refusal = (
        _ended_early(certificate, status, at)
        or _time_refusal(certificate, at)
        or _unanswered(certificate, status, at)
    )
    if refusal is not None:
        return refusal
    if status is None and status_needed:
        return Outcome(
            Finding.CANNOT_CHECK,
            "No status list was given, so a suspension or withdrawal would not be seen.",
            "فهرست وضعیت داده نشده است؛ تعلیق یا ابطال دیده نمی‌شود.",
            certificate,
        )
    return Outcome(
        Finding.VALID,
        f"Valid at {at:%Y-%m-%d %H:%M}Z.",
        "گواهی در این زمان معتبر است.",
        certificate,
        _notes(opened, at, status),
    )


def _content(opened: Opened) -> Certificate:
    try:
        certificate = stored.CERTIFICATE.of(opened.payload, "certificate")
    except UsageError as error:
        if error.code == stored.NEWER:
            raise
        raise Forged(f"the content is no certificate: {error.sentence}") from error
    if certificate.issued_at != opened.signed_at:
        raise Forged("the time of signing is not the time of issue")
    longest = months_after(certificate.issued_at, MAX_MONTHS)
    if not certificate.issued_at < certificate.valid_until <= longest:
        raise Forged(f"the validity is not within {MAX_MONTHS} months of the issue")
    unfit = problem_of(certificate.acts)
    if unfit is not None:
        raise Forged(unfit[0])
    return certificate


def _time_refusal(certificate: Certificate, at: datetime) -> Outcome | None:
    if at >= certificate.valid_until:
        return Outcome(
            Finding.EXPIRED,
            f"{certificate.id} expired at {certificate.valid_until:%Y-%m-%d %H:%M}Z.",
            f"اعتبار گواهی {certificate.id} به پایان رسیده است.",
        )
    if at < certificate.issued_at:
        return Outcome(
            Finding.CANNOT_CHECK,
            f"{certificate.id} was issued at {certificate.issued_at:%Y-%m-%d %H:%M}Z, after the "
            "time asked about; check the clock or --at.",
            f"گواهی {certificate.id} پس از زمان پرسیده‌شده صادر شده است.",
        )
    return None


def _ended_early(
    certificate: Certificate, status: StatusList | None, at: datetime
) -> Outcome | None:
    if status is None or at < certificate.issued_at:
        return None
    state = status.state(certificate.id, at)
    events = [e for e in status.history(certificate.id) if e.at <= at]
    if state in {CertificateState.SUSPENDED, CertificateState.WITHDRAWN}:
        word = "suspended" if state is CertificateState.SUSPENDED else "withdrawn"
        persian = "معلق" if state is CertificateState.SUSPENDED else "باطل"
        since, why = events[-1].at, events[-1].reason
        return Outcome(
            Finding(word),
            f"{certificate.id} is {word} since {since:%Y-%m-%d %H:%M}Z: {why}",
            f"گواهی {certificate.id} {persian} است: {why}",
        )
    return None


def _unanswered(
    certificate: Certificate, status: StatusList | None, at: datetime
) -> Outcome | None:
    """Return why the list cannot say that the certificate stands; None when it can."""
    if status is None:
        return None
    if status.state(certificate.id, at) is None:
        return Outcome(
            Finding.CANNOT_CHECK,
            f"The status list does not know {certificate.id}.",
            f"گواهی {certificate.id} در فهرست وضعیت نیست.",
        )
    if not status.covers(at):
        last = status.entries[-1].fresh_until
        return Outcome(
            Finding.CANNOT_CHECK,
            f"The status list is stale: it speaks until {last:%Y-%m-%d %H:%M}Z. Fetch a new one.",
            "فهرست وضعیت کهنه است؛ نسخهٔ تازه را بگیرید.",
        )
    return None


def _campaign_mismatch(certificate: Certificate, path: Path) -> Outcome | None:
    def altered(english: str, persian: str) -> Outcome:
        return Outcome(Finding.FORGED, english, persian)

    try:
        checked = check_evidence(path)
    except Refused as error:
        return altered(
            f"The campaign beside the certificate does not hold: {error.reasons[0][0]}.",
            "شواهد کنار گواهی درست نیست.",
        )
    told = (certificate.evidence_head, certificate.evidence_records, certificate.result_sha256)
    found = (checked.head, checked.records, checked.result_sha256)
    if told != found:
        return altered(
            f"The campaign is not the one of this certificate: evidence {checked.head[:12]}, "
            f"the certificate names {certificate.evidence_head[:12]}.",
            "این کارزار، کارزار این گواهی نیست.",
        )
    if checked.result.campaign.profile.product != certificate.product:
        return altered(
            "The campaign tested another product than the certificate names.",
            "محصول آزموده‌شده با محصول گواهی یکی نیست.",
        )
    return None


def _notes(opened: Opened, at: datetime, status: StatusList | None) -> tuple[str, ...]:
    notes = []
    if status is None:
        notes.append("status not checked, as asked: a suspension or withdrawal would not be seen")
    if at > opened.leaf.not_valid_after_utc:
        notes.append(
            "the laboratory's signing certificate has expired since; that the signature is older "
            "rests on the date in it"
        )
    return tuple(notes)
