"""The main job as a newcomer meets it: one command, outcomes as announced, nothing left running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli import demo
from lab.cli.children import mafalab
from lab.model.errors import UsageError


def processes_naming(text: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # ended while we looked
        if text in line:
            found.append(line)
    return found


@pytest.mark.slow
def test_the_demo_keeps_its_promises_and_cleans_up(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    done = mafalab("demo", "--out", out, "--load-seconds", "8", limit=580)
    assert done.code == 0, done.out + done.err
    assert "Traceback" not in done.out + done.err
    assert "All 7 acts came as announced" in done.out
    assert "نمایش آزمایشگاه" in done.out

    good = json.loads((out / "purchaser/result.json").read_text("utf-8"))
    assert good["statement"]["decision"] == "conforming"
    assert good["counts"]["planned"] == good["counts"]["passed"] >= 60
    bad = json.loads((out / "purchaser-faulty/result.json").read_text("utf-8"))
    assert bad["statement"]["decision"] == "not_conforming"
    assert "ERX-7-10" in done.out
    for place in ("purchaser", "purchaser-faulty", "pharmacy", "pharmacy-faulty"):
        assert (out / place / "report/report.html").stat().st_size > 10_000
    assert (out / "purchaser/certificate.jws").is_file()
    assert not processes_naming(str(out))


def test_a_second_demo_replaces_the_first(tmp_path: Path) -> None:
    place = demo._fresh(tmp_path / "demo")
    (place / "old").touch()
    again = demo._fresh(tmp_path / "demo")
    assert sorted(p.name for p in again.iterdir()) == [demo.MARKER]


def test_a_directory_of_somebody_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        demo._fresh(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
