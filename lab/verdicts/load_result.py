"""Judges a recorded load run: validity gates first, then every SLA item of the pack's profile.

Works on evidence only, so ``mafalab load judge`` comes to the same verdict without the product. A
broken gate voids the run (INCONCLUSIVE): the generator or the machine was not good enough, and the
product is neither passed nor failed by it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from lab.model.base import Frozen, JsonValue
from lab.model.campaign import LoadResult, SlaOutcome
from lab.model.errors import EvidenceDamaged, PackError
from lab.model.verdict import Verdict, worst
from lab.verdicts.sla import Sample, SlaItem, SlaRule, judge_item, quantile

LATENESS_SHARE = 0.05  # of the smallest latency limit
NOISE_SHARE = 0.10  # same; the laboratory's own latency against the null server
CPU_LIMIT = 0.70  # of one core
SENT_TOLERANCE = 0.01
BATCHES = 10
LONGEST_BATCH_SECONDS = 30.0
NOT_SENT = "not sent"

Gate = tuple[str, bool, str]


class GeneratorFigures(Frozen):
    """What the generator recorded about itself; times in ms, `cpu_share` of one core."""

    planned: int
    sent: int
    completed: int
    max_in_flight: int
    in_flight_cap: int
    lateness_p99_ms: float
    cpu_share: float
    null_before_p99_ms: float
    null_after_p99_ms: float


@dataclass(frozen=True)
class SlaProfile:
    """An SLA profile of the pack, parsed: what to offer and what is allowed."""

    name: str
    requirement: str
    rate_per_second: float
    seconds: float
    warm_up_seconds: float
    items: tuple[SlaItem, ...]
    alpha: float
    information_floor: float

    @property
    def smallest_limit_ms(self) -> float:
        """The smallest latency limit; the laboratory must be much better than this."""
        return min((i.limit_ms for i in self.items if i.limit_ms is not None), default=1000.0)


def parse_profile(name: str, data: JsonValue) -> SlaProfile:
    """Parse one profile of the pack's sla.yaml; PackError names what is missing."""
    try:
        items = tuple(
            SlaItem(
                operation=str(row["operation"]),
                measure=str(row["measure"]),
                limit_ms=float(row["limitMs"]),
                allowed_share=float(row["allowedShare"]),
            )
            for row in data["judged"]
        )
        errors = SlaItem("*", "error_rate", None, float(data["errorRateLimit"]))
        return SlaProfile(
            name=name,
            requirement=str(data["requirement"]),
            rate_per_second=float(data["ratePerSecond"]),
            seconds=float(data["seconds"]),
            warm_up_seconds=float(data["warmUpSeconds"]),
            items=(*items, errors),
            alpha=float(data["alpha"]),
            information_floor=float(data["minExpectedExceedances"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(
            f'SLA profile "{name}" cannot be read: {type(error).__name__}: {error}',
            code="MFL-K010",
            where="sla.yaml",
            fix="Run mafalab pack lint.",
        ) from error


def parse_samples(content: bytes) -> tuple[Sample, ...]:
    """Parse the generator's lines; requests that were never sent are left out.

    A query cannot be sent when its registration failed; the failed registration already counts.
    """
    samples: list[Sample] = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
            error = str(row["error"])
            intended, done = float(row["intended"]), float(row["done"])
            operation = str(row["op"])
        except (ValueError, KeyError, TypeError) as problem:
            raise EvidenceDamaged(
                f"Load sample {number} cannot be read: {type(problem).__name__}.",
                code="MFL-V020",
                where=f"load samples, line {number}",
            ) from problem
        if error.startswith(NOT_SENT):
            continue
        latency = math.inf if error else (done - intended) * 1000
        samples.append(Sample(operation, intended, latency, error))
    return tuple(samples)


def judge_load(
    profile: SlaProfile,
    samples: Sequence[Sample],
    generator: GeneratorFigures,
    *,
    rate_per_second: float,
    seconds: float,
) -> LoadResult:
    """Judge a run of `seconds` at `rate_per_second` arrivals; never PASS without samples."""
    gates = _gates(profile, generator)
    void = "; ".join(f"{name}: {detail}" for name, held, detail in gates if not held)
    judged = [s for s in samples if s.intended >= profile.warm_up_seconds]
    rule = SlaRule(
        alpha=profile.alpha,
        batch_seconds=min(LONGEST_BATCH_SECONDS, max(1.0, seconds / BATCHES)),
        information_floor=profile.information_floor,
        noise_ms=_noise(generator),
    )
    outcomes = tuple(judge_item(item, judged, rule, void=void) for item in profile.items)
    verdict = worst(outcome.verdict for outcome in outcomes)
    return LoadResult(
        profile=profile.name,
        rate_per_second=rate_per_second,
        seconds=seconds,
        planned=generator.planned,
        sent=generator.sent,
        completed=generator.completed,
        gates=gates,
        outcomes=outcomes,
        verdict=verdict if outcomes else Verdict.ERROR,
        reason=_reason(verdict, outcomes, void, samples),
        timeline=_timeline(samples, seconds),
    )


def _noise(generator: GeneratorFigures) -> float:
    before, after = generator.null_before_p99_ms, generator.null_after_p99_ms
    return max(before, after) + 2 * abs(before - after)


def _gates(profile: SlaProfile, generator: GeneratorFigures) -> tuple[Gate, ...]:
    limit = profile.smallest_limit_ms
    late, noise = limit * LATENESS_SHARE, limit * NOISE_SHARE
    missing = generator.planned - generator.sent
    own = _noise(generator)
    return (
        (
            "every arrival sent",
            generator.planned > 0 and missing <= SENT_TOLERANCE * generator.planned,
            f"{generator.sent} of {generator.planned}",
        ),
        (
            "every arrival ended",
            generator.completed == generator.sent,
            f"{generator.completed} of {generator.sent}",
        ),
        (
            "sent in time",
            generator.lateness_p99_ms <= late,
            f"p99 lateness {generator.lateness_p99_ms:.1f} ms, {late:.0f} ms allowed",
        ),
        (
            "no queue in the generator",
            generator.max_in_flight < generator.in_flight_cap,
            f"{generator.max_in_flight} at once, cap {generator.in_flight_cap}",
        ),
        (
            "generator not busy",
            generator.cpu_share < CPU_LIMIT,
            f"{generator.cpu_share:.0%} of a core, {CPU_LIMIT:.0%} allowed",
        ),
        (
            "laboratory fast enough",
            own <= noise,
            f"own latency {own:.1f} ms against a null server, {noise:.0f} ms allowed",
        ),
    )


def _reason(
    verdict: Verdict, outcomes: Sequence[SlaOutcome], void: str, samples: Sequence[Sample]
) -> str:
    if void:
        return f"The run does not count, the product is not blamed: {void}"
    deciding = [o for o in outcomes if o.verdict is verdict]
    parts = [f"{_operation(o)} {o.measure}: {o.reason}" for o in deciding[:3]]
    kinds = sorted({s.error for s in samples if s.error})
    if kinds:
        parts.append(f"Errors seen: {', '.join(kinds[:5])}.")
    return " ".join(parts)


def _operation(outcome: SlaOutcome) -> str:
    return "all operations" if outcome.operation == "*" else outcome.operation


def _timeline(
    samples: Sequence[Sample], seconds: float
) -> tuple[tuple[float, float, float, float], ...]:
    """Second, p50, p95 and maximum in ms per window of at least one second; good answers only."""
    width = max(1.0, math.ceil(seconds / 60))
    windows: dict[int, list[float]] = {}
    for sample in samples:
        if not sample.error:
            windows.setdefault(int(sample.intended // width), []).append(sample.latency_ms)
    return tuple(
        (
            number * width,
            quantile(latencies, 0.5) or 0.0,
            quantile(latencies, 0.95) or 0.0,
            max(latencies),
        )
        for number, latencies in sorted(windows.items())
    )
