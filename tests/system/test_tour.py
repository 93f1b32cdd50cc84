"""The walk through every flow, as a visitor starts it; once in peace, once with 20 kills.

Issue 4: nothing accepted is lost, nothing is doubled, the ledgers agree to the rial.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

MOST_SECONDS = 560
KILLS = 20
SEED = int(os.environ.get("MAFALAB_TOUR_SEED", "1401"))
STEPS, MESSAGES = 250, 550
"""At least; the tour is to grow, not to shrink."""


def mafalab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab.cli.main", "exchange", "tour", *arguments]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
        env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1"},
    )


def chapters() -> set[str]:
    listed = mafalab("--list")
    assert listed.returncode == 0, listed.stderr
    return {line.split(maxsplit=1)[0] for line in listed.stdout.splitlines()}


@pytest.fixture(scope="module")
def told() -> list[dict[str, Any]]:
    ended = mafalab("--json")
    assert ended.returncode == 0, (ended.stdout[-2000:], ended.stderr[-2000:])
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_every_chapter_is_told_and_the_books_agree(told: list[dict[str, Any]]) -> None:
    opened = [one["en"] for one in told if "step" not in one and "scene" not in one]
    steps = [one for one in told if "step" in one]
    # One more than listed: the reconciliation.
    assert len(opened) == len(set(opened)) == len(chapters()) + 1
    assert {one["chapter"] for one in steps} == set(opened)
    assert len(steps) > STEPS
    assert sum(len(one["messages"]) for one in steps) > MESSAGES
    assert steps[-1]["step"] == "end"
    assert steps[-1]["facts"]["differences"] == []


def test_every_step_is_bilingual_and_every_message_has_actor_and_outcome(
    told: list[dict[str, Any]],
) -> None:
    for one in told:
        assert one["fa"], one
        for message in one.get("messages", ()):
            assert all(message[name] for name in ("actor", "service", "method", "outcome")), one


def test_all_services_of_the_exchange_are_walked(told: list[dict[str, Any]]) -> None:
    heard = {m["service"] for one in told for m in one.get("messages", ())}
    assert {
        "adjudication", "citizen", "complementary", "eligibility", "emergency", "esign",
        "gateway", "health_rules", "identity", "insurance_rules", "irimc", "maksa", "pki",
        "purchaser", "sepas", "sepas_monitor", "siam", "support", "ttac", "value_added", "viewer",
    } <= heard  # fmt: skip


def test_one_chapter_alone(tmp_path: Any) -> None:
    ended = mafalab("--chapter", "rules", "--state", str(tmp_path / "state"))
    assert ended.returncode == 0, ended.stderr
    assert "0 differences" in ended.stdout
    assert "\x1b[" not in ended.stdout
    assert mafalab("--chapter", "unheard-of").returncode == 2


def test_the_ledgers_agree_after_twenty_kills() -> None:
    ended = mafalab("--kills", str(KILLS), "--seed", str(SEED))
    assert ended.returncode == 0, (SEED, ended.stdout[-3000:], ended.stderr[-2000:])
    assert f"{KILLS} kills, seed {SEED}" in ended.stderr
    assert " 0 differences" in ended.stdout
