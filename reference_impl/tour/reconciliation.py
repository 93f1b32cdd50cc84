"""Hold the actors' books against the insurer's statements and the record: zero differences."""

from __future__ import annotations

from typing import Any

from reference_impl.tour.books import Entry, amounts
from reference_impl.tour.stage import Actor, Stage

ZERO = (0, 0, 0)


def reconcile(stage: Stage) -> list[str]:
    """Return every difference between the ledgers as a sentence; tell each comparison."""
    return _statements(stage)


def _statements(stage: Stage) -> list[str]:
    found: list[str] = []
    for actor in stage.actors():
        own = _own(stage, actor)
        if not own:
            continue
        theirs = ZERO
        for period in sorted(stage.months()):
            statement = actor.ask(f"/purchaser/v1/statements/{period}")
            theirs = _plus(theirs, amounts(statement))
        ours = ZERO
        for entry in own:
            ours = _plus(ours, entry.amounts)
        if ours != theirs:
            found.append(f"{actor.key}: own books {ours}, insurer's statements {theirs} rial")
        actor.tell(
            "books",
            "9-2-9",
            f"دفتر {actor.key} با صورت‌حساب بیمه‌گر برابر است." if ours == theirs else found[-1],
            f"{len(own)} entries of {actor.key}: {ours[0]} rial in both ledgers."
            if ours == theirs
            else found[-1],
        )
    return found


def _own(stage: Stage, actor: Actor) -> list[Entry]:
    books = stage.books
    claims: dict[str, Any] = {
        **{k: v for k, v in books.dispenses.items() if k not in books.voided},
        **books.services,
    }
    return [one for one in claims.values() if one.centre == actor.siam_id]


def _plus(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])
