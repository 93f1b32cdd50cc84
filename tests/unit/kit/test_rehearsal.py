"""Inputs drawn once: the same ones again, drawn anew where that could be something else."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from lab.kit.generated import Generated
from lab.kit.rehearsal import Rehearsal, plain
from lab.kit.session import CaseSession
from lab.model.verdict import Verdict
from tests.unit.kit.support import a_session, an_expect

BODIES = st.dictionaries(st.sampled_from("abc"), st.integers(0, 10_000), min_size=1)


def tried(
    rehearsal: Rehearsal | None, *laws: Callable[[dict[str, int]], bool]
) -> tuple[CaseSession, list[list[dict[str, int]]]]:
    """Run laws one after the other in one case; return what each was tried on."""
    session = a_session(examples=12, rehearsal=rehearsal)
    generated, expect = Generated(session), an_expect(session)
    seen: list[list[dict[str, int]]] = []
    for law in laws:
        seen.append([])

        def check(body: dict[str, int], law: Callable[..., bool] = law) -> None:
            seen[-1].append(dict(body))
            held = law(body)
            body.clear()  # a law may change what it is given
            expect.that(held, title="t", expected="e", observed="o", pointer="/p")

        generated.check(check, body=BODIES)
    return session, seen


def holds(_body: dict[str, int]) -> bool:
    return True


def refutes(_body: dict[str, int]) -> bool:
    return False


def test_others_are_tried_on_exactly_what_the_first_one_drew(tmp_path: Path) -> None:
    recording = Rehearsal(recording=True)
    _, drawn = tried(recording, holds, holds)
    recording.write(tmp_path / "inputs" / "siam.json")
    known = Rehearsal.read(tmp_path / "inputs" / "siam.json")
    assert known is not None
    assert len(known.drawn) == 2
    session, again = tried(known, holds, holds)
    assert again == drawn == tried(None, holds, holds)[1]
    assert (session.verdict, session.expectations) == (Verdict.PASS, 24)
    assert tried(known, holds, holds)[1] == drawn


def test_the_first_refuted_input_is_the_finding_and_later_laws_draw_again() -> None:
    recording = Rehearsal(recording=True)
    _, drawn = tried(recording, holds, holds)
    known = Rehearsal(recording=False, drawn=recording.drawn)
    session, again = tried(known, refutes, refutes)
    assert again[0] == drawn[0][:1]
    assert len(again[1]) > 1  # drawn, refuted and shrunk
    assert session.verdict is Verdict.FAIL
    assert len(session.findings) == 2


def test_what_a_refuted_law_drew_is_not_kept() -> None:
    recording = Rehearsal(recording=True)
    tried(recording, refutes, holds)
    assert recording.drawn == {}


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, math.nan, b"x", [object()], {"a": (1,)}])
def test_what_would_come_back_as_something_else_is_not_kept(value: object) -> None:
    assert plain({"value": value}) is None
    recording = Rehearsal(recording=True)
    recording.keep("key", [plain({"value": 1}), plain({"value": value})])
    assert recording.drawn == {}


@pytest.mark.parametrize("value", [1, 1.0, True, None, "\ud800x", [{"a": [1]}], {}])
def test_plain_json_comes_back_as_it_was(value: object) -> None:
    recording = Rehearsal(recording=True)
    recording.keep("key", [plain({"value": value})])
    [found] = Rehearsal(recording=False, drawn=recording.drawn).inputs("key") or []
    assert found == {"value": value}
    assert type(found["value"]) is type(value)


def test_without_a_file_everything_is_drawn(tmp_path: Path) -> None:
    assert Rehearsal.read(tmp_path / "none.json") is None
    (tmp_path / "cut.json").write_text('{"a"', "utf-8")
    assert Rehearsal.read(tmp_path / "cut.json") is None
