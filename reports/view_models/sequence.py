"""Sequence diagram of one case as coordinates; the template draws them, ASCII only.

One row is a request with its answer, or a folded run of equal calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import ExchangeView
from lab.model.exchange import Direction, Exchange
from reports.view_models.text import ascii_only, one_line

WIDTH = 760
ROW = 48
MAX_ROWS = 30
_GLYPH = 7.3  # width of one character of the 12 px monospace labels
_UUID = re.compile(r"\b([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

_LANES = {
    "lab": Bilingual(fa="آزمایشگاه", en="Laboratory"),
    "sut": Bilingual(fa="محصول", en="Product"),
    "peer": Bilingual(fa="تبادل ملی", en="Exchange"),
}
_ENDS = {
    Direction.STIMULUS: ("lab", "sut"),
    Direction.OBSERVED: ("sut", "peer"),
    Direction.CONTROL: ("lab", "peer"),
}


@dataclass(frozen=True)
class Arrow:
    """One call. x and y are pixels for left-to-right reading; Persian mirrors x."""

    id: str
    source_x: float
    target_x: float
    y: int
    request: str
    answer: str
    answered: bool
    failing: bool
    step: str
    folded: int


@dataclass(frozen=True)
class SequenceView:
    """Lanes, arrows and the number of calls that were not drawn."""

    lanes: tuple[Bilingual, ...]
    lane_x: tuple[float, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int
    hidden: int


def build_sequence(views: Sequence[ExchangeView], blamed: frozenset[str]) -> SequenceView:
    """Lay out the calls of one case; `blamed` are exchanges that findings point at."""
    runs = _runs([view.exchange for view in views], blamed)
    used = {end for run in runs for end in _ENDS[run[0].direction]}
    names = [name for name in _LANES if name in used]
    x = {name: (i + 0.5) * WIDTH / len(names) for i, name in enumerate(names)}
    shown = _most_telling(runs, blamed)
    arrows = tuple(_arrow(run, row, x, blamed) for row, run in enumerate(shown))
    drawn = sum(len(run) for run in shown)
    return SequenceView(
        lanes=tuple(_LANES[name] for name in names),
        lane_x=tuple(x[name] for name in names),
        arrows=arrows,
        width=WIDTH,
        height=ROW * len(arrows) + 16,
        hidden=len(views) - drawn,
    )


def _runs(exchanges: Iterable[Exchange], blamed: frozenset[str]) -> list[list[Exchange]]:
    runs: list[list[Exchange]] = []
    for exchange in exchanges:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and _shape(last) == _shape(exchange)
            and not {last.id, exchange.id} & blamed
        ):
            runs[-1].append(exchange)
        else:
            runs.append([exchange])
    return runs


def _shape(exchange: Exchange) -> tuple[str, str, str, int | None]:
    path = exchange.request.target.split("?", 1)[0]
    status = exchange.response.status if exchange.response is not None else None
    return exchange.direction, exchange.request.method, path, status


def _most_telling(runs: list[list[Exchange]], blamed: frozenset[str]) -> list[list[Exchange]]:
    if len(runs) <= MAX_ROWS:
        return runs
    wanted = {i for i, run in enumerate(runs) if run[0].id in blamed}
    chosen = sorted(wanted)[:MAX_ROWS]
    for i in range(len(runs)):
        if len(chosen) >= MAX_ROWS:
            break
        if i not in wanted:
            chosen.append(i)
    return [runs[i] for i in sorted(chosen)]


def _arrow(run: list[Exchange], row: int, x: dict[str, float], blamed: frozenset[str]) -> Arrow:
    exchange = run[0]
    source, target = _ENDS[exchange.direction]
    path = _UUID.sub(r"\1..", exchange.request.target.split("?", 1)[0])
    room = int(abs(x[source] - x[target]) / _GLYPH) - 3
    fold = f"{len(run)} x " if len(run) > 1 else ""
    slowest = max(e.elapsed_ms for e in run)
    if exchange.response is not None:
        answer = f"{exchange.response.status} - {slowest:.0f} ms"
    else:
        kind = exchange.failure.kind.value if exchange.failure is not None else "no answer"
        answer = f"{kind} - {slowest:.0f} ms"
    return Arrow(
        id=exchange.id,
        source_x=x[source],
        target_x=x[target],
        y=ROW * row + 20,
        request=ascii_only(f"{row + 1}: {fold}{exchange.request.method} {path}", room),
        answer=ascii_only(answer),
        answered=exchange.response is not None,
        failing=exchange.id in blamed,
        step=one_line(exchange.step, 120),
        folded=len(run),
    )
