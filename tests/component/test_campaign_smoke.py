"""One small campaign against the in-process reference, and everything that is done with it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.campaign import RunRequest, prepare, resume, run
from lab.campaign import rejudge as judge_again
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import verify
from lab.model.campaign import Decision, ResultDocument
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.evidence import RecordKind
from lab.model.verdict import RunState, Verdict

ROOT = Path(__file__).resolve().parents[2]
PLAN = "purchaser-smoke"


def profile(place: Path, *, asgi: str = "", base_url: str = "") -> Path:
    app = asgi or f"reference_impl.topology.inprocess:create?state={place / 'state'}"
    address = f"base_url = {json.dumps(base_url)}" if base_url else f"asgi = {json.dumps(app)}"
    target = place / "sut.toml"
    target.write_text(
        f"""role = "purchaser_system"
[product]
vendor = "test"
product = "Reference purchaser"
version = "0"
[ixit]
{address}
credentials = {json.dumps(str(place / "state" / "credentials"))}
deadline_seconds = 5.0
""",
        "utf-8",
    )
    return target


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ResultDocument]:
    place = tmp_path_factory.mktemp("smoke")
    request = RunRequest(sut=profile(place), out=place / "out", plan=PLAN, seed=7)
    return place / "out", run(request, lambda _event: None)


def test_the_reference_conforms_and_counts_close(campaign: tuple[Path, ResultDocument]) -> None:
    _, result = campaign
    assert [row.case.id for row in result.cases if row.verdict is not Verdict.PASS] == []
    assert result.statement.decision is Decision.CONFORMING
    assert result.counts.planned == result.campaign.plan.expected_cases == result.counts.passed


def test_every_response_was_evidence_before_it_was_judged(
    campaign: tuple[Path, ResultDocument],
) -> None:
    directory, _ = campaign
    seen: set[str] = set()
    with EvidenceStore(directory / "evidence.sqlite") as store:
        for record in store.records():
            if record.kind is RecordKind.EXCHANGE:
                seen.add(record.data["id"])
            elif record.kind is RecordKind.EXPECTATION and record.data.get("exchange_id"):
                assert record.data["exchange_id"] in seen
    assert seen


def test_evidence_verifies(campaign: tuple[Path, ResultDocument]) -> None:
    directory, result = campaign
    for path in (directory, directory / "bundle.zip"):
        report = verify(path)
        assert report.problems == ()
        assert report.head == result.evidence.head


def test_judged_again_without_product_and_keys_it_is_the_same(
    campaign: tuple[Path, ResultDocument], tmp_path: Path
) -> None:
    directory, result = campaign
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    state = directory.parent / "state"
    state.rename(directory.parent / "gone")
    try:
        again = judge_again(copy)
    finally:
        (directory.parent / "gone").rename(state)
    assert again.differences == ()
    assert again.cases == result.counts.planned
    assert verify(copy).intact  # judging again adds nothing


def test_judged_again_a_changed_verdict_is_named(
    campaign: tuple[Path, ResultDocument], tmp_path: Path
) -> None:
    directory, result = campaign
    copy = tmp_path / "copy"
    shutil.copytree(directory, copy)
    first = result.cases[0]
    rows = (first.model_copy(update={"verdict": Verdict.FAIL}), *result.cases[1:])
    forged = result.model_copy(update={"cases": rows})
    (copy / "result.json").write_text(forged.model_dump_json())
    (difference,) = judge_again(copy).differences
    assert (difference.case_id, difference.before, difference.now) == (
        first.case.id,
        "fail",
        "pass",
    )


def test_resuming_a_finished_campaign_changes_nothing(
    campaign: tuple[Path, ResultDocument],
) -> None:
    directory, _ = campaign
    names = ("result.json", "evidence.sqlite", "bundle.zip")
    before = [(directory / name).read_bytes() for name in names]
    resume(directory, lambda _event: None)
    assert [(directory / name).read_bytes() for name in names] == before


def test_a_directory_is_never_used_twice(campaign: tuple[Path, ResultDocument]) -> None:
    directory, _ = campaign
    request = RunRequest(sut=directory.parent / "sut.toml", out=directory, plan=PLAN)
    with pytest.raises(UsageError, match="already holds a campaign"):
        prepare(request)


def test_two_writers_exclude_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.evidence.store.CLAIM_SECONDS", 0.2)
    path = tmp_path / "evidence.sqlite"
    with EvidenceStore(path), pytest.raises(EnvironmentFault, match="another process"):
        EvidenceStore(path)


def test_a_part_of_a_plan_never_gets_a_statement(tmp_path: Path) -> None:
    request = RunRequest(
        sut=profile(tmp_path),
        out=tmp_path / "out",
        plan=PLAN,
        seed=7,
        only=("TC-PUR-WF-P5-001",),
    )
    result = run(request, lambda _event: None)
    states = {row.case.id: row.state for row in result.cases}
    assert states["TC-PUR-WF-P5-001"] is RunState.FINISHED
    assert RunState.NOT_RUN in states.values()
    assert result.statement.decision is Decision.NO_STATEMENT
    assert result.statement.exit_code == 4


def test_a_product_that_cannot_be_reached_is_a_matter_of_configuration(
    tmp_path: Path, campaign: tuple[Path, ResultDocument]
) -> None:
    shutil.copytree(campaign[0].parent / "state", tmp_path / "state")
    sut = profile(tmp_path, base_url="https://127.0.0.1:1/purchaser/v1")
    request = RunRequest(sut=sut, out=tmp_path / "out", plan=PLAN, seed=7)
    result = run(request, lambda _event: None)
    assert result.statement.exit_code == 4
    (finding,) = result.cases[0].findings
    assert finding.blame.value in {"config", "environment"}
    assert "Connection refused" in finding.observed
    assert {row.verdict for row in result.cases[1:]} == {Verdict.NONE}
    assert all("no answer" in row.note for row in result.cases[1:])


def test_pytest_on_the_suites_wants_a_product() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "suites"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode == 4
    assert len(said) == 1
    assert "pytest suites --sut sut.toml" in said[0]


def test_pytest_on_the_suites_runs_a_campaign(tmp_path: Path) -> None:
    sut, out = profile(tmp_path), tmp_path / "out"
    command = [sys.executable, "-m", "pytest", "suites", "--sut", str(sut), "--plan", PLAN]
    done = subprocess.run(
        [*command, "--out", str(out), "--only", "TC-PUR-WF-SANITY-001"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 4, done.stdout + done.stderr  # a part is never conforming
    assert done.stdout.splitlines()[-1].endswith("exit 4")
    assert (out / "result.json").exists()


def test_plain_pytest_does_not_collect_cases() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/unit/campaign"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "tc_" not in done.stdout
    assert done.returncode == 0
