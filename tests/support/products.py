"""Products under test for component and system tests: descriptions and misbehaving services."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.cli.children import Exchange, stop
from lab.cli.sut import render


def describe(
    target: Path, around: Exchange, *, base_url: str | None = None, **ixit: str | float
) -> Path:
    """Write the sut.toml of a purchaser in an exchange; `ixit` replaces single values."""
    text = render(
        "purchaser_system",
        base_url=base_url or f"{around.services}/purchaser/v1",
        exchange_url=around.gateway,
        status_url=around.status,
        credentials=str(around.credentials.resolve()),
    )
    for key, value in ixit.items():
        kept = [line for line in text.splitlines() if not line.startswith(f"{key} =")]
        text = "\n".join([*kept, f"{key} = {json.dumps(value)}", ""])
    target.write_text(text, encoding="utf-8")
    return target


@contextmanager
def hostile(kind: str, credentials: Path, *, identity: str = "services.tls") -> Iterator[str]:
    """Run a misbehaving product; yields its base URL."""
    command = [
        sys.executable, "-m", "tests.support.hostile_sut", "--credentials", str(credentials),
        "--kind", kind, "--identity", identity,
    ]  # fmt: skip
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        line = child.stdout.readline() if child.stdout else b""
        yield f"https://127.0.0.1:{json.loads(line)['port']}/purchaser/v1"
    finally:
        stop(child)
        if child.stdout:
            child.stdout.close()
