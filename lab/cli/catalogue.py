"""``mafalab catalogue``: requirements, the cases that verify them, the faults that prove the cases.

Reads the pack, the fault catalogue, and the cases as the suites themselves declare them (collected
by a child process, because the laboratory never imports a suite).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import Terminal, out, print_json, visible
from lab.model.errors import UsageError
from lab.model.requirement import Level

if TYPE_CHECKING:
    from lab.model.base import JsonValue
    from lab.model.case import Case
    from lab.validation.corpus import Subject

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("purchaser_system", "pharmacy_system")
_SHOWN = 40

app = typer.Typer(no_args_is_help=True, help="Requirements, cases, faults, and the gaps.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.callback()
def catalogue() -> None:
    """Show requirements, the cases that verify them, the faults that prove them, the gaps."""


@dataclass(frozen=True)
class Catalogue:
    """Everything the laboratory knows how to test, joined by requirement id."""

    requirements: dict[str, JsonValue]
    cases: tuple[Case, ...]
    faults: tuple[Subject, ...]
    reasons: dict[str, str] = field(default_factory=dict)  # requirement id -> why it has no test

    @cached_property
    def cases_of(self) -> dict[str, list[Case]]:
        """Cases by requirement id."""
        found: dict[str, list[Case]] = {}
        for case in self.cases:
            for requirement in case.requirements:
                found.setdefault(requirement, []).append(case)
        return found

    @cached_property
    def faults_of(self) -> dict[str, list[Subject]]:
        """Seeded faults by the case that is expected to catch them."""
        found: dict[str, list[Subject]] = {}
        for fault in self.faults:
            for case_id in fault.expected_cases:
                found.setdefault(case_id, []).append(fault)
        return found


def read_catalogue(pack: str = "erx-1401") -> Catalogue:
    """Read pack, suites and faults; HarnessDefect when the suites cannot be collected."""
    from fixtures import load_pack
    from lab.campaign import collect_catalogue
    from lab.validation.corpus import load_subjects

    loaded = load_pack(pack)
    faults = [f for role in ROLES for f in load_subjects(ROOT / "fixtures" / "faults", role)]
    return Catalogue(
        requirements=dict(loaded.requirements),
        reasons={
            name: str(row["en"])
            for row in loaded.untested["reasons"].values()
            for name in row["requirements"]
        },
        cases=collect_catalogue(),
        faults=tuple(f for f in faults if f.kind == "fault"),
    )


@app.command("list")
def list_command(
    *,
    role: Annotated[str | None, typer.Option(help="Only this role.")] = None,
    suite: Annotated[
        str | None, typer.Option(help="Only this kind: contract, workflow ...")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the cases.

    Example: mafalab catalogue list --role pharmacy_system
    """
    from lab.campaign import collect_catalogue

    cases = [
        case
        for case in collect_catalogue()
        if role in (None, case.role) and suite in (None, case.suite.value)
    ]
    if not cases:
        raise UsageError(
            "No case matches.",
            code="MFL-U050",
            fix=f"Roles: {', '.join(ROLES)}. mafalab catalogue list shows all.",
        )
    if as_json:
        print_json([case.model_dump(mode="json") for case in cases])
        return
    terminal = out()
    for case in cases:
        terminal.say(f"{case.id:<24} {case.suite.value:<10} {case.purpose}")
    terminal.say(f"{len(cases)} cases")


@app.command("show")
def show(
    identifier: Annotated[str, typer.Argument(help="Requirement, case, fault or ruling id.")],
    as_json: AsJson = False,
) -> None:
    """Show one requirement, case or fault with everything joined to it.

    Example: mafalab catalogue show ERX-9-1-5-A
    """
    known = read_catalogue()
    wanted = identifier.upper()
    case = next((case for case in known.cases if case.id == wanted), None)
    fault = next((fault for fault in known.faults if fault.id == wanted), None)
    row = known.requirements.get(wanted)
    if row is None and case is None and fault is None:
        raise UsageError(
            f'There is nothing called "{identifier}".',
            code="MFL-U051",
            fix=f"mafalab catalogue search {identifier}",
            sentence_fa="چنین شناسه‌ای نیست.",
        )
    if as_json:
        print_json(
            (_joined(known, wanted, row) if row is not None else None)
            or (case.model_dump(mode="json") if case else None)
            or (fault.model_dump(mode="json") if fault else None)
        )
        return
    terminal = out()
    if row is not None:
        _show_requirement(terminal, known, wanted, row)
    elif case is not None:
        _show_case(terminal, known, case)
    elif fault is not None:
        _show_fault(terminal, fault)


def _joined(known: Catalogue, name: str, row: JsonValue) -> JsonValue:
    """Return a requirement with what is computed: severity, cases, conditions on the ICS."""
    cases = known.cases_of.get(name, [])
    return {
        **row,
        "severity": Level(row["level"]).severity.value,
        "cases": [case.id for case in cases],
        "conditions": sorted({case.selected_if for case in cases if case.selected_if}),
        "notTested": known.reasons.get(name),
    }


def _show_requirement(terminal: Terminal, known: Catalogue, name: str, row: JsonValue) -> None:
    terminal.say(f"{name}   {row['level']}, {row['testability']}, clause {row['clause']}", "bold")
    terminal.say(visible(str(row["text"]["en"])))
    terminal.persian(visible(str(row["text"]["fa"])))
    terminal.pair("roles", ", ".join(row["roles"]))
    terminal.pair("severity", Level(row["level"]).severity.value)
    cases = known.cases_of.get(name, [])
    for case in cases:
        condition = f"  (if {case.selected_if})" if case.selected_if else ""
        terminal.pair("case", f"{case.id}  {case.purpose}{condition}")
    if not cases:
        terminal.pair("case", f"none: {_why_no_case(known, name, row)}")


def _show_case(terminal: Terminal, known: Catalogue, case: Case) -> None:
    terminal.say(f"{case.id}   {case.suite.value}, {case.role}", "bold")
    terminal.say(visible(case.purpose))
    if case.title_fa:
        terminal.persian(visible(case.title_fa))
    terminal.pair("verifies", ", ".join(case.requirements))
    terminal.pair("if", case.selected_if or "always selected")
    terminal.pair("code", f"{case.module.replace('.', '/')}.py  {case.function}")
    faults = known.faults_of.get(case.id, [])
    for fault in faults:
        terminal.pair("fault", f"{fault.id}  {fault.title}")
    if not faults:
        terminal.pair("fault", "none is expected to be caught by this case")


def _show_fault(terminal: Terminal, fault: Subject) -> None:
    terminal.say(f"{fault.id}   {fault.suite}, {fault.role}", "bold")
    terminal.say(visible(fault.title))
    terminal.pair("effect", visible(fault.effect))
    terminal.pair("breaks", fault.requirement)
    terminal.pair("caught", ", ".join(fault.expected_cases) or "by no named case")


@app.command("search")
def search(text: Annotated[str, typer.Argument(help="Words, Persian or English.")]) -> None:
    """Search requirements and cases; Arabic and Persian letters and digits count as equal.

    Example: mafalab catalogue search tracking
    """
    known = read_catalogue()
    words = _folded(text).split()
    terminal = out()
    found = 0
    for name, row in known.requirements.items():
        content = _folded(f"{name} {row['text']['en']} {row['text']['fa']}")
        if all(word in content for word in words):
            found += 1
            terminal.say(f"{name:<22} {visible(str(row['text']['en']))}")
    for case in known.cases:
        content = _folded(f"{case.id} {case.title} {case.purpose} {case.title_fa}")
        if all(word in content for word in words):
            found += 1
            terminal.say(f"{case.id:<22} {case.purpose}")
    terminal.say(f"{found} found")
    raise typer.Exit(0 if found else 1)


@app.command("coverage")
def coverage(*, as_json: AsJson = False) -> None:
    """Say what the cases look at, and by name what they do not.

    Counts a requirement as looked at when a case names it; that does not say how deep the case is.
    Example: mafalab catalogue coverage
    """
    known = read_catalogue()
    table = {role: _coverage_of(known, role) for role in ROLES}
    unproven = [case.id for case in known.cases if case.id not in known.faults_of]
    if as_json:
        print_json({"roles": table, "casesWithoutFault": unproven})
        return
    terminal = out()
    counted = Counter(row["testability"] for row in known.requirements.values())
    split = ", ".join(f"{n} {kind}" for kind, n in counted.most_common())
    terminal.say(f"{len(known.requirements)} requirements: {split}")
    terminal.say(f"{len(known.cases)} cases, {len(known.faults)} seeded faults")
    for role, row in table.items():
        missing = row["withoutCase"]
        covered = row["testable"] - len(missing)
        terminal.say(f"{role}: {covered} of {row['testable']} testable ones have a case", "bold")
        _names(terminal, "no case", missing)
    if unproven:
        terminal.say(f"{len(unproven)} cases that no seeded fault names", "bold")
        _names(terminal, "unproven", unproven)
    others = sum(
        1 for row in known.requirements.values() if not {*row["roles"], "all"} & {*ROLES, "all"}
    )
    terminal.say(f"{others} requirements bind other roles only; those have no suite yet.")


def _coverage_of(known: Catalogue, role: str) -> dict[str, JsonValue]:
    mine = {
        name: row
        for name, row in known.requirements.items()
        if role in row["roles"] and row["testability"] in ("automated", "observed")
    }
    covered = {r for case in known.cases if case.role == role for r in case.requirements}
    return {
        "testable": len(mine),
        "withoutCase": sorted(name for name in mine if name not in covered),
    }


def _names(terminal: Terminal, label: str, names: list[str]) -> None:
    for start in range(0, min(len(names), _SHOWN), 4):
        terminal.say(f"  {label if start == 0 else '':<10}{'  '.join(names[start : start + 4])}")
    if len(names) > _SHOWN:
        terminal.say(f"  {'':<10}... {len(names) - _SHOWN} more; --json lists all")


def _why_no_case(known: Catalogue, name: str, row: JsonValue) -> str:
    if row["testability"] not in ("inspection", "not_testable"):
        return "not written yet"
    reason = known.reasons.get(name, "")
    return f"{row['testability']}. {visible(reason)} {visible(str(row.get('how') or ''))}".strip()


def _folded(text: str) -> str:
    pairs = str.maketrans("يىكةۀ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "ییکهه01234567890123456789", "\u200c\u0640")
    return text.translate(pairs).casefold()
