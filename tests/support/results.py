"""A realistic synthetic result document, built by factories with keyword overrides.

It is a shape for tests of renderers and certification; no verdict in it was reached by judging.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

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
    LoadResult,
    RequirementResult,
    ResultDocument,
    SlaOutcome,
    StatementOfConformity,
)
from lab.model.case import Case, Plan, PlannedCase, SuiteKind
from lab.model.exchange import (
    BodyRef,
    Direction,
    Exchange,
    FailureKind,
    Header,
    ReceivedResponse,
    SentRequest,
    TransportFailure,
)
from lab.model.finding import Finding
from lab.model.requirement import Level, Requirement, Testability
from lab.model.sut import Claim, Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Blame, RunState, Selection, Severity, Verdict, worst

START = datetime(2026, 11, 21, 10, 25, 7, tzinfo=UTC)

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


def body_of(text: str) -> BodyRef:
    data = text.encode("utf-8", "surrogatepass")
    return BodyRef(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def exchange_view(
    number: int,
    case_id: str,
    *,
    request: str | None = None,
    response: str | None = None,
    status: int = 200,
    failure: TransportFailure | None = None,
    direction: Direction = Direction.STIMULUS,
    target: str = "/purchaser/v1/price",
    step: str = "price of one item",
    headers: tuple[Header, ...] = (),
    document: str | None = None,
) -> ExchangeView:
    if request is None:
        patient = {"type": "national-code", "value": "9900000018", "name": "مریم آزمایشی"}
        request = json.dumps({"patient": patient, "items": [{"itemId": "1", "quantity": 30}]},
                             ensure_ascii=False)  # fmt: skip
    if response is None:
        response = json.dumps(
            {"items": [{"itemId": "1", "total": 1250000, "insurerShare": 875000,
                        "patientShare": 374999, "ruleIds": ["R-7"]}], "total": 1250000,
             "messageFa": "سهم‌ها محاسبه شد"}, ensure_ascii=False)  # fmt: skip
    sent = SentRequest(
        method="POST",
        url=f"https://127.0.0.1:8444{target}",
        target=target,
        headers=(
            Header(name="content-type", value="application/json"),
            Header(name="ditas-centre", value="IR-990001"),
            Header(name="ditas-correlation", value="0b6f5a52-2f0e-4d62-9a5b-0d9c1e1b8a01"),
            *headers,
        ),
        body=body_of(request),
    )
    received = None
    if failure is None:
        received = ReceivedResponse(
            status=status,
            headers=(Header(name="content-type", value="application/json"), *headers),
            body=body_of(response),
            wire_size=len(response),
        )
    exchange = Exchange(
        id=f"EV-{number:06d}",
        case_id=case_id,
        attempt=1,
        ordinal=number,
        direction=direction,
        step=step,
        identity="pharmacy-1",
        started_at=START + timedelta(seconds=number),
        elapsed_ms=12.5 + 7 * number,
        request=sent,
        response=received,
        failure=failure,
    )
    return ExchangeView(
        exchange=exchange,
        request_text=request,
        response_text="" if failure is not None else response,
        truncated=False,
        document=document,
    )


def load_result(**changes: object) -> LoadResult:
    def outcome(operation: str, measure: str, **own: object) -> SlaOutcome:
        values: dict[str, object] = {
            "operation": operation, "measure": measure, "limit_ms": 500.0, "allowed_share": 0.05,
            "samples": 300, "exceedances": 4, "effective_samples": 240.0, "lower_bound": 0.004,
            "upper_bound": 0.034, "quantile_ms": 181.0, "verdict": Verdict.PASS,
            "reason": "the upper bound is below the allowed share"}  # fmt: skip
        return SlaOutcome.model_validate(values | own)

    values: dict[str, object] = {
        "profile": "smoke",
        "rate_per_second": 5.0,
        "seconds": 60.0,
        "planned": 300,
        "sent": 300,
        "completed": 299,
        "gates": (
            ("generator lag p99", True, "11 ms, limit 50 ms"),
            ("unsent share", True, "0 of 300"),
        ),
        "outcomes": (
            outcome("price", "p95"),
            outcome("registerPrescription", "p95", exceedances=14, lower_bound=0.03,
                    upper_bound=0.08, verdict=Verdict.INCONCLUSIVE, quantile_ms=478.0,
                    reason="the interval straddles the allowed share"),
            outcome("confirmDispense", "error_rate", limit_ms=None, allowed_share=0.005,
                    exceedances=6, lower_bound=0.008, upper_bound=0.04, quantile_ms=None,
                    verdict=Verdict.FAIL, reason="the lower bound is above the allowed share"),
        ),
        "verdict": Verdict.FAIL,
        "reason": "One item is beyond its limit.",
        "timeline": tuple(
            (float(s), 40.0 + 3 * (s % 7), 150.0 + 9 * (s % 11), 320.0 + 40 * (s % 13))
            for s in range(60)
        ),
    }  # fmt: skip
    return LoadResult.model_validate(values | changes)


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
