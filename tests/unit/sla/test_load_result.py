"""Judging a recorded load run: gates, exclusions, the pack's own profiles, and its reasons."""

from __future__ import annotations

import json
import math

import pytest

from fixtures import load_pack
from lab.model.campaign import LoadResult
from lab.model.errors import EvidenceDamaged, PackError
from lab.model.verdict import Verdict
from lab.verdicts.load_result import (
    GeneratorFigures,
    SlaProfile,
    judge_load,
    parse_profile,
    parse_samples,
)

OPERATIONS = ("registerPrescription", "price", "queryPrescriptions")


def smoke() -> SlaProfile:
    return parse_profile("smoke", load_pack("erx-1401").sla["smoke"])


def figures(**changes: float) -> GeneratorFigures:
    quiet = {
        "planned": 300,
        "sent": 300,
        "completed": 300,
        "max_in_flight": 3,
        "in_flight_cap": 64,
        "lateness_p99_ms": 4.0,
        "cpu_share": 0.2,
        "null_before_p99_ms": 8.0,
        "null_after_p99_ms": 9.0,
    }
    return GeneratorFigures.model_validate(quiet | changes)


def lines(*, ms: float = 40.0, errors: int = 0, arrivals: int = 300) -> bytes:
    rows = []
    for number in range(arrivals):
        intended = number / 5
        for operation in OPERATIONS:
            wrong = number < errors + 30 and number >= 30
            rows.append(
                {
                    "op": operation,
                    "intended": intended,
                    "done": intended + ms / 1000,
                    "error": "status 500 INTERNAL_FAULT" if wrong else "",
                }
            )
    return "\n".join(map(json.dumps, rows)).encode()


def judged(content: bytes, generator: GeneratorFigures | None = None) -> LoadResult:
    return judge_load(
        smoke(), parse_samples(content), generator or figures(), rate_per_second=5.0, seconds=60.0
    )


def test_the_smoke_profile_can_pass_and_can_fail() -> None:
    assert judged(lines()).verdict is Verdict.PASS
    slow = judged(lines(ms=5000))
    assert slow.verdict is Verdict.FAIL
    assert "registerPrescription p95" in slow.reason


def test_wrong_answers_fail_however_fast() -> None:
    result = judged(lines(ms=1, errors=60))
    assert result.verdict is Verdict.FAIL
    assert "status 500 INTERNAL_FAULT" in result.reason


def test_warm_up_is_not_judged_but_counted_in_the_timeline() -> None:
    result = judged(lines())
    assert result.outcomes[0].samples == 275
    assert result.timeline[0][0] == 0.0
    assert len(result.timeline) == 60


def test_a_short_run_is_undecided() -> None:
    content = lines(arrivals=50)
    result = judged(content, figures(planned=50, sent=50, completed=50))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "Run longer" in result.reason


@pytest.mark.parametrize(
    "broken",
    [
        {"sent": 290},
        {"completed": 299},
        {"lateness_p99_ms": 51.0},
        {"max_in_flight": 64},
        {"cpu_share": 0.9},
        {"null_after_p99_ms": 120.0},
        {"planned": 0, "sent": 0, "completed": 0},
    ],
)
def test_each_broken_gate_voids_the_run(broken: dict[str, float]) -> None:
    for content in (lines(), lines(ms=9000)):
        result = judged(content, figures(**broken))
        assert result.verdict is Verdict.INCONCLUSIVE
        assert "product is not blamed" in result.reason


def test_no_sample_is_never_a_pass() -> None:
    assert judged(b"").verdict is Verdict.INCONCLUSIVE


def test_a_request_that_could_not_be_sent_is_not_counted_twice() -> None:
    row = {"op": "queryPrescriptions", "intended": 9.0, "done": 9.0, "error": "not sent: x"}
    assert parse_samples(json.dumps(row).encode()) == ()


def test_errors_are_infinitely_slow() -> None:
    row = {"op": "price", "intended": 9.0, "done": 9.1, "error": "timeout"}
    assert parse_samples(json.dumps(row).encode())[0].latency_ms == math.inf


@pytest.mark.parametrize(
    "line", [b"{", b'{"op": 1}', b"[]", b'{"op":"x","error":"","intended":"?"}']
)
def test_damaged_samples_are_named_by_line(line: bytes) -> None:
    with pytest.raises(EvidenceDamaged, match="Load sample 1"):
        parse_samples(line)


@pytest.mark.parametrize("name", ["smoke", "lab", "peak"])
def test_every_profile_of_the_pack_parses(name: str) -> None:
    profile = parse_profile(name, load_pack("erx-1401").sla[name])
    assert {item.operation for item in profile.items} <= {*OPERATIONS, "*"}
    assert profile.requirement in load_pack("erx-1401").requirements


def test_a_broken_profile_is_a_pack_error() -> None:
    with pytest.raises(PackError, match="judged"):
        parse_profile("smoke", {})
