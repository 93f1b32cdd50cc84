"""Headless Chromium as a person's browser: reads a page from disk, with every network name dead."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")  # as .ci/system-packages accepts them
BROWSER = next(filter(None, map(shutil.which, _NAMES)), _NAMES[0])
SECONDS = 90
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=4000",
)


def browse(page: Path, fragment: str, *wanted: str) -> str:
    """Open a page at `#fragment` and return standard output; `wanted` are further flags."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [BROWSER, *_FLAGS, f"--user-data-dir={profile}", *wanted, f"{page.as_uri()}{fragment}"],
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    return done.stdout.decode("utf-8", "replace")


def dom(page: Path, fragment: str = "", *wanted: str) -> str:
    """Return the document after its script has run."""
    return browse(page, fragment, "--dump-dom", *wanted)


def screenshot(
    page: Path, out: Path, fragment: str = "", size: tuple[int, int] = (1200, 1600)
) -> bytes:
    """Write and return a PNG of the top of the page."""
    browse(page, fragment, f"--screenshot={out}", f"--window-size={size[0]},{size[1]}")
    return out.read_bytes()


def pdf(page: Path, out: Path) -> bytes:
    """Write and return the page as printed."""
    browse(page, "", f"--print-to-pdf={out}", "--no-pdf-header-footer")
    return out.read_bytes()
