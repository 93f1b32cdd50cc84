"""``mafalab inspect``: the inspections of a campaign, what people attest of them, the forms.

Everything recorded is evidence: nothing is overwritten, a correction is a further record, and the
result is sealed again each time.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import out, print_json
from lab.model.errors import EnvironmentFault, UsageError

if TYPE_CHECKING:
    from lab.campaign.attest import Statement
    from lab.model.campaign import Campaign
    from lab.model.inspection import InspectionItem, InspectionResult

app = typer.Typer(no_args_is_help=True, help="What a person looks at: list, form, record, import.")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Stored = Annotated[Path, typer.Argument(help="Campaign directory or bundle.zip.")]
Directory = Annotated[Path, typer.Argument(help="Campaign directory (run --out).")]


@app.callback()
def inspect() -> None:
    """Show and record the guided inspections of a campaign."""


@app.command("list")
def list_command(
    directory: Annotated[
        Path | None, typer.Argument(help="Campaign directory or bundle.zip.")
    ] = None,
    role: Annotated[
        str | None, typer.Option(help="Without DIR: what would be inspected in this role.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the inspections of a campaign and how they stand, or those of a role beforehand.

    Examples: mafalab inspect list out | mafalab inspect list --role pharmacy_system
    """
    from lab.cli.inspecting import say_items, say_standing

    if directory is None:
        items = _items_of_role(role)
        if as_json:
            print_json([item.model_dump(mode="json") for item in items])
        else:
            say_items(out(), items)
        return
    campaign, rows = _standing(directory)
    if role not in (None, campaign.plan.role):
        raise UsageError(
            f'the campaign is of role {campaign.plan.role}, not "{role}"',
            code="MFL-U086",
            where="--role",
            fix="Leave --role out; a campaign has one role.",
        )
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        say_standing(out(), directory, rows)


@app.command("show")
def show(
    directory: Stored,
    item: Annotated[str, typer.Argument(help="Item, INS-...")],
    as_json: AsJson = False,
) -> None:
    """Show one inspection: what to look at, what to attach, who attests, what was attested.

    Example: mafalab inspect show out INS-CERT-001
    """
    from lab.campaign.attest import planned_item
    from lab.cli.inspecting import say_result

    campaign, rows = _standing(directory)
    row = next((one for one in rows if one.item.id == item.upper()), None)
    if row is None:
        planned_item(campaign, item)  # raises, with the items there are
        raise AssertionError("an unplanned item was found")
    if as_json:
        print_json(row.model_dump(mode="json"))
    else:
        say_result(out(), row)


@app.command("record")
def record(
    directory: Directory,
    item: Annotated[str, typer.Argument(help="Item, INS-...")],
    verdict: Annotated[str, typer.Option(help="pass, fail or not-applicable.")],
    by: Annotated[str, typer.Option(help='Who attests: "Name, function".')],
    note: Annotated[str, typer.Option(help="What was looked at and what was seen.")],
    attach: Annotated[
        list[str] | None, typer.Option(help="KIND=FILE or FILE; may be repeated.")
    ] = None,
) -> None:
    """Record what one person attests of one inspection; a second time it is a correction.

    Example: mafalab inspect record out INS-SUP-001 --verdict pass --by "Sara Karimi, laboratory
    analyst" --note "Ten tickets read" --attach screenshot=tickets.png --attach contract=sla.pdf
    """
    from lab.campaign.attachments import named
    from lab.campaign.attest import Statement

    files = tuple(named(text) for text in attach or ())
    said = Statement(item=item.upper(), verdict=verdict, by=by, note=note, files=files)
    _attest(directory, [said])


@app.command("import")
def import_command(
    directory: Directory,
    form: Annotated[Path, typer.Argument(help="The filled form, .toml or .yaml.")],
) -> None:
    """Record every attestation of a filled form, or none of them when one is wrong.

    Files are attached only from the directory of the form.

    Example: mafalab inspect import out form.toml
    """
    from lab.campaign.inspection_form import read_form

    campaign, _ = _standing(directory)
    statements = read_form(form, campaign)
    if not statements:
        raise UsageError(
            "no verdict is filled in, so nothing was recorded",
            code="MFL-U087",
            where=str(form),
            fix="Fill in verdict, by and note of at least one inspection.",
            sentence_fa="هیچ حکمی در فرم نیست؛ چیزی ثبت نشد.",
        )
    _attest(directory, list(statements))


@app.command("form")
def form_command(
    directory: Stored,
    target: Annotated[Path, typer.Option("--out", "-o", help="New file, .toml or .yaml.")],
    every: Annotated[bool, typer.Option("--all", help="Also what is not open any more.")] = False,
) -> None:
    """Write a form in Persian and English for everything that is still open.

    Example: mafalab inspect form out -o form.toml
    """
    from lab.campaign.inspection_form import form_text, format_of
    from lab.model.verdict import Selection

    campaign, rows = _standing(directory)
    asked = [row for row in rows if row.selection is Selection.SELECTED and (every or row.is_open)]
    text = form_text(campaign, asked, format_of(target))
    if target.exists():
        raise UsageError(
            f'"{target}" exists and may be filled in already',
            code="MFL-U088",
            where="--out",
            fix="Name another file.",
            sentence_fa="این پرونده از پیش هست.",
        )
    try:
        target.write_text(text, "utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"The form cannot be written: {error}.", code="MFL-E041", where=str(target)
        ) from error
    terminal = out()
    terminal.say(f"Wrote {target} with {len(asked)} inspections.")
    terminal.persian("فرم نوشته شد؛ حکم، نام و سمت و شرح را پر کنید.")
    terminal.say(f"Next: mafalab inspect import {directory} {target}")


def _standing(path: Path) -> tuple[Campaign, tuple[InspectionResult, ...]]:
    from lab.campaign.attest import standing
    from lab.evidence.reader import open_evidence

    reader = open_evidence(path)
    try:
        return standing(reader)
    finally:
        reader.close()


def _items_of_role(role: str | None) -> tuple[InspectionItem, ...]:
    from fixtures import load_pack
    from fixtures.lint_inspections import product_roles
    from lab.selection.inspections import items_of

    pack = load_pack("erx-1401")
    if role is None or role not in product_roles(pack):
        raise UsageError(
            "neither a campaign nor a role is named" if role is None else f'no role "{role}"',
            code="MFL-U086",
            where="--role",
            fix=f"Give a campaign directory, or one of: {', '.join(sorted(product_roles(pack)))}.",
            sentence_fa="پوشهٔ آزمون یا نقش را بنویسید.",
        )
    return items_of(pack, role)


def _attest(directory: Path, statements: list[Statement]) -> None:
    from lab.campaign.attest import attest
    from lab.cli.inspecting import say_recorded
    from lab.cli.report import write_report

    done, result = attest(directory, statements)
    if result is not None:
        write_report(directory)
    _, rows = _standing(directory)
    say_recorded(out(), directory, done, rows, result)
