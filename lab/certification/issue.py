"""Issues a certificate: checks the campaign, the scheme and the three acts, signs, registers.

Order: evidence, result, scheme, people, the laboratory's own certificate; then the token, then the
entry in the status list. The certificate file is written last, so that what exists is registered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID
from persiantools.jdatetime import JalaliDate

from lab.certification.acts import problem_of
from lab.certification.assurance import named_by, opened
from lab.certification.campaign_check import (
    CheckedCampaign,
    Refused,
    check_evidence,
    grounds_for_refusal,
)
from lab.certification.jose import Signer, sign
from lab.certification.proven import unproven
from lab.certification.scheme import Scheme, objections, scheme_for
from lab.certification.status import Event, append
from lab.certification.trust import Untrusted, laboratory_of
from lab.model.base import JsonValue
from lab.model.certificate import Act, Certificate
from lab.model.errors import EnvironmentFault
from reports.renderers.certificate import render_certificate

TYPE = "mafa-certificate+jwt"
FILE = "certificate.jws"
PAGE = "certificate.html"
STATUS = "status.jwsl"


@dataclass(frozen=True)
class People:
    """Who did which act."""

    evaluator: str
    reviewer: str
    decider: str


@dataclass(frozen=True)
class Issued:
    """A certificate as issued, with the files that hold it."""

    certificate: Certificate
    token: str
    path: Path
    page: Path
    status: Path


def issue(
    directory: Path,
    *,
    people: People,
    signer: Signer,
    anchors: Sequence[x509.Certificate],
    out: Path,
    status: Path,
    at: datetime,
    assurance: Path | None = None,
) -> Issued:
    """Issue the certificate of a campaign directory or bundle.

    Writes certificate.jws and certificate.html into `out` and an entry into the status list. An
    assurance statement must be genuine and about the suites of the campaign, and must call those of
    its role proven; its hash is carried.
    Raises Refused with every reason found.
    """
    checked = check_evidence(directory)
    scheme = scheme_for(checked.result)
    at = at.astimezone(UTC).replace(microsecond=0)
    suites = checked.result.campaign.suite_hash
    assured = "" if assurance is None else named_by(assurance, anchors, suites)
    acts = _acts(checked, people, at)
    reasons = grounds_for_refusal(checked.result) + objections(scheme, checked.result)
    if assurance is not None:
        reasons += unproven(opened(assurance, anchors), checked.result.campaign)
    unfit = problem_of(acts)
    if unfit is not None:
        reasons.append(unfit)
    try:
        leaf = laboratory_of(signer.chain, anchors, at)
    except Untrusted as error:
        reasons.append(
            (
                f"the laboratory's own certificate cannot be used: {error}",
                "گواهی خود آزمایشگاه قابل استفاده نیست.",
            )
        )
        raise _refusal(reasons, directory) from error
    if leaf.public_key() != signer.key.public_key():
        reasons.append(
            (
                "the signing key does not belong to the laboratory's certificate",
                "کلید امضا با گواهی آزمایشگاه نمی‌خواند.",
            )
        )
    if reasons:
        raise _refusal(reasons, directory)
    certificate = _certificate(checked, scheme, acts, leaf, at).model_copy(
        update={"assurance_sha256": assured}
    )
    token = sign(to_payload(certificate), TYPE, signer, at)
    append(
        status,
        anchors,
        signer,
        certificate_id=certificate.id,
        event=Event.ISSUED,
        reason=f"campaign {certificate.campaign_id}",
        person=people.decider,
        at=at,
    )
    return _write(certificate, token, out, status)


def to_payload(certificate: Certificate) -> JsonValue:
    """Return what is signed."""
    return certificate.model_dump(mode="json")


def _refusal(reasons: list[tuple[str, str]], directory: Path) -> Refused:
    return Refused(
        reasons,
        where=str(directory),
        fix="Mend every reason above, run the campaign again where it is about the campaign.",
    )


def _acts(checked: CheckedCampaign, people: People, at: datetime) -> tuple[Act, ...]:
    result = checked.result
    finished = min(result.amended_at or result.finished_at, at)
    return (
        Act(kind="evaluation", person=people.evaluator.strip(), at=finished),
        Act(kind="review", person=people.reviewer.strip(), at=at),
        Act(kind="decision", person=people.decider.strip(), at=at),
    )


def _certificate(
    checked: CheckedCampaign,
    scheme: Scheme,
    acts: tuple[Act, ...],
    leaf: x509.Certificate,
    at: datetime,
) -> Certificate:
    result = checked.result
    campaign, said = result.campaign, result.statement
    return Certificate(
        id=_identity(checked, at),
        product=campaign.profile.product,
        role=campaign.plan.role,
        scheme=scheme.id,
        level=campaign.plan.level,
        pack=campaign.pack,
        pack_hash=campaign.pack_hash,
        suite_version=campaign.suite_version,
        suite_hash=campaign.suite_hash,
        campaign_id=campaign.id,
        campaign_kind=campaign.kind,
        evidence_head=checked.head,
        evidence_records=checked.records,
        result_sha256=checked.result_sha256,
        decision_rule=said.rule.id,
        acts=acts,
        issued_at=at,
        valid_until=months_after(at, scheme.months),
        laboratory=_name(leaf),
        limits=_limits((*said.limits_fa, *said.limits_en), scheme, result.load is None),
    )


def _limits(said: Sequence[str], scheme: Scheme, no_load: bool) -> tuple[str, ...]:
    own = list(said) + list(scheme.limits)
    if scheme.wants_load and no_load:
        own.append("No load was applied in this campaign; service levels are not certified.")
        own.append("در این کارزار باری وارد نشد؛ سطح خدمت گواهی نمی‌شود.")
    return tuple(dict.fromkeys(own))


def _identity(checked: CheckedCampaign, at: datetime) -> str:
    """Give one campaign one id, so that the status list refuses to issue it twice."""
    seed = f"{checked.result.campaign.id}\n{checked.head}\n{checked.result_sha256}"
    year = JalaliDate(at.date()).year  # type: ignore[no-untyped-call]  # library has no types
    return f"CERT-{year}-{hashlib.sha256(seed.encode()).hexdigest()[:12]}"


def months_after(at: datetime, months: int) -> datetime:
    """Return the same day of a later month, or its last day when there is none."""
    total = at.month - 1 + months
    year, month = at.year + total // 12, total % 12 + 1
    for day in (at.day, 30, 29, 28):
        try:
            return at.replace(year=year, month=month, day=day)
        except ValueError:  # this month is shorter
            continue
    raise AssertionError("every month has 28 days")


def _name(leaf: x509.Certificate) -> str:
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else leaf.subject.rfc4514_string()


def _write(certificate: Certificate, token: str, out: Path, status: Path) -> Issued:
    path, page = out / FILE, out / PAGE
    try:
        out.mkdir(parents=True, exist_ok=True)
        page.write_text(render_certificate(certificate, token), encoding="utf-8")
        path.write_text(token + "\n", encoding="ascii")
    except OSError as error:
        raise EnvironmentFault(
            f"The certificate cannot be written: {error}.", code="MFL-C016", where=str(out)
        ) from error
    return Issued(certificate=certificate, token=token, path=path, page=page, status=status)
