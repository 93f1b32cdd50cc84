"""Some calibration subjects once more, as anybody would run them: `mafalab run` over real HTTPS.

Calibration judges in process, without sockets and TLS. That this changes no verdict is not taken
for granted: a drawn sample must come out the same, case by case.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

from lab.cli.children import exchange, mafalab
from lab.model import stored
from lab.model.roles import role_of
from lab.validation.bounds import rate
from lab.validation.corpus import SubjectKind
from lab.validation.judgement import Outcome, SubjectResult, judge
from lab.validation.matrix import Agreement
from lab.validation.subjects import live_text
from lab.validation.work import Work

_DRAWN_FROM = frozenset({SubjectKind.REFERENCE, SubjectKind.FAULT, SubjectKind.VARIANT})
_LIMIT_SECONDS = 900.0
_CONTROLS = ("--clock-control", "--peer-control")


def sampled(rows: Sequence[SubjectResult], count: int, seed: int) -> list[SubjectResult]:
    """Draw `count` judged subjects of server roles; the same seed draws the same ones."""
    possible = [
        row
        for row in rows
        if row.subject.kind in _DRAWN_FROM
        and role_of(row.subject.role).is_server
        and row.outcome is not Outcome.NOT_JUDGED
    ]
    return random.Random(seed).sample(possible, min(count, len(possible)))  # noqa: S311 - no secret


def compare(
    work: Work, rows: Sequence[SubjectResult], count: int, say: Callable[[str], None]
) -> Agreement:
    """Run a sample again over HTTPS and hold every verdict against the one from in process."""
    drawn = sampled(rows, count, work.seed)
    differing: list[str] = []
    for row in drawn:
        name = f"{row.subject.role}/{row.subject.id}"
        difference = _difference(row, run_again(work, row))
        say(f"HTTPS {name:<40} {difference or 'agrees'}")
        if difference:
            differing.append(f"{name}: {difference}")
    return Agreement(
        agreed=rate(len(drawn) - len(differing), len(drawn)), differing=tuple(differing)
    )


def run_again(work: Work, row: SubjectResult) -> SubjectResult | str:
    """Run one subject as a child over HTTPS; return its row, or why there is none."""
    subject = row.subject
    place = work.out / "https" / subject.role / subject.id
    options = [part for name in role_of(subject.role).services for part in ("--subject", name)]
    faults = () if subject.kind is SubjectKind.REFERENCE else (subject.id,)
    examples, only = work.options(subject)
    with exchange(place / "exchange", faults=faults, further=[*options, *_CONTROLS]):
        sut = place / "sut.toml"
        sut.write_text(live_text(subject, place / "exchange", controlled=True), "utf-8")
        command: list[str | Path] = [
            "run", "--sut", sut, "--plan", work.plans[subject.role], "--out", place / "campaign",
            "--seed", str(work.seed), "--kind", "calibration", "--catalogue", work.catalogue,
            "--quiet", "--no-report",
        ]  # fmt: skip
        command += ["--examples", str(examples)] if examples is not None else []
        command += [part for case in only for part in ("--only", case)]
        done = mafalab(*command, limit=_LIMIT_SECONDS)
    document = place / "campaign" / "result.json"
    if not document.exists():
        return f"no result, exit {done.code}: {done.err[-300:]}"
    result = stored.RESULT.read(document.read_bytes(), str(document))
    return judge(subject, result, done.seconds)


def _difference(first: SubjectResult, again: SubjectResult | str) -> str:
    if isinstance(again, str):
        return again
    told = [
        f"{case} {verdict} in process, {again.verdicts.get(case, 'none')} over HTTPS"
        for case, verdict in first.verdicts.items()
        if again.verdicts.get(case) is not verdict
    ]
    if first.outcome is not again.outcome:
        told.insert(0, f"{first.outcome} in process, {again.outcome} over HTTPS")
    return "; ".join(told[:3])
