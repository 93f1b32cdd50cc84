"""Public judges that run on Node: installed once from their lock, then started by name."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
NODE = TESTS / "support" / "node"
SECONDS = 300


def installed() -> Path:
    """Return the folder of the programs; workers wait for the one that installs them."""
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            ["make", "-s", "-C", str(TESTS), "node-tools"],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"the Node tools could not be installed:\n{done.stdout}{done.stderr}")
    return NODE / "node_modules" / ".bin"


def run(*command: str | Path, cwd: Path = NODE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
