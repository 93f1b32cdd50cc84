"""Command line of the tour.

Exit codes: 0 everything came out as told and the books agree, 1 it did not, 2 wrong usage, 3 the
exchange could not be reached.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.error import URLError

from fixtures.synthetic import world
from reference_impl.clients.channel import Refused, Unreachable
from reference_impl.clients.counter import Stop
from reference_impl.clients.credentials import KitUnusable, load_kit
from reference_impl.clients.seal import SealNotTrusted
from reference_impl.tour.chapters import CHAPTERS, Title
from reference_impl.tour.narration import Narrator
from reference_impl.tour.reconciliation import reconcile
from reference_impl.tour.stage import Stage, TourBroken

TOLD, OTHERWISE, USAGE, UNREACHABLE = 0, 1, 2, 3
PATIENCE_SECONDS = 60.0


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse the arguments; argparse leaves with 2 on its own errors."""
    parser = argparse.ArgumentParser(
        prog="python -m reference_impl.tour",
        description="A narrated walk through every flow of a running exchange.",
    )
    listing = "--list" in argv
    parser.add_argument("--list", action="store_true", help="list the chapters and end")
    parser.add_argument("--gateway", required=not listing, help="https://host:port")
    parser.add_argument("--status", required=not listing, help="plain address with /clock")
    parser.add_argument(
        "--credentials", required=not listing, type=Path, help="directory with kit.json"
    )
    parser.add_argument("--world-seed", type=int, default=1401)
    parser.add_argument(
        "--chapter", action="append", choices=[one.name for one in CHAPTERS],
        help="tell only this one (repeatable); default: all",
    )  # fmt: skip
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_SECONDS,
        help="seconds to wait for an exchange that is being restarted",
    )  # fmt: skip
    parser.add_argument(
        "--register", type=Path, help="folder of certified software the exchange reads"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line per step")
    return parser.parse_args(argv)


def tell(stage: Stage, chapters: tuple[Title, ...]) -> int:
    """Tell chapters, then hold the books against each other; return the exit code."""
    for number, title in enumerate(chapters, start=1):
        stage.narrator.chapter(number, title.fa, title.en, title.clause)
        title.tell(stage)
    stage.narrator.chapter(
        len(chapters) + 1, "تطبیق دفترها", "The books are held against each other", "architecture"
    )
    differences = reconcile(stage)
    narrator = stage.narrator
    narrator.step(
        "end",
        "",
        f"{narrator.steps} گام، {narrator.messages} پیام، {len(differences)} اختلاف.",
        f"{narrator.steps} steps, {narrator.messages} messages, {len(differences)} differences.",
        differences=differences,
    )
    return TOLD if not differences else OTHERWISE


def main(argv: list[str] | None = None) -> int:
    """Tell the tour and return the exit code."""
    given = parse(sys.argv[1:] if argv is None else argv)
    if given.list:
        for title in CHAPTERS:
            sys.stdout.write(f"{title.name:<13}{title.en}  ·  {title.fa}  ({title.clause})\n")
        return TOLD
    wanted = tuple(t for t in CHAPTERS if not given.chapter or t.name in given.chapter)
    narrator = Narrator(as_json=given.json)
    try:
        kit = load_kit(given.credentials)
    except KitUnusable as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    stage = Stage(
        gateway=given.gateway.rstrip("/"),
        status=given.status.rstrip("/"),
        kit=kit,
        world=world(given.world_seed),
        narrator=narrator,
        patience=given.patience,
        register=given.register,
    )
    try:
        return tell(stage, wanted)
    except (TourBroken, Refused, Stop, SealNotTrusted) as error:
        sys.stderr.write(f"The tour came out otherwise: {type(error).__name__} {error}\n")
        return OTHERWISE
    except (Unreachable, URLError) as error:
        sys.stderr.write(f"The exchange cannot be reached: {error}\n")
        return UNREACHABLE
    finally:
        stage.close()
