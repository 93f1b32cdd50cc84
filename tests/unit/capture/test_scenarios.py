from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.drivers.scenario_model import load_scenario
from lab.drivers.scenarios import filled, instruction, wait_for_person, with_serials
from lab.drivers.witnessed import run_command
from lab.model.errors import UsageError

TEXT = """id = "x"
title_en = "T"
title_fa = "ت"
do_en = ["scan"]
do_fa = ["اسکن"]
deadline_seconds = 5
prescription = { patient = "P01" }
order = { quantities = { 99001 = 3 } }
"""


def write(tmp_path: Path, text: str = TEXT, name: str = "x") -> Path:
    path = tmp_path / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_scenario_names_its_case_id(tmp_path: Path) -> None:
    assert load_scenario(write(tmp_path)).case_id == "SCN-X"


@pytest.mark.parametrize(
    ("text", "name"),
    [(TEXT, "other"), (TEXT.replace("[", "("), "x"), (TEXT + "extra = 1\n", "x"), ("", "x")],
)
def test_an_unusable_scenario_names_its_file(tmp_path: Path, text: str, name: str) -> None:
    path = write(tmp_path, text, name)
    with pytest.raises(UsageError) as caught:
        load_scenario(path)
    assert caught.value.where == str(path)


def test_placeholders_are_filled_and_braces_survive() -> None:
    command = filled(("python", "-c", "{gateway}", "{x}", '{"a":1}'), gateway="https://g")
    assert command == [sys.executable, "-c", "https://g", "{x}", '{"a":1}']


def test_every_run_brings_new_packs() -> None:
    order = {"shelf": [{"product": "99001", "code": "991099001{serial}"}], "quantities": {}}
    codes = {with_serials(order)["shelf"][0]["code"] for _ in range(5)}
    assert all(len(code) == 16 and code.isdigit() for code in codes)
    assert len(codes) > 1
    assert with_serials({"quantities": {}}) == {"quantities": {}}


def test_a_person_is_told_acts_address_and_values(tmp_path: Path) -> None:
    order = {"shortCode": "12345", "secret": "never shown", "quantities": {"99001": 3}}
    event = instruction(load_scenario(write(tmp_path)), "https://w", order)
    assert event.kind == "waiting"
    for needed in ("https://w", "1. scan", "12345", "99001"):
        assert needed in event.text_en
    assert "never shown" not in event.text_en


def counts(*values: int) -> Iterator[int]:
    yield from values
    while True:
        yield values[-1]


def test_waiting_ends_when_the_traffic_ceases() -> None:
    seen = counts(0, 0, 1, 2)
    assert wait_for_person(lambda: next(seen), 5, quiet_seconds=0.02, poll_seconds=0.005) is False


def test_waiting_ends_at_the_deadline_when_nothing_comes() -> None:
    assert wait_for_person(lambda: 0, 0.05, quiet_seconds=0.01, poll_seconds=0.005) is True


def test_a_command_is_bounded_in_time_and_output() -> None:
    run = run_command([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    assert run.timed_out
    loud = run_command([sys.executable, "-c", "print('x' * 100_000)"], 20)
    assert (loud.exit_code, loud.timed_out) == (0, False)
    assert len(loud.output) <= 20_000


def test_a_command_that_does_not_exist_is_the_users_to_mend() -> None:
    with pytest.raises(UsageError, match="no-such-program"):
        run_command(["no-such-program"], 1)
