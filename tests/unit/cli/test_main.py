"""The frame: exit codes, errors without traceback, lazy commands."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from lab.cli import main as frame
from lab.cli.sut import ICS, render
from lab.model.errors import EnvironmentFault, EvidenceDamaged, ProfileError


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        frame.main(list(arguments))
    shown = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, shown.out, shown.err


def command_raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = typer.Typer()

    @broken.command("doctor")
    def doctor() -> None:
        raise error

    monkeypatch.setattr(
        frame, "load_command", lambda name: typer.main.get_group(broken).commands[name]
    )


def test_no_argument_shows_three_next_steps(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys)
    assert code == 0
    assert [x.strip().split(" --")[0] for x in out.splitlines() if x.startswith("  mafalab")] == [
        "mafalab demo",
        "mafalab sut init",
        "mafalab doctor",
    ]
    (tmp_path / "sut.toml").touch()
    assert "mafalab run --sut sut.toml" in run(capsys)[1]


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["sut", "init"]])
def test_a_typing_mistake_is_2_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("USAGE[MFL-U001]")
    assert "Traceback" not in err


def test_a_near_miss_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'exchange'" in run(capsys, "exchagne")[2]


@pytest.mark.parametrize(
    ("error", "code", "level"),
    [
        (ProfileError("x"), 2, "PROFILE["),
        (EnvironmentFault("x"), 3, "LAB["),
        (EvidenceDamaged("x"), 1, "EVIDENCE["),
        (KeyError("inside"), 3, "LAB[MFL-H001] KeyError: 'inside'"),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_errors_become_messages_and_exit_codes(
    error: BaseException,
    code: int,
    level: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command_raising(error, monkeypatch)
    got, out, err = run(capsys, "doctor")
    assert (got, out) == (code, "")
    assert err.startswith(level)
    assert "Traceback" not in err


def test_traceback_is_shown_when_asked_for_anywhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command_raising(KeyError("inside"), monkeypatch)
    assert "Traceback" in run(capsys, "doctor", "--traceback")[2]


def test_exit_of_a_command_is_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command_raising(typer.Exit(4), monkeypatch)
    assert run(capsys, "doctor")[0] == 4


def test_help_imports_no_command() -> None:
    script = (
        "import sys, lab.cli.main as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pydantic', 'pytest', 'scipy', 'cryptography', 'sqlalchemy', 'jinja2'}\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in heavy), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in frame.COMMANDS)


@pytest.mark.parametrize("name", sorted(frame.COMMANDS))
def test_every_mounted_command_loads(name: str) -> None:
    command = frame.load_command(name)
    assert command.name == name
    assert command.help


@pytest.mark.parametrize("role", sorted(ICS))
def test_sut_init_writes_valid_toml_even_for_odd_paths(role: str) -> None:
    odd = 'C:\\new "kit"\n'
    text = render(role, base_url="https://a", exchange_url="b", status_url="c", credentials=odd)
    document = tomllib.loads(text)
    assert document["ixit"]["credentials"] == odd
    assert set(document["ics"]) == {item.key for item in ICS[role]}


def test_sut_init_never_overwrites(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "sut", "init", "--role", "purchaser_system")[0] == 0
    (tmp_path / "sut.toml").write_text("mine", encoding="utf-8")
    code, _, err = run(capsys, "sut", "init", "--role", "purchaser_system")
    assert code == 2
    assert "MFL-U011" in err
    assert (tmp_path / "sut.toml").read_text("utf-8") == "mine"
