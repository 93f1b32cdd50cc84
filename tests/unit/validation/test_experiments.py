"""Experiments with the laboratory notice every difference, and count only what happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.certification.assurance import statement
from lab.evidence.reader import RESULT
from lab.model.errors import UsageError
from lab.model.verdict import Verdict
from lab.validation import experiments
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.experiments import (
    Concurrency,
    Crash,
    Flakes,
    Found,
    Job,
    Measurement,
    differences,
    flakes_of,
    mixed,
)
from reports.renderers.assurance import render_assurance
from tests.support.results import conforming

MOMENT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
GOOD = Subject(id="REFERENCE", kind=SubjectKind.REFERENCE, role="siam", title="sound")
BAD = Subject(id="FLT-SIA-001", kind=SubjectKind.FAULT, role="siam", title="faulty")
SOUND = {"TC-1": "pass", "TC-2": "pass"}
FAULTY = {"TC-1": "pass", "TC-2": "fail ERX-1"}


class Played:
    """Campaigns that end at once with what they are told to find."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, odd: Mapping[str, Found]) -> None:
        self.odd = odd  # by directory: what is found there instead
        self.alive = True
        self.awaited: list[int] = []
        self.started: list[Path] = []
        self.ended: set[Path] = set()
        self.subjects: dict[Path, Subject] = {}
        monkeypatch.setattr(experiments, "found_in", self.found)

    def start(self, job: Job) -> Played:
        self.started.append(job.out)
        self.subjects[job.out] = job.subject
        return self

    def wait(self) -> None:
        return

    def reached(self, finished: int) -> bool:
        self.awaited.append(finished)
        return self.alive

    def kill(self) -> bool:
        return self.alive

    def found(self, out: Path) -> Found:
        own = SOUND if self.subjects[out].kind is SubjectKind.REFERENCE else FAULTY
        return self.odd.get(out.name, own)


def jobs(place: str, count: int = 4) -> list[Job]:
    chosen = mixed((GOOD, BAD), count)
    return [
        Job(one, number, Path(place) / f"{place}-{number}") for number, one in enumerate(chosen)
    ]


def silent(_: str) -> None:
    return


def test_good_and_bad_products_take_turns() -> None:
    assert [one.id for one in mixed((GOOD, BAD), 3)] == ["REFERENCE", "FLT-SIA-001", "REFERENCE"]
    with pytest.raises(UsageError, match="good and bad"):
        mixed((GOOD,), 2)


def test_equal_campaigns_have_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {})
    serial, _ = experiments.quiet(played, jobs("serial"), silent)
    assert serial == [SOUND, FAULTY, SOUND, FAULTY]
    at_once = experiments.at_once(played, jobs("once"), serial, silent)
    assert (at_once.campaigns, at_once.cases, at_once.differences) == (4, 8, ())
    crash = experiments.killed(played, jobs("killed"), serial, kills=2, seed=1, say=silent)
    assert (crash.kills, crash.asked_kills, crash.differences) == (8, 8, ())


def test_a_bad_product_that_nobody_notices_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {"serial-1": SOUND, "serial-2": FAULTY, "serial-3": {}})
    _, useless = experiments.quiet(played, jobs("serial"), silent)
    assert [one.partition(" (")[0] for one in useless] == [
        "FLT-SIA-001 fails nothing in this part of the plan",
        "REFERENCE fails in this part of the plan",
        "FLT-SIA-001: the serial campaign has no result",
    ]


def test_bad_products_are_chosen_by_their_cases_and_differ_in_kind() -> None:
    def fault(number: int, suite: str, *cases: str) -> Subject:
        more = {"id": f"FLT-SIA-{number:03d}", "suite": suite, "expected_cases": cases}
        return BAD.model_copy(update=more)

    known = [
        fault(1, "security", "TC-1", "TC-9"), fault(2, "security", "TC-1"), fault(3, "security"),
        fault(4, "security", "TC-2"), fault(5, "workflow", "TC-2", "TC-1"),
    ]  # fmt: skip
    chosen = experiments.fitting(known, frozenset({"TC-1", "TC-2"}), 3)
    assert [one.id for one in chosen] == ["FLT-SIA-002", "FLT-SIA-005", "FLT-SIA-004"]
    assert experiments.fitting(known, frozenset({"TC-9"}), 3) == ()


def test_kills_are_drawn_by_the_seed_before_the_last_case(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {})
    long = {f"TC-{number}": "pass" for number in range(9)}
    for _ in range(2):
        experiments.killed(played, jobs("killed", 1), [long], kills=7, seed=3, say=silent)
    first, second = played.awaited[:7], played.awaited[7:]
    assert first == second == sorted(first)
    assert set(first) <= set(range(8))
    assert len(set(first)) > 3
    experiments.killed(played, jobs("killed", 1), [SOUND], kills=99, seed=3, say=silent)
    assert played.awaited[14:] == [0] * experiments.KILLS_AT_ONE_MOMENT


def test_a_planted_difference_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"once-1": SOUND, "killed-0": {}, "killed-2": {"TC-1": "pass"}}
    played = Played(monkeypatch, odd)
    serial, _ = experiments.quiet(played, jobs("serial"), silent)
    at_once = experiments.at_once(played, jobs("once"), serial, silent)
    assert at_once.differences == ("once-1 FLT-SIA-001: TC-2 fail ERX-1 -> pass",)
    crash = experiments.killed(played, jobs("killed"), serial, kills=1, seed=1, say=silent)
    assert crash.differences == (
        "killed-0 REFERENCE: a campaign without result",
        "killed-2 REFERENCE: TC-2 pass -> absent",
    )


def test_kills_that_come_too_late_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {})
    serial, _ = experiments.quiet(played, jobs("serial"), silent)
    played.alive = False
    crash = experiments.killed(played, jobs("killed"), serial, kills=3, seed=1, say=silent)
    assert (crash.kills, crash.asked_kills) == (0, 12)


def test_a_repetition_that_says_something_else_is_a_flake(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {"serial-2": {**SOUND, "TC-1": "inconclusive"}})
    sound = [Job(GOOD, n, Path("serial") / f"serial-{n}") for n in range(5)]
    flakes = experiments.repeated(played, sound, parallel=2, say=silent)
    assert (flakes.repetitions, flakes.attempts, flakes.deviating) == (5, 10, 1)
    assert flakes.unstable == ("TC-1: 4x pass, 1x inconclusive",)
    assert flakes.upper_bound > flakes.rate > 0


def test_a_case_that_did_not_run_is_no_attempt(tmp_path: Path) -> None:
    result, _ = conforming()
    idle = result.cases[0].model_copy(update={"verdict": Verdict.NONE, "findings": ()})
    cases = (idle, *result.cases[1:])
    text = result.model_copy(update={"cases": cases}).model_dump_json()
    (tmp_path / RESULT).write_text(text, "utf-8")
    found = experiments.found_in(tmp_path)
    assert set(found) == {row.case.id for row in cases[1:] if row.verdict is not Verdict.NONE}
    assert found
    assert experiments.found_in(tmp_path / "nowhere") == {}


def test_no_flake_has_a_bound_and_nothing_proves_nothing() -> None:
    none = flakes_of([SOUND] * 20)
    assert (none.deviating, none.rate) == (0, 0.0)
    assert none.upper_bound == pytest.approx(1 - 0.05 ** (1 / 40), abs=1e-6)
    assert flakes_of([{}, {}]).upper_bound == 1.0
    assert differences("x", SOUND, {}) == ["x: a campaign without result"]


def measured(**more: Concurrency | Crash | Flakes) -> Measurement:
    fixed = Measurement(
        suite_version="1", suite_hash="0" * 64, measured_at=MOMENT.isoformat(), role="siam",
        plan="siam-smoke", seed=1, product="in process",
    )  # fmt: skip
    return fixed.model_copy(update=more)


def test_a_statement_says_what_is_missing_and_what_differs() -> None:
    late = Crash(campaigns=2, subjects=("a",), cases=4, kills=0, asked_kills=2, differences=())
    unlike = Concurrency(
        campaigns=2, subjects=("a", "b"), cases=4, at_once=2, differences=("1 b: TC-2 <odd>",)
    )
    doubtful = measured().model_copy(update={"undecided": ("FLT-SIA-001 fails nothing",)})
    assert not doubtful.deviates
    payload = statement([], [measured(crash=late, concurrency=unlike), doubtful], MOMENT, "1")
    told = " ".join(str(one) for one in payload["notMeasured"])
    assert "interrupted" in told  # kills that hit nothing are no experiment
    assert "repetitions" in told
    assert "at once" not in told
    assert "siam: FLT-SIA-001 fails nothing" in told
    assert payload["sound"] is False
    page = render_assurance(payload)
    assert "verdicts DIFFER" in page
    assert "TC-2 &lt;odd&gt;" in page
    assert "Something is wanting" in page
