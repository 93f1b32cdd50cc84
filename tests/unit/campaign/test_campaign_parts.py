from __future__ import annotations

import json
from pathlib import Path

from lab.campaign.child import EventTail
from lab.campaign.freeze import suite_hash, write_atomic
from lab.drivers.pytest_events import EventLog


def test_events_are_read_whole_and_once(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    log = EventLog(path)
    log.emit("old")
    tail = EventTail(path)
    log.emit("case_started", case="TC-نسخه")
    with path.open("ab") as file:
        file.write(b'{"event": "half')
    assert [event["event"] for event in tail.read()] == ["case_started"]
    with path.open("ab") as file:
        file.write(b'-written"}\nnot json\n[1]\n{"event": "last"}\n')
    assert [event["event"] for event in tail.read()] == ["half-written", "last"]
    assert list(tail.read()) == []
    log.close()


def test_suite_hash_follows_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    first = suite_hash(tmp_path)
    (tmp_path / "notes.md").write_text("not a suite")
    assert suite_hash(tmp_path) == first
    (tmp_path / "a.py").write_text("2")
    second = suite_hash(tmp_path)
    (tmp_path / "b.toml").write_text("1")
    assert len({first, second, suite_hash(tmp_path)}) == 3


def test_atomic_write_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    write_atomic(target, b"1")
    write_atomic(target, json.dumps({"a": 2}).encode())
    assert json.loads(target.read_bytes()) == {"a": 2}
    assert list(tmp_path.iterdir()) == [target]
