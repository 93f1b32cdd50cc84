from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from lab.model.campaign import Campaign, CaseResult, Decision, DecisionRule
from lab.model.case import Case, Plan, PlannedCase, SuiteKind
from lab.model.evidence import Record, RecordKind
from lab.model.finding import Finding
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Blame, RunState, Selection, Severity, Verdict
from lab.verdicts.decision import exit_code, state
from lab.verdicts.rollup import Account, case_results, causes, count, requirement_results

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = DecisionRule(id="DR", text_en="e", text_fa="f")


def planned(case_id: str, selection: Selection = Selection.SELECTED) -> PlannedCase:
    case = Case(
        id=case_id,
        title="t",
        purpose="p",
        suite=SuiteKind.WORKFLOW,
        role="purchaser_system",
        requirements=("R-1",),
        module="m",
        function="f",
    )
    return PlannedCase(case=case, selection=selection, reason="because")


def campaign(*rows: PlannedCase, **changes: object) -> Campaign:
    plan = Plan(
        id="p",
        title="t",
        scheme="s",
        role="purchaser_system",
        level="basic",
        suites=(SuiteKind.WORKFLOW,),
        expected_cases=len(rows),
        opening="TC-OPEN",
        closing="TC-CLOSE",
    )
    profile = SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="purchaser_system",
        ixit=Ixit(credentials="c"),
    )
    settings: dict[str, object] = {
        "id": "CMP-1",
        "profile": profile,
        "plan": plan,
        "planned": rows,
        "seed": 1,
        "pack": "erx-1401",
        "pack_hash": "h",
        "suite_version": "1",
        "suite_hash": "h",
        "started_at": NOW,
        **changes,
    }
    return Campaign(**settings)


def finding(case_id: str, severity: Severity = Severity.MAJOR, **changes: object) -> Finding:
    settings: dict[str, object] = {
        "case_id": case_id,
        "requirement_id": "R-1",
        "verdict": Verdict.FAIL,
        "blame": Blame.SUT,
        "severity": severity,
        "title": "t",
        "expected": "e",
        "observed": "o",
        "pointer": "status",
        "exchange_id": "EV-000001",
        "fix": "",
        **changes,
    }
    return Finding(**settings)


def record(kind: RecordKind, case_id: str, data: dict[str, object], attempt: int = 1) -> Record:
    return Record(
        seq=1,
        kind=kind,
        at=NOW,
        case_id=case_id,
        attempt=attempt,
        data=data,
        previous="0" * 64,
        hash="0" * 64,
    )


def finished(case_id: str, verdict: Verdict, *findings: Finding, attempt: int = 1) -> Record:
    data: dict[str, object] = {
        "verdict": verdict.value,
        "expectations": 1,
        "findings": [item.model_dump(mode="json") for item in findings],
        "exchange_ids": [],
        "seconds": 0.1,
        "note": "",
        "generated_inputs": 0,
        "accepted_inputs": 0,
    }
    return record(RecordKind.CASE_FINISHED, case_id, data, attempt)


def result(verdict: Verdict, *severities: Severity, case_id: str = "TC-A") -> CaseResult:
    row = planned(case_id)
    return CaseResult(
        case=row.case,
        selection=row.selection,
        reason="",
        state=RunState.FINISHED,
        verdict=verdict,
        findings=tuple(finding(case_id, severity) for severity in severities),
    )


def test_every_planned_case_has_a_row_whatever_happened() -> None:
    rows = (
        planned("TC-A"),
        planned("TC-B"),
        planned("TC-C", Selection.NOT_APPLICABLE),
    )
    account = Account([finished("TC-A", Verdict.PASS)])
    results = case_results(campaign(*rows), account)
    assert [row.case.id for row in results] == ["TC-A", "TC-B", "TC-C"]
    assert [row.state for row in results] == [
        RunState.FINISHED,
        RunState.NOT_RUN,
        RunState.NOT_RUN,
    ]
    counts = count(results)
    assert (counts.planned, counts.passed, counts.not_run, counts.not_applicable) == (2, 1, 1, 1)


def test_the_last_finished_attempt_counts_and_attempts_are_kept() -> None:
    account = Account(
        [
            record(RecordKind.CASE_STARTED, "TC-A", {}, 1),
            record(RecordKind.CASE_STARTED, "TC-A", {}, 2),
            finished("TC-A", Verdict.PASS, attempt=2),
        ]
    )
    (row,) = case_results(campaign(planned("TC-A")), account)
    assert (row.verdict, row.attempts) == (Verdict.PASS, 2)


def test_passes_are_taken_back_when_the_product_died_on_the_way() -> None:
    rows = (planned("TC-OPEN"), planned("TC-A"), planned("TC-B"), planned("TC-CLOSE"))
    account = Account(
        [
            finished("TC-OPEN", Verdict.PASS),
            finished("TC-A", Verdict.PASS),
            finished("TC-B", Verdict.FAIL, finding("TC-B")),
            finished("TC-CLOSE", Verdict.INCONCLUSIVE),
        ]
    )
    verdicts = [row.verdict for row in case_results(campaign(*rows), account)]
    assert verdicts == [
        Verdict.INCONCLUSIVE,
        Verdict.INCONCLUSIVE,
        Verdict.FAIL,
        Verdict.INCONCLUSIVE,
    ]


def test_findings_with_one_cause_are_one_cause() -> None:
    rows = [
        result(Verdict.FAIL, Severity.MAJOR, case_id="TC-A"),
        result(Verdict.FAIL, Severity.MAJOR, case_id="TC-B"),
    ]
    other = rows[0].model_copy(update={"findings": (finding("TC-A", title="another"),)})
    found = causes([*rows, other])
    assert [len(cause.case_ids) for cause in found] == [2, 1]


def register(testability: str = "automated") -> dict[str, dict[str, object]]:
    row: dict[str, object] = {
        "clause": "1",
        "text": {"fa": "f", "en": "e"},
        "roles": ["purchaser_system"],
        "kind": "k",
        "level": "must",
        "testability": testability,
    }
    return {"R-1": {"id": "R-1", **row}, "R-2": {"id": "R-2", **row}}


def test_requirement_takes_the_worst_verdict_and_never_passes_by_default() -> None:
    rows = [result(Verdict.PASS, case_id="TC-A"), result(Verdict.INCONCLUSIVE, case_id="TC-B")]
    first, second = requirement_results(rows, register(), "purchaser_system")
    assert (first.verdict, first.case_ids) == (Verdict.INCONCLUSIVE, ("TC-A", "TC-B"))
    assert (second.verdict, second.reason) == (Verdict.NONE, "no case: automated")


def test_requirement_with_a_case_that_was_not_run_is_open() -> None:
    rows = [result(Verdict.PASS, case_id="TC-A"), result(Verdict.NONE, case_id="TC-B")]
    first, _ = requirement_results(rows, register(), "purchaser_system")
    assert first.verdict is Verdict.INCONCLUSIVE


def test_exit_code_precedence_over_all_combinations() -> None:
    for fails, errors, undecided in itertools.product((0, 1, 5), repeat=3):
        code = exit_code(fails, errors, undecided)
        if fails:
            assert code == 1
        elif errors:
            assert code == 3
        elif undecided:
            assert code == 4
        else:
            assert code == 0


@pytest.mark.parametrize(
    ("rows", "decision", "code"),
    [
        ([result(Verdict.PASS)], Decision.CONFORMING, 0),
        ([result(Verdict.FAIL, Severity.MAJOR)], Decision.NOT_CONFORMING, 1),
        ([result(Verdict.FAIL, Severity.MINOR)], Decision.NOT_CONFORMING, 1),
        ([result(Verdict.FAIL, Severity.OBSERVATION)], Decision.CONFORMING, 0),
        ([result(Verdict.ERROR)], Decision.NO_STATEMENT, 3),
        ([result(Verdict.INCONCLUSIVE)], Decision.UNDECIDED, 4),
        ([result(Verdict.NONE)], Decision.NO_STATEMENT, 4),
        ([], Decision.NO_STATEMENT, 4),
        (
            [result(Verdict.ERROR), result(Verdict.FAIL, Severity.MAJOR)],
            Decision.NOT_CONFORMING,
            1,
        ),
    ],
)
def test_decision_and_exit_code_agree(
    rows: list[CaseResult], decision: Decision, code: int
) -> None:
    statement = state(campaign(planned("TC-A")), tuple(rows), count(rows), RULE, None)
    assert (statement.decision, statement.exit_code) == (decision, code)


def test_tolerated_minor_fails_do_not_stand() -> None:
    rows = (result(Verdict.FAIL, Severity.MINOR), result(Verdict.PASS))
    lenient = RULE.model_copy(update={"minor_fails_allowed": 1})
    statement = state(campaign(planned("TC-A")), rows, count(rows), lenient, None)
    assert statement.decision is Decision.CONFORMING


def test_a_plan_with_load_is_not_decided_without_it() -> None:
    made = campaign(planned("TC-A"))
    with_load = made.model_copy(
        update={"plan": made.plan.model_copy(update={"load_profile": "smoke"})}
    )
    rows = (result(Verdict.PASS),)
    statement = state(with_load, rows, count(rows), RULE, None)
    assert (statement.decision, statement.exit_code) == (Decision.NO_STATEMENT, 4)
