"""Selection: claims and plan decide which cases run; every case of the plan gets a reason."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

from lab.model.case import Case, Plan, PlannedCase
from lab.model.errors import UsageError
from lab.model.sut import Claim, SutProfile
from lab.model.verdict import Selection

_MEANS = {
    "clock_control": "the means to move the product's time",
    "services_url": "the address of the services behind the gateway",
    "peer_control": "the means to take a service behind the gateway away",
}
"""Optional addresses of a profile, and what cases that need them cannot do without."""


def select(catalogue: Sequence[Case], plan: Plan, profile: SutProfile) -> tuple[PlannedCase, ...]:
    """Return the planned cases in the order of execution, opening first, closing last.

    UsageError: the plan is for another role, a pattern matches nothing, an ICS item is unknown or
    unanswered, or the plan's expected count is off.
    """
    if plan.role != profile.role:
        raise UsageError(
            f'plan "{plan.id}" tests a {plan.role}, {profile.source or "the profile"} describes a '
            f"{profile.role}",
            code="MFL-U004",
            where="--plan",
            fix="Choose a plan for this role.",
            sentence_fa="برنامهٔ آزمون برای نقش دیگری است.",
        )
    cases = _of_plan(catalogue, plan)
    _check_count(cases, plan)
    _check_items(cases, catalogue, profile)
    return tuple(_planned(case, profile) for case in _ordered(cases, plan))


def _of_plan(catalogue: Sequence[Case], plan: Plan) -> list[Case]:
    candidates = [
        case for case in catalogue if case.role == plan.role and case.suite in plan.suites
    ]
    for pattern in (*plan.include, *plan.exclude):
        if not any(fnmatchcase(case.id, pattern) for case in candidates):
            raise UsageError(
                f'pattern "{pattern}" of plan {plan.id} matches no case',
                code="MFL-U005",
                where=f"suites/plans/{plan.id}.toml",
                fix="Correct include or exclude; patterns are matched against case ids.",
            )
    for sanity in (plan.opening, plan.closing):
        if sanity is not None and not any(case.id == sanity for case in candidates):
            raise UsageError(
                f'sanity case "{sanity}" of plan {plan.id} does not exist',
                code="MFL-U006",
                where=f"suites/plans/{plan.id}.toml",
            )
    return [
        case
        for case in candidates
        if any(fnmatchcase(case.id, pattern) for pattern in plan.include)
        and not any(fnmatchcase(case.id, pattern) for pattern in plan.exclude)
    ]


def _check_count(cases: list[Case], plan: Plan) -> None:
    if len(cases) != plan.expected_cases:
        raise UsageError(
            f"plan {plan.id} expects {plan.expected_cases} cases, the catalogue gives {len(cases)}",
            code="MFL-U007",
            where=f"suites/plans/{plan.id}.toml  expected_cases",
            fix="If cases were added or removed on purpose, correct expected_cases.",
            sentence_fa="شمار آزمون‌ها با برنامه یکی نیست.",
        )


def _check_items(cases: list[Case], catalogue: Sequence[Case], profile: SutProfile) -> None:
    if not profile.ics:
        return  # no [ics] table at all: the whole role is claimed
    asked = {case.selected_if for case in cases if case.selected_if}
    known = {case.selected_if for case in catalogue if case.selected_if}
    for item in profile.ics:
        near = difflib.get_close_matches(item, known, 1, cutoff=0.85)
        if item not in known and near:
            raise _claim_error(
                "MFL-P011",
                profile,
                item,
                f'"{item}" is asked for by no case',
                f'Write "{near[0]}".',
            )
    for item in sorted(asked):
        claim = profile.ics.get(item, Claim.UNKNOWN)
        if claim is Claim.UNKNOWN:
            raise _claim_error(
                "MFL-P012",
                profile,
                item,
                f'"{item}" is {"unanswered" if item not in profile.ics else "unknown"}',
                f'Answer "{item}" = "yes" or "no" under [ics].',
            )


def _claim_error(code: str, profile: SutProfile, item: str, sentence: str, fix: str) -> UsageError:
    return UsageError(
        f"[ics] {sentence}",
        code=code,
        where=f"{profile.source}  [ics] {item}",
        fix=fix,
        sentence_fa="به یک پرسش از قابلیت‌ها پاسخ داده نشده یا نام آن درست نیست.",
    )


def narrow(planned: Sequence[PlannedCase], plan: Plan, only: Sequence[str]) -> tuple[str, ...]:
    """Return the ids that `only` (ids or patterns) leaves, () when it is empty.

    Opening and closing cases stay: without them an answer cannot be told from a dead server.
    UsageError when a pattern matches nothing.
    """
    if not only:
        return ()
    ids = [row.case.id for row in planned]
    for pattern in only:
        if not any(fnmatchcase(case_id, pattern) for case_id in ids):
            near = difflib.get_close_matches(pattern, ids, 1)
            raise UsageError(
                f'"{pattern}" matches no case of plan {plan.id}',
                code="MFL-U008",
                where="--only",
                fix=f"Did you mean {near[0]}?" if near else "See mafalab catalogue.",
                sentence_fa="چنین آزمونی در این برنامه نیست.",
            )
    kept = {plan.opening, plan.closing}
    return tuple(
        case_id
        for case_id in ids
        if case_id in kept or any(fnmatchcase(case_id, pattern) for pattern in only)
    )


def _ordered(cases: list[Case], plan: Plan) -> list[Case]:
    suites = {suite: number for number, suite in enumerate(plan.suites)}

    def place(case: Case) -> tuple[int, int, str]:
        first = 0 if case.id == plan.opening else 3 if case.id == plan.closing else 1
        if first == 1 and case.moves_clock:
            first = 2  # alone and last: later cases would live in the moved time
        return (first, suites[case.suite], case.id)

    return sorted(cases, key=place)


def _not_offered(case: Case, profile: SutProfile) -> str:
    """Return the first optional address that a case needs and the profile does not name."""
    needed = (*(("clock_control",) if case.moves_clock else ()), *case.needs)
    return next((name for name in needed if getattr(profile.ixit, name) is None), "")


def _planned(case: Case, profile: SutProfile) -> PlannedCase:
    item = case.selected_if
    missing = _not_offered(case, profile)
    if missing:
        return PlannedCase(
            case=case,
            selection=Selection.NOT_APPLICABLE,
            reason=f"not offered: [ixit] {missing}, {_MEANS[missing]}",
        )
    if item is None:
        return PlannedCase(case=case, selection=Selection.SELECTED, reason="binds the role")
    if not profile.ics:
        return PlannedCase(
            case=case, selection=Selection.SELECTED, reason="the whole role is claimed (no [ics])"
        )
    claim = profile.ics[item]
    if claim is Claim.NO:
        return PlannedCase(
            case=case,
            selection=Selection.NOT_APPLICABLE,
            reason=f'not claimed: [ics] "{item}" = "no"',
        )
    return PlannedCase(
        case=case, selection=Selection.SELECTED, reason=f'claimed: [ics] "{item}" = "yes"'
    )
