"""``mafalab demo``: everything once, on synthetic data and loopback, checked against itself.

Exit codes: 0 everything came as announced, 3 something did not (the laboratory is at fault).
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import out, visible
from lab.model.errors import UsageError

if TYPE_CHECKING:
    from lab.cli.demo_steps import Act, Stage

MARKER = ".mafalab-demo"

app = typer.Typer(help="Everything once: certify a good product, refuse bad ones.")


@app.command("demo")
def demo(
    *,
    directory: Annotated[Path, typer.Option("--out", help="Directory of the demo.")] = Path(
        "demo-out"
    ),
    load_seconds: Annotated[
        float | None, typer.Option(help="Length of the load; the profile says 60.")
    ] = None,
) -> None:
    """Certify a good product, refuse faulty ones, judge a client and a load (under 4 minutes).

    Needs nothing but this machine: the exchange, the products and the load are started here, and
    stopped at the end. A directory of an earlier demo is replaced.

    Example: mafalab demo --out demo-out
    """
    from lab.cli.children import ends_on_sigterm, exchange
    from lab.cli.demo_steps import Stage

    started = time.monotonic()
    place = _fresh(directory)
    terminal = out()
    terminal.say("MAFA laboratory, demonstration. Everything here is synthetic.", "bold")
    terminal.persian("نمایش آزمایشگاه مفا. همهٔ داده‌ها ساختگی است.")
    with ends_on_sigterm(), exchange(place / "exchange") as clean:
        terminal.say(f"The reference exchange is up: {clean.gateway}")
        stage = Stage(place, clean, _tell)
        _play(stage, load_seconds)
    _conclude(stage.acts, place, time.monotonic() - started)


def _play(stage: Stage, load_seconds: float | None) -> None:
    from lab.cli import demo_steps as acts

    def second_lane() -> None:
        acts.good_pharmacy(stage)
        acts.faulty_pharmacy(stage)
        acts.faulty_purchaser(stage)

    # Two lanes, one per core of a small machine; the load runs alone, or its latency would be ours.
    with ThreadPoolExecutor(2) as lanes:
        for lane in [lanes.submit(acts.good_purchaser, stage), lanes.submit(second_lane)]:
            lane.result()
    out().say("Now a small load, alone, for a minute ...")
    acts.held_load(stage, load_seconds)


def _fresh(directory: Path) -> Path:
    """Make the directory anew; one that is not of a demo is never touched."""
    place = directory.resolve()
    if place.exists():
        if any(place.iterdir()) and not (place / MARKER).is_file():
            raise UsageError(
                f'"{directory}" is not empty and not of an earlier demo.',
                code="MFL-U030",
                where="--out",
                fix="Give another directory.",
                sentence_fa="این پوشه خالی نیست و از نمایش پیشین هم نیست.",
            )
        shutil.rmtree(place)
    place.mkdir(parents=True)
    (place / MARKER).touch()
    return place


def _tell(act: Act) -> None:
    terminal = out()
    word = "as announced" if act.held else "NOT AS ANNOUNCED"
    symbol = ("✓", "✗") if terminal.unicode else ("OK", "FAIL")
    mark = terminal.styled(symbol[0 if act.held else 1], "pass" if act.held else "fail")
    terminal.say(f"{mark} {visible(act.title)}   ({act.seconds:.0f} s)")
    terminal.persian(f"  {visible(act.title_fa)}")
    terminal.pair("said", act.announced)
    terminal.pair("came", f"{visible(act.came)} ({word})")
    if act.look is not None:
        terminal.pair("look", str(act.look))
    for line in act.why.splitlines():
        terminal.pair("", visible(line, limit=400))


def _conclude(acts: list[Act], place: Path, seconds: float) -> None:
    terminal = out()
    wrong = [act for act in acts if not act.held]
    if wrong:
        terminal.say(f"{len(wrong)} of {len(acts)} acts did not come as announced.", "fail")
        terminal.persian("نمایش چنان‌که گفته شده بود پیش نرفت؛ خطا از آزمایشگاه است.")
        raise typer.Exit(3)
    terminal.say(f"All {len(acts)} acts came as announced, in {seconds:.0f} s.", "pass")
    terminal.persian("همهٔ پرده‌ها همان‌گونه که گفته شد پیش رفت.")
    terminal.say(f"Open first: {place / 'purchaser' / 'report' / 'report.html'}")
    terminal.say("Your own product next: mafalab sut init --role purchaser_system")
