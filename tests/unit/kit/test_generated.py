from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from lab.kit.generated import Generated
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.model.verdict import Verdict
from tests.unit.kit.support import a_reply, a_session, an_expect


def refuse_above(limit: int, seen: list[int]) -> tuple[Verdict, str]:
    session = a_session(examples=50)
    expect, generated = an_expect(session), Generated(session)

    def law(number: int) -> None:
        seen.append(number)
        generated.count(accepted=True)
        expect.that(
            number <= limit, title="too much", expected="few", observed=str(number), pointer="/n"
        )

    generated.check(law, number=st.integers(0, 10_000))
    assert len(session.findings) == 1
    return session.verdict, session.findings[0].observed


def test_only_the_shrunk_example_becomes_a_finding() -> None:
    verdict, observed = refuse_above(100, [])
    assert verdict is Verdict.FAIL
    assert observed.startswith("101 for ")


def test_the_same_seed_walks_the_same_path() -> None:
    first: list[int] = []
    second: list[int] = []
    refuse_above(100, first)
    refuse_above(100, second)
    assert first == second


def listed_above(limit: int, count: int, **session: int) -> tuple[bool, list[int], list[str]]:
    case = a_session(**session)
    expect, seen = an_expect(case), list[int]()

    def law(number: int) -> None:
        seen.append(number)
        expect.that(
            number <= limit, title="too much", expected="few", observed=str(number), pointer="/n"
        )

    held = Generated(case).each(law, most=2.0, number=range(count))
    return held, seen, [one.observed for one in case.findings]


def test_a_list_is_gone_through_once_in_its_order() -> None:
    assert listed_above(100, 7, examples=5) == (True, list(range(7)), [])


def test_a_long_list_is_thinned_out_evenly_from_a_place_of_the_seed() -> None:
    held, seen, _ = listed_above(1000, 100, examples=5)
    gaps = {after - before for before, after in pairwise(seen)}
    assert (held, len(seen), gaps) == (True, 10, {10})
    assert listed_above(1000, 100, examples=5)[1] == seen
    assert len({tuple(listed_above(1000, 100, examples=5, seed=one)[1]) for one in range(9)}) > 1


def test_the_first_refuted_value_of_a_list_is_the_finding() -> None:
    held, seen, observed = listed_above(2, 7, examples=5)
    assert (held, seen) == (False, [0, 1, 2, 3])
    assert len(observed) == 1
    assert observed[0].startswith("3 for ")


def test_an_empty_list_holds() -> None:
    assert listed_above(2, 0, examples=5) == (True, [], [])


def test_a_refutation_is_not_taken_for_that_of_a_later_law() -> None:
    session = a_session(examples=5)
    expect, generated = an_expect(session), Generated(session)

    def refuted(number: int) -> None:
        expect.that(held=False, title="t", expected="e", observed=str(number), pointer="/n")

    def stopped(number: int) -> None:
        raise Inconclusive(f"nobody answers {number}")

    assert not generated.each(refuted, most=1, number=[1])
    with pytest.raises(Inconclusive, match="nobody answers 2"):
        generated.each(stopped, most=1, number=[2])
    assert len(session.findings) == 1


def test_a_law_that_holds_passes_and_counts() -> None:
    session = a_session(examples=10)
    expect, generated = an_expect(session), Generated(session)

    def law(number: int) -> None:
        generated.count(accepted=True)
        expect.status(a_reply(200), 200)

    generated.check(law, number=st.integers())
    assert session.verdict is Verdict.PASS
    assert session.example == 0
    assert session.generated_inputs == session.accepted_inputs == session.expectations > 0


def test_a_product_that_refuses_everything_is_inconclusive() -> None:
    session = a_session(examples=10)
    expect, generated = an_expect(session), Generated(session)

    def law(number: int) -> None:
        generated.count(accepted=False)
        expect.status(a_reply(422), 422)

    with pytest.raises(Inconclusive, match="were accepted"):
        generated.check(law, number=st.integers())


@pytest.mark.parametrize(("accepted", "green"), [(2, False), (3, True), (10, True), (0, False)])
def test_a_share_under_the_floor_is_never_green(accepted: int, *, green: bool) -> None:
    session = a_session(examples=1, min_accepted_share=0.3)
    expect, generated = an_expect(session), Generated(session)
    for number in range(10):
        generated.count(accepted=number < accepted)
        expect.status(a_reply(200), 200)
    if green:
        generated.require_share()
        return
    with pytest.raises(Inconclusive, match=f"only {accepted} of 10"):
        generated.require_share()


def test_a_law_over_nothing_is_our_fault() -> None:
    generated = Generated(a_session())
    with pytest.raises(HarnessProblem, match="nothing was judged"):
        generated.require_inputs()
    generated.count(accepted=False)
    generated.require_inputs()


def test_examples_have_their_own_data() -> None:
    session = a_session(examples=10)
    generated = Generated(session)
    seen: set[bytes] = set()
    outside = session.digest("uuid", "x")

    def law(number: int) -> None:
        seen.add(session.digest("uuid", "x"))

    generated.check(law, number=st.integers())
    assert len(seen) > 1
    assert outside not in seen
    assert session.digest("uuid", "x") == outside


def test_state_machines_are_refuted_too() -> None:
    session = a_session(examples=20)
    expect, generated = an_expect(session), Generated(session)

    class Counting(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        @rule()
        def add(self) -> None:
            self.count += 1
            expect.that(
                self.count < 3,
                title="third",
                expected="two",
                observed=str(self.count),
                pointer="/count",
            )

    generated.machine(Counting, steps=10)
    assert (session.verdict, session.findings[0].observed) == (Verdict.FAIL, "3")


def test_a_signal_after_a_refutation_keeps_the_refutation() -> None:
    session = a_session(examples=50)
    expect, generated = an_expect(session), Generated(session)

    def law(number: int) -> None:
        if session.example_finding is not None:
            raise Inconclusive("the deadline struck while shrinking")
        expect.that(number < 50, title="t", expected="e", observed=str(number), pointer="/n")

    generated.check(law, number=st.integers(0, 1000))
    assert session.verdict is Verdict.FAIL
    assert "shrinking was cut short" in session.findings[0].observed


def test_a_value_that_is_not_usable_gives_its_turn_to_the_next_one() -> None:
    session = a_session(examples=5)
    seen: list[int] = []
    asked: list[int] = []

    def odd(number: int) -> bool:
        asked.append(number)
        return number % 2 == 1

    def take(number: int) -> None:
        seen.append(number)

    Generated(session).each(take, most=1.0, usable=odd, number=range(100))
    assert len(seen) == 5
    assert all(number % 2 for number in seen)
    assert len(asked) == len(set(asked)) <= 10
    seen.clear()
    Generated(session).each(take, most=1.0, usable=odd, number=[2, 4, 6, 7])
    assert seen == [7]
