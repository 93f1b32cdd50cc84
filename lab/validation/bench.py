"""`python -m lab.validation.bench WORK.json`: a warm process that judges calibration subjects.

It imports pack, world, suites and reference once and forks a child per subject, so that a mutant
which hangs or dies takes only its own child along. Prints one `SubjectResult` per line as subjects
end; rows that exist already are printed, not measured again. Ends when its parent is gone.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fixtures import load_pack
from fixtures.synthetic import world
from lab.campaign.freeze import suite_hash
from lab.kit.asgi import AsgiTransport
from lab.kit.case import catalogue
from lab.kit.contract import load_contracts, severity_of
from lab.model.roles import SUITES, server_roles
from lab.selection.collecting import read_catalogue
from lab.selection.plan import load_plan
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import SubjectResult, not_judged
from lab.validation.one_subject import room_for, run_subject
from lab.validation.queue import Queue, lacks_recording
from lab.validation.work import Work, read_row, write_row

_NAMED_CASES = frozenset({SubjectKind.FAULT, SubjectKind.MISCONFIGURATION})
SUBJECT_SECONDS = 900.0
_LOOK_SECONDS = 0.02
_PACK = "erx-1401"
_PRODUCTS = (
    "reference_impl.topology.inprocess",
    "reference_impl.topology.mechanical",
    "reference_impl.faults.nulls",
)
_GENERATORS = f"{SUITES.name}.contract.ready"
_WARMING = "variant.json_pretty"


def warm(state: Path, target: Path, roles: Sequence[str] = ()) -> None:
    """Import everything a campaign needs, make the certificates, write down the cases.

    For `roles` the generators of the contract cases are made, too.
    """
    for path in sorted(SUITES.glob("*/tc_*.py")):
        import_module(f"{SUITES.name}.{path.parent.name}.{path.stem}")
    for name in _PRODUCTS:
        import_module(name)
    load_pack(_PACK)
    load_contracts(_PACK)
    world()
    # Once with a legal variant: the certificates are made and the fault catalogue is read.
    AsgiTransport(f"{_PRODUCTS[0]}:create?state={state}&fault={_WARMING}").close()
    ready = import_module(_GENERATORS).role_is_ready
    for role in roles:
        ready(role)
    cases = [row.case.model_dump(mode="json") for row in catalogue()]
    target.write_text(json.dumps(cases, ensure_ascii=False), "utf-8")
    _fill_memories(target)
    gc.collect()
    gc.freeze()  # pages of what is shared stay shared


def _fill_memories(target: Path) -> None:
    """Read once what every campaign reads anew, so that the children find it in memory."""
    read_catalogue(target)
    suite_hash()
    severity_of(_PACK, next(iter(load_pack(_PACK).requirements)))


@dataclass(frozen=True)
class _Running:
    subject: Subject
    started: float


def main(arguments: Sequence[str]) -> int:
    """Judge every subject of the work file; return 0."""
    work = Work.model_validate_json(Path(arguments[0]).read_bytes())
    waiting: list[Subject] = []
    queue = Queue()
    for subject in work.subjects:
        row = read_row(work, subject)
        if row is None or lacks_recording(work, subject):
            waiting.append(subject)
        else:
            queue.learn(row)
            _tell(row)
    if waiting:
        warm(work.state, work.catalogue, _whole_roles(waiting))
        with tempfile.TemporaryDirectory(prefix="mafalab-cal-", dir=room_for(work.out)) as room:
            queue.add(waiting, lambda plan: load_plan(work.plans[plan]).expected_cases)
            _judge_all(work, queue, Path(room))
    return 0


def _unwind(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def _whole_roles(waiting: Sequence[Subject]) -> list[str]:
    """Return the server roles of which whole plans will be run; only these use all generators."""
    whole = {one.role for one in waiting if one.kind not in _NAMED_CASES}
    return [role.id for role in server_roles() if role.id in whole]


def _judge_all(work: Work, queue: Queue, room: Path) -> None:
    parent = os.getppid()
    running: dict[int, _Running] = {}
    try:
        while queue or running:
            for waits in (False, True):
                _start(work, queue, room, running, waits=waits)
            _end_late(running)
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in running:
                queue.learn(_take(work, running.pop(pid), status))
            elif os.getppid() != parent:
                return
            else:
                time.sleep(_LOOK_SECONDS)
    finally:
        for pid in running:
            os.killpg(pid, signal.SIGKILL)


def _start(
    work: Work, queue: Queue, room: Path, running: dict[int, _Running], *, waits: bool
) -> None:
    """Fill one lane: of those that wait and of those that compute, `work.jobs` each."""
    lane = sum(one.subject.waits == waits for one in running.values())
    while lane < work.jobs:
        subject = queue.take(waits=waits, running=[one.subject for one in running.values()])
        if subject is None:
            return
        running[_fork(work, subject, room)] = _Running(subject, time.monotonic())
        lane += 1


def _take(work: Work, ended: _Running, status: int) -> SubjectResult:
    row = read_row(work, ended.subject)
    if row is None:
        code = os.waitstatus_to_exitcode(status)
        told = "did not end in time" if code == -signal.SIGKILL else f"died, exit {code}"
        log = work.campaign_path(ended.subject) / "bench.log"
        tail = log.read_text("utf-8", "replace")[-300:] if log.exists() else ""
        row = not_judged(
            ended.subject, f"its process {told}: {tail}", time.monotonic() - ended.started
        )
    _tell(row)
    return row


def _end_late(running: dict[int, _Running]) -> None:
    for pid, one in running.items():
        if time.monotonic() - one.started > SUBJECT_SECONDS:
            os.killpg(pid, signal.SIGKILL)


def _fork(work: Work, subject: Subject, room: Path) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(work, subject, room)
    return pid


def _child(work: Work, subject: Subject, room: Path) -> NoReturn:
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        log = work.campaign_path(subject) / "bench.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        sink = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        write_row(work, run_subject(work, subject, room))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the child must not run on as a bench
        os.write(2, traceback.format_exc()[-4000:].encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _tell(row: SubjectResult) -> None:
    sys.stdout.write(row.model_dump_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _unwind)
    sys.exit(main(sys.argv[1:]))
