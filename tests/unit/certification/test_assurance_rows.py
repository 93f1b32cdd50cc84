"""The statement holds every number of its page: blame, places, HTTPS, power, lists by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from lab.campaign.freeze import suite_hash
from lab.certification.assurance import Calibrated, statement
from lab.certification.assurance_rows import merged, role_row
from lab.model.base import JsonValue
from lab.validation.bounds import rate
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.matrix import Agreement, Matrix, summarise
from reports.renderers.assurance import render_assurance

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
KINDS = {
    "FLT": SubjectKind.FAULT,
    "VAR": SubjectKind.VARIANT,
    "NULL": SubjectKind.NULL,
    "MIS": SubjectKind.MISCONFIGURATION,
    "MEC": SubjectKind.MECHANICAL,
}


def row(name: str, outcome: Outcome, role: str = "siam", **more: Any) -> SubjectResult:
    subject = Subject(
        id=name, kind=KINDS[name.split("-", maxsplit=1)[0]], role=role, title=f"title of {name}",
        requirement="ERX-2-FAC-A", **more,
    )  # fmt: skip
    return SubjectResult(subject=subject, outcome=outcome, detail="told", verdicts={}, seconds=1)


ROWS = (
    row("FLT-1", Outcome.CAUGHT, pointer="/a"),
    row("FLT-2", Outcome.MISATTRIBUTED, pointer="/b"),
    row("FLT-3", Outcome.SURVIVED),
    row("VAR-1", Outcome.ACCEPTED),
    row("VAR-2", Outcome.ACCUSED),
    row("NULL-1", Outcome.EARNED_NOTHING),
    row("MIS-1", Outcome.EXCUSED),
    row("MIS-2", Outcome.BLAMED),
)
MUTANTS = (
    row("MEC-1", Outcome.CAUGHT),
    row("MEC-2", Outcome.SURVIVED),
    row("MEC-3", Outcome.EQUIVALENT),
    row("MEC-4", Outcome.UNREACHED),
)


def matrix(*rows: SubjectResult, role: str = "siam") -> Matrix:
    return summarise(role, "siam-certification", 1401, rows, suite_hash())


def of(*calibrated: Calibrated) -> dict[str, JsonValue]:
    return statement(calibrated, [], NOW, "1")


def test_a_role_tells_every_rate_and_every_name() -> None:
    told = role_row(matrix(*ROWS, *MUTANTS))
    counted = {name: (told[name]["hits"], told[name]["trials"]) for name in
               ("sensitivity", "attribution", "pointers", "specificity", "null_panel", "blame",
                "mechanical")}  # fmt: skip
    assert counted == {
        "sensitivity": (2, 3), "attribution": (1, 2), "pointers": (1, 2), "specificity": (1, 2),
        "null_panel": (1, 1), "blame": (1, 2), "mechanical": (1, 3),
    }  # fmt: skip
    assert told["survivors"] == ["FLT-3"]
    assert told["accused"] == ["VAR-2"]
    assert told["blamed"] == ["MIS-2"]
    assert told["misattributed"] == ["FLT-2: told"]
    assert told["mechanicalSurvivors"] == ["title of MEC-2"]
    assert told["equivalents"] == [{"mutant": "title of MEC-3", "reason": "told"}]
    assert [one["good"] for one in told["variants"]] == [True, False]
    [power] = told["requirements"]
    assert (power["id"], power["hits"], power["trials"]) == ("ERX-2-FAC-A", 1, 3)
    assert power["missed"] == ["siam/FLT-2", "siam/FLT-3"]
    assert not told["proven"]


def test_two_matrices_of_a_role_are_one_and_the_worse_outcome_counts() -> None:
    again = (row("FLT-1", Outcome.SURVIVED), row("FLT-3", Outcome.CAUGHT))
    [found] = merged([matrix(*ROWS), matrix(*MUTANTS, *again)])
    outcomes = {one.subject.id: one.outcome for one in found.rows}
    assert len(outcomes) == len(found.rows) == len(ROWS) + len(MUTANTS)
    assert outcomes["FLT-1"] is outcomes["FLT-3"] is Outcome.SURVIVED
    assert (found.mechanical.hits, found.mechanical.trials) == (1, 3)


def test_https_that_differs_is_named_and_not_sound() -> None:
    sample = Agreement(agreed=rate(1, 2), differing=("siam/FLT-1: pass here, fail there",))
    told = of(Calibrated((matrix(*ROWS),), sample))
    assert (told["https"]["hits"], told["https"]["trials"]) == (1, 2)
    assert told["https"]["differing"] == list(sample.differing)
    assert not told["sound"]
    assert any("HTTPS" in text for text in of(Calibrated((matrix(*ROWS),)))["notMeasured"])


def test_the_page_shows_the_numbers_of_the_statement_in_both_languages() -> None:
    hostile = row("VAR-3", Outcome.ACCUSED)
    hostile = hostile.model_copy(
        update={"subject": hostile.subject.model_copy(update={"title": "<b>x</b>\u202e"})}
    )
    sample = Agreement(agreed=rate(2, 2))
    told = of(Calibrated((matrix(*ROWS, *MUTANTS, hostile), matrix(*MUTANTS, role="ttac")), sample))
    page = render_assurance(told)
    for value in (*told["total"].values(), told["https"]):
        if value is not None:
            assert f"{value['hits']} / {value['trials']}" in page
            assert f"≥ {value['lowerBound']:.1%}" in page
    for text in ("FLT-3", "MIS-2", "title of MEC-2", "title of MEC-3: told", "siam/FLT-2",
                 "خطای پیکربندی به نام محصول نوشته نشد", "wrong set-ups not blamed on the product",
                 "۷ آذر ۱۴۰۵", "2026-11-28T12:00:00Z", "28 Nov 2026"):  # fmt: skip
        assert text in page, text
    assert "<b>x" not in page
    assert "⟨U+202E⟩" in page
    assert "place of the mutant named" not in page, "an optional measure nobody took"


def test_an_optional_measure_shows_when_it_was_taken() -> None:
    told = of(Calibrated((matrix(*ROWS),)))
    told["total"]["place_named"] = {"hits": 3, "trials": 4, "lowerBound": 0.2486}
    page = render_assurance(told)
    assert "place of the mutant named" in page
    assert "3 / 4" in page
