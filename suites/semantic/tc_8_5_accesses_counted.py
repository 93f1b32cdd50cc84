"""Clause 8-5: every reading of a record is in the list of accesses, and is there once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import record_journeys as record

PERSON = "P32"  # nobody else reads this record at these roles

Asking = Callable[[Sut, SyntheticData, str], Reply]


def at_the_record(sut: Sut, data: SyntheticData, step: str) -> Reply:
    """Ask the record as the services for citizens do."""
    body = {"person": data.person_id(PERSON), "since": data.day()}
    return sut.call("queryAccesses", body=body, caller=record.CITIZEN, step=step)


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


def _read(sut: Sut, data: SyntheticData, expect: Expect, hid: str, which: str) -> None:
    """Read the history as the physician who treats the person."""
    reply = record.ask(
        sut,
        "sepas",
        "queryHistory",
        body=record.question(data, PERSON, hid=hid),
        caller=record.SECOND,
        step=f"preamble: the {which} reading",
    )
    expect.control(reply, 200)


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

    Given a person whose record a physician who treats him has read, when the physician reads it
    again, then the list, which had the first reading, has one access more by this physician.
    """
    hid = data.hid(sut, PERSON, professional="dr02", caller=record.SECOND)
    _read(sut, data, expect, hid, "first")
    before = asking(sut, data, "control: accesses before")
    _read(sut, data, expect, hid, "second")

    after = asking(sut, data, "stimulus: accesses after")

    expect.schema(after)
    first, both = _by_the_physician(before, data), _by_the_physician(after, data)
    expect.that(
        first >= 1 and both - first == 1,
        title="a reading is not listed once",
        expected="the access of the first reading, and one more after the second",
        observed=f"{first}, then {both}",
        pointer="/accesses",
        reply=after,
        fix="Note every reading once, and list all that were noted.",
        fix_fa="هر خواندن را یک بار ثبت و همهٔ ثبت‌ها را فهرست کنید.",
    )
