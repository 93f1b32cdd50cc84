"""pytest plugin that turns `tc_*` functions into items of a campaign.

    pytest suites --sut sut.toml [--plan NAME]     a person: hands over to `mafalab run`
    ... --campaign DIR                             child of a campaign: runs what is not finished
    ... --campaign DIR --mafa-replay FILE          judges stored evidence again
    ... --mafa-collect FILE                        writes the case catalogue as JSON

Without any of these there is one sentence and nothing runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lab.drivers.progress import selected_ids
from lab.drivers.pytest_execution import LiveExecution, ReplayExecution
from lab.drivers.workers import end_with, run_groups
from lab.kit.case import catalogue
from lab.kit.session import CaseSession
from lab.model.errors import LabError
from lab.model.roles import SUITES
from lab.model.verdict import Verdict

WORKER_LOST = 76
_EXECUTION = pytest.StashKey[LiveExecution | ReplayExecution]()


class CaseNotPassed(Exception):
    """Carries the session of a case that did not pass, for the report of pytest."""

    def __init__(self, session: CaseSession) -> None:
        super().__init__(session.case.id)
        self.session = session


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options of a campaign."""
    group = parser.getgroup("mafa", "conformance campaigns")
    group.addoption("--sut", metavar="FILE", help="description of the product, sut.toml")
    group.addoption("--plan", metavar="NAME", help="plan, default: the one of the role")
    group.addoption("--out", metavar="DIR", help="campaign directory, default: out")
    group.addoption("--only", action="append", default=[], help="case id or pattern")
    group.addoption("--campaign", metavar="DIR", help=argparse_internal("run a prepared campaign"))
    group.addoption("--mafa-collect", metavar="FILE", help=argparse_internal("write catalogue"))
    group.addoption("--mafa-replay", metavar="FILE", help=argparse_internal("judge again"))
    group.addoption(
        "--mafa-jobs", type=int, default=1, help=argparse_internal("processes for the cases")
    )
    group.addoption("--mafa-parent", type=int, help=argparse_internal("end with this process"))


def argparse_internal(text: str) -> str:
    """Mark an option that the laboratory passes to itself."""
    return f"(internal) {text}"


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Hand `--sut` over to `mafalab run`; refuse to run cases without a product."""
    if config.getoption("campaign") or config.getoption("mafa_collect"):
        return None
    sut = config.getoption("sut")
    if config.option.help or config.option.version:
        return None
    if not sut:
        raise pytest.UsageError(
            "conformance cases need a product: pytest suites --sut sut.toml "
            "(write one with: mafalab sut init --role purchaser_system)"
        )
    command = [sys.executable, "-m", "lab.cli.main", "run", "--sut", sut]
    for option in ("plan", "out"):
        value = config.getoption(option)
        if value:
            command += [f"--{option}", value]
    for pattern in config.getoption("only"):
        command += ["--only", pattern]
    return subprocess.call(command)


def pytest_configure(config: pytest.Config) -> None:
    """Open the campaign and end with the parent process."""
    parent = config.getoption("mafa_parent")
    if parent:
        end_with(parent)
    directory = config.getoption("campaign")
    if not directory:
        return
    replay = config.getoption("mafa_replay")
    try:
        config.stash[_EXECUTION] = (
            ReplayExecution(Path(directory), Path(replay))
            if replay
            else LiveExecution(Path(directory))
        )
    except LabError as error:
        raise pytest.UsageError(f"{error.code}: {error.sentence} ({error.where})") from error


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close the campaign."""
    execution = config.stash.get(_EXECUTION, None)
    if execution is not None:
        execution.close()
        del config.stash[_EXECUTION]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect `tc_*.py`, of a campaign those that hold its cases."""
    is_suite = file_path.suffix == ".py" and file_path.name.startswith("tc_")
    if is_suite and _is_needed(parent.config, file_path):
        module: pytest.Collector = CaseModule.from_parent(parent, path=file_path)
        return module
    return None


def _is_needed(config: pytest.Config, file_path: Path) -> bool:
    """Say whether a campaign has cases in a file; a replay may know the file by an older name."""
    execution = config.stash.get(_EXECUTION, None)
    if not isinstance(execution, LiveExecution):
        return True
    inner = file_path.resolve().relative_to(SUITES.resolve()).with_suffix("").parts
    return ".".join(inner) in execution.modules


class CaseModule(pytest.Module):
    """A file of conformance cases."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        """Yield one item per registered case of the module."""
        found = [
            case_id
            for name, value in vars(self.obj).items()
            if name.startswith("tc_")
            and "conformance_case_ids" in getattr(value, "__dict__", {})
            and value.__module__ == self.obj.__name__
            for case_id in vars(value)["conformance_case_ids"]
        ]
        return [CaseItem.from_parent(self, name=case_id) for case_id in found]


class CaseItem(pytest.Item):
    """One conformance case."""

    def runtest(self) -> None:
        """Run the case; everything but PASS is reported by raising."""
        execution = self.config.stash[_EXECUTION]
        session = execution.run(self.name)
        reason = execution.unreached(session)
        if reason:
            self.session.shouldstop = reason
        if session.verdict is not Verdict.PASS:
            raise CaseNotPassed(session)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show the findings of a case, not our stack."""
        if not isinstance(excinfo.value, CaseNotPassed):
            return str(super().repr_failure(excinfo, style))
        lines = [
            f"{finding.verdict.value.upper()} {finding.requirement_id} {finding.title}\n"
            f"  expected {finding.expected}\n  observed {finding.observed}\n"
            f"  where    {finding.pointer} {finding.exchange_id or ''}"
            for finding in excinfo.value.session.findings
        ]
        return ascii("\n".join(lines))[1:-1].replace("\\n", "\n")

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the case."""
        return self.path, None, self.name


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep what the campaign still has to run, in its order; write the catalogue when asked."""
    target = config.getoption("mafa_collect")
    if target:
        cases = [row.case.model_dump(mode="json") for row in catalogue()]
        Path(target).write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")
        items.clear()
        return
    execution = config.stash[_EXECUTION]
    by_id = {item.name: item for item in items}
    missing = [name for name in selected_ids(execution.campaign) if name not in by_id]
    if missing and not session.testsfailed:
        raise pytest.UsageError(
            f"{len(missing)} planned cases are not in the suites, the first is {missing[0]}; "
            "run the campaign with the suite version it was frozen with"
        )
    items[:] = [by_id[name] for name in execution.pending() if name in by_id]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Spread the cases over workers when there are several; else pytest runs them in order."""
    execution = session.config.stash.get(_EXECUTION, None)
    jobs = session.config.getoption("mafa_jobs")
    if jobs <= 1 or not isinstance(execution, LiveExecution) or session.testsfailed:
        return None
    items = {item.name: item for item in session.items}
    phases = execution.schedule()
    _one_by_one(session, items, phases.opening)
    if not session.shouldstop:
        execution.suspend()
        try:
            run_groups(phases.groups, jobs, execution.work)
        except LabError as error:
            pytest.exit(error.sentence, returncode=WORKER_LOST)
        finally:
            execution.reopen()
        _one_by_one(session, items, phases.alone)
        _one_by_one(session, items, phases.closing)
    return True


def _one_by_one(
    session: pytest.Session, items: dict[str, pytest.Item], names: Iterable[str]
) -> None:
    for name in names:
        if not session.shouldstop:
            session.config.hook.pytest_runtest_protocol(item=items[name], nextitem=None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Report an empty remainder as success: everything was finished before."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not session.testsfailed:
        session.exitstatus = pytest.ExitCode.OK
