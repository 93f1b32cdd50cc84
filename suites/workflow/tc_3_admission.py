"""Document 003, principle 7: the gateway admits licensed centres and users the registry knows."""

from __future__ import annotations

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from suites import record_journeys as record

LAPSED = Caller("imaging-2", person="dr02")


def routed(sut: Sut, step: str, caller: Caller = record.OFFICE) -> Reply:
    """Let the gateway forward a harmless question to the registry of centres."""
    query = {"kind": "pharmacy"}
    return sut.call("listCentres", service="siam", query=query, caller=caller, step=step)


@conformance_case(
    "TC-GTW-WF-ADM-001",
    verifies=("RM-P7-A", "RM-P7-B"),
    role="gateway",
    title_fa="مرکز بدون پروانهٔ معتبر راه ندارد",
)
def tc_a_lapsed_licence_is_not_admitted(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT forwards no message of a centre whose licence has lapsed.

    Given a centre with an expired licence and sound credentials, when it asks anything through the
    gateway, then the IUT refuses; a licensed centre is served.
    """
    reply = routed(sut, "stimulus: a centre without licence", LAPSED)

    expect.problem(
        reply,
        status=403,
        code="ADMISSION_CENTRE_INACTIVE",
        fix="Ask the registry of centres before you forward.",
        fix_fa="پیش از مسیریابی، پروانهٔ مرکز را استعلام کنید.",
    )
    expect.control(routed(sut, "control: a licensed centre"), 200)


@conformance_case(
    "TC-GTW-WF-ADM-002",
    verifies=("ERX-10-C",),
    role="gateway",
    title_fa="کاربر ناشناخته راه ندارد",
)
def tc_an_unknown_user_is_not_admitted(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT forwards no message of a user the centre does not have.

    Given a licensed centre, when it asks in the name of a user nobody knows, then the IUT refuses;
    in the name of its own user it is served.
    """
    stranger = Caller("office-1", user_id=data.uuid("nobody"))

    reply = routed(sut, "stimulus: an unknown user", stranger)

    expect.problem(
        reply,
        status=403,
        code="ADMISSION_USER_UNKNOWN",
        fix="Look the user up in the register of the centre.",
        fix_fa="کاربر را در فهرست کاربران مرکز بجویید.",
    )
    expect.control(routed(sut, "control: a known user"), 200)
