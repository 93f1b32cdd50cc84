"""Revocation that comes between two messages: certificates of the case's own, so nobody is harmed.

A good answer about a certificate may be kept for one hour; about the signer of a controlled drug it
may not be kept at all (RUL-008).
"""

from __future__ import annotations

import base64
from dataclasses import replace

from lab.kit import Expect, Identity, Reply, Sut, SyntheticData, conformance_case, made_identity
from lab.model.base import JsonValue
from suites import journeys
from suites import record_journeys as record
from suites import trust_journeys as trust

CONTROLLED = "99045"  # tramadol 100 mg, controlled


def identity_of(
    sut: Sut, data: SyntheticData, label: str, certificate: JsonValue, like: str
) -> Identity:
    """Return the identity of a certificate for the key `label`, in the chain of `like`."""
    known = sut.kit.identity(like)
    leaf = base64.b64decode(str(certificate))
    return made_identity(label, known.kind, trust.key(data, label), (leaf, *known.chain_der[1:]))


def ordered(sut: Sut, data: SyntheticData, signer: Identity, step: str) -> Reply:
    """Register tramadol, signed by an identity of dr01."""
    items = [data.item(CONTROLLED, quantity=10)]
    payload = journeys.draft(sut, data, step, items=items)
    document = ("prescription", payload, signer)
    return sut.call("registerPrescription", document=document, caller=journeys.OFFICE, step=step)


@conformance_case(
    "TC-PUR-SEC-DOC-012",
    verifies=("ERX-A1-9-7-B",),
    role="purchaser_system",
    rulings=("RUL-008",),
    title_fa="داروی تحت کنترل: وضعیت گواهی هر بار تازه پرسیده می‌شود",
)
def tc_controlled_drugs_ask_anew(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT asks anew about the signer of a controlled drug.

    Given a new certificate of a physician that signed an accepted order for tramadol, when it is
    revoked and signs another one, then that is refused, however fresh the first answer still is.
    """
    applied = trust.application(data, trust.key(data, "signer"))
    enrolled = sut.environment("esign", "enrolSigner", body=applied, caller=journeys.OFFICE)
    certificate = enrolled.required("/certificate")
    signer = identity_of(sut, data, "signer", certificate, "dr01")
    expect.control(ordered(sut, data, signer, "control: before"), 201)
    named = {**trust.named(certificate), "reason": data.reason("KEY_COMPROMISED")}
    sut.environment("pki", "revokeCertificate", body=named, caller=journeys.OFFICE).required(
        "/revokedAt"
    )

    reply = ordered(sut, data, signer, "stimulus: after the revocation")

    expect.problem(
        reply,
        status=401,
        code="DOCUMENT_CERTIFICATE_REVOKED",
        fix="For a controlled drug ask OCSP at every document; keep no answer.",
        fix_fa="برای داروی تحت کنترل وضعیت گواهی را برای هر سند از نو بپرسید.",
    )


@conformance_case(
    "TC-HCA-SEC-REV-001",
    verifies=("ERX-A1-9-7",),
    role="health_ca",
    rulings=("RUL-008",),
    moves_clock=True,
    title_fa="ابطال به همهٔ طرف‌ها می‌رسد",
)
def tc_a_revocation_reaches_everybody(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT publishes revocations where the others look for them.

    Given a new seal of a centre that works, when its holder revokes it and the hour of kept answers
    is over, then a message under this seal is refused.
    """
    certificate = trust.fresh(sut, data, "seal")
    seal = identity_of(sut, data, "seal", certificate, "office-1.seal")
    sealed = replace(record.OFFICE, seal=seal)
    body = {"certificate": trust.certificate_of(sut, "dr01")}
    early = sut.call("validateCertificate", body=body, caller=sealed, step="control: new seal")
    expect.control(early, 200)
    named = {**trust.named(certificate), "reason": data.reason("KEY_COMPROMISED")}
    expect.control(trust.revoke(sut, named, "preamble: revoke"), 201)
    sut.let_pass(hours=1, minutes=5)

    reply = sut.call("validateCertificate", body=body, caller=sealed, step="stimulus: later")

    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_REVOKED",
        fix="Tell every revocation by OCSP and CRL, not only in your own answers.",
        fix_fa="هر ابطال را در OCSP و CRL نیز منتشر کنید.",
    )
