"""The suite assurance statement: what the suites have been measured to catch, signed.

It is put together from calibration matrices of this very version of the suites and says what has
not been measured as plainly as what has. Raises UsageError for matrices of other suites.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from lab.campaign.freeze import suite_hash
from lab.certification.jose import Signer, sign
from lab.model.base import JsonValue
from lab.model.campaign import ResultDocument
from lab.model.errors import UsageError
from lab.validation.bounds import Rate, rate
from lab.validation.corpus import SubjectKind, load_subjects
from lab.validation.judgement import Outcome
from lab.validation.matrix import Matrix

_FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
TYPE = "mafa-assurance+jwt"
_MEASURES = ("sensitivity", "attribution", "specificity", "null_panel", "mechanical")
_UNMEASURED = (
    ("flakes", "share of cases whose verdict changes between repetitions"),
    ("concurrency", "verdicts of campaigns run at once compared with serial ones"),
    ("crash", "verdicts of interrupted and resumed campaigns compared with whole ones"),
)


def read_matrix(path: Path) -> Matrix:
    """Read a `matrix.json`; it must be of the suites as they are now."""
    try:
        matrix = Matrix.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"{path.name} is no calibration matrix: {error}", code="MFL-U070", where=str(path)
        ) from error
    if matrix.suite_hash != suite_hash():
        raise UsageError(
            f"{path} was measured with other suites than the present ones",
            code="MFL-U071",
            where=str(path),
            fix=f"Measure again: mafalab calibrate --role {matrix.role}",
            sentence_fa="این سنجش با نسخهٔ دیگری از آزمون‌ها انجام شده است.",
        )
    return matrix


def flake_rate(results: Sequence[ResultDocument]) -> Rate:
    """Return the share of cases that had one verdict in all repetitions of one campaign."""
    seen: dict[str, set[str]] = {}
    for result in results:
        for row in result.cases:
            seen.setdefault(row.case.id, set()).add(row.verdict.value)
    return rate(sum(len(verdicts) == 1 for verdicts in seen.values()), len(seen))


def statement(
    matrices: Sequence[Matrix], repetitions: Sequence[ResultDocument], at: datetime, version: str
) -> dict[str, JsonValue]:
    """Return the payload of the statement."""
    measured: dict[str, JsonValue] = {}
    if len(repetitions) > 1:
        stable = flake_rate(repetitions)
        measured["flakes"] = {
            "repetitions": len(repetitions),
            "cases": stable.trials,
            "unstable": stable.trials - stable.hits,
        }
    return {
        "kind": "suite-assurance",
        "suiteVersion": version,
        "suiteHash": suite_hash(),
        "measuredAt": at.isoformat(),
        "roles": [_of_role(matrix) for matrix in matrices],
        **measured,
        "notMeasured": [text for name, text in _UNMEASURED if name not in measured],
    }


def _of_role(matrix: Matrix) -> dict[str, JsonValue]:
    run = {row.subject.id for row in matrix.rows}
    complete = {one.id for one in load_subjects(_FAULTS, matrix.role)} <= run
    return {
        "role": matrix.role,
        "plan": matrix.plan,
        "seed": matrix.seed,
        "subjects": len(matrix.rows),
        "complete": complete,
        "proven": complete and matrix.is_proven,
        **{name: _numbers(getattr(matrix, name)) for name in _MEASURES},
        "survivors": list(matrix.survivors),
        "mechanicalSurvivors": [
            row.subject.title
            for row in matrix.rows
            if row.subject.kind is SubjectKind.MECHANICAL and row.outcome is Outcome.SURVIVED
        ],
        "accused": list(matrix.accused),
        "unprovenCases": list(matrix.unproven_cases),
    }


def _numbers(value: Rate) -> JsonValue:
    if not value.trials:
        return None
    return {"hits": value.hits, "trials": value.trials, "lowerBound": round(value.lower, 4)}


def write(payload: dict[str, JsonValue], signer: Signer, at: datetime, out: Path) -> Path:
    """Write `assurance.jws` (signed) and `assurance.html`; return the signed file."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "assurance.html").write_text(page(payload), "utf-8")
    target = out / "assurance.jws"
    target.write_text(sign(payload, TYPE, signer, at), "ascii")
    return target


def page(payload: dict[str, JsonValue]) -> str:
    """Return the statement as a page; a number that was not measured is said to be missing."""
    heads = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in _MEASURES)
    rows = "".join(
        f"<tr><th>{html.escape(str(row['role']))}</th>"
        + "".join(f"<td>{_cell(row[name])}</td>" for name in _MEASURES)
        + f"<td>{html.escape(', '.join(row['survivors']) or 'none')}</td></tr>"
        for row in payload["roles"]
    )
    missing = "".join(f"<li>{html.escape(text)}</li>" for text in payload["notMeasured"])
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Suite assurance statement</title>
<style>body{{font:16px/1.5 sans-serif;margin:2rem;max-width:70rem}}
table{{border-collapse:collapse}}th,td{{border:1px solid #888;padding:.3rem .6rem;text-align:left}}
</style></head><body>
<h1>Suite assurance statement <span lang="fa" dir="rtl">بیانیهٔ اطمینان آزمون‌ها</span></h1>
<p>Suites {html.escape(str(payload["suiteVersion"]))}, hash
<code>{html.escape(str(payload["suiteHash"]))}</code>, {html.escape(str(payload["measuredAt"]))}</p>
<p>Hits of trials, with the exact one-sided 95 % lower bound of the true rate.</p>
<table><tr><th>role</th>{heads}<th>survivors</th></tr>{rows}</table>
<h2>Not measured</h2><ul>{missing}</ul>
</body></html>
"""


def _cell(value: JsonValue) -> str:
    if value is None:
        return "not measured"
    return f"{value['hits']} of {value['trials']} (above {value['lowerBound']:.1%})"
