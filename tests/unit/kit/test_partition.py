"""Every case has identifiers of its own: no two cases, attempts or examples ever draw the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from fixtures.synthetic import world
from lab.kit.case import catalogue
from lab.kit.data import SyntheticData
from lab.kit.session import CaseSession
from suites.citizen_journeys import slot
from tests.support.case_bench import import_suites
from tests.unit.kit.support import a_case, a_session

LABELS = ("prescription", "dispense", "serial first", "message 1")
ATTEMPTS = (1, 2)
EXAMPLES = (0, 1, 15)


def drawn(session: CaseSession) -> Iterator[str]:
    """Whatever a case puts into a message to tell it from others."""
    data = SyntheticData(session, world())
    for label in LABELS:
        yield data.uuid(label)
        yield data.key(label)
        yield str(data.payment("pharmacy-1", label)["paymentId"])
    for ordinal in range(3):
        yield session.digest("nonce", ordinal)[:18].hex()
        yield session.digest("correlation", ordinal)[:16].hex()
        yield session.digest("key", ordinal).hex()[:32]


def sessions() -> Iterator[CaseSession]:
    import_suites()
    for row in catalogue():
        for attempt in ATTEMPTS:
            for example in EXAMPLES:
                yield a_session(case=row.case, attempt=attempt, example=example)


def test_no_two_cases_of_the_catalogue_share_an_identifier() -> None:
    found = Counter(value for session in sessions() for value in drawn(session))
    assert len(found) > 100_000
    assert [value for value, times in found.items() if times > 1] == []


def test_two_campaigns_share_no_identifier() -> None:
    first = set(drawn(a_session(case=a_case())))
    assert first.isdisjoint(drawn(a_session(case=a_case(), campaign_id="CMP-2")))
    assert first.isdisjoint(drawn(a_session(case=a_case(), seed=8)))


def test_a_replay_draws_the_same_again() -> None:
    assert list(drawn(a_session())) == list(drawn(a_session()))


def test_appointments_of_a_campaign_do_not_meet() -> None:
    slots = [slot(SyntheticData(session, world()), "one") for session in islice(sessions(), 300)]
    assert len(set(slots)) == len(slots)
