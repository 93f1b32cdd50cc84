"""Item A1 9-21: the viewer shows the record to who may see it, whole, and keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record

VIEWS = 2


def view(
    sut: Sut,
    data: SyntheticData,
    person: str,
    step: str,
    caller: Caller = record.SECOND,
    **more: JsonValue,
) -> Reply:
    """Ask the viewer for a person."""
    body = record.question(data, person, **more)
    return sut.call("queryView", body=body, caller=caller, step=step)


def closed(expect: Expect, reply: Reply, fix: str, fix_fa: str) -> None:
    """Expect that the record stays closed."""
    expect.problem(reply, status=403, code="CONSENT_MISSING", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-VWR-SEC-VIEW-001",
    verifies=("ERX-A1-9-21",),
    role="ehr_viewer",
    rulings=("RUL-010",),
    title_fa="نمایش پرونده به پزشک معالج",
)
def tc_a_treating_physician_sees_the_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT opens the record of a patient to who treats him today.

    Given a HID that the centre got for its visitor today, when the physician asks for the view with
    it, then the IUT shows the view.
    """
    hid = data.hid(sut, "P09", professional="dr02", caller=record.SECOND)

    reply = view(sut, data, "P09", "stimulus: view with the HID of the visit", hid=hid)

    expect.status(
        reply,
        200,
        fix="Pass the HID of the visit on to the record: it is the treating relation.",
        fix_fa="شباد مراجعه را به پرونده برسانید؛ رابطهٔ درمانی همان است.",
    )
    expect.schema(reply)


@conformance_case(
    "TC-VWR-SEC-VIEW-002",
    verifies=("ERX-8-5-B", "RM-POL-PRIV"),
    role="ehr_viewer",
    rulings=("RUL-010",),
    title_fa="بدون رضایت نمایشی نیست",
)
def tc_no_view_without_basis(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a view without consent, treating relation or emergency.

    Given a person who consented to nothing, when a centre that does not treat him asks for the
    view, then the IUT refuses it openly and does not show an empty record.
    """
    reply = view(sut, data, "P09", "stimulus: view without basis")

    closed(
        expect,
        reply,
        "Tell a refusal as refusal: an empty view reads as a healthy patient.",
        "رد دسترسی را به‌روشنی اعلام کنید؛ نمای خالی گمراه‌کننده است.",
    )
    hid = data.hid(sut, "P09", professional="dr02", caller=record.SECOND)
    control = view(sut, data, "P09", "control: view with a HID", hid=hid)
    expect.control(control, 200)


@conformance_case(
    "TC-VWR-SEC-VIEW-003",
    verifies=("RM-LAW-74-A",),
    role="ehr_viewer",
    title_fa="نمایش فقط با هدف معتبر",
)
def tc_a_view_states_its_purpose(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a view whose stated purpose is none for reading a record.

    Given a treating physician, when the view is asked for with a reason of another list, then the
    IUT refuses it and names the purpose.
    """
    hid = data.hid(sut, "P03", professional="dr02", caller=record.SECOND)
    power = data.reason("POWER")

    reply = view(sut, data, "P03", "stimulus: view because of no power", hid=hid, purpose=power)

    expect.problem(
        reply,
        status=422,
        code="VIEW_PURPOSE_REQUIRED",
        fix="Take only purposes of the lists of consent and emergency.",
        fix_fa="فقط هدف‌های فهرست رضایت و اورژانس را بپذیرید.",
    )
    control = view(sut, data, "P03", "control: view for treatment", hid=hid)
    expect.control(control, 200)


@conformance_case(
    "TC-VWR-SEC-VIEW-004",
    verifies=("RM-EHR-OWN", "RM-POL-PRIV"),
    role="ehr_viewer",
    title_fa="لغو رضایت نما را می‌بندد",
)
def tc_revocation_closes_the_view(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows nothing once a consent is revoked, also what it showed before.

    Given a view that was opened under a consent, when the person revokes it and the view is asked
    for again, then the IUT refuses.
    """
    consent = record.granted(sut, data, "P10", "office-2")
    expect.control(view(sut, data, "P10", "control: view under consent"), 200)
    expect.control(record.revoked(sut, data, consent), 200)

    reply = view(sut, data, "P10", "stimulus: view after revocation")

    closed(
        expect,
        reply,
        "Keep no copy of a view: ask the record every time.",
        "نمای دیده‌شده را نگه ندارید؛ هر بار از پرونده بپرسید.",
    )


@conformance_case(
    "TC-VWR-SEC-VIEW-005",
    verifies=("ERX-8-5-B", "RM-EHR-OWN"),
    role="ehr_viewer",
    title_fa="نمای یک مرکز برای دیگری باز نیست",
)
def tc_a_view_of_one_centre_is_not_of_the_next(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT does not show to one centre what another opened.

    Given a view that one centre opened under a consent to it, when a centre without consent asks
    for the same person, then the IUT refuses.
    """
    record.granted(sut, data, "P11", "office-2")
    expect.control(view(sut, data, "P11", "control: view under consent"), 200)

    reply = view(sut, data, "P11", "stimulus: another centre", record.HOSPITAL)

    closed(
        expect,
        reply,
        "Decide for every caller anew.",
        "برای هر درخواست‌کننده جداگانه تصمیم بگیرید.",
    )


@conformance_case(
    "TC-VWR-SEC-VIEW-006",
    verifies=("ERX-15-N",),
    role="ehr_viewer",
    title_fa="هر نمایش در سابقهٔ دسترسی",
)
def tc_every_view_is_attributable(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT leaves a trace of every view under the user and centre who asked for it.

    Given a consent, when a user opens the view twice, then the person reads two accesses more by
    this user at this centre than before.
    """
    record.granted(sut, data, "P12", "office-2")
    before = _accesses(sut, data, "control: accesses before")
    expect.control(view(sut, data, "P12", "stimulus: first view"), 200)
    expect.control(view(sut, data, "P12", "stimulus: second view"), 200)

    after = _accesses(sut, data, "observation: accesses after")

    expect.that(
        len(after) - len(before) == VIEWS,
        title="views leave no trace of who saw the record",
        expected="two accesses more by this user at this centre",
        observed=f"{len(after) - len(before)} more",
        pointer="/accesses",
        fix="Ask the record for every view in the name of the user: its log is the audit trail.",
        fix_fa="هر نما را به نام کاربر از پرونده بپرسید تا در سابقه بماند.",
    )


def _accesses(sut: Sut, data: SyntheticData, step: str) -> list[JsonValue]:
    """Return the accesses of dr02 at office-2 to P12, as P12 reads them today."""
    body = {
        "person": data.person_id("P12"),
        "phone": data.person("P12").phone,
        "channel": "app",
        "kind": "accesses",
    }
    reply = sut.environment("citizen", "queryOwnData", body=body, caller=record.OFFICE, step=step)
    rows = reply.required("/accesses")
    who = (data.centre("office-2").siam_id, data.world.user_id("dr02", "office-2"))
    found = rows if isinstance(rows, list) else []
    return [
        one
        for one in found
        if isinstance(one, Mapping) and (one.get("centre"), one.get("user")) == who
    ]


@conformance_case(
    "TC-VWR-SEC-VIEW-007",
    verifies=("ERX-A1-9-21",),
    role="ehr_viewer",
    title_fa="نما کامل است",
)
def tc_the_view_is_whole(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows medicines, allergies and results of the patient.

    Given a patient with penicillin allergy, a prescribed medicine and a laboratory result in the
    record, when who treats him asks for the view, then all three are in it.
    """
    record.stored(sut, data, "P05")
    hid = data.hid(sut, "P05")
    taken = record.result(sut, record.laboratory(data, "P05", hid), "preamble: a result")
    expect.control(taken, 201)

    reply = view(sut, data, "P05", "stimulus: view", record.OFFICE, hid=hid)

    wanted = {
        "/activeMedicines": ("99012", record.codes(reply.find("/activeMedicines"))),
        "/allergies": ("penicillin", record.codes(reply.find("/allergies"))),
        "/results": (taken.required("/recordId"), reply.find("/results")),
    }
    for pointer, (code, shown) in wanted.items():
        expect.that(
            isinstance(shown, list | set) and code in shown,
            title="the view leaves out what the record knows",
            expected=f"{code} in {pointer}",
            observed=str(shown)[:160],
            pointer=pointer,
            reply=reply,
            fix="Show all parts of the summary.",
            fix_fa="همهٔ بخش‌های خلاصهٔ پرونده را نشان دهید.",
        )
