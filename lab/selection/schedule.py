"""Which cases may run at the same time: the opening one first, the closing one last, both alone.

Between them cases without anything in common are spread over the workers. Cases that share a thing
form a group and run one after the other in the order of the plan. Cases marked `alone` wait until
nobody else is at work. Nothing of this decides a verdict: results are listed in the order of the
plan, and every case derives its identifiers from its own name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.model.case import Case, Plan

Group = tuple[str, ...]


@dataclass(frozen=True)
class Schedule:
    """Case ids in the four phases of a campaign."""

    opening: Group
    groups: tuple[Group, ...]  # the costliest first, so that no worker ends long after the others
    alone: Group
    closing: Group


def schedule(cases: Sequence[Case], plan: Plan) -> Schedule:
    """Divide cases, given in the order of the plan, into phases and groups."""
    sanity = {plan.opening, plan.closing}
    between = [case for case in cases if case.id not in sanity]
    return Schedule(
        opening=tuple(case.id for case in cases if case.id == plan.opening),
        groups=_groups([case for case in between if not case.alone]),
        alone=tuple(case.id for case in between if case.alone),
        closing=tuple(
            case.id for case in cases if case.id == plan.closing and case.id != plan.opening
        ),
    )


def _groups(cases: Sequence[Case]) -> tuple[Group, ...]:
    groups: list[list[Case]] = []
    for case in cases:
        joined = [group for group in groups if _have_in_common(case, group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(one for group in joined for one in group), case])
    order = {case.id: place for place, case in enumerate(cases)}
    costliest = sorted(groups, key=lambda group: (-_weight(group), order[group[0].id]))
    return tuple(
        tuple(case.id for case in sorted(group, key=lambda one: order[one.id]))
        for group in costliest
    )


def _have_in_common(case: Case, group: Sequence[Case]) -> bool:
    things = set(case.shares)
    return any(things.intersection(other.shares) for other in group)


def _weight(group: Sequence[Case]) -> int:
    """Return a rough cost: generated cases send some thirty times as many messages."""
    return sum(30 if case.generated else 1 for case in group)
