"""The calibration matrix in words: rates with bounds, and whoever needs a look by name."""

from __future__ import annotations

from collections.abc import Iterator

from lab.validation.bounds import Rate
from lab.validation.judgement import Outcome
from lab.validation.matrix import Matrix, Proof, Rates, RequirementPower

_MEANINGS = {
    "sensitivity": "seeded faults caught by a named case",
    "attribution": "caught for the right requirement, at the declared place",
    "pointers": "of those, the ones that declare a place",
    "specificity": "reference and legal variants accepted",
    "null_panel": "null implementations that earned nothing",
    "blame": "faults of configuration or environment not blamed on the product",
    "mechanical": "mechanical mutants noticed",
    "place_named": "of those that are wrong at one place, the ones a finding names it for",
}
_NAMED = {
    Outcome.SURVIVED: "SURVIVOR",
    Outcome.MISATTRIBUTED: "MISTAKEN FOR",
    Outcome.ACCUSED: "ACCUSED",
    Outcome.EARNED: "EARNED",
    Outcome.BLAMED: "BLAMED",
    Outcome.EQUIVALENT: "EQUIVALENT",
    Outcome.UNREACHED: "UNREACHED",
    Outcome.NOT_JUDGED: "NOT JUDGED",
}
_WEAKEST = 10


def _rate_line(name: str, value: Rate, meaning: str) -> str:
    if value.trials == 0:
        return f"{name:<12} nothing tried: {meaning}"
    return (
        f"{name:<12} {value.hits}/{value.trials} = {value.value:6.1%}   "
        f"true rate above {value.lower:.1%} with {value.confidence:.0%} confidence   ({meaning})"
    )


def summary_lines(found: Matrix | Proof, *, partial: bool = False) -> list[str]:
    """Return the lines of the summary; `partial` when only some subjects were asked for."""
    if isinstance(found, Matrix):
        head = (
            f"Calibration of {found.plan} ({found.role}), seed {found.seed}, "
            f"{len(found.rows)} subjects in {found.seconds:.0f} s"
        )
        matrices: tuple[Matrix, ...] = (found,)
        total: Rates = found
    else:
        matrices, total = found.roles, found.total
        count = sum(len(matrix.rows) for matrix in matrices)
        head = f"Calibration of {len(matrices)} roles, {count} subjects in {found.seconds:.0f} s"
    cpu = sum(row.cpu_seconds for matrix in matrices for row in matrix.rows)
    lines = ["", f"{head}, {cpu:.0f} s of processor time"]
    lines += _rate_lines(total)
    if isinstance(found, Proof):
        lines += ["", *_role_lines(found)]
    if found.https is not None:
        meaning = "drawn subjects that came out the same over real HTTPS"
        lines.append(_rate_line("https", found.https.agreed, meaning))
        lines += [f"DIFFERS      {text}" for text in found.https.differing]
    lines += _requirement_lines(found.requirements)
    lines += [line for matrix in matrices for line in _looks(matrix, partial=partial)]
    return lines


def _rate_lines(total: Rates) -> Iterator[str]:
    for name, meaning in _MEANINGS.items():
        value: Rate = getattr(total, name)
        if value.trials or name in {"sensitivity", "specificity"}:
            yield _rate_line(name.replace("_", " "), value, meaning)


def _role_lines(proof: Proof) -> Iterator[str]:
    columns = [name for name in _MEANINGS if getattr(proof.total, name).trials]
    yield f"{'role':<30}" + "".join(f"{name.replace('_', ' '):>18}" for name in columns)
    for matrix in proof.roles:
        cells = [getattr(matrix, name) for name in columns]
        shown = [f"{c.hits}/{c.trials} >{c.lower:.0%}" if c.trials else "-" for c in cells]
        yield f"{matrix.role:<30}" + "".join(f"{cell:>18}" for cell in shown)


def _requirement_lines(powers: tuple[RequirementPower, ...]) -> Iterator[str]:
    if not powers:
        return
    whole = [one for one in powers if not one.missed]
    yield (
        f"{len(powers)} requirements have seeded faults; of {len(whole)} every fault was caught "
        "for the requirement (all in matrix.json)"
    )
    for one in (one for one in powers if one.missed):
        seen = one.detected
        yield (
            f"REQUIREMENT  {one.requirement}: {seen.hits} of {seen.trials} caught, true rate above "
            f"{seen.lower:.0%}; missed: {', '.join(one.missed[:_WEAKEST])}"
        )


def _looks(matrix: Matrix, *, partial: bool) -> Iterator[str]:
    for outcome, word in _NAMED.items():
        for row in matrix.rows:
            if row.outcome is outcome:
                name = f"{matrix.role}/{row.subject.id}"
                what = f"{row.subject.title} " if outcome in _MADE else ""
                yield f"{word:<12} {name}: {what}{row.detail}"
    if not partial:
        for case in matrix.unproven_cases:
            yield f"UNPROVEN     {case}: no fault made it fail"


_MADE = (Outcome.UNREACHED, Outcome.EQUIVALENT, Outcome.SURVIVED)
