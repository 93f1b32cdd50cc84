"""The bench: one child per subject; whoever hangs or dies takes only its own row along."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from lab.model.errors import UsageError
from lab.validation import bench
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.work import Work, begin, read_row, write_row


def subject(name: str) -> Subject:
    return Subject(id=name, kind=SubjectKind.VARIANT, role="siam", title="t")


def work_for(out: Path, *names: str) -> Work:
    subjects = tuple(subject(name) for name in names)
    return Work(out=out, suite_hash="0", plans={"siam": "siam-smoke"}, subjects=subjects)


def accepted(one: Subject) -> SubjectResult:
    return SubjectResult(subject=one, outcome=Outcome.ACCEPTED, detail="", verdicts={}, seconds=0.0)


def behave(_work: Work, one: Subject, _room: Path) -> SubjectResult:
    if one.id == "DIES":
        os._exit(7)
    if one.id == "RAISES":
        raise RuntimeError("a defect of the bench")
    if one.id == "HANGS":
        time.sleep(600)
    return accepted(one)


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "warm", lambda _state, _catalogue, _roles: None)
    monkeypatch.setattr(bench, "run_subject", behave)
    monkeypatch.setattr(bench, "SUBJECT_SECONDS", 5.0)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {row["subject"]["id"]: (row["outcome"], row["detail"]) for row in rows}


@pytest.mark.usefixtures("warmed")
def test_each_subject_has_a_process_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = work_for(tmp_path, "DIES", "RAISES", "HANGS", "GOOD", "FINE")
    (tmp_path / "work.json").write_text(work.model_dump_json(), "utf-8")
    assert bench.main([str(tmp_path / "work.json")]) == 0
    rows = told(capsys)
    assert (rows["GOOD"][0], rows["FINE"][0]) == ("accepted", "accepted")
    assert {rows[name][0] for name in ("DIES", "RAISES", "HANGS")} == {"not_judged"}
    assert "exit 7" in rows["DIES"][1]
    assert "a defect of the bench" in rows["RAISES"][1]
    assert "did not end in time" in rows["HANGS"][1]


@pytest.mark.usefixtures("warmed")
def test_what_is_judged_is_not_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = work_for(tmp_path, "DIES", "GOOD")
    write_row(work, accepted(subject("DIES")))
    (tmp_path / "work.json").write_text(work.model_dump_json(), "utf-8")
    bench.main([str(tmp_path / "work.json")])
    assert {outcome for outcome, _ in told(capsys).values()} == {"accepted"}
    assert read_row(work, subject("GOOD")) == accepted(subject("GOOD"))


def test_a_directory_with_rows_of_other_suites_is_refused(tmp_path: Path) -> None:
    begin(work_for(tmp_path, "A"))
    begin(work_for(tmp_path, "A", "B"))
    with pytest.raises(UsageError, match="suite_hash"):
        begin(work_for(tmp_path, "A").model_copy(update={"suite_hash": "1"}))


def test_a_row_cut_off_by_a_kill_is_no_row(tmp_path: Path) -> None:
    work = work_for(tmp_path, "A")
    path = work.row_path(subject("A"))
    path.parent.mkdir(parents=True)
    path.write_text(accepted(subject("A")).model_dump_json()[:-9], "utf-8")
    assert read_row(work, subject("A")) is None
