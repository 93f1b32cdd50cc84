"""Document 003, value-added services: licence, consent, scope, and data without surplus."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record

BEYOND_A_PAGE = 201


def consented(
    sut: Sut, data: SyntheticData, person: str, *scope: str, to: str = "business-1"
) -> str:
    """Record the consent of a person to a business for these kinds of events."""
    purpose = data.reason("VALUE_ADDED")
    kinds = list(scope or ("prescription",))
    return record.granted(sut, data, person, to, purpose=purpose, scope=kinds)


def fetched(
    sut: Sut,
    data: SyntheticData,
    consent: str,
    step: str,
    *scope: str,
    caller: Caller = record.BUSINESS,
    receiver: str = "business-1",
) -> Reply:
    """Fetch data under a consent."""
    body = {
        "consentId": consent,
        "scope": list(scope or ("prescription",)),
        "receiver": data.centre(receiver).siam_id,
    }
    return sut.call("queryData", body=body, caller=caller, step=step)


def events(reply: Reply) -> list[Mapping[str, JsonValue]]:
    """Return the events of a delivery."""
    rows = reply.required("/entries")
    return [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []


@conformance_case(
    "TC-VAS-SEC-DATA-001",
    verifies=("RM-VAS-CERT",),
    role="vas_gateway",
    title_fa="گیرنده همان درخواست‌کننده است",
)
def tc_nobody_fetches_for_another(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a business that fetches in the name of another receiver.

    Given a consent to a business, when it asks for the data of it for another centre, then the IUT
    refuses; for itself it gets them.
    """
    consent = consented(sut, data, "P20")

    reply = fetched(sut, data, consent, "stimulus: for another", receiver="business-2")

    expect.problem(
        reply,
        status=403,
        code="DATA_LICENCE_MISSING",
        fix="Deliver only to the centre that calls and holds the licence.",
        fix_fa="داده را فقط به دارندهٔ مجوز که خود درخواست می‌کند بدهید.",
    )
    control = fetched(sut, data, consent, "control: for itself")
    expect.control(control, 200)


@conformance_case(
    "TC-VAS-SEC-DATA-002",
    verifies=("RM-VAS-CERT",),
    role="vas_gateway",
    title_fa="بدون مجوز داده‌ای نیست",
)
def tc_no_data_without_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a centre that holds no licence for value-added services.

    Given a consent to an office, which is no licensed business, when the office asks for data of
    it, then the IUT refuses.
    """
    consent = consented(sut, data, "P21", to="office-2")

    reply = fetched(
        sut, data, consent, "stimulus: an office", caller=record.SECOND, receiver="office-2"
    )

    expect.problem(
        reply,
        status=403,
        code=("DATA_LICENCE_MISSING", "ADMISSION_ROLE_NOT_ALLOWED"),
        fix="Ask the registry of centres for role and licence before every delivery.",
        fix_fa="پیش از تحویل، نقش و مجوز مرکز را استعلام کنید.",
    )


@conformance_case(
    "TC-VAS-SEC-DATA-003",
    verifies=("RM-VAS-CONSENT",),
    role="vas_gateway",
    title_fa="رضایت لغوشده داده نمی‌دهد",
)
def tc_a_revoked_consent_delivers_nothing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses data of a consent that its person revoked, openly.

    Given a consent that was revoked, when the business asks for data of it, then the IUT refuses
    with the state of the consent and delivers no empty list.
    """
    consent = consented(sut, data, "P22")
    expect.control(fetched(sut, data, consent, "control: before revocation"), 200)
    expect.control(record.revoked(sut, data, consent), 200)

    reply = fetched(sut, data, consent, "stimulus: after revocation")

    expect.problem(
        reply,
        status=409,
        code="CONSENT_STATE_CONFLICT",
        fix="Look at the state of the consent before every delivery.",
        fix_fa="پیش از هر تحویل وضعیت رضایت را بررسی کنید.",
    )


@conformance_case(
    "TC-VAS-SEC-DATA-004",
    verifies=("RM-POL-PRIV", "RM-VAS-CONSENT"),
    role="vas_gateway",
    title_fa="فراتر از رضایت داده نمی‌شود",
)
def tc_scope_of_the_consent_is_the_limit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a question that goes beyond what the person consented to.

    Given a consent to prescriptions, when the business asks for dispenses too, then the IUT refuses
    the whole question.
    """
    consent = consented(sut, data, "P23", "prescription")

    reply = fetched(sut, data, consent, "stimulus: more", "prescription", "dispense")

    expect.problem(
        reply,
        status=403,
        code="DATA_SCOPE_EXCEEDED",
        fix="Compare what is asked with the scope of the consent.",
        fix_fa="دامنهٔ درخواست را با دامنهٔ رضایت بسنجید.",
    )


@conformance_case(
    "TC-VAS-SEC-DATA-005",
    verifies=("RM-VAS-OPER", "RM-POL-PRIV"),
    role="vas_gateway",
    title_fa="فقط آنچه خواسته شد",
)
def tc_only_what_was_asked_is_delivered(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT delivers only the kinds of events that were asked for.

    Given a person with prescriptions in the record and a consent to prescriptions and dispenses,
    when the business asks for dispenses only, then no prescription is delivered.
    """
    record.stored(sut, data, "P24")
    consent = consented(sut, data, "P24", "prescription", "dispense")

    reply = fetched(sut, data, consent, "stimulus: dispenses only", "dispense")

    kinds = sorted({str(one.get("kind")) for one in events(reply)})
    expect.that(
        "prescription" not in kinds,
        title="more is delivered than was asked for",
        expected="events of kind dispense only",
        observed=str(kinds)[:160],
        pointer="/entries",
        reply=reply,
        fix="Deliver the scope of the question, not that of the consent.",
        fix_fa="به اندازهٔ درخواست تحویل دهید، نه به اندازهٔ رضایت.",
    )


@conformance_case(
    "TC-VAS-SEC-DATA-006",
    verifies=("RM-POL-PRIV", "RM-VAS-OPER"),
    role="vas_gateway",
    title_fa="نام پزشک به کسب‌وکار داده نمی‌شود",
)
def tc_physicians_are_not_named(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT delivers an event of the record without its physician and its document.

    Given a prescription in the record and a consent to prescriptions, when the business asks, then
    the prescription is delivered once, and neither provider nor document are in it.
    """
    payload, _ = record.stored(sut, data, "P25")
    consent = consented(sut, data, "P25")

    reply = fetched(sut, data, consent, "stimulus: prescriptions")

    found = [one for one in events(reply) if one.get("documentId") == payload["documentId"]]
    surplus = sorted({"provider", "document"} & {name for one in found for name in one})
    expect.that(
        len(found) == 1,
        title="an event under consent is not delivered",
        expected="the prescription of the record, once",
        observed=f"{len(found)} times",
        pointer="/entries",
        reply=reply,
        requirement="RM-VAS-OPER",
        fix="Collect the events from the record.",
        fix_fa="رویدادها را از پرونده گرد آورید.",
    )
    expect.that(
        not surplus,
        title="the delivery tells more than what happened",
        expected="no provider and no document",
        observed=str(surplus),
        pointer="/entries",
        reply=reply,
        fix="Leave providers and documents out.",
        fix_fa="ارائه‌دهنده و سند را حذف کنید.",
    )


@conformance_case(
    "TC-VAS-SEC-DATA-007",
    verifies=("RM-VAS-OPER",),
    role="vas_gateway",
    title_fa="سابقهٔ بلند کامل می‌رسد",
)
def tc_a_long_history_comes_whole(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT delivers a history that is longer than a page of the record.

    Given more results of one person than a page of the record holds, when the business asks
    for them, then the first and the last of them are delivered.
    """
    sent = record.results_in(sut, data, "P28", BEYOND_A_PAGE)
    consent = consented(sut, data, "P28", "laboratory_result")

    reply = fetched(sut, data, consent, "stimulus: all results", "laboratory_result")

    came = {one.get("recordId") for one in events(reply)}
    missing = [one for one in sent if one not in came]
    expect.that(
        not missing,
        title="a long history is cut",
        expected=f"all {len(sent)} results of this case",
        observed=f"{len(came)} events, {len(missing)} of the results missing",
        pointer="/entries",
        reply=reply,
        fix="Follow the pages of the record to the end.",
        fix_fa="همهٔ صفحه‌های پرونده را بخوانید.",
    )
