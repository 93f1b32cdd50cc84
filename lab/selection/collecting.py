"""What the suites hold: collected by a child, because the laboratory never imports a suite.

The child imports every suite, which takes seconds. What it wrote down is kept for the next command,
under a key of every file it could have read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from fixtures.kept import Kept, content_key
from lab.model.case import Case
from lab.model.errors import HarnessDefect
from lab.model.roles import SUITES

_ROOT = Path(__file__).resolve().parents[2]
_COLLECT_SECONDS = 120
_CASES = TypeAdapter(tuple[Case, ...])


def collect_catalogue(suites: Path = SUITES) -> tuple[Case, ...]:
    """Return every case; HarnessDefect when the suites cannot be imported."""
    places = (suites, _ROOT / "fixtures", _ROOT / "lab")
    if suites.resolve().parent != _ROOT:
        return _CASES.validate_json(_collected(suites))
    kept = Kept("catalogue")
    key = content_key("catalogue", places)
    content = kept.read(key)
    if content is None:
        content = _collected(suites)
        if content_key("catalogue", places) == key:  # else somebody was writing meanwhile
            kept.write(key, content)
    return _CASES.validate_json(content)


def _collected(suites: Path) -> bytes:
    """Let a child import the suites and write down every case."""
    with tempfile.TemporaryDirectory(prefix="mafalab-") as place:
        target = Path(place) / "catalogue.json"
        command = [
            sys.executable, "-m", "pytest", str(suites), "-q", "--collect-only",
            "--mafa-collect", str(target),
        ]  # fmt: skip
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COLLECT_SECONDS,
            env=child_environment(),
            check=False,
        )
        if done.returncode != 0 or not target.exists():
            raise HarnessDefect(
                "the suites could not be read",
                code="MFL-H010",
                where=str(suites),
                fix=(done.stdout + done.stderr)[-2000:],
            )
        return target.read_bytes()


def read_catalogue(path: Path) -> tuple[Case, ...]:
    """Read a catalogue written by a collecting driver."""
    return _cases(path.read_bytes())


@lru_cache(maxsize=2)
def _cases(content: bytes) -> tuple[Case, ...]:
    """Parse a catalogue once: a calibration hands the same one to all campaigns."""
    return _CASES.validate_json(content)


def child_environment() -> dict[str, str]:
    """Environment of driver processes: what a person has set for pytest must not leak in.

    Plugins of other packages only cost start-up time; suites/conftest.py names the one we use.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    ours = {"PYTHONHASHSEED": "0", "COLUMNS": "160", "NO_COLOR": "1"}
    return {**kept, **ours, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
