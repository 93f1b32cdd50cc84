"""What a campaign proves: crashes are no detection, wrong requirements no attribution."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.model.campaign import (
    Campaign,
    CaseResult,
    Counts,
    Decision,
    DecisionRule,
    EvidenceSummary,
    ResultDocument,
    StatementOfConformity,
)
from lab.model.case import Case, Plan, SuiteKind
from lab.model.errors import PackError
from lab.model.finding import Finding
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Blame, RunState, Selection, Severity, Verdict
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from lab.validation.judgement import Outcome, SubjectResult, judge, judge_mechanical
from lab.validation.matrix import power, prove, rates, read_matrices, summarise
from lab.validation.report import summary_lines

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ZERO = "0" * 64


def case_result(
    case_id: str, verdict: Verdict, *, requirement: str = "R-1", pointer: str = "/a"
) -> CaseResult:
    findings: tuple[Finding, ...] = ()
    if verdict is Verdict.FAIL:
        findings = (
            Finding(
                case_id=case_id, requirement_id=requirement, verdict=Verdict.FAIL, blame=Blame.SUT,
                severity=Severity.MAJOR, title="t", expected="x", observed="y", pointer=pointer,
                exchange_id="EV-000001", fix="f",
            ),
        )  # fmt: skip
    case = Case(
        id=case_id, title="t", purpose="Ensure that x", suite=SuiteKind.WORKFLOW,
        role="purchaser_system", requirements=("R-1",), module="m", function="f",
    )  # fmt: skip
    return CaseResult(
        case=case, selection=Selection.SELECTED, reason="", state=RunState.FINISHED,
        verdict=verdict, attempts=1, expectations=1, findings=findings,
    )  # fmt: skip


def result_of(cases: Sequence[CaseResult]) -> ResultDocument:
    profile = SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="purchaser_system",
        ixit=Ixit(credentials="/c"),
    )
    plan = Plan(
        id="p", title="t", scheme="s", role="purchaser_system", level="l",
        suites=(SuiteKind.WORKFLOW,), expected_cases=1,
    )  # fmt: skip
    return ResultDocument(
        campaign=Campaign(
            id="CMP-1", profile=profile, plan=plan, planned=(), seed=1, pack="erx-1401",
            pack_hash=ZERO, suite_version="0", suite_hash=ZERO, started_at=NOW,
        ),
        finished_at=NOW,
        statement=StatementOfConformity(
            decision=Decision.CONFORMING, scope="", reason_en="", reason_fa="", exit_code=0,
            rule=DecisionRule(id="d", text_en="", text_fa=""),
        ),
        counts=Counts(
            planned=0, passed=0, inconclusive=0, failed=0, error=0, not_run=0, not_applicable=0
        ),
        causes=(), requirements=(), cases=tuple(cases),
        evidence=EvidenceSummary(path="e", records=1, head=ZERO, exchanges=0),
    )  # fmt: skip


FAULT = Subject(
    id="FLT-1", kind=SubjectKind.FAULT, role="purchaser_system", title="t", requirement="R-1",
    expected_cases=("TC-A",),
)  # fmt: skip
VARIANT = Subject(id="VAR-1", kind=SubjectKind.VARIANT, role="purchaser_system", title="t")
MISCONFIGURATION = Subject(
    id="MIS-1", kind=SubjectKind.MISCONFIGURATION, role="purchaser_system", title="t"
)
NULL = Subject(id="NULL-1", kind=SubjectKind.NULL, role="purchaser_system", title="t")
REFERENCE = Subject(id="REFERENCE", kind=SubjectKind.REFERENCE, role="purchaser_system", title="t")


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        (case_result("TC-A", Verdict.FAIL), Outcome.CAUGHT),
        (case_result("TC-A", Verdict.FAIL, requirement="R-2"), Outcome.MISATTRIBUTED),
        (case_result("TC-A", Verdict.FAIL, pointer="transport"), Outcome.SURVIVED),
        (case_result("TC-A", Verdict.INCONCLUSIVE), Outcome.SURVIVED),
        (case_result("TC-A", Verdict.ERROR), Outcome.SURVIVED),
        (case_result("TC-A", Verdict.PASS), Outcome.SURVIVED),
        (case_result("TC-B", Verdict.FAIL), Outcome.SURVIVED),
    ],
)
def test_only_a_named_case_with_a_real_finding_catches_a_fault(
    case: CaseResult, outcome: Outcome
) -> None:
    assert judge(FAULT, result_of([case]), 1.0).outcome is outcome


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.PASS])
def test_a_legal_variant_must_pass_every_case(verdict: Verdict) -> None:
    cases = [case_result("TC-A", Verdict.PASS), case_result("TC-B", verdict)]
    assert judge(VARIANT, result_of(cases), 1.0).outcome is Outcome.ACCUSED
    assert judge(VARIANT, result_of(cases[:1]), 1.0).outcome is Outcome.ACCEPTED


def test_nothing_selected_accepts_nothing() -> None:
    assert judge(REFERENCE, result_of([]), 1.0).outcome is Outcome.ACCUSED
    assert judge(NULL, result_of([]), 1.0).outcome is Outcome.EARNED


def test_one_pass_is_too_much_for_a_null_implementation() -> None:
    assert judge(NULL, result_of([case_result("TC-A", Verdict.PASS)]), 1).outcome is Outcome.EARNED
    inconclusive = result_of([case_result("TC-A", Verdict.INCONCLUSIVE)])
    assert judge(NULL, inconclusive, 1.0).outcome is Outcome.EARNED_NOTHING


def test_a_case_that_no_fault_fails_by_name_is_unproven() -> None:
    clean = [case_result("TC-A", Verdict.PASS), case_result("TC-B", Verdict.PASS)]
    rows = [
        judge(REFERENCE, result_of(clean), 1.0),
        judge(FAULT, result_of([case_result("TC-A", Verdict.FAIL)]), 1.0),
    ]
    matrix = summarise("purchaser_system", "p", 1401, rows)
    assert matrix.unproven_cases == ("TC-B",)
    assert not matrix.is_proven
    assert matrix.sensitivity.hits == 1


def test_a_fault_blamed_on_another_requirement_leaves_the_suites_unproven() -> None:
    wrong = case_result("TC-A", Verdict.FAIL, requirement="R-2")
    rows = [
        judge(REFERENCE, result_of([case_result("TC-A", Verdict.PASS)]), 1.0),
        judge(FAULT, result_of([wrong]), 1.0),
    ]
    matrix = summarise("purchaser_system", "p", 1401, rows)
    assert matrix.unproven_cases == ()
    assert matrix.attribution.hits == 0
    assert not matrix.is_proven


def test_a_damaged_catalogue_file_is_named(tmp_path: Path) -> None:
    for folder in ("purchaser", "variants", "nulls"):
        (tmp_path / folder).mkdir()
    (tmp_path / "purchaser" / "FLT-X.toml").write_text("id = 1\n", "utf-8")
    with pytest.raises(PackError, match=r"FLT-X\.toml"):
        load_subjects(tmp_path, "purchaser_system")


def finding_of(verdict: Verdict, blame: Blame) -> CaseResult:
    row = case_result("TC-A", Verdict.FAIL)
    found = row.findings[0].model_copy(update={"verdict": verdict, "blame": blame})
    return row.model_copy(update={"verdict": verdict, "findings": (found,)})


def test_a_declared_pointer_must_be_where_the_finding_points() -> None:
    result = result_of([case_result("TC-A", Verdict.FAIL, pointer="/items/0/n")])
    here = FAULT.model_copy(update={"pointer": "/items/*/n"})
    there = FAULT.model_copy(update={"pointer": "/total"})
    assert judge(here, result, 1.0).outcome is Outcome.CAUGHT
    assert judge(there, result, 1.0).outcome is Outcome.MISATTRIBUTED
    total = rates([judge(here, result, 1.0), judge(there, result, 1.0), judge(FAULT, result, 1.0)])
    assert (total.pointers.hits, total.pointers.trials) == (1, 2)
    assert (total.attribution.hits, total.attribution.trials) == (2, 3)


@pytest.mark.parametrize(
    ("verdict", "blame", "outcome"),
    [
        (Verdict.INCONCLUSIVE, Blame.CONFIG, Outcome.EXCUSED),
        (Verdict.ERROR, Blame.ENVIRONMENT, Outcome.EXCUSED),
        (Verdict.FAIL, Blame.SUT, Outcome.BLAMED),
        (Verdict.INCONCLUSIVE, Blame.SUT, Outcome.BLAMED),
        (Verdict.ERROR, Blame.HARNESS, Outcome.BLAMED),
    ],
)
def test_a_misconfiguration_is_blamed_on_nobody_but_its_cause(
    verdict: Verdict, blame: Blame, outcome: Outcome
) -> None:
    result = result_of([finding_of(verdict, blame)])
    assert judge(MISCONFIGURATION, result, 1.0).outcome is outcome


def test_a_misconfiguration_that_nobody_notices_is_no_excuse() -> None:
    result = result_of([case_result("TC-A", Verdict.PASS)])
    row = judge(MISCONFIGURATION, result, 1.0)
    assert row.outcome is Outcome.BLAMED
    assert summarise("purchaser_system", "p", 1401, [row]).blamed == (MISCONFIGURATION.id,)


def test_power_is_told_for_each_requirement_and_for_all_roles() -> None:
    caught = judge(FAULT, result_of([case_result("TC-A", Verdict.FAIL)]), 1.0)
    missed = judge(FAULT, result_of([case_result("TC-A", Verdict.PASS)]), 1.0)
    [one] = power([caught, caught, missed])
    assert (one.requirement, one.detected.hits, one.detected.trials) == ("R-1", 2, 3)
    assert one.missed == (f"{FAULT.role}/{FAULT.id}",)
    matrices = [summarise(role, "p", 1, [caught]) for role in ("siam", "ttac")]
    proof = prove(matrices, 1.0, "0")
    assert proof.total.sensitivity.trials == 2
    assert [matrix.role for matrix in proof.roles] == ["siam", "ttac"]
    assert any("2 roles" in line for line in summary_lines(proof))


def test_matrices_of_one_role_and_of_all_are_read_alike(tmp_path: Path) -> None:
    row = judge(FAULT, result_of([case_result("TC-A", Verdict.FAIL)]), 1.0)
    one = summarise("siam", "p", 1, [row])
    for found in (one, prove([one], 1.0, "0")):
        (tmp_path / "matrix.json").write_text(found.model_dump_json(), "utf-8")
        assert read_matrices(tmp_path / "matrix.json") == (one,)


MUTANT = Subject(
    id="MUT-1", kind=SubjectKind.MECHANICAL, role="purchaser_system", title="t",
    point="purchaser.price other /a",
)  # fmt: skip


def judged_mutant(
    *cases: CaseResult, point: str = MUTANT.point, answered: bool = True, only: tuple[str, ...] = ()
) -> SubjectResult:
    result = result_of(cases)
    campaign = result.campaign.model_copy(update={"only": only})
    return judge_mechanical(
        MUTANT.model_copy(update={"point": point}),
        result.model_copy(update={"campaign": campaign}),
        1.0,
        reached=True,
        answered=lambda _exchange_id: answered,
    )


@pytest.mark.parametrize(
    ("pointer", "point", "answered", "named"),
    [
        ("/a", MUTANT.point, True, True),
        ("/a", MUTANT.point, False, False),  # the finding is about an answer of another operation
        ("/b", MUTANT.point, True, False),
        ("/a", "purchaser.price stale", True, None),
    ],
)
def test_a_caught_mutant_is_named_when_a_finding_points_at_its_place(
    pointer: str, point: str, named: bool | None, *, answered: bool
) -> None:
    case = case_result("TC-A", Verdict.FAIL, pointer=pointer)
    row = judged_mutant(case, point=point, answered=answered)
    assert (row.outcome, row.place_named, row.pointers) == (Outcome.CAUGHT, named, (pointer,))


def test_a_row_says_what_was_not_needed_and_what_could_not_see_the_mutant() -> None:
    rest = [case_result(f"TC-{name}", Verdict.NONE) for name in "BCD"]
    row = judged_mutant(case_result("TC-A", Verdict.FAIL), *rest, only=("TC-A", "TC-B", "TC-C"))
    assert (row.verdicts, row.not_needed, row.untouched) == ({"TC-A": Verdict.FAIL}, 2, 1)
    missed = judged_mutant(case_result("TC-A", Verdict.PASS))
    assert (missed.outcome, missed.place_named) == (Outcome.SURVIVED, None)


def test_a_crash_alone_catches_no_mutant() -> None:
    crash = judged_mutant(case_result("TC-A", Verdict.FAIL, pointer="transport"))
    assert (crash.outcome, crash.place_named) == (Outcome.SURVIVED, None)


def test_the_share_of_named_places_is_told() -> None:
    rows = [
        judged_mutant(case_result("TC-A", Verdict.FAIL)),
        judged_mutant(case_result("TC-A", Verdict.FAIL, pointer="/b")),
        judged_mutant(case_result("TC-A", Verdict.FAIL), point="purchaser.price stale"),
        judged_mutant(case_result("TC-A", Verdict.PASS)),
    ]
    matrix = summarise("purchaser_system", "p", 1, rows)
    assert (matrix.mechanical.hits, matrix.mechanical.trials) == (3, 4)
    assert (matrix.place_named.hits, matrix.place_named.trials) == (1, 2)
    told = "\n".join(summary_lines(matrix, partial=True))
    assert "place named  1/2" in told
