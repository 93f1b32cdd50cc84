"""``mafalab catalogue``: requirements, the cases that verify them, the faults that prove the cases.

Reads the pack, the fault catalogue, and the cases as the suites themselves declare them (collected
by a child process, because the laboratory never imports a suite).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import Terminal, out, print_json, visible
from lab.model.errors import UsageError
from lab.model.requirement import Level
from lab.model.roles import load_roles

if TYPE_CHECKING:
    from lab.model.base import JsonValue
    from lab.model.case import Case
    from lab.model.inspection import InspectionItem
    from lab.validation.corpus import Subject

ROOT = Path(__file__).resolve().parents[2]
ROLES = tuple(load_roles())

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
    items: tuple[InspectionItem, ...] = ()  # one for every product role it binds
    products: frozenset[str] = frozenset()  # roles a product can be certified in

    @cached_property
    def cases_of(self) -> dict[str, list[Case]]:
        """Cases by requirement id."""
        found: dict[str, list[Case]] = {}
        for case in self.cases:
            for requirement in case.requirements:
                found.setdefault(requirement, []).append(case)
        return found

    @cached_property
    def items_of(self) -> dict[str, list[InspectionItem]]:
        """Inspection items by requirement id, one for every role."""
        found: dict[str, list[InspectionItem]] = {}
        for item in self.items:
            for requirement in item.requirements:
                found.setdefault(requirement, []).append(item)
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
    from fixtures.lint_inspections import product_roles
    from lab.selection.collecting import collect_catalogue
    from lab.selection.inspections import items_of
    from lab.validation.corpus import load_subjects

    loaded = load_pack(pack)
    products = product_roles(loaded)
    faults = [f for role in ROLES for f in load_subjects(ROOT / "fixtures" / "faults", role)]
    return Catalogue(
        requirements=dict(loaded.requirements),
        reasons={
            name: str(row["en"])
            for row in loaded.untested["reasons"].values()
            for name in row["requirements"]
        },
        items=tuple(item for role in sorted(products) for item in items_of(loaded, role)),
        products=products,
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
    from lab.selection.collecting import collect_catalogue

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
    identifier: Annotated[str, typer.Argument(help="Requirement, case, fault or inspection id.")],
    as_json: AsJson = False,
) -> None:
    """Show one requirement, case, fault or inspection with everything joined to it.

    Example: mafalab catalogue show ERX-9-1-5-A
    """
    known = read_catalogue()
    wanted = identifier.upper()
    case = next((case for case in known.cases if case.id == wanted), None)
    fault = next((fault for fault in known.faults if fault.id == wanted), None)
    row = known.requirements.get(wanted)
    items = [item for item in known.items if item.id == wanted]
    if row is None and case is None and fault is None and not items:
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
            or [item.model_dump(mode="json") for item in items]
        )
        return
    terminal = out()
    if row is not None:
        _show_requirement(terminal, known, wanted, row)
    elif case is not None:
        _show_case(terminal, known, case)
    elif fault is not None:
        _show_fault(terminal, fault)
    else:
        _show_inspection(terminal, items)


def _joined(known: Catalogue, name: str, row: JsonValue) -> JsonValue:
    """Return a requirement with what is computed: severity, cases, conditions on the ICS."""
    cases = known.cases_of.get(name, [])
    return {
        **row,
        "severity": Level(row["level"]).severity.value,
        "cases": [case.id for case in cases],
        "inspections": sorted({item.id for item in known.items_of.get(name, ())}),
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
    for item in known.items_of.get(name, ()):
        terminal.pair("inspect", f"{item.id}  {item.role}: {visible(item.title.en)}")
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


def _show_inspection(terminal: Terminal, items: list[InspectionItem]) -> None:
    """Print the texts of an item once, and what it looks at in each role."""
    from lab.cli.inspecting import say_item

    say_item(terminal, items[0])
    for item in items:
        terminal.pair("role", f"{item.role}: {', '.join(item.requirements)}")


def _show_fault(terminal: Terminal, fault: Subject) -> None:
    terminal.say(f"{fault.id}   {fault.suite}, {fault.role}", "bold")
    terminal.say(visible(fault.title))
    terminal.pair("effect", visible(fault.effect))
    terminal.pair("breaks", fault.requirement)
    terminal.pair("caught", ", ".join(fault.expected_cases) or "by no named case")


@app.command("search")
def search(text: Annotated[str, typer.Argument(help="Words, Persian or English.")]) -> None:
    """Search requirements, cases and inspections.

    Arabic and Persian letters and digits count as equal.

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
    for item in {one.id: one for one in known.items}.values():
        texts = (item.title.en, item.title.fa, item.question.en, item.question.fa)
        if all(word in _folded(f"{item.id} {' '.join(texts)}") for word in words):
            found += 1
            terminal.say(f"{item.id:<22} {visible(item.title.en)}")
    terminal.say(f"{found} found")
    raise typer.Exit(0 if found else 1)


@app.command("coverage")
def coverage(
    *,
    role: Annotated[str | None, typer.Option(help="Show the matrix of this role.")] = None,
    proof: Annotated[
        Path | None, typer.Option(help="Folder or matrix.json of a calibration: show detection.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the table as a page here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which requirements have a case and which cases have a fault; name every gap.

    A gap is a testable requirement of a server role without case, a requirement for inspection
    without an item in one of its product roles and without a written reason, a case without a fault
    that must fail it, a requirement with cases and no fault of its own in any role, an operation
    without honest message, a fault that names a case nobody wrote.
    A requirement counts as looked at when a case names it; that does not say how deep the case is.
    How deep is what --proof adds: per requirement cases, faults seeded against it, how many were
    caught, and the exact one-sided 95 % lower bound of the true rate.

    Exit 0: no gap. Exit 1: gaps, or a requirement of a server role without a caught fault in the
    proof. Exit 4: the proof is of other suites.

    Example: mafalab catalogue coverage --role siam --proof proof --html coverage.html
    """
    from lab.cli.coverage import measure
    from lab.cli.coverage_told import Told, say_all, write_page
    from lab.cli.proven_coverage import read_proof, rows_of

    if role is not None and role not in ROLES:
        raise UsageError(
            f'There is no role "{role}".', code="MFL-U052", fix=f"Roles: {', '.join(ROLES)}."
        )
    given = read_proof(proof) if proof is not None else None
    known = read_catalogue()
    roles = ROLES if role is None else (role,)
    told = Told(measure(known, roles), rows_of(known, roles, given), given)
    if html is not None:
        write_page(told, html)
    if as_json:
        print_json(told.as_json())
    else:
        say_all(out(), known, told, role)
    raise typer.Exit(told.exit_code)


def _why_no_case(known: Catalogue, name: str, row: JsonValue) -> str:
    reason = known.reasons.get(name, "")
    if row["testability"] not in ("inspection", "not_testable"):
        return f"not written yet. {visible(reason)}".strip()
    return f"{row['testability']}. {visible(reason)} {visible(str(row.get('how') or ''))}".strip()


def _folded(text: str) -> str:
    pairs = str.maketrans("يىكةۀ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "ییکهه01234567890123456789", "\u200c\u0640")
    return text.translate(pairs).casefold()


@app.command("plans")
def plans(
    *,
    write: Annotated[bool, typer.Option("--write", help="Make and correct the files.")] = False,
) -> None:
    """Hold the plans against the catalogue: missing files, wrong counts.

    Exit 0: all fit (or were corrected with --write). Exit 1: some do not fit.

    Example: mafalab catalogue plans
    """
    from lab.selection.collecting import collect_catalogue
    from lab.selection.plan_files import differences

    found = list(differences(collect_catalogue()))
    terminal = out()
    for one in found:
        stated = "no file" if one.stated is None else "states {} and {}".format(*one.stated)
        given = "{} cases and {} inspections".format(*one.found)
        terminal.say(f"{one.path.stem:<40} {stated}, the catalogue gives {given}")
        if write:
            one.path.write_text(one.text, "utf-8")
    terminal.say("corrected" if write and found else f"{len(found)} plans do not fit")
    raise typer.Exit(1 if found and not write else 0)


@app.command("workflows")
def workflows(
    *,
    write: Annotated[bool, typer.Option("--write", help="Write the page anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold the steps of the workflow texts against the cases; write docs/workflows-covered.md.

    Exit 0: every step has cases or a reason, and the page is theirs. Exit 1: not so; it is named.

    Example: mafalab catalogue workflows
    """
    from lab.model.workflow import problems, read_table, render

    known = read_catalogue()
    table = read_table()
    found = list(problems(table, {c.id for c in known.cases}, {i.id for i in known.items}))
    page = ROOT / "docs" / "workflows-covered.md"
    if write:
        page.write_text(render(table), "utf-8")
    elif not page.exists() or page.read_text("utf-8") != render(table):
        found.append(f"{page.name} is old; mafalab catalogue workflows --write")
    if as_json:
        print_json({"rows": [row.model_dump(mode="json") for row in table.rows], "wrong": found})
    else:
        whole = sum(bool(row.direct and row.gateway) for row in table.rows)
        for text in found:
            out().say(text)
        out().say(f"{len(table.rows)} steps, {whole} with cases both ways, {len(found)} problems")
    raise typer.Exit(1 if found else 0)
