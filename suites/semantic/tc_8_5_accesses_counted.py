"""Clause 8-5: every reading of a record is in the list of accesses, and is there once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from suites import record_journeys as record

PERSON = "P32"  # nobody else reads this record at these roles
CITIZEN = Caller("office-1", token="citizen.seal", seal="citizen.seal")  # noqa: S106 - identity name

Asking = Callable[[Sut, SyntheticData, str], Reply]


def at_the_record(sut: Sut, data: SyntheticData, step: str) -> Reply:
    """Ask the record as the services for citizens do."""
    body = {"person": data.person_id(PERSON), "since": data.day()}
    return sut.call("queryAccesses", body=body, caller=CITIZEN, step=step)


def as_the_citizen(sut: Sut, data: SyntheticData, step: str) -> Reply:
    """Ask the services for citizens as the person."""
    phone = data.person(PERSON).phone
    body = {"person": data.person_id(PERSON), "phone": phone, "channel": "app", "kind": "accesses"}
    return sut.call("queryOwnData", body=body, caller=record.OFFICE, step=step)


def _by_the_physician(reply: Reply, data: SyntheticData) -> int:
    """Count the accesses of dr02 at office-2."""
    rows = reply.required("/accesses")
    who = (data.centre("office-2").siam_id, data.world.user_id("dr02", "office-2"))
    return sum(
        isinstance(one, Mapping) and (one.get("centre"), one.get("user")) == who
        for one in (rows if isinstance(rows, list) else [])
    )


@conformance_case(
    "TC-EHR-SEM-ACCESSES-001",
    verifies=("RM-EHR-ACC-CIT",),
    role="ehr",
    title_fa="هر خواندن یک بار در سابقه",
    shares=(f"person {PERSON}",),
    given={"asking": at_the_record},
)
@conformance_case(
    "TC-CIT-SEM-ACCESSES-001",
    verifies=("RM-EHR-ACC-CIT",),
    role="citizen_service",
    title_fa="هر خواندن یک بار در سابقه",
    shares=(f"person {PERSON}",),
    given={"asking": as_the_citizen},
)
def tc_a_reading_is_listed_once(
    sut: Sut, data: SyntheticData, expect: Expect, asking: Asking
) -> None:
    """Ensure that the IUT lists every reading of a record to its person, and lists it once.

    Given a person who asks who read the record, when a physician who treats him reads the history
    once, then the list has one access more by this physician than before.
    """
    hid = data.hid(sut, PERSON, professional="dr02", caller=record.SECOND)
    before = asking(sut, data, "control: accesses before")
    read = record.ask(
        sut,
        "sepas",
        "queryHistory",
        body=record.question(data, PERSON, hid=hid),
        caller=record.SECOND,
        step="preamble: the physician reads",
    )
    expect.control(read, 200)

    after = asking(sut, data, "stimulus: accesses after")

    expect.schema(after)
    more = _by_the_physician(after, data) - _by_the_physician(before, data)
    expect.that(
        more == 1,
        title="a reading is not listed once",
        expected="one access more by the physician who read once",
        observed=f"{more} more",
        pointer="/accesses",
        reply=after,
        fix="Note every reading once, and list all that were noted.",
        fix_fa="هر خواندن را یک بار ثبت و همهٔ ثبت‌ها را فهرست کنید.",
    )
