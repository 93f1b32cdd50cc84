"""Findings of a faulty purchaser over HTTPS: what is printed for each shows it again, by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.campaign import RunRequest, run
from lab.cli.children import Exchange, exchange, mafalab
from lab.cli.report import write_report
from lab.cli.reproducing import Book
from lab.evidence.reader import open_evidence
from lab.kit.repeating import Performer, Shown
from lab.kit.repetition import Repetition
from lab.model.campaign import CaseResult, ResultDocument
from lab.model.verdict import Verdict

FAULTS = (
    "FLT-PUR-001", "FLT-PUR-003", "FLT-PUR-005", "FLT-PUR-010", "FLT-PUR-012", "FLT-PUR-022",
    "FLT-PUR-059", "FLT-PUR-062", "FLT-PUR-063", "FLT-PUR-065", "FLT-PUR-066", "FLT-PUR-069",
    "FLT-PUR-251",
)  # fmt: skip
CASES = {
    "TC-PUR-SEM-COST-006": "an amount",
    "TC-PUR-PROP-SPLIT-002": "a generated input, shrunk",
    "TC-PUR-WF-D7-005": "many steps, ids carried from answer to answer",
    "TC-PUR-WF-P6-003": "a signed amendment of what was registered before",
    "TC-PUR-PROP-RACE-002": "requests at the same instant",
    "TC-PUR-SEC-SEAL-005": "the same nonce twice",
    "TC-PUR-SEC-SEAL-006": "a body changed after sealing",
    "TC-PUR-SEC-SEAL-008": "an old seal",
    "TC-PUR-SEC-SEAL-011": "a header changed after sealing",
    "TC-PUR-SEC-SEAL-012": "an answer without a seal",
    "TC-PUR-SEC-DOC-001": "a document changed after signing",
    "TC-PUR-WF-TERM-001": "time that passes, in a campaign that has moved the clock already",
}
MOST = 2  # findings of a case; the further ones are of the same make


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    place = tmp_path_factory.mktemp("faulty")
    with exchange(place, faults=FAULTS, further=("--clock-control",)) as running:
        yield running


@pytest.fixture(scope="module")
def failed(
    faulty: Exchange, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ResultDocument]:
    place = tmp_path_factory.mktemp("failed")
    (place / "sut.toml").write_text(
        f"""role = "purchaser_system"
[product]
vendor = "v"
product = "p"
version = "0"
[ixit]
base_url = "{faulty.services}/purchaser/v1"
environment_url = "{faulty.gateway}"
clock_control = "{faulty.status}/clock"
credentials = "{faulty.credentials}"
""",
        "utf-8",
    )
    request = RunRequest(
        sut=place / "sut.toml", out=place / "out", seed=11, only=tuple(CASES), jobs=1,
        kind="calibration", examples=15,
    )  # fmt: skip
    return place / "out", run(request, lambda _event: None)


def book(directory: Path, result: ResultDocument, row: CaseResult) -> Book:
    reader = open_evidence(directory)
    try:
        return Book.open(result.campaign, row, reader)
    finally:
        reader.close()


@pytest.mark.parametrize("case_id", CASES)
def test_what_is_printed_for_a_finding_shows_it_again(
    case_id: str, failed: tuple[Path, ResultDocument]
) -> None:
    directory, result = failed
    row = next(one for one in result.cases if one.case.id == case_id)
    assert row.verdict is Verdict.FAIL, f"{case_id} was to fail: {CASES[case_id]}"
    for number in range(min(MOST, len(row.findings))):
        lines = list(book(directory, result, row).script(number))
        assert lines[-1] == "END", lines
        content = "\n".join(lines[lines.index("mafalab repeat <<'END'") + 1 : -1])
        assert content.isascii()
        said: list[str] = []
        shows = Performer(Repetition.model_validate_json(content), said.append).perform()
        assert shows is Shown.AGAIN, "\n".join(said)


def test_another_answer_does_not_show_it(failed: tuple[Path, ResultDocument]) -> None:
    """As a mended product would give: an answer with another value, or another status."""
    directory, result = failed
    row = next(one for one in result.cases if one.case.id == "TC-PUR-SEM-COST-006")
    plan = book(directory, result, row).plan(0)
    assert isinstance(plan.seen, int)
    last = plan.steps[-1].model_copy(update={"status": 422})
    for changed in (
        plan.model_copy(update={"seen": plan.seen + 1}),
        plan.model_copy(update={"was_there": False}),
        plan.model_copy(update={"steps": (*plan.steps[:-1], last)}),
    ):
        assert Performer(changed, lambda _text: None).perform() is Shown.NOT


def test_what_went_another_way_before_decides_nothing(
    failed: tuple[Path, ResultDocument], tmp_path: Path
) -> None:
    directory, result = failed
    row = next(one for one in result.cases if one.case.id == "TC-PUR-WF-D7-005")
    plan = book(directory, result, row).plan(0)
    first, *between, last = plan.steps
    last = last.model_copy(update={"status": 299})  # the finding itself shows no more
    for changed in (
        first.model_copy(update={"status": 409}),  # was refused then
        first.model_copy(update={"url": "https://127.0.0.1:9/purchaser/v1"}),  # nobody there
    ):
        other = plan.model_copy(update={"steps": (changed, *between, last)})
        said: list[str] = []
        assert Performer(other, said.append).perform() is Shown.UNDECIDED
        assert said[-1] == f"undecided: {first.exchange} was not answered as recorded"
    script = tmp_path / "requests.json"
    gone = plan.model_copy(update={"clock_control": "http://127.0.0.1:9/clock"})
    script.write_text(gone.model_dump_json(), "utf-8")
    done = mafalab("repeat", script)
    assert (done.code, done.out.splitlines()[-1]) == (4, "UNDECIDED")
    assert "the clock at http://127.0.0.1:9/clock" in done.out


def test_the_command_of_the_report_works_in_a_bare_shell(
    failed: tuple[Path, ResultDocument], tmp_path: Path
) -> None:
    directory, _ = failed
    _, paths = write_report(directory, formats=("html",), out_directory=tmp_path)
    command = f"mafalab show {directory} TC-PUR-WF-D7-005 --reproduce --finding 1 | sh"
    assert f'<pre dir="ltr" id="fa-again-TC-PUR-WF-D7-005-1">{command}</pre>' in paths[
        "html"
    ].read_text("utf-8")
    bare = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    done = subprocess.run(
        ["sh", "-c", command], env=bare, cwd=tmp_path, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (1, ["SHOWN AGAIN"]), done.stderr
