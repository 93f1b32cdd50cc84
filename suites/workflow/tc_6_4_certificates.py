"""Clause 6-4: certificates under the health authority: state, revocation, renewal, time stamps."""

from __future__ import annotations

import base64

from lab.kit import Expect, Sut, SyntheticData, conformance_case, eventually
from suites import trust_journeys as trust

LONG_AGO = "2020-01-01T00:00:00+03:30"
STAMPED = bytes(range(32))


@conformance_case(
    "TC-HCA-WF-VAL-001",
    verifies=("ERX-A1-9-7", "ERX-9-1-3-N", "RM-DITAS-SIGN"),
    role="health_ca",
    title_fa="گواهی باطل باطل است",
)
def tc_a_revoked_certificate_is_told(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells a revoked certificate from a good one.

    Given the certificate of a professional and the revoked one of another, when both are validated,
    then the first is good and the second revoked.
    """
    good = trust.validated(sut, trust.certificate_of(sut, "dr01"), "stimulus: a good one")
    ended = trust.validated(sut, trust.certificate_of(sut, "dr04"), "stimulus: a revoked one")

    fix, fix_fa = "Look for revocations.", "ابطال گواهی را بررسی کنید."
    expect.field(good, "/state", equals="good", fix=fix, fix_fa=fix_fa)
    expect.field(ended, "/state", equals="revoked", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-HCA-WF-VAL-002",
    verifies=("ERX-2-NR-A",),
    role="health_ca",
    title_fa="وضعیت گواهی در زمان امضا",
)
def tc_the_state_is_that_of_the_moment(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT tells the state of a certificate at the time that was asked for.

    Given a good certificate, when it is validated for a time before its issue, then it is not yet
    valid.
    """
    certificate = trust.certificate_of(sut, "dr01")

    reply = trust.validated(sut, certificate, "stimulus: long ago", at=LONG_AGO)

    expect.field(
        reply,
        "/state",
        equals="not_yet_valid",
        fix="Judge a certificate at the time of the signature.",
        fix_fa="گواهی را در زمان امضا بسنجید.",
    )


@conformance_case(
    "TC-HCA-WF-VAL-003",
    verifies=("RM-P9-A", "ERX-6-4-C"),
    role="health_ca",
    title_fa="صادرکنندهٔ بیگانه معتبر نیست",
)
def tc_other_issuers_are_not_trusted(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT trusts no certificate that is not under the health root.

    Given a certificate with the right names from another issuer, when it is validated, then it is
    untrusted.
    """
    foreign = trust.certificate_of(sut, "dr01-foreign")

    reply = trust.validated(sut, foreign, "stimulus: a foreign issuer")

    expect.field(
        reply,
        "/state",
        equals="untrusted",
        fix="Build the chain to the health root.",
        fix_fa="زنجیره را تا ریشهٔ سلامت بسازید.",
    )


@conformance_case(
    "TC-RAU-WF-REV-001",
    verifies=("ERX-6-4-B", "ERX-6-4-C"),
    role="registration_authority",
    title_fa="ابطال فقط به دست دارنده",
)
@conformance_case(
    "TC-HCA-WF-REV-001",
    verifies=("ERX-8-13-A", "ERX-9-1-1-A"),
    role="health_ca",
    title_fa="ابطال فقط به دست دارنده",
)
def tc_only_the_holder_revokes(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets only the holder revoke a certificate.

    Given a certificate of one centre, when another centre revokes it, then the IUT refuses and the
    certificate stays good.
    """
    certificate = trust.fresh(sut, data, "not theirs")
    body = {**trust.named(certificate), "reason": data.reason("KEY_COMPROMISED")}

    reply = trust.revoke(sut, body, "stimulus: another centre revokes", trust.STRANGER)

    expect.problem(
        reply,
        status=403,
        code="REVOCATION_NOT_ALLOWED",
        fix="Compare the holder with the caller.",
        fix_fa="دارندهٔ گواهی را با درخواست‌کننده بسنجید.",
    )
    state = trust.validated(sut, certificate, "observation: validate")
    expect.field(state, "/state", equals="good", fix="A refused revocation changes nothing.")


@conformance_case(
    "TC-HCA-WF-REV-002",
    verifies=("ERX-8-13-A", "ERX-A1-9-7", "ERX-9-2-1-A"),
    role="health_ca",
    title_fa="ابطال منتشر می‌شود",
)
def tc_a_revocation_is_published(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT publishes a revocation it answered.

    Given a good certificate of a centre, when its holder revokes it, then from then on it is told
    as revoked.
    """
    certificate = trust.fresh(sut, data, "published")
    expect.control(trust.validated(sut, certificate, "control: good before"), 200)
    body = {**trust.named(certificate), "reason": data.reason("KEY_COMPROMISED")}

    reply = trust.revoke(sut, body, "stimulus: revoke")

    expect.status(reply, 201, fix="Let the holder revoke.", fix_fa="ابطال دارنده را بپذیرید.")
    state = trust.validated(sut, certificate, "observation: validate")
    expect.field(
        state,
        "/state",
        equals="revoked",
        fix="Publish a revocation at once.",
        fix_fa="ابطال را بی‌درنگ منتشر کنید.",
    )


@conformance_case(
    "TC-RAU-WF-REV-003",
    verifies=("ERX-6-4-B",),
    role="registration_authority",
    title_fa="دلیل ابطال کد دارد",
)
@conformance_case(
    "TC-HCA-WF-REV-003",
    verifies=("ERX-8-13-A",),
    role="health_ca",
    title_fa="دلیل ابطال کد دارد",
)
def tc_a_revocation_has_a_coded_reason(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a revocation whose reason is none of its list.

    Given a certificate, when its holder revokes it with a reason of another list, then the IUT
    refuses.
    """
    certificate = trust.fresh(sut, data, "reason")
    body = {**trust.named(certificate), "reason": data.reason("POWER")}

    reply = trust.revoke(sut, body, "stimulus: revoke because of no power")

    expect.problem(
        reply,
        status=422,
        code="CODE_UNKNOWN",
        fix="Take only reasons of the list of tokens.",
        fix_fa="فقط دلیل‌های فهرست ابطال را بپذیرید.",
    )


@conformance_case(
    "TC-RAU-WF-REV-004",
    verifies=("ERX-6-4-C",),
    role="registration_authority",
    title_fa="زمان ابطال جابه‌جا نمی‌شود",
)
@conformance_case(
    "TC-HCA-WF-REV-004",
    verifies=("ERX-2-NR-A",),
    role="health_ca",
    title_fa="زمان ابطال جابه‌جا نمی‌شود",
)
def tc_the_time_of_a_revocation_stays(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps the first time of a revocation.

    Given a revoked certificate, when it is revoked again a moment later, then the time of the first
    revocation stays.
    """
    which = trust.named(trust.fresh(sut, data, "time"))
    body = {**which, "reason": data.reason("KEY_COMPROMISED")}
    first = trust.revoke(sut, body, "preamble: revoke").required("/revokedAt")

    again = eventually(
        sut,
        lambda: trust.revoke(sut, body, "stimulus: revoke again"),
        lambda reply: reply.find("/revokedAt") != first,
        within=1.5,
        every=0.5,
    )

    expect.field(
        again,
        "/revokedAt",
        equals=first,
        fix="A repeated revocation answers with the first time.",
        fix_fa="ابطال دوباره زمان نخست را برمی‌گرداند.",
    )


@conformance_case(
    "TC-HCA-WF-TSA-001",
    verifies=("ERX-2-NR-A", "RM-P9-A"),
    role="health_ca",
    title_fa="مهر زمان بر همان چکیده",
)
def tc_the_digest_sent_is_stamped(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT stamps the digest that was sent.

    Given a SHA-256 digest, when a time stamp is asked for, then the token holds this digest.
    """
    digest = base64.b64encode(STAMPED).decode()

    reply = sut.call(
        "requestTimestamp",
        body={"algorithm": "SHA-256", "digest": digest},
        caller=trust.OFFICE,
        step="stimulus: stamp",
    )

    expect.status(reply, 201, fix="Stamp a SHA-256 digest.", fix_fa="چکیدهٔ SHA-256 را مهر کنید.")
    token = str(reply.required("/token"))
    expect.that(
        STAMPED in base64.b64decode(token),
        title="another digest is stamped",
        expected="a token over the digest that was sent",
        observed="a token without it",
        pointer="/token",
        reply=reply,
        fix="Put the digest into the token as it is.",
        fix_fa="چکیده را بی‌تغییر مهر کنید.",
    )


@conformance_case(
    "TC-HCA-WF-TSA-002",
    verifies=("ERX-2-NR-A",),
    role="health_ca",
    title_fa="چکیدهٔ سست مهر نمی‌شود",
)
def tc_weak_digests_are_not_stamped(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT refuses to stamp a SHA-1 digest.

    Given a SHA-1 digest, when a time stamp is asked for, then the IUT refuses.
    """
    digest = base64.b64encode(bytes(20)).decode()

    reply = sut.call(
        "requestTimestamp",
        body={"algorithm": "sha1", "digest": digest},
        caller=trust.OFFICE,
        step="stimulus: stamp SHA-1",
    )

    expect.problem(
        reply,
        status=422,
        code="TIMESTAMP_DIGEST_REFUSED",
        fix="Stamp SHA-256 only.",
        fix_fa="فقط SHA-256 را مهر کنید.",
    )


@conformance_case(
    "TC-HCA-WF-REN-001",
    verifies=("ERX-6-4-A", "ERX-6-4-B"),
    role="health_ca",
    title_fa="درخواست‌کننده کلید را در دست دارد",
)
def tc_a_request_proves_possession(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a certificate request whose signature does not hold.

    Given a request with a broken signature, when a certificate is renewed with it, then the IUT
    refuses; with a sound request it renews.
    """
    request = trust.request_for(trust.key(data, "possession"))

    wrong = trust.renewed(sut, trust.spoiled(request), "stimulus: a broken request")

    expect.problem(
        wrong,
        status=422,
        code="CERTIFICATE_REQUEST_INVALID",
        fix="Verify the signature of the request.",
        fix_fa="امضای درخواست گواهی را بسنجید.",
    )
    expect.control(trust.renewed(sut, request, "control: a sound request"), 201)


@conformance_case(
    "TC-HCA-WF-REN-002",
    verifies=("ERX-6-4-C", "ERX-9-1-1-A", "ERX-9-2-1-A"),
    role="health_ca",
    title_fa="تمدید فقط به دست دارنده",
)
def tc_only_the_holder_renews(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT renews a certificate for its holder only.

    Given the seal of one centre, when another centre renews it with a key of its own, then the IUT
    refuses.
    """
    request = trust.request_for(trust.key(data, "theft"))

    reply = trust.renewed(sut, request, "stimulus: another centre", caller=trust.STRANGER)

    expect.problem(
        reply,
        status=403,
        code="RENEWAL_REFUSED",
        fix="Compare the holder with the caller.",
        fix_fa="دارندهٔ گواهی را با درخواست‌کننده بسنجید.",
    )


@conformance_case(
    "TC-HCA-WF-REN-003",
    verifies=("ERX-8-13-A", "ERX-6-4-A"),
    role="health_ca",
    title_fa="گواهی باطل تمدید نمی‌شود",
)
def tc_a_revoked_certificate_is_not_renewed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to renew a revoked certificate.

    Given a revoked seal, when its holder renews it, then the IUT refuses.
    """
    request = trust.request_for(trust.key(data, "revoked"))

    reply = trust.renewed(sut, request, "stimulus: renew a revoked one", "office-1.seal-revoked")

    expect.problem(
        reply,
        status=403,
        code="RENEWAL_REFUSED",
        fix="Look for a revocation before you renew.",
        fix_fa="پیش از تمدید، ابطال را بررسی کنید.",
    )
