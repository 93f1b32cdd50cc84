"""Service levels as one client sees them, judged so that a busy laboratory machine fails nobody.

The published p50 of a class is kept by a product whose answers come within it at least half of the
time. Such a product misses it in nine answers running once in 512 times; a product that is too slow
always does. So the fastest of nine decides: a pause of our own machine, which slows some answers
down, changes no verdict. Load itself is measured by plans of its own (`mafalab load`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fixtures import load_pack
from lab.kit import Expect, Reply

QUESTIONS = 9


def within_level(
    expect: Expect, replies: Sequence[Reply], service_class: str, status: Collection[int] = (200,)
) -> None:
    """Expect answers as published, the fastest of them within p50 of a class of sla.yaml.

    `status` names the statuses that answer the question.
    """
    for reply in replies:
        expect.schema(reply)  # a fast answer that says nothing keeps no service level
    limit = int(load_pack().sla["smoke"]["classes"][service_class]["p50"])
    took = sorted(reply.exchange.elapsed_ms for reply in replies)
    answered = all(reply.status in status for reply in replies)
    expect.that(
        answered and took[0] <= limit,
        title="a single client is not answered within the service level",
        expected=f"{len(replies)} answers, not all of them later than {limit} ms",
        observed=f"{replies[-1].summary()}, {took[0]:.0f} to {took[-1]:.0f} ms",
        pointer="elapsed",
        reply=replies[-1],
        fix=f"Answer within p50 of class {service_class} of sla.yaml without any load.",
        fix_fa="بدون بار، در میانهٔ زمان منتشرشده در sla.yaml پاسخ دهید.",
    )
