"""Requirement x case x fault: what the suites look at, what proves them, and every gap by name."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.kit.messages import role_messages
from lab.model.roles import load_roles, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.cli.catalogue import Catalogue
    from lab.cli.terminal import Terminal
    from lab.model.base import JsonValue

_SHOWN = 40
TESTABLE = {"server": ("automated",), "client": ("automated", "observed")}
"""What of the register a case can verify: at a server by calling it, at a client by watching."""


@dataclass(frozen=True)
class RoleCoverage:
    """Coverage of one role; everything but `testable` is a list of gaps."""

    role: str
    testable: int
    without_case: tuple[str, ...]
    without_fault: tuple[str, ...]
    without_message: tuple[str, ...]


@dataclass(frozen=True)
class InspectionCoverage:
    """Requirements for inspection: those with an item, with a written reason, and the gaps.

    `pairs` counts requirement x role that an item looks at; `without_item` names the others.
    """

    items: int
    requirements: int
    with_item: int
    with_reason: int
    pairs: int
    without_item: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """Coverage of several roles, and faults that name cases nobody wrote."""

    roles: tuple[RoleCoverage, ...]
    stray_faults: tuple[str, ...]
    inspections: InspectionCoverage

    @property
    def gaps(self) -> int:
        """How many gaps there are. Client roles are measured, their gaps are not counted here."""
        return (
            len(self.stray_faults)
            + len(self.inspections.without_item)
            + sum(
                len(row.without_case) + len(row.without_fault) + len(row.without_message)
                for row in self.roles
                if role_of(row.role).is_server
            )
        )

    def as_json(self) -> JsonValue:
        """Return it as one document."""
        return {
            "gaps": self.gaps,
            "roles": {
                row.role: {
                    "testable": row.testable,
                    "withoutCase": list(row.without_case),
                    "withoutFault": list(row.without_fault),
                    "withoutMessage": list(row.without_message),
                }
                for row in self.roles
            },
            "casesWithoutFault": sorted(case for row in self.roles for case in row.without_fault),
            "faultsWithoutCase": list(self.stray_faults),
            "inspections": {
                "items": self.inspections.items,
                "requirements": self.inspections.requirements,
                "withItem": self.inspections.with_item,
                "withReason": self.inspections.with_reason,
                "pairs": self.inspections.pairs,
                "withoutItem": list(self.inspections.without_item),
            },
        }


def measure(known: Catalogue, roles: Sequence[str]) -> Coverage:
    """Measure the coverage of these roles."""
    ids = {case.id for case in known.cases}
    stray = {
        f"{fault.id} ({fault.role}): {case}"
        for fault in known.faults
        if fault.role in roles
        for case in fault.expected_cases
        if case not in ids
    }
    return Coverage(
        tuple(_of_role(known, role) for role in roles),
        tuple(sorted(stray)),
        measure_inspections(known, roles),
    )


def measure_inspections(known: Catalogue, roles: Sequence[str]) -> InspectionCoverage:
    """Measure requirement x item for product roles; all of them when every test role is asked."""
    everywhere = known.products >= set(roles) and len(roles) == len(load_roles())
    asked = known.products if everywhere else set(roles)
    bound = {
        name: asked & set(row["roles"])
        for name, row in known.requirements.items()
        if row["testability"] == "inspection"
    }
    mine = {name: wanted for name, wanted in bound.items() if wanted or everywhere}
    looked = {
        name: {item.role for item in known.items_of.get(name, ())} & wanted
        for name, wanted in mine.items()
    }
    return InspectionCoverage(
        items=len({item.id for item in known.items if item.role in asked}),
        requirements=len(mine),
        with_item=sum(bool(found) for found in looked.values()),
        with_reason=sum(name in known.reasons for name in mine),
        pairs=sum(len(found) for found in looked.values()),
        without_item=tuple(
            f"{name} ({', '.join(sorted(mine[name] - found)) or 'no product role'})"
            for name, found in looked.items()
            if (mine[name] - found or not mine[name]) and name not in known.reasons
        ),
    )


def testable(known: Catalogue, role: str) -> dict[str, JsonValue]:
    """Return the requirements of a role that a case can verify."""
    kinds = TESTABLE[role_of(role).side]
    return {
        name: row
        for name, row in known.requirements.items()
        if role in row["roles"] and row["testability"] in kinds
    }


def _of_role(known: Catalogue, name: str) -> RoleCoverage:
    role = role_of(name)
    mine = testable(known, name)
    covered = {r for case in known.cases if case.role == name for r in case.requirements}
    silent = role_messages(role).without_message if role.is_server and role.shared else ()
    return RoleCoverage(
        role=name,
        testable=len(mine),
        without_case=tuple(sorted(row for row in mine if row not in covered)),
        without_fault=tuple(
            case.id for case in known.cases if case.role == name and case.id not in known.faults_of
        ),
        without_message=tuple(f"{one.service}.{one.id}" for one in silent),
    )


def say_matrix(terminal: Terminal, known: Catalogue, role: str) -> None:
    """Print one line per requirement of a role: its cases and the faults that prove them."""
    for name in testable(known, role):
        cases = [case.id for case in known.cases_of.get(name, []) if case.role == role]
        faults = {fault.id for case in cases for fault in known.faults_of.get(case, [])}
        terminal.say(f"{name:<22} {len(cases):>3} cases {len(faults):>3} faults")
        for case in cases:
            proof = ", ".join(fault.id for fault in known.faults_of.get(case, [])) or "NO FAULT"
            terminal.say(f"  {case:<36} {proof}")


def say(terminal: Terminal, known: Catalogue, found: Coverage) -> None:
    """Print the numbers and every gap by name."""
    counted = Counter(row["testability"] for row in known.requirements.values())
    split = ", ".join(f"{n} {kind}" for kind, n in counted.most_common())
    terminal.say(f"{len(known.requirements)} requirements: {split}")
    terminal.say(f"{len(known.cases)} cases, {len({f.id for f in known.faults})} seeded faults")
    for row in found.roles:
        covered = row.testable - len(row.without_case)
        terminal.say(f"{row.role}: {covered} of {row.testable} testable ones have a case", "bold")
        _names(terminal, "no case", row.without_case)
        _names(terminal, "no fault", row.without_fault)
        _names(terminal, "no message", row.without_message)
    _names(terminal, "no such case", found.stray_faults)
    seen = found.inspections
    some = f"({seen.items} items, {seen.pairs} requirement x role)"
    terminal.say(
        f"inspection: {seen.with_item} of {seen.requirements} requirements have an item {some}, "
        f"{seen.with_reason} a written reason",
        "bold",
    )
    _names(terminal, "no item", seen.without_item)


def _names(terminal: Terminal, label: str, names: Sequence[str]) -> None:
    for start in range(0, min(len(names), _SHOWN), 4):
        terminal.say(f"  {label if start == 0 else '':<14}{'  '.join(names[start : start + 4])}")
    if len(names) > _SHOWN:
        terminal.say(f"  {'':<14}... {len(names) - _SHOWN} more; --json lists all")
