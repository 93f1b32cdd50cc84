"""`mafalab pack diff` and `mafalab pack docs`: what changed, and the pack as a site to read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fixtures import Pack


def diff_command(
    old: Annotated[str, typer.Argument(help="Name of a pack, or the folder of one.")],
    new: Annotated[str, typer.Argument(help="Name of a pack, or the folder of one.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what changed from one pack to another and what it touches.

    Exit 0: no difference. Exit 1: differences.

    Example: mafalab pack diff erx-1401 ./erx-1402
    """
    from fixtures.difference import compare
    from lab.cli.terminal import out, print_json, visible

    found = compare(_pack(old), _pack(new))
    if as_json:
        print_json(
            {
                "changes": [vars(change) for change in found.changes],
                "requirements": list(found.requirements),
                "schemes": list(found.schemes),
            }
        )
    else:
        for change in found.changes:
            out().say(visible(f"{change.what:<8} {change.kind:<14} {change.key}"))
        out().say(visible(f"touches requirements: {', '.join(found.requirements) or 'none'}"))
        out().say(visible(f"touches certificates of: {', '.join(found.schemes) or 'none'}"))
    raise typer.Exit(1 if found.changes else 0)


def docs_command(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the site.")],
    pack: Annotated[str, typer.Option("--pack", help="Name of the pack.")] = "erx-1401",
) -> None:
    """Write the pack as a static bilingual site that needs no network.

    Example: mafalab pack docs --out pack-site
    """
    from fixtures.site import write_site
    from lab.cli.terminal import out

    for file in write_site(_pack(pack), folder):
        out().say(str(file))


def _pack(name: str) -> Pack:
    from fixtures import load_pack
    from fixtures.loader import read_pack

    return read_pack(Path(name)) if Path(name).is_dir() else load_pack(name)
