"""The calibration matrix in words: rates with bounds, and whoever needs a look by name."""

from __future__ import annotations

from lab.validation.bounds import Rate
from lab.validation.corpus import SubjectKind
from lab.validation.judgement import Outcome
from lab.validation.matrix import Matrix


def _rate_line(name: str, value: Rate, meaning: str) -> str:
    if value.trials == 0:
        return f"{name:<12} nothing tried: {meaning}"
    return (
        f"{name:<12} {value.hits}/{value.trials} = {value.value:6.1%}   "
        f"true rate above {value.lower:.1%} with {value.confidence:.0%} confidence   ({meaning})"
    )


def summary_lines(matrix: Matrix, *, partial: bool = False) -> list[str]:
    """Return the lines of the summary; `partial` when only some subjects were asked for."""
    head = (
        f"Calibration of {matrix.plan} ({matrix.role}), seed {matrix.seed}, "
        f"{len(matrix.rows)} subjects in {matrix.seconds:.0f} s"
    )
    lines = [
        "",
        head,
        _rate_line("sensitivity", matrix.sensitivity, "seeded faults caught by a named case"),
        _rate_line("attribution", matrix.attribution, "caught for the right requirement"),
        _rate_line("specificity", matrix.specificity, "reference and legal variants accepted"),
        _rate_line("null panel", matrix.null_panel, "null implementations that earned nothing"),
    ]
    made = [r for r in matrix.rows if r.subject.kind is SubjectKind.MECHANICAL]
    if made:
        lines.append(_rate_line("mechanical", matrix.mechanical, "mechanical mutants noticed"))
    lines += [
        f"{r.outcome.value.upper():<12} {r.subject.id}: {r.subject.title}"
        for r in made
        if r.outcome in (Outcome.SURVIVED, Outcome.UNREACHED)
    ]
    by_id = {r.subject.id: r for r in matrix.rows}
    lines += [f"SURVIVOR     {i}: {by_id[i].detail}" for i in matrix.survivors]
    lines += [
        f"MISTAKEN FOR {r.subject.id}: {r.detail}"
        for r in matrix.rows
        if r.outcome is Outcome.MISATTRIBUTED
    ]
    lines += [f"ACCUSED      {i}: {by_id[i].detail}" for i in matrix.accused]
    lines += [
        f"NOT JUDGED   {r.subject.id}: {r.detail}"
        for r in matrix.rows
        if r.outcome is Outcome.NOT_JUDGED
    ]
    if not partial:
        lines += [f"UNPROVEN     {case}: no fault made it fail" for case in matrix.unproven_cases]
    return lines
