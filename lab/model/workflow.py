"""The table of workflow steps against cases: `suites/workflow/steps.toml`, checked and written out.

A row is a step, branch, transition, exception or flow of the source texts. Each of its two ways, at
the service directly and through the gateway, has cases or a written reason why it has none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field, ValidationError

from lab.model.base import Frozen
from lab.model.errors import HarnessDefect
from lab.model.roles import SUITES

SHORTEST_REASON = 40
FILE = "workflow/steps.toml"


class WorkflowRow(Frozen):
    """One step; `direct` and `gateway` are case ids, `*` in one stands for the role's prefix."""

    id: str
    title: str = Field(min_length=3)
    fa: str = Field(min_length=3)
    direct: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    no_direct: str = ""
    no_gateway: str = ""
    inspections: tuple[str, ...] = ()


class WorkflowPart(Frozen):
    """One section of the workflow texts."""

    id: str
    title: str
    fa: str
    row: tuple[WorkflowRow, ...] = Field(min_length=1)


class WorkflowTable(Frozen):
    """All sections."""

    part: tuple[WorkflowPart, ...] = Field(min_length=1)

    @property
    def rows(self) -> tuple[WorkflowRow, ...]:
        """All rows in order."""
        return tuple(row for part in self.part for row in part.row)


def read_table(suites: Path = SUITES) -> WorkflowTable:
    """Read the table; HarnessDefect when it is not one."""
    path = suites / FILE
    try:
        return WorkflowTable.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise HarnessDefect(
            f"{FILE} is no table of workflow steps: {error}",
            where=str(path),
            fix="Copy a neighbouring row: id, title, fa, then direct and gateway or their reasons.",
        ) from error


def problems(
    table: WorkflowTable, cases: Collection[str], inspections: Collection[str]
) -> Iterator[str]:
    """Name every row with neither case nor reason, and every case or item that does not exist."""
    ids = [row.id for row in table.rows]
    yield from (f"{name}: stands twice" for name in sorted({n for n in ids if ids.count(n) > 1}))
    for row in table.rows:
        ways = (("direct", row.direct, row.no_direct), ("gateway", row.gateway, row.no_gateway))
        for way, named, reason in ways:
            if bool(named) == bool(reason):
                yield f"{row.id}: {way} has neither case nor reason, or both"
            elif reason and len(reason) < SHORTEST_REASON:
                yield f"{row.id}: {way}: the reason says nothing: {reason}"
            yield from (
                f"{row.id}: no case is called {one}"
                for one in named
                if not any(fnmatchcase(case, one) for case in cases)
            )
        yield from (
            f"{row.id}: no inspection is called {one}"
            for one in row.inspections
            if one not in inspections
        )


_HEAD = """# Steps of the workflows, and the cases that exercise them

Every step, branch, transition rule, stage of insurance, exception and other flow of the source
texts, with the cases that exercise it at a server of the role (direct) and through the gateway, or
the reason why there are none. Client programs are watched instead (`TC-PHA-OBS-*`,
[watch my own client](watch-my-own-client.md)); `INS-...` are [inspections](inspections.md). `*`
stands for every role. Made from `suites/workflow/steps.toml` by
`mafalab catalogue workflows --write`; a test fails when a step has neither case nor reason, a case
does not exist, or this page is old.
"""


def render(table: WorkflowTable) -> str:
    """Return the page."""
    lines = [_HEAD]
    for part in table.part:
        lines += [f"## {part.id}. {part.title}", "", part.fa, ""]
        lines += ["| step | what | گام | direct | through the gateway |", "|---|---|---|---|---|"]
        lines += [_line(row) for row in part.row]
        lines.append("")
    return "\n".join(lines)


def _line(row: WorkflowRow) -> str:
    direct = _coded(row.direct) or f"None: {row.no_direct}"
    gateway = _coded(row.gateway) or f"None: {row.no_gateway}"
    looked = f". Looked at by a person: {_coded(row.inspections)}" if row.inspections else ""
    return f"| {row.id} | {row.title} | {row.fa} | {direct}{looked} | {gateway} |"


def _coded(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{one}`" for one in names)
