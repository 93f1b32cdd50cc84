"""Clause 8-5: the record opens to consent, treatment and emergency, and tells who read it."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record


def summary(
    sut: Sut,
    data: SyntheticData,
    person: str,
    step: str,
    caller: Caller = record.SECOND,
    **more: JsonValue,
) -> Reply:
    """Ask for the summary of a person; by default as office-2, which does not treat him."""
    body = record.question(data, person, **more)
    return sut.call("querySummary", body=body, caller=caller, step=step)


def closed(expect: Expect, reply: Reply, fix: str, fix_fa: str) -> None:
    """Expect that the record stays closed."""
    expect.problem(reply, status=403, code="CONSENT_MISSING", fix=fix, fix_fa=fix_fa)


def accesses(
    sut: Sut, data: SyntheticData, person: str, step: str
) -> list[Mapping[str, JsonValue]]:
    """Return who read the record, as the person sees it through the services for citizens."""
    body = {
        "person": data.person_id(person),
        "phone": data.person(person).phone,
        "channel": "app",
        "kind": "accesses",
    }
    reply = sut.environment("citizen", "queryOwnData", body=body, caller=record.OFFICE, step=step)
    rows = reply.required("/accesses")
    return [one for one in rows if isinstance(one, Mapping)] if isinstance(rows, list) else []


@conformance_case(
    "TC-EHR-SEC-ACC-001",
    verifies=("ERX-8-5-B", "RM-LAW-74-A", "RM-POL-PRIV"),
    role="ehr",
    rulings=("RUL-010",),
    title_fa="پرونده بدون مبنا بسته است",
)
def tc_a_record_is_closed_without_basis(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT closes a record to a centre without consent, treatment or emergency.

    Given a person who consented to nothing, when a centre that does not treat him reads the
    summary, then the IUT refuses; with the HID of a visit at that centre it opens.
    """
    reply = summary(sut, data, "P09", "stimulus: summary without basis")

    closed(
        expect,
        reply,
        "Ask for consent, treating relation or emergency before every reading.",
        "پیش از هر خواندن مبنای دسترسی را بررسی کنید.",
    )
    hid = data.hid(sut, "P09", professional="dr02", caller=record.SECOND)
    expect.control(summary(sut, data, "P09", "control: with a HID", hid=hid), 200)


@conformance_case(
    "TC-EHR-SEC-ACC-002",
    verifies=("RM-EHR-OWN", "RM-LAW-74-A"),
    role="ehr",
    title_fa="لغو رضایت پرونده را می‌بندد",
)
def tc_revocation_closes_the_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT closes a record at once when the person revokes the consent.

    Given a consent under which a centre read the record, when it is revoked, then the answer names
    that centre and the next reading is refused.
    """
    consent = record.granted(sut, data, "P10", "office-2")
    expect.control(summary(sut, data, "P10", "control: under consent"), 200)
    ended = record.revoked(sut, data, consent)
    expect.control(ended, 200)

    reply = summary(sut, data, "P10", "stimulus: after revocation")

    expect.field(
        ended,
        "/grantedTo",
        equals=data.centre("office-2").siam_id,
        fix="Answer with the consent that was revoked.",
        fix_fa="با همان رضایت لغوشده پاسخ دهید.",
    )
    closed(expect, reply, "Read the state of the consent anew.", "وضعیت رضایت را هر بار بخوانید.")


@conformance_case(
    "TC-EHR-SEC-ACC-003",
    verifies=("RM-EHR-OWN", "RM-VAS-CONSENT", "RM-VAS-OPER"),
    role="ehr",
    title_fa="رضایت فقط برای گیرندهٔ آن",
)
def tc_a_consent_is_for_its_receiver(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT opens a record to the receiver of a consent and to nobody else.

    Given a consent to a licensed business, when an office without consent reads the summary, then
    the IUT refuses.
    """
    record.granted(sut, data, "P11", "business-1")

    reply = summary(sut, data, "P11", "stimulus: somebody else")

    closed(
        expect,
        reply,
        "Compare the receiver of the consent with the caller.",
        "گیرندهٔ رضایت را با درخواست‌کننده بسنجید.",
    )


@conformance_case(
    "TC-EHR-SEC-ACC-004",
    verifies=("RM-LAW-74-A",),
    role="ehr",
    title_fa="رضایت با تلفن ثبت‌شده",
)
def tc_a_consent_is_confirmed_by_the_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a consent that was not confirmed on the person's telephone.

    Given a telephone that is not registered for the person, when a consent is recorded with it,
    then the IUT refuses it and the record stays closed.
    """
    body = record.consent(data, "P12", "office-2", phone=record.FOREIGN_PHONE)

    reply = sut.call("grantConsent", body=body, caller=record.OFFICE, step="stimulus: consent")

    expect.problem(
        reply,
        status=401,
        code="CITIZEN_NOT_IDENTIFIED",
        fix="Take a consent only from the registered telephone.",
        fix_fa="رضایت فقط از تلفن ثبت‌شدهٔ فرد پذیرفته است.",
    )
    closed(
        expect,
        summary(sut, data, "P12", "observation: the record stays closed"),
        "A refused consent opens nothing.",
        "رضایت ردشده چیزی را باز نمی‌کند.",
    )


@conformance_case(
    "TC-EHR-SEC-ACC-005",
    verifies=("RM-POL-PRIV",),
    role="ehr",
    rulings=("RUL-010",),
    title_fa="دسترسی اورژانس با دلیل کدشده",
)
def tc_an_emergency_has_a_coded_reason(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT opens a record in an emergency only for a reason of its list.

    Given a person who cannot consent, when a hospital opens the record for treatment, which is no
    emergency, then the IUT refuses; for unconsciousness it opens.
    """
    reply = record.emergency(
        sut, data, "P13", reason="TREATMENT", step="stimulus: a reason that is none"
    )

    expect.problem(
        reply,
        status=422,
        code="BREAK_GLASS_REASON_REQUIRED",
        fix="Take only reasons of the emergency list.",
        fix_fa="فقط دلیل‌های فهرست اورژانس را بپذیرید.",
    )
    control = record.emergency(sut, data, "P13", step="control: unconsciousness")
    expect.control(control, 201)


@conformance_case(
    "TC-EHR-SEC-ACC-006",
    verifies=("RM-POL-PRIV",),
    role="ehr",
    rulings=("RUL-010",),
    title_fa="گزارش اورژانس به ناظر",
)
def tc_the_supervisor_hears_of_emergencies(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT reports every emergency access to the supervisor, and to him only.

    Given an emergency access of a hospital, when the ministry reads the reports, then the access is
    among them; when the hospital reads them, then the IUT refuses.
    """
    opened = record.emergency(sut, data, "P14", step="preamble: emergency")
    grant = opened.required("/grantId")
    query = {"since": data.day(-1)}

    reply = sut.call(
        "listBreakGlass", query=query, caller=record.MINISTRY, step="stimulus: reports"
    )
    own = sut.call("listBreakGlass", query=query, caller=record.HOSPITAL, step="stimulus: hospital")

    expect.that(
        f'"{grant}"' in record.text_of(reply.find("/reports")),
        title="an emergency access is not reported",
        expected=f"a report of {grant}",
        observed=reply.summary(),
        pointer="/reports",
        reply=reply,
        fix="Report emergencies of all centres.",
        fix_fa="دسترسی‌های اورژانس همهٔ مراکز را گزارش کنید.",
    )
    expect.schema(reply)  # with reports in it; the contract cases may see an empty list
    expect.problem(
        own, status=403, code="ADMISSION_ROLE_NOT_ALLOWED", fix="Only the supervisor reads reports."
    )


@conformance_case(
    "TC-EHR-SEC-ACC-007",
    verifies=("RM-EHR-ACC-CIT",),
    role="ehr",
    title_fa="شهروند دسترسی اورژانس را می‌بیند",
)
def tc_the_person_hears_of_emergencies(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a person who opened the record in an emergency.

    Given an emergency access, when the person reads the accesses, then the access is there with its
    basis and centre.
    """
    expect.control(record.emergency(sut, data, "P15", step="preamble: emergency"), 201)

    told = accesses(sut, data, "P15", "stimulus: who read my record?")

    place = data.centre("hospital-1").siam_id
    found = [one for one in told if (one.get("basis"), one.get("centre")) == ("break_glass", place)]
    expect.that(
        found,
        title="a person does not hear of emergency accesses",
        expected="an access with basis break_glass of this hospital",
        observed=f"{len(told)} accesses, none of them",
        pointer="/accesses",
        fix="Hide no access from the person.",
        fix_fa="هیچ دسترسی را از شهروند پنهان نکنید.",
    )


@conformance_case(
    "TC-EHR-SEC-ACC-008",
    verifies=("RM-EHR-ACC-CIT", "RM-EHR-OWN"),
    role="ehr",
    title_fa="هر خواندن ثبت می‌شود",
)
def tc_every_reading_is_logged(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT writes down every reading of a record with centre, user and basis.

    Given a consent, when its receiver reads the summary, then the person finds the reading among
    the accesses with centre, user and the consent as basis.
    """
    record.granted(sut, data, "P19", "office-2")
    expect.control(summary(sut, data, "P19", "preamble: a reading"), 200)

    told = accesses(sut, data, "P19", "stimulus: who read my record?")

    wanted = {
        "centre": data.centre("office-2").siam_id,
        "user": data.world.user_id("dr02", "office-2"),
        "basis": "consent",
    }
    found = [one for one in told if {name: one.get(name) for name in wanted} == wanted]
    expect.that(
        found,
        title="a reading leaves no trace",
        expected=f"an access {wanted}",
        observed=f"{len(told)} accesses, none of them",
        pointer="/accesses",
        fix="Log every reading in the transaction that answers it.",
        fix_fa="هر خواندن را در سابقهٔ دسترسی بنویسید.",
    )
