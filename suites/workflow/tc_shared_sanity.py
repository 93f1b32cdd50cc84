"""Opening and closing sanity of every role: an honest message is answered."""

from __future__ import annotations

from lab.kit import Expect, Recipe, Sut, SyntheticData
from suites.shared import shared_case


def _routine(probe: Recipe, sut: Sut, data: SyntheticData, expect: Expect) -> None:
    reply = probe.make(sut, data, "ordinary").send(sut, f"stimulus: {probe.operation.id}")
    expect.status(
        reply,
        probe.success,
        fix="Check address, credentials and clock with `mafalab doctor` first.",
        fix_fa="نخست با mafalab doctor نشانی، گواهی‌ها و ساعت را بسنجید.",
    )
    expect.schema(reply)


@shared_case("WF-SANITY-001", verifies=("ERX-10-D", "ERX-10-E"), title_fa="آزمون سلامت آغازین")
def tc_opening(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT answers an ordinary message before all else.

    Given the exchange around the IUT, when an ordinary message is sent, then it is answered as
    published; otherwise nothing else of the campaign means anything.
    """
    _routine(probe, sut, data, expect)


@shared_case("WF-SANITY-002", verifies=("ERX-10-D", "ERX-10-E"), title_fa="آزمون سلامت پایانی")
def tc_closing(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT still answers an ordinary message at the end.

    Given everything the campaign has sent, when an ordinary message is sent, then it is answered as
    published; otherwise the IUT was out of order during the campaign.
    """
    _routine(probe, sut, data, expect)
