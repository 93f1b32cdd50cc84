"""Signed documents: what a professional signed, and nothing else, counts."""

from __future__ import annotations

from lab.kit import (
    Expect,
    Sut,
    SyntheticData,
    conformance_case,
    payload_set,
    protected_set,
    signature_altered,
    signed_payload_altered,
)
from suites import journeys
from suites.security.probes import Probe, attempt


@conformance_case(
    "TC-PUR-SEC-DOC-001",
    verifies=("ERX-15-A", "ERX-9-1-3-N"),
    role="purchaser_system",
    title_fa="رد سند تغییریافته پس از امضا",
)
def tc_document_altered_after_signing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document that was altered after it was signed.

    Given a prescription of 30 units, when the signed payload is changed to 300 and sealed anew,
    then it is refused with 401 and nothing is registered.
    """
    mutate = signed_payload_altered("/items/0/quantity", 300)
    reply = attempt(sut, data, expect, Probe(mutate=mutate))
    expect.problem(
        reply,
        status=401,
        code="DOCUMENT_SIGNATURE_INVALID",
        fix="Verify the signature over the received bytes of the payload.",
        fix_fa="امضا را روی بایت‌های دریافتی بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-002",
    verifies=("ERX-15-A", "ERX-9-1-3-N"),
    role="purchaser_system",
    title_fa="رد امضای دست‌کاری‌شده",
)
def tc_signature_altered(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a signature with a single wrong bit.

    Given a signed prescription, when one bit of its signature is flipped and the request sealed,
    then it is refused with 401 and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(mutate=signature_altered()))
    expect.problem(
        reply,
        status=401,
        code="DOCUMENT_SIGNATURE_INVALID",
        fix="Verify the signature; its mere presence proves nothing.",
        fix_fa="درستی امضا را بسنجید، نه بودن آن را.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-003",
    verifies=("ERX-11-B", "ERX-15-A"),
    role="purchaser_system",
    title_fa="رد الگوریتم none و HMAC",
)
def tc_algorithms_outside_the_profile(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses signature algorithms outside the profile.

    Given documents that name `none`, `HS256` and `RS256` as algorithm, when they are registered,
    then all are refused with 401 and nothing is registered.
    """
    for algorithm in ("none", "HS256", "RS256"):
        probe = Probe(mutate=protected_set("alg", algorithm), label=algorithm)
        reply = attempt(sut, data, expect, probe)
        expect.problem(
            reply,
            status=401,
            code="DOCUMENT_ALGORITHM_REFUSED",
            title=f"algorithm {algorithm} is not refused as such",
            fix="Accept ES256 and PS256 only; decide before you verify.",
            fix_fa="تنها ES256 و PS256 را بپذیرید.",
        )


@conformance_case(
    "TC-PUR-SEC-DOC-004",
    verifies=("ERX-9-1-3-N", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد امضای پزشک دیگر",
)
def tc_signature_of_another_prescriber(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document signed by another person than it names.

    Given a prescription that names dr01, when dr02 has signed it, then it is refused as a mismatch
    and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(signer="dr02"))
    expect.problem(
        reply,
        status=403,
        code="DOCUMENT_SIGNER_MISMATCH",
        fix="Compare the council number of the certificate with the one in the document.",
        fix_fa="شمارهٔ نظام گواهی را با سند بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-005",
    verifies=("ERX-9-1-3-N", "ERX-8-12-N1-E"),
    role="purchaser_system",
    title_fa="رد نسخهٔ امضاشده به دست داروساز",
)
def tc_pharmacist_does_not_prescribe(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a prescription that a pharmacist signed.

    Given a prescription that names and is signed by a pharmacist, when it is registered, then it is
    refused with 403 and nothing is registered.
    """
    named = payload_set("/prescriber", data.signer("ph01"))
    reply = attempt(sut, data, expect, Probe(mutate=named, signer="ph01"))
    expect.problem(
        reply,
        status=403,
        code=("PRESCRIBER_NOT_ENTITLED", "DOCUMENT_SIGNER_CLASS", "DOCUMENT_SIGNER_MISMATCH"),
        fix="Ask the council what the signer may prescribe.",
        fix_fa="اختیار تجویز امضاکننده را استعلام کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-006",
    verifies=("ERX-9-1-3-N", "ERX-6-4-D"),
    role="purchaser_system",
    title_fa="رد امضا با گواهی غیر حرفه‌ای",
)
def tc_seal_does_not_sign_prescriptions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document signed with the seal of a centre.

    Given a prescription signed with the organisational certificate of the office, when it is
    registered, then it is refused for the class of its certificate and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(signer="office-1.seal"))
    expect.problem(
        reply,
        status=403,
        code="DOCUMENT_SIGNER_CLASS",
        fix="Accept professional certificates only; a seal is not a person.",
        fix_fa="تنها گواهی حرفه‌ای شخص را بپذیرید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-007",
    verifies=("ERX-A1-9-7-B", "ERX-9-1-3-N"),
    role="purchaser_system",
    rulings=("RUL-008",),
    title_fa="رد گواهی باطل‌شدهٔ پزشک",
)
def tc_revoked_professional_certificate(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document signed with a revoked certificate.

    Given a prescription of a physician whose certificate was revoked, when it is registered, then
    it is refused with 401 and nothing is registered.
    """
    named = payload_set("/prescriber", data.signer("dr04"))
    reply = attempt(sut, data, expect, Probe(mutate=named, signer="dr04"))
    expect.problem(
        reply,
        status=401,
        code="DOCUMENT_CERTIFICATE_REVOKED",
        fix="Ask OCSP (or the CRL) about the signer's certificate.",
        fix_fa="ابطال گواهی امضاکننده را بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-008",
    verifies=("ERX-6-4-D", "ERX-9-1-3-N"),
    role="purchaser_system",
    title_fa="رد گواهی منقضی یا بیگانهٔ پزشک",
)
def tc_expired_and_foreign_professional_certificates(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses documents signed with expired or foreign certificates.

    Given prescriptions of dr01 signed with an expired certificate and with one of a foreign root,
    when they are registered, then both are refused with 401 and nothing is registered.
    """
    expired = attempt(sut, data, expect, Probe(signer="dr01-expired", label="expired"))
    foreign = attempt(sut, data, expect, Probe(signer="dr01-foreign", label="foreign"))

    expect.problem(
        expired,
        status=401,
        code="DOCUMENT_CERTIFICATE_EXPIRED",
        fix="Check the validity of the signer's certificate.",
        fix_fa="اعتبار زمانی گواهی امضاکننده را بسنجید.",
    )
    expect.problem(
        foreign,
        status=401,
        code="DOCUMENT_CERTIFICATE_UNTRUSTED",
        fix="Build the chain of the signer's certificate to the health root.",
        fix_fa="زنجیرهٔ گواهی را تا ریشهٔ سلامت بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-009",
    verifies=("ERX-15-A", "ERX-10-D"),
    role="purchaser_system",
    title_fa="رد نوع سند دیگر",
)
def tc_document_of_another_type(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document whose signed type is another one.

    Given a signed prescription whose `cty` says dispense, when it is registered, then it is refused
    for its type and nothing is registered: a signature for one purpose serves no other.
    """
    reply = attempt(sut, data, expect, Probe(kind="dispense"))
    expect.problem(
        reply,
        status=422,
        code="DOCUMENT_TYPE_MISMATCH",
        fix="Compare `cty` with the type this operation takes.",
        fix_fa="نوع سند (cty) را با عملیات بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-010",
    verifies=("ERX-15-A", "ERX-10-D"),
    role="purchaser_system",
    title_fa="رد سند غیر آزمایشی",
)
def tc_real_data_is_refused_by_a_test_system(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT under test refuses a document that is not marked as test data.

    Given a prescription whose testData is false, when it is registered, then it is refused and
    nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(mutate=payload_set("/testData", False)))
    expect.problem(
        reply,
        status=422,
        code=("DOCUMENT_NOT_TEST_DATA", "SCHEMA_VIOLATION"),
        fix="A test system takes marked test data only.",
        fix_fa="سامانهٔ آزمایشی تنها دادهٔ آزمایشی می‌پذیرد.",
    )


@conformance_case(
    "TC-PUR-SEC-DOC-011",
    verifies=("ERX-15-A", "ERX-6-3-A"),
    role="purchaser_system",
    title_fa="رد محتوای دیگر با شناسهٔ سند پیشین",
)
def tc_other_content_under_a_known_document_id(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses other content under the id of a known document.

    Given a registered prescription, when a document with the same documentId and another quantity
    is registered, then it is refused with 409 and the first stays as it was.
    """
    rx = journeys.register(sut, data)
    other = {**rx.payload, "items": [data.item(quantity=29)]}

    reply = journeys.submit(sut, other, "stimulus")

    expect.problem(
        reply,
        status=409,
        code="DOCUMENT_ID_CONFLICT",
        fix="Compare the payload when a documentId is known already.",
        fix_fa="محتوای سند با شناسهٔ تکراری را مقایسه کنید.",
    )
    again = journeys.read(sut, rx, step="effect: unchanged")
    expect.field(again, "/items/0/ordered", equals=30, fix="Keep the first document.")
