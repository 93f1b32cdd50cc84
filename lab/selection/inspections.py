"""Which guided inspections a plan takes in, as they apply to its role, and why."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from pydantic import ValidationError

from fixtures.lint_inspections import roles_of
from fixtures.loader import Pack
from lab.model.base import JsonValue
from lab.model.case import Plan
from lab.model.errors import PackError, UsageError
from lab.model.inspection import InspectionItem, PlannedInspection
from lab.model.requirement import Level
from lab.model.sut import Claim, SutProfile
from lab.model.verdict import Selection, Severity

_WEIGHT = (Severity.MAJOR, Severity.MINOR, Severity.OBSERVATION)


def items_of(pack: Pack, role: str) -> tuple[InspectionItem, ...]:
    """Return the items of a role in the order of their ids; PackError when one cannot be read."""
    return tuple(
        _item(pack, key, row, role, bound)
        for key, row in sorted(pack.inspections.items())
        if (bound := _binding(pack, row, role))
    )


def _binding(pack: Pack, row: JsonValue, role: str) -> tuple[str, ...]:
    return tuple(
        key
        for key in row["requirements"]
        if role in pack.requirements[key]["roles"] and role in roles_of(pack, row, key)
    )


def _item(
    pack: Pack, key: str, row: JsonValue, role: str, bound: tuple[str, ...]
) -> InspectionItem:
    severities = {Level(pack.requirements[name]["level"]).severity for name in bound}
    content = {k: v for k, v in row.items() if k not in {"requirements", "roles", "selectedIf"}}
    try:
        return InspectionItem(
            id=key,
            role=role,
            requirements=bound,
            severity=min(severities, key=_WEIGHT.index),
            selected_if=row.get("selectedIf", {}).get(role),
            **content,
        )
    except (ValidationError, TypeError) as error:
        raise PackError(
            f"inspection {key} of the pack cannot be used: {error}",
            where=f"{pack.name}/inspections",
            fix="mafalab pack lint names what is wrong.",
        ) from error


def matching(items: Sequence[InspectionItem], patterns: Sequence[str]) -> list[InspectionItem]:
    """Return the items a plan's patterns take in."""
    return [item for item in items if any(fnmatchcase(item.id, one) for one in patterns)]


def select_inspections(
    items: Sequence[InspectionItem], plan: Plan, profile: SutProfile
) -> tuple[PlannedInspection, ...]:
    """Return the planned inspections; UsageError when the plan counts wrongly."""
    chosen = matching(items, plan.inspections)
    if len(chosen) != plan.expected_inspections:
        raise UsageError(
            f"plan {plan.id} expects {plan.expected_inspections} inspections, the pack gives "
            f"{len(chosen)}",
            code="MFL-U009",
            where=f"suites/plans/{plan.id}.toml  expected_inspections",
            fix="mafalab catalogue plans --write corrects the count if items changed on purpose.",
            sentence_fa="شمار بازرسی‌ها با برنامه یکی نیست.",
        )
    return tuple(_planned(item, profile) for item in chosen)


def _planned(item: InspectionItem, profile: SutProfile) -> PlannedInspection:
    key = item.selected_if
    claim = profile.ics.get(key) if key is not None else None
    if claim is Claim.NO:
        return PlannedInspection(
            item=item,
            selection=Selection.NOT_APPLICABLE,
            reason=f'not claimed: [ics] "{key}" = "no"',
        )
    # Unlike a case, an inspector can find out; an unanswered claim is looked at, not refused.
    reason = "binds the role" if key is None else f'"{key}" is claimed or not answered'
    return PlannedInspection(item=item, selection=Selection.SELECTED, reason=reason)
