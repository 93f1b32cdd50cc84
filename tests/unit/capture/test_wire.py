from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.capture.wire import (
    WireFault,
    WireKind,
    WirePlan,
    load_wire_faults,
    tampered_body,
    tampered_seal,
)
from lab.model.errors import UsageError


def fault(**members: object) -> WireFault:
    return WireFault.model_validate({"fault": "drop_answer", "target": "^/a$", **members})


def test_a_fault_strikes_its_occurrence_and_only_once() -> None:
    plan = WirePlan((fault(occurrence=2),))
    struck = [plan.meets("POST", "/a", 200) is not None for _ in range(4)]
    assert struck == [False, True, False, False]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/a", 200), ("POST", "/ab", 200), ("POST", "/a", 422), ("POST", "/a", 500)],
)
def test_other_calls_and_refusals_are_left_alone(method: str, target: str, status: int) -> None:
    assert WirePlan((fault(),)).meets(method, target, status) is None


@pytest.mark.parametrize("body", [b'{"a":17}', b'{"a":"x"}', b"x", b"7", b"\xff\x00"])
def test_exactly_one_byte_changes(body: bytes) -> None:
    changed = tampered_body(body)
    assert len(changed) == len(body)
    assert sum(a != b for a, b in zip(changed, body, strict=True)) == 1


def test_tampered_json_stays_json_when_it_has_a_digit() -> None:
    assert json.loads(tampered_body(b'{"total":1200,"x":"y"}')) != {"total": 1200, "x": "y"}


def test_an_empty_body_becomes_one_byte() -> None:
    assert tampered_body(b"") == b"0"


def test_a_tampered_seal_keeps_its_shape() -> None:
    assert tampered_seal("seal=:QUJD:") == "seal=:AUJD:"
    assert tampered_seal("seal=:AUJD:") == "seal=:BUJD:"
    assert tampered_seal("") != ""


@pytest.mark.parametrize(
    "text",
    ['[[wire]]\nfault = "explode"\ntarget = "x"', '[[wire]]\nfault = "delay"\ntarget = "("', "["],
)
def test_unusable_faults_name_their_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        load_wire_faults(path)
    assert caught.value.where == str(path)


def test_other_tables_of_a_scenario_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('id = "x"\n[[wire]]\nfault = "delay"\ntarget = "x"\nseconds = 1.5\n')
    (found,) = load_wire_faults(path)
    assert (found.fault, found.seconds) == (WireKind.DELAY, 1.5)
