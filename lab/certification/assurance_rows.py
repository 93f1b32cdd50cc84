"""What a calibration says of one role and of all, as the assurance statement writes it down.

Every number of the page stands here, so that the signed file and the page cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.model.base import JsonValue
from lab.validation.bounds import Rate, rate
from lab.validation.corpus import SubjectKind, load_subjects
from lab.validation.equivalents import equivalence
from lab.validation.judgement import GOOD, Outcome, SubjectResult
from lab.validation.matrix import Agreement, Matrix, Rates, RequirementPower, summarise

_FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
MEASURES = (
    "sensitivity", "attribution", "pointers", "specificity", "null_panel", "blame", "mechanical",
    "place_named",
)  # fmt: skip
_LISTED = {
    "variants": SubjectKind.VARIANT,
    "nulls": SubjectKind.NULL,
    "misconfigurations": SubjectKind.MISCONFIGURATION,
}


def merged(matrices: Sequence[Matrix]) -> list[Matrix]:
    """Return one matrix per role: mechanical mutants are often calibrated in a run of their own.

    A subject judged more than once counts once, by its worse outcome.
    """
    together: list[Matrix] = []
    for role in dict.fromkeys(matrix.role for matrix in matrices):
        mine = [matrix for matrix in matrices if matrix.role == role]
        if len(mine) == 1:
            together.append(mine[0])
            continue
        rows: dict[str, SubjectResult] = {}
        for row in (row for matrix in mine for row in matrix.rows):
            known = rows.get(row.subject.id)
            if known is None or (known.outcome in GOOD and row.outcome not in GOOD):
                rows[row.subject.id] = row
        first = mine[0]
        together.append(
            summarise(role, first.plan, first.seed, list(rows.values()), first.suite_hash)
        )
    return together


def role_row(matrix: Matrix) -> dict[str, JsonValue]:
    """Return rates, names and lists of one role."""
    run = {row.subject.id for row in matrix.rows}
    complete = {one.id for one in load_subjects(_FAULTS, matrix.role)} <= run
    return {
        "role": matrix.role,
        "plan": matrix.plan,
        "seed": matrix.seed,
        "subjects": len(matrix.rows),
        "complete": complete,
        "proven": complete and matrix.is_proven,
        **measures(matrix),
        "survivors": list(matrix.survivors),
        "misattributed": _titled(matrix, Outcome.MISATTRIBUTED),
        "notJudged": _titled(matrix, Outcome.NOT_JUDGED),
        "mechanicalSurvivors": [
            row.subject.title
            for row in matrix.rows
            if row.subject.kind is SubjectKind.MECHANICAL and row.outcome is Outcome.SURVIVED
        ],
        "equivalents": [
            {"mutant": row.subject.title, "reason": equivalence(row.subject) or row.detail}
            for row in matrix.rows
            if row.outcome is Outcome.EQUIVALENT
        ],
        "accused": list(matrix.accused),
        "blamed": list(matrix.blamed),
        "unprovenCases": list(matrix.unproven_cases),
        "requirements": powers(matrix.requirements),
        **{name: _listed(matrix, kind) for name, kind in _LISTED.items()},
    }


def measures(found: Rates) -> dict[str, JsonValue]:
    """Return all rates; None for what was not measured."""
    return {name: numbers(getattr(found, name)) for name in MEASURES}


def numbers(value: Rate) -> JsonValue:
    """Return hits, trials and bound of a rate; None when nothing was tried."""
    if not value.trials:
        return None
    return {"hits": value.hits, "trials": value.trials, "lowerBound": round(value.lower, 4)}


def powers(found: Sequence[RequirementPower]) -> list[JsonValue]:
    """Return the detection of each requirement."""
    return [
        {"id": one.requirement, **dict(numbers(one.detected) or {}), "missed": list(one.missed)}
        for one in found
    ]


def agreement(found: Sequence[Agreement]) -> JsonValue:
    """Return the samples over HTTPS together; None when none was drawn."""
    drawn = sum(one.agreed.trials for one in found)
    if not drawn:
        return None
    return {
        **dict(numbers(rate(sum(one.agreed.hits for one in found), drawn)) or {}),
        "differing": [text for one in found for text in one.differing],
    }


def _titled(matrix: Matrix, outcome: Outcome) -> list[JsonValue]:
    return [
        f"{row.subject.id}: {row.detail}"[:300] for row in matrix.rows if row.outcome is outcome
    ]


def _listed(matrix: Matrix, kind: SubjectKind) -> list[JsonValue]:
    return [
        {
            "id": row.subject.id,
            "title": row.subject.title,
            "outcome": row.outcome.value,
            "good": row.outcome in GOOD,
        }
        for row in matrix.rows
        if row.subject.kind is kind
    ]
