"""The load section: one sentence, a verdict strip, whether the load was real, latency over time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import LoadResult, SlaOutcome
from lab.model.verdict import Verdict
from reports.view_models import wording
from reports.view_models.text import ascii_only, number, one_line

STRIP_WIDTH, STRIP_ROW = 480, 28
CHART_WIDTH, CHART_HEIGHT = 760, 220
_LIMIT_X = 200.0  # where the allowed share is drawn, in units of the strip
_MAX_POINTS = 400

_SAID = {
    Verdict.PASS: Bilingual(fa="توافق سطح خدمت برآورده شد", en="SLA met"),
    Verdict.FAIL: Bilingual(fa="توافق سطح خدمت برآورده نشد", en="SLA missed"),
    Verdict.INCONCLUSIVE: Bilingual(fa="توافق سطح خدمت بی‌نتیجه ماند", en="SLA undecided"),
    Verdict.ERROR: Bilingual(fa="مولد بار خراب شد", en="the load generator broke"),
    Verdict.NONE: Bilingual(fa="داوری نشد", en="not judged"),
}


@dataclass(frozen=True)
class StripRow:
    """One SLA item; x values are pixels, the limit is at the same x in every row."""

    operation: str
    measure: str
    mark: str
    symbol: str
    words: Bilingual
    limit: str
    quantile: str
    share: str
    interval: str
    samples: int
    y: int
    low_x: float
    dot_x: float
    high_x: float
    reason: str


@dataclass(frozen=True)
class Line:
    """One line of the latency chart."""

    name: str
    points: str
    dash: str


@dataclass(frozen=True)
class LoadView:
    """Everything of the load section."""

    mark: str
    symbol: str
    sentence: Bilingual
    profile: str
    planned: int
    sent: int
    completed: int
    gates: tuple[tuple[str, bool, str], ...]
    strip: tuple[StripRow, ...]
    strip_height: int
    limit_x: float
    lines: tuple[Line, ...]
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[tuple[float, str], ...]
    table: tuple[tuple[str, str, str, str], ...]


def build_load(load: LoadResult) -> LoadView:
    """Compute the load section."""
    mark = str(load.verdict.value)
    strip = tuple(_row(i, outcome) for i, outcome in enumerate(load.outcomes))
    lines, grid, ticks = _chart(load)
    return LoadView(
        mark=mark,
        symbol=wording.VERDICTS[mark][0],
        sentence=_sentence(load),
        profile=one_line(load.profile, 60),
        planned=load.planned,
        sent=load.sent,
        completed=load.completed,
        gates=tuple((one_line(n, 60), held, one_line(d, 200)) for n, held, d in load.gates),
        strip=strip,
        strip_height=STRIP_ROW * max(1, len(strip)) + 4,
        limit_x=_LIMIT_X,
        lines=lines,
        grid=grid,
        ticks=ticks,
        table=tuple(
            (f"{s:.0f}", f"{p50:.1f}", f"{p95:.1f}", f"{top:.1f}")
            for s, p50, p95, top in load.timeline[:_MAX_POINTS]
        ),
    )


def _sentence(load: LoadResult) -> Bilingual:
    said = _SAID[load.verdict]
    rate_en, rate_fa = number(load.rate_per_second, "en"), number(load.rate_per_second, "fa")
    time_en, time_fa = number(load.seconds, "en"), number(load.seconds, "fa")
    return Bilingual(
        fa=f"{said.fa}: {rate_fa} درخواست در ثانیه به مدت {time_fa} ثانیه، "
        "تأخیر از لحظهٔ برنامه‌ریزی‌شدهٔ ارسال.",
        en=f"{said.en}: {rate_en}/s for {time_en} s, latency from the intended start. "
        f"{one_line(load.reason, 300)}",
    )


def _x(share: float, allowed: float) -> float:
    """Place a share so that the allowed share is at _LIMIT_X and the scale is linear."""
    scale = allowed if allowed > 0 else 0.01
    return round(min(STRIP_WIDTH - 8.0, max(4.0, _LIMIT_X * share / scale)), 1)


def _row(index: int, outcome: SlaOutcome) -> StripRow:
    mark = str(outcome.verdict.value)
    symbol, words = wording.VERDICTS[mark]
    share = outcome.exceedances / outcome.samples if outcome.samples else 0.0
    return StripRow(
        operation=one_line(outcome.operation, 60),
        measure=one_line(outcome.measure, 30),
        mark=mark,
        symbol=symbol,
        words=words,
        limit=_limit(outcome),
        quantile="-" if outcome.quantile_ms is None else f"{outcome.quantile_ms:.0f} ms",
        share=f"{share * 100:.2f} %",
        interval=f"{outcome.lower_bound * 100:.2f}-{outcome.upper_bound * 100:.2f} %",
        samples=outcome.samples,
        y=STRIP_ROW * index + STRIP_ROW // 2,
        low_x=_x(outcome.lower_bound, outcome.allowed_share),
        dot_x=_x(share, outcome.allowed_share),
        high_x=_x(outcome.upper_bound, outcome.allowed_share),
        reason=one_line(outcome.reason, 240),
    )


def _limit(outcome: SlaOutcome) -> str:
    share = f"{outcome.allowed_share * 100:g} %"
    if outcome.limit_ms is None:
        return f"<= {share}"
    return f"<= {share} over {outcome.limit_ms:g} ms"


def _chart(
    load: LoadResult,
) -> tuple[tuple[Line, ...], tuple[tuple[float, str], ...], tuple[tuple[float, str], ...]]:
    """Log-scaled latency against time, left to right in both languages."""
    rows = load.timeline
    if not rows:
        return (), (), ()
    step = max(1, len(rows) // _MAX_POINTS)
    rows = rows[::step]
    values = [v for row in rows for v in row[1:] if v > 0] or [1.0]
    low = 10 ** math.floor(math.log10(min(values)))
    high = max(10 ** math.ceil(math.log10(max(values))), low * 10)
    span, first, last = math.log10(high / low), rows[0][0], max(rows[-1][0], rows[0][0] + 1)

    def x(second: float) -> float:
        return round(56 + (CHART_WIDTH - 70) * (second - first) / (last - first), 1)

    def y(value: float) -> float:
        share = math.log10(max(value, low) / low) / span
        return round(CHART_HEIGHT - 28 - (CHART_HEIGHT - 40) * share, 1)

    lines = tuple(
        Line(name, " ".join(f"{x(row[0])},{y(row[i])}" for row in rows), dash)
        for i, name, dash in ((1, "p50", ""), (2, "p95", "7 3"), (3, "max", "2 3"))
    )
    decades = round(math.log10(high / low))
    grid = tuple((y(low * 10**k), ascii_only(f"{low * 10**k:g} ms")) for k in range(decades + 1))
    ticks = tuple((x(t), f"{t:.0f} s") for t in (first, (first + last) / 2, last))
    return lines, grid, ticks
