"""Waiting for something to become true, with every poll on record. The only way a case may wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.kit.reply import Reply
from lab.kit.session import CaseSession
from lab.kit.sut import Sut

POLL_SECONDS = 0.2


def eventually(
    sut: Sut,
    ask: Callable[[], Reply],
    until: Callable[[Reply], bool],
    *,
    within: float,
    every: float = POLL_SECONDS,
) -> Reply:
    """Repeat `ask` until `until(reply)` holds or `within` seconds are over; return the last reply.

    The caller judges the reply with `expect`. In a replay the recorded polls are walked again, so
    the number of polls and the verdict stay the same whatever the time of day.
    """
    session = sut.session
    end = time.monotonic() + within
    polls = 0
    while True:
        reply = ask()
        polls += 1
        if until(reply) or _is_over(session, end):
            break
        if session.replay is None:
            time.sleep(min(every, max(0.0, end - time.monotonic())))
    session.observe("eventually", {"polls": polls, "within": within, "held": until(reply)})
    return reply


def _is_over(session: CaseSession, end: float) -> bool:
    if session.replay is not None:
        return not session.recorded_before(session.upcoming_ordinal())
    return time.monotonic() >= end
