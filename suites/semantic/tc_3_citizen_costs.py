"""Citizens and the money spent for them: what insurers pay is told as it was registered."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case, eventually
from suites import citizen_journeys as citizen
from suites import journeys_insurers as insurers
from suites import record_journeys as record
from suites.journeys_insurers import Delivered, cost_of

PATIENT = "P09"
LABELS = ("first visit", "second visit")


def _mine(reply: Reply, documents: set[str]) -> list[Mapping[str, object]]:
    """Return the entries of these documents; none when the answer is no list."""
    rows = reply.find("/entries")
    shown = rows if isinstance(rows, list) else []
    return [row for row in shown if isinstance(row, dict) and row.get("documentId") in documents]


@conformance_case(
    "TC-CIT-SEM-COST-001",
    verifies=("RM-INS-CITVIEW",),
    role="citizen_service",
    title_fa="هزینهٔ بیمه برای خود شهروند",
)
def tc_expenditure_is_that_of_the_services(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a citizen what insurance spent on him, service by service.

    Given two visits of a citizen that the insurer has taken, when he asks for the costs, then both
    are told once with total and both shares as registered, so that their sum is the expenditure.
    """
    visit = Delivered()
    for label in LABELS:
        insurers.registered(sut, data, label, visit, person=PATIENT)
    documents = {data.uuid(label) for label in LABELS}

    reply = eventually(
        sut,
        lambda: citizen.own(sut, data, PATIENT, "costs", "stimulus: costs"),
        lambda answer: len(_mine(answer, documents)) >= len(documents),
        within=record.COPIED_WITHIN,
    )

    found = _mine(reply, documents)
    wanted = cost_of(visit.split())
    expect.that(
        [row.get("cost") for row in found] == [wanted, wanted],
        title="the expenditure told is not that of the services",
        expected=f"two services with {wanted}",
        observed=str([row.get("cost") for row in found])[:200],
        pointer="/entries",
        reply=reply,
        fix="Tell total and both shares of every service as the record has them, once.",
        fix_fa="کل و هر دو سهم هر خدمت را همان‌گونه که در پرونده است، یک بار نشان دهید.",
    )
