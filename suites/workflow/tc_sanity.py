"""Opening and closing sanity: the IUT answers honest calls, before and after all else."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys


def _routine(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    rx = journeys.register(sut, data, step="stimulus: register")
    expect.status(
        rx.reply,
        201,
        fix="Check address, credentials and clock with `mafalab doctor` first.",
        fix_fa="نخست با mafalab doctor نشانی، گواهی‌ها و ساعت را بسنجید.",
    )
    again = journeys.read(sut, rx, step="stimulus: read")
    expect.status(again, 200, fix="A registered prescription can be read by its author.")
    expect.field(
        again,
        "/document/items",
        equals=rx.payload["items"],
        requirement="ERX-8-4-A",
        fix="Keep every member of every item as it was signed.",
        fix_fa="همهٔ اجزای هر قلم را همان‌گونه که امضا شده است نگه دارید.",
    )


@conformance_case(
    "TC-PUR-WF-SANITY-001",
    verifies=("ERX-9-B", "ERX-8-4-A"),
    role="purchaser_system",
    title_fa="آزمون سلامت آغازین",
)
def tc_opening_sanity(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT registers and returns an ordinary prescription before all else.

    Given the exchange around the IUT, when an ordinary prescription is registered and read, then
    both succeed; otherwise nothing else of the campaign means anything.
    """
    _routine(sut, data, expect)


@conformance_case(
    "TC-PUR-WF-SANITY-002",
    verifies=("ERX-9-B", "ERX-8-4-A"),
    role="purchaser_system",
    title_fa="آزمون سلامت پایانی",
)
def tc_closing_sanity(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT still registers and returns an ordinary prescription at the end.

    Given everything the campaign has sent, when an ordinary prescription is registered and read,
    then both succeed; otherwise the IUT was out of order during the campaign.
    """
    _routine(sut, data, expect)
