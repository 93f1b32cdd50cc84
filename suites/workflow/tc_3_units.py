"""Document 003, part 3: a unit exchanges with certified software, in its role, and really sends."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from suites import gateway_flow as flow
from suites import journeys
from suites import record_journeys as record
from suites.journeys import OFFICE, PHARMACY

UNIT = Caller("office-1", person="dr01")
CERTIFICATES: dict[str, tuple[tuple[str, ...], str, Caller, str, str]] = {
    "121": (
        ("ERX-A1-13-2-B", "RM-4C-2"),
        "گواهی منقضی نرم‌افزار",
        Caller("clinic-1"),
        "ADMISSION_SOFTWARE_NOT_CERTIFIED",
        "Ensure that the IUT serves no unit whose software certificate has expired.",
    ),
    "122": (
        ("RM-4C-2", "RM-P7-C", "RM-P3-G"),
        "نرم‌افزار بدون گواهی",
        Caller("physio"),
        "ADMISSION_SOFTWARE_NOT_CERTIFIED",
        "Ensure that the IUT serves no unit whose software was never certified.",
    ),
    "123": (
        ("RM-P7-C", "RM-4C-2"),
        "نرم‌افزار قفل‌شده",
        Caller("hospital-2"),
        "ADMISSION_SOFTWARE_LOCKED",
        "Ensure that the IUT serves no unit whose software has been locked.",
    ),
}
"""Case number: requirements, Persian title, who asks, refusal, purpose."""


def asked(sut: Sut, data: SyntheticData, caller: Caller, step: str) -> Reply:
    """Ask the registry of centres something harmless through the gateway."""
    path = {"siamId": data.centre("pharmacy-1").siam_id}
    return sut.call("getCentre", service="siam", path=path, caller=caller, step=step)


def tc_software_holds_a_certificate(
    sut: Sut, data: SyntheticData, expect: Expect, case: tuple[Caller, str]
) -> None:
    """Ensure that the IUT serves only units whose software holds a certificate in force.

    Given a licensed centre with sound credentials, when its software holds none in force, then
    each of its messages is refused; a centre with certified software is answered.
    """
    caller, code = case

    reply = asked(sut, data, caller, "stimulus: without a certificate in force")

    expect.problem(
        reply,
        status=403,
        code=code,
        fix="Look the software id up in the register of certificates at every message.",
        fix_fa="شناسهٔ نرم‌افزار را در هر پیام در دفتر گواهی‌ها بجویید.",
    )
    expect.control(asked(sut, data, UNIT, "control: certified software"), 200)


def _register() -> None:
    for number, (verifies, title_fa, caller, code, purpose) in CERTIFICATES.items():
        conformance_case(
            f"TC-GTW-WF-FLOW-{number}",
            verifies=verifies,
            role="gateway",
            title_fa=title_fa,
            purpose=purpose,
            given={"case": (caller, code)},
        )(tc_software_holds_a_certificate)


_register()


@conformance_case(
    "TC-GTW-WF-FLOW-124",
    verifies=("RM-P3-G",),
    role="gateway",
    title_fa="سرویس‌گیرنده در نقش ثبت‌شده",
)
def tc_consumers_stay_in_their_role(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a consumer what it is registered for and holds it to that.

    Given a prescribing and a dispensing centre, when each asks for its admission and the second
    asks for the view of a record, then only the first is admitted to it and the second is refused.
    """
    own = sut.call("getAdmission", caller=OFFICE, step="stimulus: admission of an office")
    other = sut.call("getAdmission", caller=PHARMACY, step="stimulus: admission of a pharmacy")
    body = {"person": data.person_id("P01"), "purpose": data.reason("TREATMENT")}

    tried = sut.call(
        "queryView", service="viewer", body=body, caller=PHARMACY, step="stimulus: a pharmacy views"
    )

    fix, fix_fa = "Tell roles and operations of the register.", "نقش و عملیات ثبت‌شده را بگویید."
    expect.field(own, "/roles", equals=["prescribing"], fix=fix, fix_fa=fix_fa)
    expect.field(other, "/roles", equals=["dispensing"], fix=fix, fix_fa=fix_fa)
    listed = [
        "queryView" in rows if isinstance(rows, list) else None
        for rows in (own.find("/operations"), other.find("/operations"))
    ]
    expect.that(
        listed == [True, False],
        title="admission tells other operations than the role has",
        expected="queryView for the prescribing centre only",
        observed=f"office {listed[0]}, pharmacy {listed[1]}",
        pointer="/operations",
        reply=other,
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.problem(
        tried,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Refuse operations outside the registered role.",
        fix_fa="عملیات خارج از نقش ثبت‌شده را رد کنید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-125",
    verifies=("ERX-8-9-B",),
    role="gateway",
    title_fa="شناسهٔ سیام شناسهٔ مرکز در تبادل",
)
def tc_centres_are_known_by_their_siam_id(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT knows a centre by the SIAM id that it proves, and by no other.

    Given a centre, when it is admitted, then the id told resolves in the registry; when it claims
    the SIAM id of another centre, then it is refused.
    """
    claimed = Caller("office-1", centre_id=data.centre("office-2").siam_id)

    admitted = sut.call("getAdmission", caller=OFFICE, step="stimulus: admission")
    foreign = sut.call("getAdmission", caller=claimed, step="stimulus: another centre's id")
    known = sut.call(
        "getCentre",
        service="siam",
        path={"siamId": str(admitted.required("/centre"))},
        caller=OFFICE,
        step="observation: the registry",
    )

    wanted = data.centre("office-1")
    expect.field(admitted, "/centre", equals=wanted.siam_id, fix="Tell the proven SIAM id.")
    expect.field(known, "/nameFa", equals=wanted.name_fa, fix="The id resolves in SIAM.")
    expect.problem(
        foreign,
        status=403,
        code="SEAL_CENTRE_MISMATCH",
        fix="Compare ditas-centre with the certificate of the seal.",
        fix_fa="شناسهٔ سیام سرآیند را با گواهی مهر بسنجید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-126",
    verifies=("RM-4C-3",),
    role="gateway",
    title_fa="مرکز متصل و بی‌ارسال پیداست",
    alone=True,  # counts what a centre has sent
)
def tc_silent_units_are_seen(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows which connected unit has really sent documents.

    Given two connected offices, when one registers a prescription and the other is silent, then
    what was sent grows by one for the first and for the whole exchange, and not for the second.
    """
    callers = (OFFICE, record.SECOND, Caller("ministry", person="op01"))
    before = [flow.copies(sut, "control: sent before", one)[0] for one in callers]
    journeys.register(flow.through(sut), data)

    after = [flow.copies(sut, "observation: sent after", one) for one in callers]

    grown = [now - then for (now, _), then in zip(after, before, strict=True)]
    expect.that(
        grown == [1, 0, 1],
        title="what a unit has sent cannot be seen",
        expected="one document more for its sender and for the exchange, none for a silent unit",
        observed=f"sender {grown[0]}, silent unit {grown[1]}, exchange {grown[2]}",
        pointer="/delivered",
        reply=after[0][1],
        fix="Count the documents of every centre; a unit that sends none is an alarm.",
        fix_fa="اسناد هر مرکز را بشمارید؛ مرکز بی‌ارسال باید دیده شود.",
    )
