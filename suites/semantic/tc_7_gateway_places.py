"""Clauses 7-4 to 7-10 at the gateway: centre, user, software, terminal and payment are linked."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case, header_dropped
from lab.model.base import JsonValue
from suites.journeys import OFFICE
from suites.messages.fiscal import AMOUNT, paid

UNCERTIFIED = {
    "physio": ("ADMISSION_SOFTWARE_NOT_CERTIFIED", "never certified"),
    "clinic-1": ("ADMISSION_SOFTWARE_NOT_CERTIFIED", "certificate expired"),
    "hospital-2": ("ADMISSION_SOFTWARE_LOCKED", "locked"),
}
ASK_FIRST = "Compare centre, user and software with the registers before you forward."
ASK_FIRST_FA = "پیش از مسیریابی، مرکز، کاربر و نرم‌افزار را با دفترهای ثبت بسنجید."
HAND_BACK = "Hand the answer of the register of terminals back as it is."
HAND_BACK_FA = "پاسخ سامانهٔ پایانه‌ها را همان‌گونه بازگردانید."


def admission(sut: Sut, caller: Caller, step: str, **more: JsonValue) -> Reply:
    """Ask the gateway who the caller is to it."""
    return sut.call("getAdmission", caller=caller, step=step, **more)


def routed(sut: Sut, caller: Caller, step: str, **more: JsonValue) -> Reply:
    """Let the gateway forward a harmless question to the registry of centres."""
    query = {"kind": "pharmacy"}
    return sut.call("listCentres", service="siam", query=query, caller=caller, step=step, **more)


def report(sut: Sut, payment: JsonValue, step: str) -> Reply:
    """Report a payment of office-1."""
    body = {"payment": payment, "amount": AMOUNT}
    return sut.call("recordPayment", body=body, caller=OFFICE, step=step)


def check(sut: Sut, data: SyntheticData, payment: JsonValue, visit: int, step: str) -> Reply:
    """Ask whether a payment pays for one of the visits of the world."""
    hids = [sample.value for sample in data.world.hids if sample.well_formed]
    body = {"payment": payment, "amount": AMOUNT, "hid": hids[visit]}
    return sut.call("checkPayment", body=body, caller=OFFICE, step=step)


@conformance_case(
    "TC-GTW-SEM-PLACE-001",
    verifies=("ERX-7-5-A",),
    role="gateway",
    title_fa="شناسهٔ کاربری هر پیام در درگاه",
)
def tc_gateway_user_of_every_message(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT forwards messages of a user of the sending centre and of nobody else.

    Given an office, when a message names no user, a user of another centre and its own, then the
    first two are refused and the third is forwarded and told with centre and user.
    """
    foreign = Caller("office-1", user_id=data.world.user_id("dr02", "office-2"))

    nobody = routed(sut, OFFICE, "stimulus: no user", mutate=header_dropped("ditas-user"))
    other = routed(sut, foreign, "stimulus: a user of another centre")
    own = routed(sut, OFFICE, "stimulus: its own user")
    told = admission(sut, OFFICE, "stimulus: who am I?")

    expect.refused(
        nobody,
        status=(400, 401, 403),
        title="a message without user is forwarded",
        fix=ASK_FIRST,
        fix_fa=ASK_FIRST_FA,
    )
    expect.problem(
        other, status=403, code="ADMISSION_USER_UNKNOWN", fix=ASK_FIRST, fix_fa=ASK_FIRST_FA
    )
    expect.status(own, 200, fix="Forward messages of users the centre has.")
    expect.field(own, "/centres/0/siamId", present=True, fix="Hand the answer on.")
    wanted = data.world.user_id("dr01", "office-1")
    expect.field(told, "/user", equals=wanted, fix=ASK_FIRST, fix_fa=ASK_FIRST_FA)


@conformance_case(
    "TC-GTW-SEM-PLACE-002",
    verifies=("ERX-7-5-B",),
    role="gateway",
    title_fa="یک ارائه‌دهنده در دو مرکز، دو کاربر",
)
def tc_gateway_one_provider_two_centres(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells one provider of two centres apart by the user id.

    Given a physician of two offices, when each office sends a message of hers, then the IUT tells
    each its own centre and user; with the user id of the one at the other, it refuses.
    """
    crossed = Caller("office-2", user_id=data.world.user_id("dr02", "office-1"))

    wrong = admission(sut, crossed, "stimulus: the id of the one office at the other")

    for centre in ("office-1", "office-2"):
        told = admission(sut, Caller(centre, person="dr02"), f"stimulus: at {centre}")
        expect.field(
            told,
            "/user",
            equals=data.world.user_id("dr02", centre),
            fix="Know users by centre and id together.",
            fix_fa="کاربر را با مرکز و شناسه با هم بشناسید.",
        )
        expect.field(told, "/centre", equals=data.centre(centre).siam_id)
    expect.problem(
        wrong, status=403, code="ADMISSION_USER_UNKNOWN", fix=ASK_FIRST, fix_fa=ASK_FIRST_FA
    )


@conformance_case(
    "TC-GTW-SEM-PLACE-003",
    verifies=("ERX-7-10-N1-A",),
    role="gateway",
    title_fa="پیوند مرکز، نرم‌افزار، کاربر و پایانه",
)
def tc_gateway_linked_identifiers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses messages in which one of the linked ids belongs elsewhere.

    Given an office with its user, software and terminal, when a message names another centre,
    another software, a user of another office or the terminal of a pharmacy, then each is refused;
    with all of its own it is served, and they are told linked to each other.
    """
    pharmacy = data.centre("pharmacy-1")
    software = data.world.software_of("pharmacy-1").software_id
    user = data.world.user_id("dr02", "office-2")
    terminal = paid(data, "foreign terminal", terminalId=pharmacy.terminal_id)

    centre = routed(sut, Caller("office-1", centre_id=pharmacy.siam_id), "stimulus: centre")
    product = routed(sut, Caller("office-1", software_id=software), "stimulus: software")
    person = routed(sut, Caller("office-1", user_id=user), "stimulus: user")
    shop = report(sut, terminal, "stimulus: terminal")
    own = report(sut, paid(data, "own terminal"), "stimulus: all of its own")
    path = {"siamId": data.centre("office-1").siam_id}
    users = sut.call("listCentreUsers", path=path, caller=OFFICE, step="stimulus: the link")

    fix, fix_fa = ASK_FIRST, ASK_FIRST_FA
    mismatch = ("SEAL_CENTRE_MISMATCH", "TRANSPORT_CENTRE_MISMATCH")
    expect.problem(centre, status=403, code=mismatch, fix=fix, fix_fa=fix_fa)
    expect.problem(product, status=403, code=mismatch, fix=fix, fix_fa=fix_fa)
    expect.problem(person, status=403, code="ADMISSION_USER_UNKNOWN", fix=fix, fix_fa=fix_fa)
    expect.problem(
        shop, status=422, code="TERMINAL_CENTRE_MISMATCH", fix=HAND_BACK, fix_fa=HAND_BACK_FA
    )
    expect.field(own, "/valid", equals=True, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    rows = users.find("/users")
    linked = {
        "user": data.world.user_id("dr01", "office-1"),
        "councilNumber": data.professional("dr01").council_number,
        "terminalId": data.centre("office-1").terminal_id,
        "software": data.world.software_of("office-1").software_id,
    }
    expect.that(
        any(
            isinstance(row, dict) and linked.items() <= row.items()
            for row in (rows if isinstance(rows, list) else ())
        ),
        title="user, professional, terminal and software are not told as linked",
        expected=", ".join(f"{name} {value}" for name, value in linked.items()),
        observed=users.summary(),
        pointer="/users",
        reply=users,
        fix="Hand the users of the registry of centres on with all of their members.",
        fix_fa="کاربران را با همهٔ اجزا از سامانهٔ سیام بازگردانید.",
    )


@conformance_case(
    "TC-GTW-SEM-PLACE-004",
    verifies=("ERX-7-10-N1-B",),
    role="gateway",
    title_fa="نرم‌افزار بدون گواهی راه ندارد",
)
def tc_gateway_software_without_certificate(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT forwards messages of certified software only.

    Given centres whose software was never certified, whose certificate has expired or is locked,
    when they send a message, then each is refused by code; that of certified software is forwarded
    and its software is told by id.
    """
    for centre, (code, why) in UNCERTIFIED.items():
        expect.problem(
            routed(sut, Caller(centre), f"stimulus: {why}"),
            status=403,
            code=code,
            title=f"software is served all the same: {why}",
            fix="Resolve the software id in the register of certificates before you forward.",
            fix_fa="پیش از مسیریابی، شناسهٔ نرم‌افزار را در دفتر گواهی‌ها بجویید.",
        )
    told = admission(sut, OFFICE, "stimulus: certified software")
    expect.field(
        told,
        "/software",
        equals=data.world.software_of("office-1").software_id,
        fix="Admit certified software and tell it by its id.",
    )


@conformance_case(
    "TC-GTW-SEM-PLACE-005",
    verifies=("ERX-7-8-B",),
    role="gateway",
    title_fa="یک پرداخت برای یک مراجعه از درگاه",
)
def tc_gateway_payment_for_one_visit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands back that a payment was used, and for the same visit that it holds.

    Given a payment a terminal reported, when two visits ask for it, then the first is told that it
    is valid, twice alike, and the second is refused.
    """
    payment = paid(data, "payment")
    expect.status(report(sut, payment, "stimulus: report"), 201, fix=HAND_BACK)

    first = check(sut, data, payment, 0, "stimulus: the first visit")
    other = check(sut, data, payment, 1, "stimulus: another visit")
    again = check(sut, data, payment, 0, "stimulus: the first visit once more")

    expect.field(first, "/valid", equals=True, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.problem(
        other, status=409, code="PAYMENT_ALREADY_USED", fix=HAND_BACK, fix_fa=HAND_BACK_FA
    )
    expect.field(again, "/valid", equals=True, fix=HAND_BACK, fix_fa=HAND_BACK_FA)


@conformance_case(
    "TC-GTW-SEM-PLACE-006",
    verifies=("ERX-7-9-B",),
    role="gateway",
    title_fa="پایانهٔ ثبت‌شده در سازمان مالیاتی از درگاه",
)
def tc_gateway_registered_terminal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands back which terminals are registered, and to whom.

    Given an office, when its own terminal is asked for, then it is told with its centre; when one
    nobody registered is asked for or used, then both are refused by code.
    """
    unknown = "12345678"

    own = sut.call(
        "getTerminal",
        path={"terminalId": data.centre("office-1").terminal_id},
        caller=OFFICE,
        step="stimulus: the own terminal",
    )
    nobody = sut.call(
        "getTerminal", path={"terminalId": unknown}, caller=OFFICE, step="stimulus: an unknown one"
    )
    used = report(
        sut, paid(data, "unknown", terminalId=unknown), "stimulus: a payment at the unknown one"
    )

    expect.field(
        own,
        "/terminalId",
        equals=data.centre("office-1").terminal_id,
        fix=HAND_BACK,
        fix_fa=HAND_BACK_FA,
    )
    expect.field(own, "/centre", equals=data.centre("office-1").siam_id)
    code = "TERMINAL_UNKNOWN"
    expect.problem(nobody, status=(404, 422), code=code, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.problem(used, status=422, code=code, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
