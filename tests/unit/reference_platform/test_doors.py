"""Doors of services: shut, opened, an answer lost, what came in; in one process and in files."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import pytest

from reference_impl.platform.kernel import Kernel
from reference_impl.platform.message import Incoming
from reference_impl.platform.rendering import Rendered
from reference_impl.topology.doors import Behind, Doors, OwnDoors, SharedDoors

CORRELATION = "11111111-1111-4111-8111-111111111111"
ROW = {"correlation": CORRELATION, "service": "ttac", "signature": "s"}


@pytest.fixture(params=["own", "shared"])
def doors(request: pytest.FixtureRequest, tmp_path: Path) -> Doors:
    return OwnDoors() if request.param == "own" else SharedDoors(tmp_path / "doors")


class _Answering:
    """Stands in for a kernel: answers everything and counts it."""

    heard = 0

    async def hear(self, _incoming: Incoming) -> Rendered:
        self.heard += 1
        return Rendered(200, (), b"{}")


def _asked(behind: Behind, body: bytes = b"x") -> Rendered:
    headers = {"ditas-correlation": CORRELATION, "signature": "s", "idempotency-key": "k"}
    incoming = Incoming("POST", "/ttac/v1/verifications", (), body=body, headers=headers)
    return asyncio.run(behind.hear(incoming))


def test_a_shut_door_opens_when_told_and_by_itself(doors: Doors) -> None:
    assert not doors.is_shut("ttac")
    doors.shut("ttac", 60)
    assert doors.is_shut("ttac")
    assert not doors.is_shut("siam")
    assert 0 < doors.away()["ttac"] <= 61
    doors.shut("ttac", 0)
    assert not doors.is_shut("ttac")
    assert doors.away() == {}
    doors.shut("ttac", 0.05)
    time.sleep(0.1)
    assert not doors.is_shut("ttac")


def test_answers_are_lost_as_often_as_told(doors: Doors) -> None:
    doors.lose("ttac", 2)
    assert [doors.loses("ttac") for _ in range(3)] == [True, True, False]
    assert not doors.loses("siam")


def test_arrivals_are_told_by_correlation_in_order(doors: Doors) -> None:
    doors.note({**ROW, "signature": "first"})
    doors.note({**ROW, "correlation": "another"})
    doors.note({**ROW, "signature": "second"})
    assert [row["signature"] for row in doors.of(CORRELATION)] == ["first", "second"]
    assert doors.of("nobody") == []


def test_nothing_comes_in_at_a_shut_door(doors: Doors) -> None:
    kernel = _Answering()
    behind = Behind(cast("Kernel", kernel), "ttac", doors)
    doors.shut("ttac", 60)
    with pytest.raises(OSError, match="away"):
        _asked(behind)
    assert (kernel.heard, doors.of(CORRELATION)) == (0, [])


def test_a_lost_answer_was_worked_for(doors: Doors) -> None:
    kernel = _Answering()
    behind = Behind(cast("Kernel", kernel), "ttac", doors)
    doors.lose("ttac", 1)
    with pytest.raises(OSError, match="lost"):
        _asked(behind)
    assert _asked(behind).status == 200
    assert kernel.heard == 2
    [first, second] = doors.of(CORRELATION)
    assert first == second
    assert first["digest"] == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert (first["method"], first["key"], first["signature"]) == ("POST", "k", "s")


def test_two_processes_see_one_door(tmp_path: Path) -> None:
    first = SharedDoors(tmp_path / "doors")
    second = SharedDoors.__new__(SharedDoors)
    second.__dict__.update(first.__dict__)  # as after a fork
    first.shut("ttac", 60)
    assert second.is_shut("ttac")
    second.note(cast("Any", ROW))
    assert len(first.of(CORRELATION)) == 1
