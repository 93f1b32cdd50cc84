"""Workers of a driver: processes forked after the suites were imported, one evidence for all.

The groups of the schedule lie in a pipe before the first worker starts; a worker takes the next one
with one read of two bytes. There is no lock that a killed worker could keep, and what it had taken
is unfinished in the evidence, so the next driver runs it again.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from lab.model.errors import EnvironmentFault

PARENT_POLL_SECONDS = 0.1
ORPHANED = 75
_PLACE = struct.Struct("<H")
_BROKEN = 3


def run_groups(
    groups: Sequence[tuple[str, ...]],
    jobs: int,
    work: Callable[[int, int, Callable[[], tuple[str, ...] | None]], None],
) -> None:
    """Fork up to `jobs` workers and wait for all; EnvironmentFault when one did not end well.

    `work(member, members, take)` runs in the worker; `take()` gives the next group, None at the
    end. The caller holds no open connection, database or thread that a fork would break.
    """
    members = min(jobs, len(groups))
    if members == 0:
        return
    taking = _filled(len(groups))
    pids = [_forked(groups, taking, member, members, work) for member in range(members)]
    os.close(taking)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    if any(codes):
        raise EnvironmentFault(
            f"a worker of the driver ended with {next(filter(None, codes))}",
            code="MFL-E013",
            fix="Nothing is lost: finished cases are kept, the others are run again.",
        )


def _filled(count: int) -> int:
    taking, giving = os.pipe()
    with os.fdopen(giving, "wb") as pipe:
        for place in range(count):
            pipe.write(_PLACE.pack(place))
    return taking


def _forked(
    groups: Sequence[tuple[str, ...]],
    taking: int,
    member: int,
    members: int,
    work: Callable[[int, int, Callable[[], tuple[str, ...] | None]], None],
) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid

    def take() -> tuple[str, ...] | None:
        place = os.read(taking, _PLACE.size)
        return groups[_PLACE.unpack(place)[0]] if place else None

    code = _BROKEN
    try:
        end_with(parent)
        work(member, members, take)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may climb into the code of the driver
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def end_with(parent: int) -> None:
    """End this process as soon as its parent is gone, whatever a case is doing."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_SECONDS)
        os._exit(ORPHANED)

    threading.Thread(target=watch, daemon=True).start()
