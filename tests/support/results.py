"""A realistic synthetic result document, built by factories with keyword overrides.

It is a shape for tests of renderers and certification; no verdict in it was reached by judging.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lab.model.base import Bilingual
from lab.model.campaign import (
    Campaign,
    CaseResult,
    Cause,
    Counts,
    Decision,
    DecisionRule,
    EvidenceSummary,
    ExchangeView,
    RequirementResult,
    ResultDocument,
    StatementOfConformity,
)
from lab.model.case import Case, Plan, PlannedCase, SuiteKind
from lab.model.exchange import (
    Direction,
    FailureKind,
    TransportFailure,
)
from lab.model.finding import Finding
from lab.model.requirement import Level, Requirement, Testability
from lab.model.sut import Claim, Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Blame, RunState, Selection, Severity, Verdict, worst
from tests.support.result_parts import START, exchange_view, load_result

__all__ = ["START", "exchange_view", "load_result"]

_REQUIREMENTS = (
    ("ERX-9-1-5-A", "9-1-5", Level.MUST, "سامانهٔ بیمه باید پس از ثبت نسخه، کد رهگیری بازگرداند.",
     "The insurer's system returns a tracking code after a prescription is registered."),
    ("ERX-7-10-F", "7-10", Level.MUST, "سهم بیمار و سهم سازمان باید با هم برابر کل هزینه باشد.",
     "Patient share and insurer share add up to the total cost."),
    ("ERX-9-2-4-B", "9-2-4", Level.MUST, "نسخهٔ در اختیار یک داروخانه، به دیگری داده نمی‌شود.",
     "A prescription held by one pharmacy is not given to another at the same time."),
    ("ERX-8-2-C", "8-2", Level.SHOULD, "پیام خطا بهتر است راه رفع را به فارسی بگوید.",
     "An error message should say in Persian how to mend the problem."),
    ("ERX-7-3-D", "7-3", Level.MUST, "درخواست بدون گواهی معتبر مرکز باید رد شود.",
     "A request without a valid certificate of the centre is refused."),
    ("ERX-9-2-9-A", "9-2-9", Level.MUST, "صورت‌حساب ماهانهٔ مرکز باید در دسترس باشد.",
     "The monthly statement of a centre is available."),
)  # fmt: skip


def requirement(index: int) -> Requirement:
    identity, clause, level, fa, en = _REQUIREMENTS[index % len(_REQUIREMENTS)]
    suffix = "" if index < len(_REQUIREMENTS) else f"-{index}"
    return Requirement(
        id=identity + suffix,
        clause=clause,
        text=Bilingual(fa=fa, en=en),
        roles=("purchaser_system",),
        kind="functional",
        level=level,
        testability=Testability.AUTOMATED,
        rulings=("RUL-004",) if index % 3 == 0 else (),
    )


def case(index: int, requirements: Sequence[str], **changes: object) -> Case:
    suites = (SuiteKind.WORKFLOW, SuiteKind.PROPERTY, SuiteKind.SECURITY, SuiteKind.CONTRACT)
    suite = suites[index % len(suites)]
    short = {"workflow": "WF", "property": "PROP", "security": "SEC", "contract": "CON"}[suite]
    values: dict[str, object] = {
        "id": f"TC-PUR-{short}-{index:03d}",
        "title": f"Purchaser case {index}",
        "title_fa": f"آزمون شمارهٔ {index} سامانهٔ خریدار",
        "purpose": "Ensure that the IUT answers as the contract says when the request is valid.",
        "suite": suite,
        "role": "purchaser_system",
        "requirements": tuple(requirements),
        "generated": suite is SuiteKind.CONTRACT,
        "module": f"suites.{suite}.cases",
        "function": f"tc_{index}",
    }
    return Case.model_validate(values | changes)


def finding(case_id: str, requirement_id: str, **changes: object) -> Finding:
    values: dict[str, object] = {
        "case_id": case_id,
        "requirement_id": requirement_id,
        "verdict": Verdict.FAIL,
        "blame": Blame.SUT,
        "severity": Severity.MAJOR,
        "title": "The shares do not add up to the total.",
        "expected": "insurerShare + patientShare = 1250000 rial",
        "observed": "insurerShare + patientShare = 1249999 rial",
        "pointer": "/items/0/patientShare",
        "exchange_id": "EV-000003",
        "fix": "Round the patient share once, then subtract it from the total.",
        "fix_fa": "سهم بیمار را یک بار گرد کنید و سهم سازمان را از تفاضل به دست آورید.",
    }
    return Finding.model_validate(values | changes)


RULE = DecisionRule(
    id="DR-1",
    text_en="Conforming when every selected case passed; one major fail decides.",
    text_fa="منطبق است اگر همهٔ آزمون‌های در شمول قبول شوند؛ یک رد عمده برای نامنطبق بودن بس است.",
)


def campaign_of(cases: Sequence[CaseResult], **changes: object) -> Campaign:
    profile = SutProfile(
        product=ProductIdentity(
            vendor="شرکت نمونهٔ آزمایشی (سهامی خاص)",
            product="BimeYar Core",
            version="4.2.1",
            build="sha256:0f3a9c77",
        ),
        role="purchaser_system",
        ics={"purchaser.amend": Claim.YES},
        ixit=Ixit(base_url="https://127.0.0.1:8444/purchaser/v1", credentials="/tmp/kit"),  # noqa: S108 - never opened
        source="sut.toml",
    )
    values: dict[str, object] = {
        "id": "CMP-0042",
        "profile": profile,
        "plan": Plan(
            id="purchaser-certification",
            title="Purchaser, certification",
            scheme="purchaser",
            role="purchaser_system",
            level="L2",
            suites=(SuiteKind.WORKFLOW, SuiteKind.PROPERTY, SuiteKind.SECURITY, SuiteKind.CONTRACT),
            expected_cases=max(1, len(cases)),
        ),
        "planned": tuple(
            PlannedCase(case=c.case, selection=c.selection, reason=c.reason) for c in cases
        ),
        "seed": 1401,
        "pack": "erx-1401",
        "pack_hash": "5d" * 32,
        "suite_version": "0.1.0",
        "suite_hash": "7e" * 32,
        "started_at": START,
    }
    return Campaign.model_validate(values | changes)


def outcome_of(item: Case, verdict: Verdict = Verdict.PASS, **changes: object) -> CaseResult:
    values: dict[str, object] = {
        "case": item,
        "selection": Selection.SELECTED,
        "reason": "in the plan",
        "state": RunState.FINISHED,
        "verdict": verdict,
        "attempts": 1,
        "expectations": 6,
        "seconds": 0.42,
        "generated_inputs": 40 if item.generated else 0,
        "accepted_inputs": 31 if item.generated else 0,
    }
    return CaseResult.model_validate(values | changes)


def counts_of(cases: Sequence[CaseResult]) -> Counts:
    selected = [c for c in cases if c.selection is Selection.SELECTED]

    def count(verdict: Verdict) -> int:
        done = [c for c in selected if c.state is RunState.FINISHED]
        return sum(1 for c in done if c.verdict is verdict)

    return Counts(
        planned=len(selected),
        passed=count(Verdict.PASS),
        inconclusive=count(Verdict.INCONCLUSIVE),
        failed=count(Verdict.FAIL),
        error=count(Verdict.ERROR),
        not_run=sum(1 for c in selected if c.state is not RunState.FINISHED),
        not_applicable=len(cases) - len(selected),
    )


def document(
    cases: Sequence[CaseResult],
    requirements: Sequence[Requirement],
    *,
    decision: Decision,
    **changes: object,
) -> ResultDocument:
    by_requirement = []
    for item in requirements:
        own = [c for c in cases if item.id in c.case.requirements]
        chosen = [c for c in own if c.selection is Selection.SELECTED]
        by_requirement.append(
            RequirementResult(
                requirement=item,
                verdict=worst(c.verdict for c in chosen),
                case_ids=tuple(c.case.id for c in own),
                reason="" if own else "no case in this plan",
            )
        )
    counts = counts_of(cases)
    values: dict[str, object] = {
        "campaign": campaign_of(cases),
        "finished_at": START + timedelta(seconds=87),
        "statement": StatementOfConformity(
            decision=decision,
            scope="purchaser_system L2 of erx-1401",
            rule=RULE,
            reason_en=f"{counts.failed} of {counts.planned} cases failed.",
            reason_fa=f"از {counts.planned} آزمون، {counts.failed} آزمون رد شد.",
            exit_code=0 if decision is Decision.CONFORMING else 1,
            limits_en=("Citizen-facing services were not tested.",),
            limits_fa=("خدمات شهروندی آزموده نشد.",),
        ),
        "counts": counts,
        "causes": causes_of(cases),
        "requirements": tuple(by_requirement),
        "cases": tuple(cases),
        "evidence": EvidenceSummary(
            path="out/CMP-0042", records=1234, head="9f" * 32, exchanges=321
        ),
        "assurance": {"sensitivity": "24 of 24 (95 % bound 0.88)", "null_implementations": 5},
    }
    return ResultDocument.model_validate(values | changes)


def causes_of(cases: Sequence[CaseResult]) -> tuple[Cause, ...]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for outcome in cases:
        for item in outcome.findings:
            groups.setdefault((item.requirement_id, item.pointer), []).append(item)
    return tuple(
        Cause(
            requirement_id=requirement_id,
            pointer=pointer,
            title=items[0].title,
            expected=items[0].expected,
            observed=items[0].observed,
            fix=items[0].fix,
            fix_fa=items[0].fix_fa,
            verdict=worst(i.verdict for i in items),
            case_ids=tuple(dict.fromkeys(i.case_id for i in items)),
            exchange_id=items[0].exchange_id,
        )
        for (requirement_id, pointer), items in groups.items()
    )


def conforming() -> tuple[ResultDocument, dict[str, ExchangeView]]:
    requirements = [requirement(i) for i in range(6)]
    cases = [outcome_of(case(i, [requirements[i % 5].id])) for i in range(24)]
    return document(cases, requirements, decision=Decision.CONFORMING), {}


def failing() -> tuple[ResultDocument, dict[str, ExchangeView]]:
    """Two causes, one inconclusive, one lab error, one not run, one not applicable, a load run."""
    requirements = [requirement(i) for i in range(12)]
    items = [case(i, [requirements[i % 11].id]) for i in range(60)]
    cases = [outcome_of(item) for item in items]
    views: dict[str, ExchangeView] = {}
    number = 1
    for i in (1, 12, 23):
        own = [_priced(number, items[i].id), _priced(number + 1, items[i].id)]
        own.append(exchange_view(number + 2, items[i].id, step="price again with the same items",
                                 document='{"documentId":"6a0c","note":"آزمایشی"}'))  # fmt: skip
        views |= {v.exchange.id: v for v in own}
        said = finding(items[i].id, requirements[1].id, exchange_id=own[2].exchange.id)
        cases[i] = outcome_of(items[i], Verdict.FAIL, findings=(said,),
                              exchange_ids=tuple(v.exchange.id for v in own))  # fmt: skip
        number += 3
    cases[4] = _leased_twice(number, items[4], requirements[4].id, views)
    cases[6] = _silent(number + 3, items[6], requirements[6].id, views)
    cases[9] = outcome_of(items[9], Verdict.ERROR, note="The witness lost 3 exchanges: disk full.")
    cases[10] = outcome_of(items[10], Verdict.NONE, state=RunState.NOT_RUN, note="stopped by hand")
    for i in (14, 15, 16):
        cases[i] = outcome_of(items[i], Verdict.NONE, state=RunState.PLANNED,
                              selection=Selection.NOT_APPLICABLE,
                              reason='ICS item "purchaser.void" is declared "no"')  # fmt: skip
    result = document(cases, requirements, decision=Decision.NOT_CONFORMING, load=load_result())
    return result, views


def _priced(number: int, case_id: str) -> ExchangeView:
    return exchange_view(number, case_id, target="/eligibility/v1/inquiries",
                         direction=Direction.CONTROL, step="cover of the patient")  # fmt: skip


def _leased_twice(
    number: int, item: Case, requirement_id: str, views: dict[str, ExchangeView]
) -> CaseResult:
    target = "/purchaser/v1/prescriptions/0b6f5a52-2f0e-4d62-9a5b-0d9c1e1b8a01/lease"
    own = [exchange_view(number + i, item.id, target=target, status=201, request="{}",
                         step=f"lease by pharmacy-{i + 1}") for i in range(2)]  # fmt: skip
    views |= {v.exchange.id: v for v in own}
    said = finding(
        item.id, requirement_id, title="A held prescription was leased to a second pharmacy.",
        expected="423 LEASE_HELD", observed="201", pointer="status",
        exchange_id=own[1].exchange.id, fix="Answer 423 while another centre holds the lease.",
        fix_fa="تا وقتی نسخه در اختیار مرکز دیگری است با 423 پاسخ دهید.")  # fmt: skip
    return outcome_of(item, Verdict.FAIL, findings=(said,),
                      exchange_ids=tuple(v.exchange.id for v in own))  # fmt: skip


def _silent(
    number: int, item: Case, requirement_id: str, views: dict[str, ExchangeView]
) -> CaseResult:
    failure = TransportFailure(kind=FailureKind.TIMEOUT, detail="no byte within 10.0 s")
    view = exchange_view(number, item.id, failure=failure, step="statement of a month",
                         target="/purchaser/v1/statements/1405-08")  # fmt: skip
    views[view.exchange.id] = view
    said = finding(
        item.id, requirement_id, verdict=Verdict.INCONCLUSIVE, blame=Blame.ENVIRONMENT,
        title="No answer arrived.", expected="an answer within 10.0 s", observed="timeout",
        pointer="tls", exchange_id=view.exchange.id, fix="", fix_fa="")  # fmt: skip
    return outcome_of(item, Verdict.INCONCLUSIVE, findings=(said,),
                      exchange_ids=(view.exchange.id,))  # fmt: skip
