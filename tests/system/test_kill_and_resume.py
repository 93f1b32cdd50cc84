"""A campaign killed with SIGKILL at random moments, resumed, gives the verdicts of a quiet run."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.evidence.verify import verify
from lab.model.campaign import ResultDocument

SEED = 7
PLAN = "purchaser-certification"
LONGEST = 500
# Enough cases of every kind to be killed in; the slow contract cases add time and no new moment.
PART = (
    "TC-PUR-WF-*",
    "TC-PUR-SEM-COST-*",
    "TC-PUR-SEC-SEAL-*",
    "TC-PUR-PROP-SPLIT-*",
    "TC-PUR-PROP-RACE-*",
)

ALL = os.environ.get("MAFALAB_FAULTS") == "all"


def profile(place: Path) -> Path:
    """Describe a reference purchaser that runs inside the driver process."""
    state = place / "state"
    target = place / "sut.toml"
    app = f"reference_impl.topology.inprocess:create?state={state}"
    target.write_text(
        f"""role = "purchaser_system"
[product]
vendor = "test"
product = "Reference purchaser"
version = "0"
[ixit]
asgi = {json.dumps(app)}
credentials = {json.dumps(str(state / "credentials"))}
""",
        "utf-8",
    )
    return target


def command(verb: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "lab.cli.main", verb, *arguments]


def run_of(sut: Path, out: Path) -> list[str]:
    """Return the command of a campaign with a fixed seed."""
    part = [word for pattern in PART for word in ("--only", pattern)]
    options = ["--sut", str(sut), "--plan", PLAN, "--out", str(out), "--seed", str(SEED)]
    return command("run", *options, *part, "--no-report")


def start(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as sink:
        return subprocess.Popen(arguments, stdout=sink, stderr=sink)


def drivers_of(pid: int) -> list[int]:
    """Process ids of the children of a process."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def verdicts(directory: Path) -> dict[str, str]:
    result = ResultDocument.model_validate_json((directory / "result.json").read_bytes())
    return {row.case.id: row.verdict.value for row in result.cases}


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], float]:
    """An undisturbed run: its profile, its verdicts, and how long it took."""
    place = tmp_path_factory.mktemp("quiet")
    sut, out = profile(place), place / "out"
    started = time.monotonic()
    child = start(run_of(sut, out), place / "log")
    assert child.wait(LONGEST) in {0, 1, 4}, (place / "log").read_text()
    return sut, verdicts(out), time.monotonic() - started


@pytest.mark.slow
@pytest.mark.parametrize("drawn", range(1, 11 if ALL else 2))
def test_three_kills_change_no_verdict(
    quiet: tuple[Path, dict[str, str], float], tmp_path: Path, drawn: int
) -> None:
    sut, expected, seconds = quiet
    moments = random.Random(drawn)  # noqa: S311 - moments, not secrets
    out, log = tmp_path / "out", tmp_path / "log"
    child = start(run_of(sut, out), log)
    for victim in moments.sample(["campaign", "driver", "both"], 3):
        wait_for_start(out, child)
        time.sleep(moments.uniform(0.1, seconds * 0.4))
        drivers = drivers_of(child.pid)
        if victim in {"driver", "both"}:
            for pid in drivers:
                kill(pid)
        if victim in {"campaign", "both"}:
            child.kill()
            child.wait()
            gone_soon(drivers)
            child = start(command("resume", str(out), "--no-report"), log)
    assert child.wait(LONGEST) in {0, 1, 4}, log.read_text()

    assert verdicts(out) == expected
    report = verify(out)
    assert report.problems == ()
    assert report.finished
    assert verify(out / "bundle.zip").problems == ()


@pytest.mark.slow
def test_killed_workers_change_no_verdict(
    quiet: tuple[Path, dict[str, str], float], tmp_path: Path
) -> None:
    """Two workers: the driver above them is killed, then the campaign, then one of them alone."""
    sut, expected, _ = quiet
    out, log = tmp_path / "out", tmp_path / "log"
    child = start([*run_of(sut, out), "--jobs", "2"], log)
    workers = workers_of(child)
    for pid in drivers_of(child.pid):
        kill(pid)
    gone_soon(workers)
    workers = workers_of(child)
    child.kill()
    child.wait()
    gone_soon(workers)
    child = start(command("resume", str(out), "--jobs", "2", "--no-report"), log)
    kill(workers_of(child)[0])
    assert child.wait(LONGEST) in {0, 1, 4}, log.read_text()

    assert verdicts(out) == expected
    assert verify(out).problems == ()
    assert verify(out).finished


def workers_of(campaign: subprocess.Popen[bytes]) -> list[int]:
    """Process ids of the workers, as soon as there are two at work."""
    end = time.monotonic() + 120
    while time.monotonic() < end and campaign.poll() is None:
        found = [pid for driver in drivers_of(campaign.pid) for pid in drivers_of(driver)]
        if len(found) > 1 and all(alive(pid) for pid in found):
            time.sleep(1.0)  # let them get into a case
            return found
        time.sleep(0.05)
    raise AssertionError("no workers were seen")


def wait_for_start(out: Path, child: subprocess.Popen[bytes]) -> None:
    """Wait until the campaign is frozen; killed before that, there is nothing to resume."""
    end = time.monotonic() + 60
    while not (out / "campaign.json").exists() and child.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.05)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def gone_soon(pids: list[int]) -> None:
    """An orphaned driver ends by itself."""
    end = time.monotonic() + 60
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, "the driver outlived its campaign"
        time.sleep(0.05)


def test_killed_while_finishing_is_finished_by_resume(
    quiet: tuple[Path, dict[str, str], float], tmp_path: Path
) -> None:
    sut, expected, _ = quiet
    out = tmp_path / "out"
    shutil.copytree(sut.parent / "out", out)
    before = (out / "result.json").read_bytes()
    for name in ("result.json", "evidence.sha256", "bundle.zip"):
        (out / name).unlink()
    child = start(command("resume", str(out), "--no-report"), tmp_path / "log")
    assert child.wait(LONGEST) in {0, 1, 4}, (tmp_path / "log").read_text()
    assert (out / "result.json").read_bytes() == before
    assert verdicts(out) == expected
    assert verify(out).intact


def test_interrupt_ends_with_130_and_names_the_way_on(
    quiet: tuple[Path, dict[str, str], float], tmp_path: Path
) -> None:
    sut, expected, _ = quiet
    out, log = tmp_path / "out", tmp_path / "log"
    child = start(run_of(sut, out), log)
    wait_for_start(out, child)
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    assert child.wait(120) == 130
    assert f"mafalab resume {out}" in log.read_text()
    child = start(command("resume", str(out), "--no-report"), log)
    assert child.wait(LONGEST) in {0, 1, 4}
    assert verdicts(out) == expected
