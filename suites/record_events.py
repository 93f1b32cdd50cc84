"""What the event of a signed prescription has to be in the record, each part by its requirement."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Expect, Reply, SyntheticData
from lab.model.base import JsonValue
from suites import record_journeys as record


def as_signed(
    expect: Expect,
    data: SyntheticData,
    payload: Mapping[str, JsonValue],
    events: list[Mapping[str, JsonValue]],
    seen: Reply,
) -> None:
    """Expect that the events of a prescription of office-1 are what was signed there."""
    codes = {str(item["code"]["code"]) for item in payload["items"]}
    for title, requirement, held, expected in (
        ("a stored document is not in the history", "ERX-8-5-D", bool(events), "the document"),
        (
            "a stored prescription is not current",
            "ERX-8-5-C",
            all(one.get("state") == "current" for one in events),
            "state current",
        ),
        (
            "the items of a prescription are not in its event",
            "RM-EHR-EVENT",
            all(record.codes(one.get("items", [])) == codes for one in events),
            f"items {', '.join(sorted(codes))}",
        ),
        (
            "an event does not stand under the centre it comes from",
            "RM-P3-F",
            all(one.get("centre") == data.centre("office-1").siam_id for one in events),
            "centre office-1",
        ),
    ):
        expect.that(
            held,
            title=title,
            expected=expected,
            observed=record.text_of([dict(one) for one in events])[:400],
            pointer="/entries",
            reply=seen,
            requirement=requirement,
        )
