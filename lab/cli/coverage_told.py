"""What `mafalab catalogue coverage` tells: on the terminal, as JSON, as a page, as an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab.campaign.freeze import suite_hash
from lab.cli.coverage import Coverage, say, say_matrix
from lab.cli.proven_coverage import (
    Proof,
    RequirementRow,
    as_json,
    never_seeded,
    say_never_seeded,
    say_proven,
    say_seeded,
    say_stale,
)
from lab.model.errors import EnvironmentFault
from reports.renderers.coverage import CoverageRow, render_coverage

if TYPE_CHECKING:
    from lab.cli.catalogue import Catalogue
    from lab.cli.terminal import Terminal
    from lab.model.base import JsonValue


@dataclass(frozen=True)
class Told:
    """Coverage of the asked roles, one row per requirement, and the proof if one was named."""

    coverage: Coverage
    rows: list[RequirementRow]
    proof: Proof | None

    @property
    def is_stale(self) -> bool:
        """Whether the named proof is of other suites."""
        return self.proof is not None and self.proof.is_stale(suite_hash())

    @property
    def gaps(self) -> int:
        """How many gaps there are, with the requirements that no fault was ever seeded against.

        Of those nobody knows whether their cases would notice; a fault of another role will do.
        """
        return self.coverage.gaps + len(never_seeded(self.rows))

    @property
    def exit_code(self) -> int:
        """0 yes; 1 a gap, or a requirement without caught fault; 4 the proof decides nothing."""
        if self.gaps:
            return 1
        if self.is_stale:
            return 4
        return 1 if any(row.is_unproven for row in self.rows) else 0

    def as_json(self) -> JsonValue:
        """Return everything as one document."""
        detection = as_json(self.rows, self.proof, stale=self.is_stale)
        return {**self.coverage.as_json(), "gaps": self.gaps, "detection": detection}


def say_all(terminal: Terminal, known: Catalogue, told: Told, role: str | None) -> None:
    """Print the matrix of one role when asked, the gaps, and what is known of detection."""
    if role is not None and told.proof is None:
        say_matrix(terminal, known, role)
    say(terminal, known, told.coverage)
    say_never_seeded(terminal, told.rows)
    terminal.say(f"{told.gaps} gaps", "bold")
    if told.proof is None:
        say_seeded(terminal, told.rows)
    elif told.is_stale:
        say_stale(terminal, told.proof)
    else:
        say_proven(terminal, told.rows)


def write_page(told: Told, target: Path) -> None:
    """Write the table as one page; a stale proof is not shown. EnvironmentFault if it cannot."""
    rows = [
        CoverageRow(
            requirement=row.requirement,
            title_fa=row.title_fa,
            title_en=row.title_en,
            roles=row.roles,
            cases=row.cases,
            faults=row.faults,
            caught=None if row.caught is None or told.is_stale else row.caught.hits,
            judged=0 if row.caught is None or told.is_stale else row.caught.trials,
            lower=0.0 if row.caught is None else row.caught.lower,
            missed=() if told.is_stale else row.missed,
            is_unproven=row.is_unproven and not told.is_stale,
        )
        for row in told.rows
    ]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render_coverage(rows, suite_hash(), stale=told.is_stale), "utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"The page cannot be written: {error}.", code="MFL-R005", where=str(target)
        ) from error
