"""Makes the pictures of docs/img from the synthetic result: python -m tests.support.pictures."""

from __future__ import annotations

import tempfile
from pathlib import Path

import reports
from tests.support.chromium import screenshot
from tests.support.results import failing

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "img"


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        page = reports.render(*failing(), Path(place), ["html"])["html"]
        for lang in ("fa", "en"):
            screenshot(page, IMAGES / f"report-{lang}.png", f"#l={lang}", (1200, 1900))


if __name__ == "__main__":
    main()
