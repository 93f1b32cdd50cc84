"""What one campaign against one calibration subject proves about the suites."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from fnmatch import fnmatchcase

from lab.model.base import Frozen
from lab.model.campaign import CaseResult, ResultDocument
from lab.model.finding import Finding
from lab.model.verdict import Blame, Selection, Verdict
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.places import names_place, place_of


class Outcome(StrEnum):
    """Result of calibrating against one subject."""

    CAUGHT = "caught"  # fault: a named case failed for the right requirement
    MISATTRIBUTED = "misattributed"  # fault: a named case failed, for something else
    SURVIVED = "survived"  # fault: no named case failed
    ACCEPTED = "accepted"  # reference, variant: every selected case passed
    ACCUSED = "accused"  # reference, variant: something else than a pass
    EARNED_NOTHING = "earned_nothing"  # null: no certificate-worthy verdict
    EARNED = "earned"  # null: some case passed
    EXCUSED = "excused"  # misconfiguration: noticed, and nothing said against the product
    BLAMED = "blamed"  # misconfiguration: the product was blamed, or nothing was noticed
    EQUIVALENT = "equivalent"  # mechanical: survived, and documented as no deviation
    UNREACHED = "unreached"  # mechanical: no answer of the campaign was changed by it
    NOT_JUDGED = "not_judged"  # the campaign itself did not finish


class SubjectResult(Frozen):
    """One row of the calibration matrix."""

    subject: Subject
    outcome: Outcome
    detail: str
    failed_cases: tuple[str, ...] = ()
    named_hits: tuple[str, ...] = ()
    verdicts: dict[str, Verdict]
    seconds: float
    cpu_seconds: float = 0.0
    pointers: tuple[str, ...] = ()  # fault: where the findings for its requirement point;
    # mechanical: where all findings of the cases that failed point
    place: str = ""  # mechanical: where the answer is wrong by construction, see places.py
    place_named: bool | None = None  # whether a finding names it; None: no place, or not caught
    not_needed: int = 0  # mechanical: cases left out because one had failed before
    untouched: int = 0  # mechanical: cases left out because no answer in them changes


# A product that dies or never answers has not been detected: nobody compared its answer.
CRASH_POINTERS = frozenset({"transport", "tls-unexpected"})
EXCUSES = frozenset({Blame.CONFIG, Blame.ENVIRONMENT})
GOOD = frozenset({Outcome.CAUGHT, Outcome.ACCEPTED, Outcome.EARNED_NOTHING, Outcome.EXCUSED})
"""What a subject that shows nothing against the suites ends with."""


def _selected(result: ResultDocument) -> tuple[CaseResult, ...]:
    return tuple(c for c in result.cases if c.selection is Selection.SELECTED)


def _real(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(
        f for f in findings if f.verdict is Verdict.FAIL and f.pointer not in CRASH_POINTERS
    )


def _judge_fault(
    subject: Subject, cases: tuple[CaseResult, ...]
) -> tuple[Outcome, str, tuple[str, ...], tuple[str, ...]]:
    named = [c for c in cases if c.case.id in subject.expected_cases]
    hits = [c for c in named if c.verdict is Verdict.FAIL and _real(c.findings)]
    if not hits:
        seen = ", ".join(f"{c.case.id}={c.verdict}" for c in named) or "no named case was selected"
        return Outcome.SURVIVED, seen, (), ()
    ids = tuple(c.case.id for c in hits)
    findings = [f for c in hits for f in _real(c.findings)]
    right = [f for f in findings if f.requirement_id == subject.requirement]
    pointers = tuple(sorted({f.pointer for f in right}))
    if not right:
        blamed = sorted({f.requirement_id for f in findings})
        told = f"expected {subject.requirement}, blamed {', '.join(blamed)}"
        return Outcome.MISATTRIBUTED, told, ids, ()
    if subject.pointer and not any(fnmatchcase(one, subject.pointer) for one in pointers):
        told = f"expected a finding at {subject.pointer}, found {', '.join(pointers)}"
        return Outcome.MISATTRIBUTED, told, ids, pointers
    return Outcome.CAUGHT, right[0].title, ids, pointers


def _judge_misconfiguration(cases: tuple[CaseResult, ...]) -> tuple[Outcome, str]:
    """Ours must be noticed and put down to configuration or environment, by every finding."""
    findings = [(c.case.id, f) for c in cases for f in c.findings]
    against = [(i, f) for i, f in findings if f.blame not in EXCUSES]
    if against:
        case_id, first = against[0]
        told = f"{len(against)} of {len(findings)} findings, first {case_id}={first.verdict}"
        return Outcome.BLAMED, f"{told} blames {first.blame}: {first.title}: {first.observed}"
    if not findings:
        return Outcome.BLAMED, f"nothing was noticed in {len(cases)} cases"
    blamed = sorted({f.blame.value for _, f in findings})
    return Outcome.EXCUSED, f"{', '.join(blamed)}: {findings[0][1].title}"


def _judge_conforming(cases: tuple[CaseResult, ...]) -> tuple[Outcome, str]:
    wrong = [c for c in cases if c.verdict is not Verdict.PASS]
    if not cases:
        return Outcome.ACCUSED, "no case was selected, so nothing was accepted"
    if not wrong:
        return Outcome.ACCEPTED, f"{len(cases)} cases passed"
    first = wrong[0]
    why = first.findings[0].title if first.findings else first.note
    return Outcome.ACCUSED, f"{len(wrong)} not passed, first {first.case.id}={first.verdict}: {why}"


def is_caught(verdict: Verdict, findings: tuple[Finding, ...]) -> bool:
    """Say whether an ended case caught its subject: it failed, and not for a crash alone."""
    return verdict is Verdict.FAIL and bool(_real(findings))


def _names(subject: Subject, finding: Finding, answered: Callable[[str], bool]) -> bool:
    """Say whether a finding names the place, in an answer of the changed operation if in any."""
    where = finding.exchange_id
    return names_place(subject.point, finding) and (where is None or answered(where))


def judge_mechanical(
    subject: Subject,
    result: ResultDocument,
    seconds: float,
    *,
    reached: bool,
    answered: Callable[[str], bool] = lambda _exchange_id: True,
) -> SubjectResult:
    """Judge the campaign against a mechanical mutant.

    `reached` says whether it has changed an answer at all, `answered` whether an exchange is an
    answer of the operation it changes. All findings of the cases that failed count for its place:
    the campaign stops at the first such case, but lets it finish. A finding that names an answer of
    another operation does not name the place, whatever its pointer is called.
    """
    selected = _selected(result)
    ended = tuple(c for c in selected if c.verdict is not Verdict.NONE)
    caught = [c for c in ended if is_caught(c.verdict, c.findings)]
    findings = [f for c in caught for f in _real(c.findings)]
    outcome, detail = Outcome.SURVIVED, "no case failed"
    if caught:
        outcome, detail = Outcome.CAUGHT, f"{caught[0].case.id}: {findings[0].title}"
    elif not reached:
        outcome, detail = Outcome.UNREACHED, "no answer of the campaign has what it changes"
    place = place_of(subject.point)
    named = any(_names(subject, f, answered) for f in findings)
    only = result.campaign.only
    touched = sum(c.case.id in only for c in selected) if only else len(selected)
    return SubjectResult(
        subject=subject,
        outcome=outcome,
        detail=detail,
        failed_cases=tuple(c.case.id for c in ended if c.verdict is Verdict.FAIL),
        verdicts={c.case.id: c.verdict for c in ended},
        seconds=seconds,
        pointers=tuple(sorted({f.pointer for f in findings})),
        place=place,
        place_named=named if caught and place else None,
        not_needed=touched - len(ended),
        untouched=len(selected) - touched,
    )


def judge(subject: Subject, result: ResultDocument, seconds: float) -> SubjectResult:
    """Hold the verdicts of one campaign against what the catalogue says about the subject."""
    cases = _selected(result)
    hits: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    if subject.kind is SubjectKind.FAULT:
        outcome, detail, hits, pointers = _judge_fault(subject, cases)
    elif subject.kind is SubjectKind.MISCONFIGURATION:
        outcome, detail = _judge_misconfiguration(cases)
    elif subject.kind is SubjectKind.NULL:
        earned = [c.case.id for c in cases if c.verdict is Verdict.PASS]
        outcome = Outcome.EARNED if earned or not cases else Outcome.EARNED_NOTHING
        detail = f"passed {', '.join(earned)}" if earned else f"{len(cases)} cases, none passed"
    else:
        outcome, detail = _judge_conforming(cases)
    return SubjectResult(
        subject=subject,
        outcome=outcome,
        detail=detail,
        failed_cases=tuple(c.case.id for c in cases if c.verdict is Verdict.FAIL),
        named_hits=hits,
        verdicts={c.case.id: c.verdict for c in cases},
        seconds=seconds,
        pointers=pointers,
    )


def not_judged(subject: Subject, detail: str, seconds: float) -> SubjectResult:
    """Return the row of a subject whose campaign did not come to its end."""
    return SubjectResult(
        subject=subject, outcome=Outcome.NOT_JUDGED, detail=detail, verdicts={}, seconds=seconds
    )
