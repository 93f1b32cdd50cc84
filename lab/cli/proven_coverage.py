"""Detection beside coverage: per requirement its cases, its seeded faults, how many were caught.

The catalogue says what is there; a calibration (`matrix.json`) says what it was worth. A fault
counts for the requirement it was seeded against and for no other, however many its case names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from lab.cli.coverage import testable
from lab.model.errors import UsageError
from lab.model.roles import role_of
from lab.validation.bounds import Rate, rate
from lab.validation.corpus import SubjectKind
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.matrix import read_matrices

if TYPE_CHECKING:
    from lab.cli.catalogue import Catalogue
    from lab.cli.terminal import Terminal
    from lab.model.base import JsonValue

_FILE = "matrix.json"


@dataclass(frozen=True)
class Proof:
    """Judged faults of the matrices of one or several files, and the suites they were judged by."""

    path: Path
    suites: frozenset[str]
    faults: tuple[SubjectResult, ...]

    def is_stale(self, present: str) -> bool:
        """Whether any of it was measured with other suites than the present ones."""
        return self.suites != {present}


@dataclass(frozen=True)
class RequirementRow:
    """One requirement that cases of the asked roles verify.

    `roles` are those with a case; `faults` (ROLE/ID) are seeded against it there; `is_seeded` says
    whether any is, be it in a role that was not asked for; `caught` is what a proof found, None
    without a proof; `missed` (ROLE/ID) was judged and not caught for it.
    """

    requirement: str
    title_en: str
    title_fa: str
    roles: tuple[str, ...]
    cases: tuple[str, ...]
    faults: tuple[str, ...]
    is_seeded: bool
    caught: Rate | None = None
    missed: tuple[str, ...] = ()

    @property
    def is_unproven(self) -> bool:
        """No fault against it was caught, and a server role is concerned."""
        counted = any(role_of(role).is_server for role in self.roles)
        return counted and self.caught is not None and not self.caught.hits


def read_proof(path: Path) -> Proof:
    """Read a `matrix.json`, or the one of a folder, or all those below a folder without one.

    UsageError when there is none, when one is no matrix, and when a role stands in two of them.
    """
    files = [path]
    if path.is_dir():
        files = [path / _FILE] if (path / _FILE).exists() else sorted(path.rglob(_FILE))
    try:
        found = [matrix for file in files for matrix in read_matrices(file)]
    except (OSError, ValidationError) as error:
        raise _no_proof(path, str(error)) from error
    roles = [matrix.role for matrix in found]
    twice = sorted({role for role in roles if roles.count(role) > 1})
    if not found or twice:
        raise _no_proof(path, f"twice: {', '.join(twice)}" if twice else f"no {_FILE} in it")
    return Proof(
        path=path,
        suites=frozenset(matrix.suite_hash for matrix in found),
        faults=tuple(
            row for matrix in found for row in matrix.rows if row.subject.kind is SubjectKind.FAULT
        ),
    )


def _no_proof(path: Path, why: str) -> UsageError:
    return UsageError(
        f"this is no proof of the suites: {why.splitlines()[0][:300]}",
        code="MFL-U053",
        where=str(path),
        fix="Name the folder of `mafalab calibrate --out DIR`, or its matrix.json.",
        sentence_fa="این پرونده سنجش آزمون‌ها نیست.",
    )


def rows_of(
    known: Catalogue, roles: Sequence[str], proof: Proof | None = None
) -> list[RequirementRow]:
    """Return one row for every testable requirement that a case of these roles verifies."""
    concerned: dict[str, list[str]] = {}
    for role in roles:
        mine = testable(known, role)
        covered = {r for case in known.cases if case.role == role for r in case.requirements}
        for name in (one for one in mine if one in covered):
            concerned.setdefault(name, []).append(role)
    order = list(known.requirements)
    return [
        _row(known, name, concerned[name], proof) for name in sorted(concerned, key=order.index)
    ]


def _row(known: Catalogue, name: str, roles: Sequence[str], proof: Proof | None) -> RequirementRow:
    text = known.requirements[name]["text"]
    judged = [
        row
        for row in (proof.faults if proof else ())
        if row.subject.requirement == name and row.subject.role in roles
    ]
    missed = [row for row in judged if row.outcome is not Outcome.CAUGHT]
    return RequirementRow(
        requirement=name,
        title_en=str(text["en"]),
        title_fa=str(text["fa"]),
        roles=tuple(roles),
        cases=tuple(case.id for case in known.cases_of[name] if case.role in roles),
        faults=tuple(
            f"{fault.role}/{fault.id}"
            for fault in known.faults
            if fault.requirement == name and fault.role in roles
        ),
        is_seeded=any(fault.requirement == name for fault in known.faults),
        caught=rate(len(judged) - len(missed), len(judged)) if proof else None,
        missed=tuple(f"{row.subject.role}/{row.subject.id}" for row in missed),
    )


def never_seeded(rows: Sequence[RequirementRow]) -> tuple[str, ...]:
    """Return the requirements that a case looks at and no fault of any role was seeded against."""
    return tuple(row.requirement for row in rows if not row.is_seeded)


def as_json(rows: Sequence[RequirementRow], proof: Proof | None, *, stale: bool) -> JsonValue:
    """Return counts, rows and whoever is unproven as one document; a stale proof gives no rows."""
    unproven = [row.requirement for row in rows if row.is_unproven]
    told: dict[str, JsonValue] = {
        "requirementsWithCase": len(rows),
        "requirementsWithFault": sum(bool(row.faults) for row in rows),
        "withoutFault": [row.requirement for row in rows if not row.faults],
        "neverSeeded": list(never_seeded(rows)),
    }
    if proof is not None:
        told |= {"stale": stale, "suiteHashes": sorted(proof.suites)}
    if proof is not None and not stale:
        told |= {"unproven": unproven, "requirements": [_row_json(row) for row in rows]}
    return told


def _row_json(row: RequirementRow) -> JsonValue:
    seen = row.caught
    return {
        "id": row.requirement,
        "roles": list(row.roles),
        "cases": list(row.cases),
        "faults": list(row.faults),
        "judged": seen.trials if seen else None,
        "caught": seen.hits if seen else None,
        "lowerBound": round(seen.lower, 4) if seen and seen.trials else None,
        "missed": list(row.missed),
    }


def say_seeded(terminal: Terminal, rows: Sequence[RequirementRow]) -> None:
    """Say how many of the requirements with a case have a fault seeded against them at all."""
    seeded = sum(bool(row.faults) for row in rows)
    terminal.say(
        f"{seeded} of {len(rows)} requirements with a case have faults seeded against them; "
        "whether they are caught: --proof DIR (of mafalab calibrate --out DIR)",
        "bold",
    )


def say_never_seeded(terminal: Terminal, rows: Sequence[RequirementRow]) -> None:
    """Name the requirements whose cases no fault of their own has ever put to the proof."""
    bare = never_seeded(rows)
    if not bare:
        return
    terminal.say(f"{len(bare)} requirements with a case have no fault of their own", "fail")
    for start in range(0, len(bare), 4):
        terminal.say(f"  {'  '.join(bare[start : start + 4])}")
    terminal.persian(f"{len(bare)} الزام آزمون دارد ولی هیچ خطای کاشته‌ای از آنِ خود ندارد.")


def say_stale(terminal: Terminal, proof: Proof) -> None:
    """Say that the proof says nothing about the present suites."""
    terminal.say(
        f"STALE: {proof.path} was measured with other suites than the present ones. Measure again: "
        "mafalab calibrate --out DIR",
        "inconclusive",
    )
    terminal.persian("این سنجش با نسخهٔ دیگری از آزمون‌ها انجام شده و دربارهٔ این نسخه چیزی نمی‌گوید.")


def say_proven(terminal: Terminal, rows: Sequence[RequirementRow]) -> None:
    """Print one line per requirement and name those of which no fault was caught."""
    terminal.say(f"{'requirement':<22} {'cases':>5} {'faults':>6} {'caught':>8}  true rate above")
    for row in rows:
        seen = row.caught or rate(0, 0)
        bound = f"{seen.lower:.0%}" if seen.trials else "nothing judged"
        counts = f"{len(row.cases):>5} {len(row.faults):>6} {seen.hits:>4}/{seen.trials:<3}"
        missed = f"  missed: {', '.join(row.missed)}" if row.missed else ""
        mark = "  UNPROVEN" if row.is_unproven else ""
        terminal.say(f"{row.requirement:<22} {counts}  {bound}{missed}{mark}")
    unproven = [row for row in rows if row.is_unproven]
    bare = sum(not row.faults for row in unproven)
    terminal.say(
        f"{len(unproven)} of {len(rows)} requirements have no caught fault of their own "
        f"({bare} have none seeded against them)",
        "bold",
    )
    terminal.persian(
        f"برای {len(unproven)} الزام از {len(rows)} الزام هیچ خطای کاشته‌ای یافته نشده است."
    )
