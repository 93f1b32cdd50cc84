"""A campaign, its result document and the statement of conformity drawn from it.

`ResultDocument` is the one canonical result. HTML, JUnit, console and certificate are views of it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from lab.model.base import Frozen, Instant
from lab.model.case import Case, Plan, PlannedCase
from lab.model.exchange import Exchange
from lab.model.finding import Expectation, Finding
from lab.model.inspection import InspectionCounts, InspectionResult, PlannedInspection
from lab.model.requirement import Requirement
from lab.model.sut import ProductIdentity, SutProfile
from lab.model.verdict import RunState, Selection, Verdict


class Decision(StrEnum):
    """What the decision rule makes of all verdicts."""

    CONFORMING = "conforming"
    NOT_CONFORMING = "not_conforming"
    NO_STATEMENT = "no_statement"  # lab error or incomplete
    UNDECIDED = "undecided"  # inconclusive verdicts remain


class DecisionRule(Frozen):
    """The rule agreed before the campaign (ISO/IEC 17025, 7.8.6), printed on every report."""

    id: str
    text_en: str
    text_fa: str
    minor_fails_allowed: int = 0


class Campaign(Frozen):
    """One dated execution of a plan on one product version by one laboratory version."""

    format: Literal[2] = 2
    id: str
    profile: SutProfile
    plan: Plan
    planned: tuple[PlannedCase, ...]
    seed: int
    pack: str
    pack_hash: str
    suite_version: str
    suite_hash: str
    started_at: Instant
    kind: Literal["self-test", "witnessed", "calibration"] = "self-test"
    inspections: tuple[PlannedInspection, ...] = ()
    only: tuple[str, ...] = ()  # ids that were run; empty = all. A part never gets a statement.


class CaseResult(Frozen):
    """Everything said about one planned case."""

    case: Case
    selection: Selection
    reason: str
    state: RunState
    verdict: Verdict
    attempts: int = 0
    expectations: int = 0
    findings: tuple[Finding, ...] = ()
    exchange_ids: tuple[str, ...] = ()
    seconds: float = 0.0
    note: str = ""
    generated_inputs: int = 0
    accepted_inputs: int = 0


class RequirementResult(Frozen):
    """Roll-up of one requirement: the worst verdict of its selected cases, and of its inspections.

    The two stay apart: what was tested and what was attested are different grounds.
    """

    requirement: Requirement
    verdict: Verdict
    case_ids: tuple[str, ...]
    reason: str = ""
    inspection: Verdict = Verdict.NONE
    inspection_ids: tuple[str, ...] = ()


class Cause(Frozen):
    """Findings that share requirement, pointer and expectation: one thing to mend."""

    requirement_id: str
    pointer: str
    title: str
    expected: str
    observed: str
    fix: str
    fix_fa: str
    verdict: Verdict
    case_ids: tuple[str, ...]
    exchange_id: str | None


class Counts(Frozen):
    """Counts that close: planned = passed + inconclusive + failed + error + not_run."""

    planned: int
    passed: int
    inconclusive: int
    failed: int
    error: int
    not_run: int
    not_applicable: int


class StatementOfConformity(Frozen):
    """The decision with its scope, its rule and the reason, in both languages."""

    decision: Decision
    scope: str
    rule: DecisionRule
    reason_en: str
    reason_fa: str
    exit_code: int
    limits_en: tuple[str, ...] = ()
    limits_fa: tuple[str, ...] = ()


class SlaOutcome(Frozen):
    """Judgement of one SLA item: limit against bounds on the share of requests that exceed it."""

    operation: str
    measure: str  # "p95", "p99", "error_rate"
    limit_ms: float | None
    allowed_share: float
    samples: int
    exceedances: int
    effective_samples: float
    lower_bound: float
    upper_bound: float
    quantile_ms: float | None
    verdict: Verdict
    reason: str


class LoadResult(Frozen):
    """A judged load run; percentiles count latency from the intended start."""

    profile: str
    rate_per_second: float
    seconds: float
    planned: int
    sent: int
    completed: int
    gates: tuple[tuple[str, bool, str], ...]  # name, held, detail
    outcomes: tuple[SlaOutcome, ...]
    verdict: Verdict
    reason: str
    timeline: tuple[tuple[float, float, float, float], ...] = ()  # second, p50, p95, max in ms


class EvidenceSummary(Frozen):
    """Where the evidence is and what it hashes to."""

    path: str
    records: int
    head: str  # hash of the last record
    exchanges: int


class ResultDocument(Frozen):
    """The canonical result, schema in `reports/schemas/result.schema.json`."""

    format: Literal[2] = 2
    campaign: Campaign
    finished_at: Instant
    statement: StatementOfConformity
    counts: Counts
    causes: tuple[Cause, ...]
    requirements: tuple[RequirementResult, ...]
    cases: tuple[CaseResult, ...]
    inspections: tuple[InspectionResult, ...] = ()
    inspection_counts: InspectionCounts = Field(default_factory=InspectionCounts)
    amended_at: Instant | None = None  # last seal after attestations; None when there was none
    load: LoadResult | None = None
    evidence: EvidenceSummary
    assurance: dict[str, float | int | str] = Field(default_factory=dict)


class ExchangeView(Frozen):
    """An exchange with its bodies as bounded text, for reports."""

    exchange: Exchange
    request_text: str
    response_text: str
    truncated: bool
    document: str | None = None  # decoded payload of a signed document in the request


__all__ = [
    "Campaign",
    "CaseResult",
    "Cause",
    "Counts",
    "Decision",
    "DecisionRule",
    "EvidenceSummary",
    "ExchangeView",
    "Expectation",
    "LoadResult",
    "ProductIdentity",
    "RequirementResult",
    "ResultDocument",
    "SlaOutcome",
    "StatementOfConformity",
]
