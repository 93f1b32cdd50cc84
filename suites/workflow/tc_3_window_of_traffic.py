"""Document 003, principle 3: counters are those of the last minutes. The case moves the clock."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.answers.examples import agrees
from suites.workflow.tc_3_exchange_centre import counted, routed

ASKED = 3
OPERATION = "getPrescription"


@conformance_case(
    "TC-GTW-WF-TRA-002",
    verifies=("RM-P3-C", "RM-DITAS-CTRL"),
    role="gateway",
    moves_clock=True,
    title_fa="شمارنده‌ها از آن دقیقه‌های گذشته‌اند",
)
@conformance_case(
    "TC-XCH-WF-TRA-002",
    verifies=("RM-P3-C", "RM-P3-E"),
    role="exchange_centre",
    moves_clock=True,
    title_fa="شمارنده‌ها از آن دقیقه‌های گذشته‌اند",
)
def tc_counters_are_of_the_last_minutes(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts the calls of the last fifteen minutes, each once, and no others.

    Given a service that was asked before, when half an hour has passed and it is asked three times,
    then its counters and those of the class of the operation tell three calls and no fault.
    """
    routed(sut, data, "preamble: long before")
    sut.let_pass(minutes=31)
    for number in range(ASKED):
        routed(sut, data, f"preamble: ask, {number + 1}")

    _, reply = counted(sut, "stimulus: read the counters")

    classes = (
        load_pack(sut.profile.pack).sla.get(str(reply.find("/profile")), {}).get("classes", {})
    )
    wanted = {"calls": ASKED, "faults": 0}
    of_class = [
        {"class": name, **wanted} for name, row in classes.items() if OPERATION in row["operations"]
    ]
    service = {"service": "purchaser", **wanted, "refusals": ASKED}
    agrees(expect, reply, {"services": {"$among": [service]}, "classes": {"$among": of_class}})
