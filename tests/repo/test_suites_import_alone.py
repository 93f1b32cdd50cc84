"""Every module of the suites can be the first that is imported: a driver takes only what it needs.

`suites.messages` reads all of its modules as soon as one of them is asked for.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GATHERED = "suites.messages"


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in (ROOT / "suites").rglob("*.py")}


def imported(tree: ast.Module) -> set[str]:
    """Modules of the suites that importing a module imports at once."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found & set(MODULES)


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    edges = {}
    for name, source in sources.items():
        wanted = imported(ast.parse(source))
        behind = {GATHERED} if any(one.startswith(f"{GATHERED}.") for one in wanted) else set()
        own = {one for one in wanted | behind if name.startswith(f"{one}.")}  # being imported
        edges[name] = (wanted | behind) - own
    edges[GATHERED] = {one for one in MODULES if one.startswith(f"{GATHERED}.")}
    return edges


def test_no_module_needs_itself() -> None:
    sources = {name: path.read_text("utf-8") for name, path in MODULES.items()}
    assert len(sources) > 150
    TopologicalSorter(graph(sources)).prepare()


def test_a_circle_through_the_messages_is_seen() -> None:
    sources = {
        "suites.journeys_registries": "from suites.messages.eligibility import INSURER",
        "suites.messages.identity": "from suites.journeys_registries import TWIN",
    }
    with pytest.raises(CycleError):
        TopologicalSorter(graph(sources)).prepare()
