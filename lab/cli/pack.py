"""`mafalab pack`: check the standard pack, count it, export its contracts, seal it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.pack_changes import diff_command, docs_command

if TYPE_CHECKING:
    from fixtures import Pack

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The standard pack.")
app.command("diff")(diff_command)
app.command("docs")(docs_command)
PackName = Annotated[str, typer.Option("--pack", help="Name of the pack.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("lint")
def lint_command(pack: PackName = "erx-1401", as_json: AsJson = False) -> None:
    """Check that the pack does not contradict itself and is sealed.

    References between register, rulings, contracts, error bank and life cycles; OpenAPI 3.1 and
    JSON Schema by public validators; examples against schemas; hashes of all files.

    Exit 0: no problem. Exit 1: problems, each with its place and the way out.

    Example: mafalab pack lint
    """
    from fixtures import load_pack
    from fixtures.lint import lint
    from lab.cli.terminal import out, print_json, visible

    report = lint(load_pack(pack))
    if as_json:
        problems = [vars(p) for p in report.problems]
        print_json({"pack": report.pack, "hash": report.hash, "problems": problems})
    else:
        screen = out()
        for problem in report.problems:
            screen.say(visible(f"{problem.code} {problem.where}: {problem.sentence}"))
            screen.say(visible(f"    {problem.fix}"))
        count = len(report.problems)
        verdict = "no problems" if not count else f"{count} problem{'s' if count > 1 else ''}"
        screen.say(f"{report.pack} {report.hash[:16]}: {verdict}", "fail" if count else "pass")
    raise typer.Exit(1 if report.problems else 0)


@app.command("stats")
def stats(pack: PackName = "erx-1401", as_json: AsJson = False) -> None:
    """Count what the pack holds.

    Example: mafalab pack stats --json
    """
    from fixtures import load_pack
    from lab.cli.terminal import out, print_json

    loaded = load_pack(pack)
    numbers = _numbers(loaded)
    if as_json:
        print_json({"pack": loaded.name, "hash": loaded.hash, **numbers})
        return
    screen = out()
    screen.say(f"{loaded.name}  {loaded.hash}", "bold")
    for name, value in numbers.items():
        shown = (
            ", ".join(f"{k} {v}" for k, v in value.items())
            if isinstance(value, dict)
            else str(value)
        )
        screen.say(f"  {name:<22}{shown}")


@app.command("export")
def export(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the documents.")],
    pack: PackName = "erx-1401",
) -> None:
    """Write each contract as one complete OpenAPI document, for Swagger, generators and linters.

    Example: mafalab pack export --out contracts
    """
    from fixtures import load_pack
    from lab.cli.terminal import out

    folder.mkdir(parents=True, exist_ok=True)
    loaded = load_pack(pack)
    named = [*loaded.contracts.items()]
    named += [(f"{name}.further", part) for name, part in loaded.further_contracts.items()]
    for service, contract in named:
        file = folder / f"{service}.openapi.json"
        file.write_text(json.dumps(contract, ensure_ascii=False, indent=2) + "\n", "utf-8")
        out().say(str(file))


@app.command("seal")
def seal_command(pack: PackName = "erx-1401") -> None:
    """Write the manifest with the SHA-256 of every file, after an intended change of the pack.

    Example: mafalab pack seal
    """
    from fixtures import load_pack
    from fixtures.seal import seal
    from lab.cli.terminal import out

    loaded = load_pack(pack)
    out().say(f"{loaded.name} sealed: {seal(loaded.path)}")


def _numbers(pack: Pack) -> dict[str, int | bool | dict[str, int]]:
    from fixtures.bundle import operations as operations_of

    rows = list(pack.requirements.values())
    operations = {
        service: sum(
            "operationId" in operation
            for item in contract["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict)
        )
        for service, contract in pack.contracts.items()
    }
    return {
        "sealed": pack.sealed,
        "requirements": len(rows),
        "by level": dict(Counter(row["level"] for row in rows)),
        "by testability": dict(Counter(row["testability"] for row in rows)),
        "by kind": dict(Counter(row["kind"] for row in rows)),
        "rulings": len(pack.rulings),
        "contracts": len(pack.contracts),
        "operations": operations,
        "further operations": sum(
            1 for part in pack.further_contracts.values() for _ in operations_of(part)
        ),
        "examples": sum(len(rows) for rows in pack.examples.values()),
        "links": sum(len(links) for statuses in pack.links.values() for links in statuses.values()),
        "inspection items": len(pack.inspections),
        "reasons for no test": {
            name: len(row["requirements"]) for name, row in pack.untested["reasons"].items()
        },
        "schemas": len(pack.schemas),
        "error codes": len(pack.errors),
        "life cycles": len(pack.lifecycles),
        "service levels": len(pack.sla),
        "schemes": len(pack.schemes),
        "concepts": {s.rsplit(":", 1)[1]: len(b["concepts"]) for s, b in pack.codes.items()},
        "rules": len(pack.rules["rules"]),
        "insurance rules": len(pack.rule_banks["insurance"]["rules"]),
        "clinical rules": len(pack.rule_banks["clinical"]["rules"]),
        "worked examples": sum(
            len(pack.rule_banks[bank]["examples"]) for bank in ("insurance", "clinical")
        ),
        "worked amounts": len(pack.tariffs["examples"]),
    }
