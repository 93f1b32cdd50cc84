"""Answers of today against recorded ones: ids and times may differ, states and amounts may not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.kit.comparing import alike, tells, words_of
from lab.kit.repetition import Names
from lab.kit.transport import IncomingResponse, Outcome

AT = datetime(2026, 3, 21, tzinfo=UTC)
FIRST, SECOND = "45445b0a-491b-4348-800b-f3b1b2cbd930", "29b51c35-9cde-4094-900f-7ff4a60779a4"
NAMES = Names([], AT, AT)


@pytest.mark.parametrize(
    ("then", "now", "same"),
    [
        ("PARTIAL", "ORDERED", False),
        (FIRST, SECOND, True),
        ("TRK-2026-0417", "TRK-2026-9932", True),
        ("advice at 1", "reject at 1", False),
        ("2026-03-21", "2026-03-20", False),
        ("2026-03-21T10:00:00+03:30", "2026-03-21T06:30:40Z", True),
        ("2026-03-21T10:00:00+03:30", "2026-03-21T11:00:00+03:30", False),
        (3, 4, False),
        (True, 1, False),
        ({"id": FIRST, "state": "ORDERED"}, {"id": SECOND, "state": "ORDERED"}, True),
        ({"id": FIRST, "state": "ORDERED"}, {"id": SECOND, "state": "PARTIAL"}, False),
        ([{"n": 1}], [{"n": 2}], False),
        ([1], [1, 1], False),
    ],
)
def test_what_is_made_anew_has_the_same_form_and_the_rest_is_equal(
    then: Any, now: Any, *, same: bool
) -> None:
    assert alike(then, now, NAMES) is same


def answer(content: bytes) -> Outcome:
    response = IncomingResponse(
        status=200, headers=(), content=content, raw=content, wire_size=len(content)
    )
    return Outcome(response, None, 1.0)


def test_states_are_told_where_they_were() -> None:
    words = words_of(b'{"state":"ORDERED","id":"A1","note":"No","items":[{"ok":true,"n":3}]}')
    assert words == {"/state": "ORDERED", "/items/0/ok": True}
    assert tells(answer(b'{"state":"ORDERED","items":[{"ok":true}]}'), words)
    assert not tells(answer(b'{"state":"PARTIAL","items":[{"ok":true}]}'), words)
    assert not tells(answer(b"{}"), words)
    assert words_of(b"no JSON") == {}
