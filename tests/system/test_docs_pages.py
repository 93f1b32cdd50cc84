"""Every command of four pages of docs/ is run as it stands there, in order.

Markers in the page, invisible to readers, before a block:
``<!-- exit: N -->`` expected code of every command of the block (0 without it);
``<!-- background -->`` keep the command running until the next such block or the end;
``<!-- file: PATH -->`` write the block to PATH;
``<!-- add one: PATH KEY -->`` the edit that the text asks for: KEY = n becomes KEY = n + 1.
Ports 8443 to 8445 and 9443 are replaced by free ones, so that pages can run beside each other.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.cli.children import free_ports, stop

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("test-my-own-service", "watch-my-own-client", "add-a-case", "inspections")
SOURCES = ("suites", "fixtures", "reference_impl", "reports", "lab")
BLOCK = re.compile(
    r"(?:<!-- (?P<marker>[^\n]*?) -->\n+)?```(?P<kind>\w+)\n(?P<text>.*?)```"
    r"|<!-- add one: (?P<path>\S+) (?P<key>\S+) -->",
    re.DOTALL,
)
COMMAND_SECONDS = 400
READY_SECONDS = 40


@dataclass(frozen=True)
class Step:
    """One marker with its block."""

    marker: str
    kind: str
    text: str


def steps_of(page: str) -> list[Step]:
    found = []
    for match in BLOCK.finditer(page):
        if match["path"]:
            found.append(Step(f"add one: {match['path']} {match['key']}", "edit", ""))
        else:
            found.append(Step(match["marker"] or "", match["kind"], match["text"]))
    return found


class Reader:
    """Does what the page says, in a directory of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        port = free_ports()
        self.ports = {str(8443 + n): str(port + n) for n in range(3)}
        self.ports["9443"] = str(free_ports())
        bin_directory = str(Path(sys.executable).parent)
        self.environment = {
            **os.environ,
            "PATH": f"{bin_directory}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(place),
            "NO_COLOR": "1",
        }
        self.background: subprocess.Popen[bytes] | None = None
        self.ran = 0

    def follow(self, step: Step) -> None:
        if step.kind == "edit":
            _, _, path, key = step.marker.split()
            self.add_one(self.place / path, key)
        elif step.marker.startswith("file: "):
            (self.place / step.marker.removeprefix("file: ")).write_text(step.text, "utf-8")
        elif step.kind == "console":
            for command in self.commands(step.text):
                self.perform(command, step.marker)

    def commands(self, text: str) -> list[str]:
        for documented, free in self.ports.items():
            text = re.sub(rf"\b{documented}\b", free, text)
        return [line[2:] for line in text.splitlines() if line.startswith("$ ")]

    def perform(self, command: str, marker: str) -> None:
        self.ran += 1
        if marker == "background":
            self.start(command)
            return
        expected = int(marker.removeprefix("exit: ")) if marker.startswith("exit: ") else 0
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.place, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        shown = f"$ {command}\n{done.stdout}{done.stderr}"
        assert done.returncode == expected, shown
        assert "Traceback" not in shown
        if command.startswith("mafalab sut init"):
            self.use_free_ports()

    def use_free_ports(self) -> None:
        for file in self.place.glob("*.toml"):
            if file.name != "pyproject.toml":
                text = file.read_text("utf-8")
                for documented, free in self.ports.items():
                    text = re.sub(rf"\b{documented}\b", free, text)
                file.write_text(text, encoding="utf-8")

    def start(self, command: str) -> None:
        self.stop()
        self.background = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=self.place, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        said = b""
        while b"ready" not in said.lower():
            out = self.background.stdout
            assert out is not None
            left = deadline - time.monotonic()
            assert left > 0, f"{command} did not become ready: {said!r}"
            if select.select([out], [], [], left)[0]:
                piece = os.read(out.fileno(), 4096)
                assert piece, f"{command} ended: {said!r}"
                said += piece

    def stop(self) -> None:
        if self.background is not None:
            stop(self.background)
            if self.background.stdout is not None:
                self.background.stdout.close()
            self.background = None

    @staticmethod
    def add_one(path: Path, key: str) -> None:
        text = path.read_text("utf-8")
        found = re.search(rf"^{key} = (\d+)$", text, re.MULTILINE)
        assert found is not None
        path.write_text(text.replace(found[0], f"{key} = {int(found[1]) + 1}"), "utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Copy the sources: a page may add files, and tests run beside each other."""
    for name in SOURCES:
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    made = Reader(tmp_path)
    yield made
    made.stop()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_runs(page: str, reader: Reader) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    for step in steps_of(text):
        reader.follow(step)
    assert reader.ran >= 4, "a page of ten minutes has commands"


def test_readme_commands_are_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            if "://" not in link:
                assert (page.parent / link).exists(), f"{page.name}: {link}"
