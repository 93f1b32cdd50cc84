"""The experiments of `mafalab assurance measure` on the smallest scale, with real campaigns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli.children import mafalab

PLAN = ("--role", "tax_terminal_registry", "--plan", "tax-terminal-smoke", "--fault", "FLT-SRV-005")


@pytest.mark.slow
def test_measured_signed_and_verified(tmp_path: Path) -> None:
    out = tmp_path / "measured"
    done = mafalab(
        "assurance", "measure", "--out", out, *PLAN,
        "--campaigns", "2", "--repetitions", "2", "--kills", "1",
    )  # fmt: skip
    assert done.code == 0, done.out + done.err
    measured = json.loads((out / "measurement.json").read_text("utf-8"))
    assert measured["concurrency"]["differences"] == measured["crash"]["differences"] == []
    assert measured["concurrency"]["subjects"][0] != measured["concurrency"]["subjects"][1]
    assert measured["flakes"]["deviating"] == 0
    kit = out / "exchange" / "credentials"
    signed = mafalab(
        "assurance", "issue", "--measurement", out / "measurement.json",
        "--credentials", kit, "--out", tmp_path / "assurance",
    )  # fmt: skip
    assert signed.code == 0, signed.err
    told = mafalab(
        "assurance", "verify", tmp_path / "assurance" / "assurance.jws",
        "--trust", kit / "trust.pem",
    )  # fmt: skip
    payload = json.loads(told.out)
    assert payload["experiments"][0]["concurrency"]["campaigns"] == 2
    assert payload["roles"] == []
    assert payload["sound"] is False  # nobody calibrated, and it says so
    again = mafalab("assurance", "measure", "--out", out, *PLAN)
    assert "MFL-U077" in again.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--role", "pharmacy_system"), "MFL-U074"),
        (("--fault", "FLT-PUR-001"), "MFL-U075"),
        (("--campaigns", "1"), "MFL-U078"),
    ],
)
def test_what_cannot_be_measured_is_said(tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    done = mafalab("assurance", "measure", "--out", tmp_path / "out", *words)
    assert done.code == 2
    assert code in done.err
