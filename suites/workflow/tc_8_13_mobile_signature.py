"""Clause 8-13: enrolment of a signer, request, answer of the telephone, collection."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites import trust_journeys as trust

UNLICENSED = "dr11"


def enrolment_refused(
    expect: Expect, reply: Reply, why: tuple[int, str], fix: str, fix_fa: str
) -> None:
    """Expect that nobody was enrolled."""
    expect.problem(reply, status=why[0], code=why[1], fix=fix, fix_fa=fix_fa)


def applied(
    sut: Sut, data: SyntheticData, step: str, who: str = "dr01", **more: JsonValue
) -> Reply:
    """Apply for enrolment with a new key."""
    return trust.enrol(sut, trust.application(data, trust.key(data, step), who, **more), step)


@conformance_case(
    "TC-RAU-WF-ENR-001",
    verifies=("ERX-6-4-A",),
    role="registration_authority",
    title_fa="احراز هویت پیش از صدور",
)
@conformance_case(
    "TC-ESG-WF-ENR-001",
    verifies=("ERX-6-4-A", "ERX-8-13-A"),
    role="esign_service",
    title_fa="احراز هویت پیش از صدور",
)
def tc_a_signer_is_the_member(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT enrols a signer only with the telephone the council knows for the member.

    Given a member of the Medical Council, when somebody applies in this name with another
    telephone, then the IUT refuses; with the member's own a certificate is issued.
    """
    phone = record.FOREIGN_PHONE
    reply = applied(sut, data, "stimulus: another telephone", phone=phone)
    right = applied(sut, data, "control: the member")

    enrolment_refused(
        expect,
        reply,
        (403, "ENROLMENT_REFUSED"),
        "Compare person and telephone with the register of the council.",
        "شخص و تلفن را با نظام پزشکی بسنجید.",
    )
    expect.status(right, 201, requirement="ERX-6-4-A", fix="Enrol the member.")
    expect.schema(right, requirement="ERX-6-4-A")


@conformance_case(
    "TC-RAU-WF-ENR-002",
    verifies=("ERX-6-4-A", "ERX-6-4-B"),
    role="registration_authority",
    title_fa="پروانهٔ معتبر شرط صدور",
)
@conformance_case(
    "TC-ESG-WF-ENR-002",
    verifies=("ERX-6-4-A", "ERX-8-13-A"),
    role="esign_service",
    title_fa="پروانهٔ معتبر شرط صدور",
)
def tc_a_signer_has_a_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses to enrol a member whose licence is not in force.

    Given a member of the council without a licence in force, when he applies, then the IUT refuses.
    """
    reply = applied(sut, data, "stimulus: no licence", UNLICENSED)

    enrolment_refused(
        expect,
        reply,
        (403, "ENROLMENT_REFUSED"),
        "Ask the council for the licence before you issue.",
        "پیش از صدور، پروانه را از نظام پزشکی استعلام کنید.",
    )


@conformance_case(
    "TC-RAU-WF-ENR-003",
    verifies=("ERX-6-4-B", "ERX-6-4-A"),
    role="registration_authority",
    title_fa="گواهی به نام دیگری صادر نمی‌شود",
)
@conformance_case(
    "TC-ESG-WF-ENR-003",
    verifies=("ERX-8-13-A", "ERX-6-4-A"),
    role="esign_service",
    title_fa="گواهی به نام دیگری صادر نمی‌شود",
)
def tc_a_request_names_its_applicant(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a certificate request that names another council number.

    Given a member, when his certificate request carries the number of a colleague, then the IUT
    refuses it.
    """
    request = trust.request_for(trust.key(data, "other"), "MD-990002")

    reply = applied(sut, data, "stimulus: another subject", certificateRequest=request)

    enrolment_refused(
        expect,
        reply,
        (422, "CERTIFICATE_REQUEST_INVALID"),
        "Compare the subject of the request with the applicant.",
        "نام درخواست گواهی را با متقاضی بسنجید.",
    )


@conformance_case(
    "TC-ESG-WF-SIGN-001",
    verifies=("RM-DITAS-SIGN", "ERX-2-NR-A", "ERX-9-1-3-N", "ERX-9-2-2-B"),
    role="esign_service",
    title_fa="امضا را فقط دستگاه امضاکننده می‌سازد",
)
def tc_only_the_device_of_the_signer_signs(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a signature from the signer's own device and from no other.

    Given a request that waits, when another device signs the digest, then the IUT refuses; when the
    signer's telephone signs it, then the collected signature verifies with the enrolled key.
    """
    telephone, _, request = trust.waiting(sut, data)
    other = trust.Telephone(trust.key(data, "another telephone"))

    wrong = trust.answered(sut, request, other.sign(trust.DIGEST), "stimulus: another device")
    trust.answered(sut, request, telephone.sign(trust.DIGEST), "stimulus: the signer's device")

    expect.problem(
        wrong,
        status=403,
        code="SIGNER_DEVICE_UNKNOWN",
        fix="Verify the proof with the enrolled key.",
        fix_fa="امضای دستگاه را با کلید ثبت‌شده بسنجید.",
    )
    done = trust.collected(sut, request, "observation: collect")
    expect.that(
        telephone.signed(done.find("/signature"), trust.DIGEST),
        title="the collected signature is not that of the signer",
        expected="a signature over the digest by the enrolled key",
        observed=done.summary(),
        pointer="/signature",
        reply=done,
        requirement="ERX-2-NR-A",
        fix="Hand over what the telephone signed.",
        fix_fa="همان امضای تلفن را تحویل دهید.",
    )


@conformance_case(
    "TC-ESG-WF-SIGN-002",
    verifies=("ERX-2-NR-A",),
    role="esign_service",
    title_fa="ردشده، ردشده می‌ماند",
)
def tc_a_declined_request_stays_declined(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps a declined request declined.

    Given a request that the signer declined, when the telephone approves it later, then the IUT
    refuses and no signature can be collected.
    """
    telephone, _, request = trust.waiting(sut, data)
    proof = telephone.declines(request.required("/requestId"))
    trust.answered(sut, request, proof, "preamble: decline", approved=False)

    late = trust.answered(sut, request, telephone.sign(trust.DIGEST), "stimulus: approve later")

    expect.problem(
        late,
        status=409,
        code="SIGNATURE_REQUEST_DECLINED",
        fix="The first answer counts.",
        fix_fa="پاسخ نخست معتبر است.",
    )
    done = trust.collected(sut, request, "observation: collect")
    expect.problem(
        done, status=409, code="SIGNATURE_REQUEST_DECLINED", fix="Hand no signature over."
    )


@conformance_case(
    "TC-ESG-WF-SIGN-003",
    verifies=("RM-DITAS-SIGN", "ERX-9-1-3-N"),
    role="esign_service",
    title_fa="ثبت‌نام مرکز دیگر به‌کار نمی‌آید",
)
def tc_an_enrolment_belongs_to_its_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets only the centre of an enrolment ask for signatures under it.

    Given an enrolment of one centre, when another centre asks for a signature under it, then the
    IUT knows no such enrolment.
    """
    _, enrolment, _ = trust.waiting(sut, data)

    reply = trust.asked(sut, enrolment, "stimulus: another centre asks", trust.STRANGER)

    expect.problem(
        reply,
        status=404,
        code="ENROLMENT_NOT_FOUND",
        fix="Compare the centre of the enrolment with the caller.",
        fix_fa="مرکز ثبت‌نام را با درخواست‌کننده بسنجید.",
    )


@conformance_case(
    "TC-ESG-WF-SIGN-004",
    verifies=("ERX-2-NR-A", "RM-DITAS-SIGN"),
    role="esign_service",
    title_fa="امضا فقط به درخواست‌کننده",
)
def tc_a_signature_goes_to_who_asked(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands a signature only to the centre that asked for it.

    Given a signed request of one centre, when another centre collects it, then the IUT knows no
    such request.
    """
    telephone, _, request = trust.waiting(sut, data)
    trust.answered(sut, request, telephone.sign(trust.DIGEST), "preamble: approve")

    strange = trust.collected(sut, request, "stimulus: another centre", trust.STRANGER)

    expect.problem(
        strange,
        status=404,
        code="SIGNATURE_REQUEST_NOT_FOUND",
        fix="A request of another centre does not exist for this one.",
        fix_fa="درخواست مرکز دیگر برای این مرکز وجود ندارد.",
    )


@conformance_case(
    "TC-ESG-WF-SIGN-005",
    verifies=("RM-DITAS-SIGN",),
    role="esign_service",
    title_fa="درخواست بی‌پاسخ امضا نیست",
)
def tc_a_waiting_request_is_no_success(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT says of an unanswered request that it waits, and when to ask again.

    Given a request that the signer has not answered, when its centre collects it, then the IUT
    answers that it is pending and names a time to come back.
    """
    _, _, request = trust.waiting(sut, data)

    reply = trust.collected(sut, request, "stimulus: collect at once")

    expect.problem(
        reply,
        status=409,
        code="SIGNATURE_PENDING",
        fix="Tell waiting from done.",
        fix_fa="درخواست بی‌پاسخ را انجام‌شده نشان ندهید.",
    )
    again = reply.header("retry-after") or ""
    expect.that(
        _is_later(again, data),
        title="nothing says when to ask again",
        expected="retry-after, in seconds or as a date",
        observed=again or "absent",
        pointer="header:retry-after",
        reply=reply,
        fix="Send Retry-After.",
        fix_fa="سرایند Retry-After را بفرستید.",
    )


def _is_later(text: str, data: SyntheticData) -> bool:
    """Say whether Retry-After names a time to come: seconds, or a date (RFC 9110, 10.2.3)."""
    if text.isascii() and text.isdigit():
        return int(text) > 0
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment > data.now


@conformance_case(
    "TC-ESG-WF-ENR-004",
    verifies=("RM-P9-A", "ERX-A1-9-7"),
    role="esign_service",
    title_fa="گواهی امضا زیر ریشهٔ سلامت",
)
def tc_signers_are_under_the_health_authority(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT gives a signer a certificate of the health authority for the asked key.

    Given an enrolment, when its certificate is validated with the health authority, then it is a
    good certificate of a professional; the same application with a colleague's number gets none.
    """
    made = applied(sut, data, "stimulus: enrol")
    request = trust.request_for(trust.key(data, "other"), "MD-990002")
    foreign = applied(sut, data, "stimulus: a colleague's number", certificateRequest=request)

    state = trust.validated(sut, made.required("/certificate"), "observation: validate")
    expect.field(
        state,
        "/state",
        equals="good",
        fix="Have certificates issued by the health authority.",
        fix_fa="گواهی را مرکز صدور سلامت صادر کند.",
    )
    expect.field(state, "/certificateClass", equals="professional", fix="Ask for this class.")
    expect.that(
        not isinstance(foreign.find("/certificate"), str),
        title="a certificate in a colleague's name is issued",
        expected="no certificate",
        observed=foreign.summary(),
        pointer="/certificate",
        reply=foreign,
        fix="Issue for the applicant only.",
        fix_fa="گواهی فقط به نام متقاضی صادر شود.",
    )
