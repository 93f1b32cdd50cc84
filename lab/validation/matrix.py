"""The calibration matrix: what all judged subjects of a role, and of all roles, say together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, TypeAdapter

from lab.model.base import Frozen
from lab.validation.bounds import Rate, rate
from lab.validation.corpus import SubjectKind
from lab.validation.judgement import Outcome, SubjectResult

_NOTHING = Rate(hits=0, trials=0, value=0.0, lower=0.0)
_COUNTED = (Outcome.CAUGHT, Outcome.SURVIVED, Outcome.EQUIVALENT)


class RequirementPower(Frozen):
    """How many of the faults seeded against one requirement a named case caught for it."""

    requirement: str
    detected: Rate
    missed: tuple[str, ...] = ()


class Rates(Frozen):
    """The rates of a set of rows; each with its exact one-sided bound."""

    sensitivity: Rate
    attribution: Rate
    pointers: Rate = _NOTHING
    specificity: Rate
    null_panel: Rate
    blame: Rate = _NOTHING
    mechanical: Rate = _NOTHING
    place_named: Rate = _NOTHING  # of the mutants caught that have a place: a finding names it


class Agreement(Frozen):
    """Subjects judged in process that were run again as whole commands over real HTTPS."""

    agreed: Rate
    differing: tuple[str, ...] = ()  # ROLE/ID: what was otherwise


class Matrix(Rates):
    """Everything a calibration found about the suites of one role."""

    role: str
    plan: str
    seed: int
    rows: tuple[SubjectResult, ...]
    survivors: tuple[str, ...]
    accused: tuple[str, ...]
    blamed: tuple[str, ...] = ()
    equivalents: tuple[str, ...] = ()
    unproven_cases: tuple[str, ...] = Field(
        description="selected cases that no seeded fault made fail by name"
    )
    requirements: tuple[RequirementPower, ...] = ()
    https: Agreement | None = None
    seconds: float
    suite_hash: str = ""

    @property
    def is_proven(self) -> bool:
        """Every fault caught for its requirement, nothing legal accused, no case unproven."""
        open_questions = (Outcome.NOT_JUDGED, Outcome.MISATTRIBUTED)
        return not (self.survivors or self.accused or self.blamed or self.unproven_cases) and all(
            r.outcome not in open_questions for r in self.rows
        )


class Proof(Frozen):
    """The matrices of all roles and their rates together."""

    total: Rates
    requirements: tuple[RequirementPower, ...] = ()
    roles: tuple[Matrix, ...]
    https: Agreement | None = None
    seconds: float
    suite_hash: str

    @property
    def is_proven(self) -> bool:
        """Every role is."""
        return all(matrix.is_proven for matrix in self.roles)


def _share(rows: Sequence[SubjectResult], *good: Outcome) -> Rate:
    return rate(sum(r.outcome in good for r in rows), len(rows))


def rates(rows: Sequence[SubjectResult]) -> Rates:
    """Count."""
    of = {kind: [r for r in rows if r.subject.kind is kind] for kind in SubjectKind}
    faults = of[SubjectKind.FAULT]
    found = [r for r in faults if r.outcome in (Outcome.CAUGHT, Outcome.MISATTRIBUTED)]
    made = [r for r in of[SubjectKind.MECHANICAL] if r.outcome in _COUNTED]
    placed = [r for r in made if r.place_named is not None]
    return Rates(
        sensitivity=rate(len(found), len(faults)),
        attribution=_share(found, Outcome.CAUGHT),
        pointers=_share([r for r in found if r.subject.pointer], Outcome.CAUGHT),
        specificity=_share(of[SubjectKind.REFERENCE] + of[SubjectKind.VARIANT], Outcome.ACCEPTED),
        null_panel=_share(of[SubjectKind.NULL], Outcome.EARNED_NOTHING),
        blame=_share(of[SubjectKind.MISCONFIGURATION], Outcome.EXCUSED),
        mechanical=_share(made, Outcome.CAUGHT),
        place_named=rate(sum(bool(r.place_named) for r in placed), len(placed)),
    )


def power(rows: Sequence[SubjectResult]) -> tuple[RequirementPower, ...]:
    """Return the detection of each requirement that faults were seeded against, by id."""
    seeded: dict[str, list[SubjectResult]] = {}
    for row in rows:
        if row.subject.kind is SubjectKind.FAULT:
            seeded.setdefault(row.subject.requirement, []).append(row)
    return tuple(
        RequirementPower(
            requirement=name,
            detected=_share(of, Outcome.CAUGHT),
            missed=tuple(
                f"{r.subject.role}/{r.subject.id}" for r in of if r.outcome is not Outcome.CAUGHT
            ),
        )
        for name, of in sorted(seeded.items())
    )


def summarise(
    role: str, plan: str, seed: int, rows: Sequence[SubjectResult], suites: str = ""
) -> Matrix:
    """Turn the rows of a role into rates; survivors, accused and unproven cases are named."""
    faults = [r for r in rows if r.subject.kind is SubjectKind.FAULT]
    proven = {case for r in faults for case in r.named_hits}
    reference = next((r for r in rows if r.subject.kind is SubjectKind.REFERENCE), None)
    selected = set(reference.verdicts) if reference else set()

    def named(kinds: tuple[SubjectKind, ...], *good: Outcome) -> tuple[str, ...]:
        return tuple(
            r.subject.id for r in rows if r.subject.kind in kinds and r.outcome not in good
        )

    legal = (SubjectKind.REFERENCE, SubjectKind.VARIANT, SubjectKind.NULL)
    return Matrix(
        **dict(rates(rows)),
        role=role,
        plan=plan,
        seed=seed,
        rows=tuple(rows),
        survivors=named((SubjectKind.FAULT,), Outcome.CAUGHT, Outcome.MISATTRIBUTED),
        accused=named(legal, Outcome.ACCEPTED, Outcome.EARNED_NOTHING),
        blamed=named((SubjectKind.MISCONFIGURATION,), Outcome.EXCUSED),
        equivalents=tuple(r.subject.id for r in rows if r.outcome is Outcome.EQUIVALENT),
        unproven_cases=tuple(sorted(selected - proven)),
        requirements=power(rows),
        seconds=sum(r.seconds for r in rows),
        suite_hash=suites,
    )


def prove(matrices: Sequence[Matrix], seconds: float, suites: str) -> Proof:
    """Put the matrices of several roles together."""
    rows = [row for matrix in matrices for row in matrix.rows]
    return Proof(
        total=rates(rows),
        requirements=power(rows),
        roles=tuple(matrices),
        seconds=seconds,
        suite_hash=suites,
    )


def read_document(path: Path) -> Matrix | Proof:
    """Read a `matrix.json`; ValidationError, OSError."""
    return TypeAdapter[Matrix | Proof](Matrix | Proof).validate_json(path.read_bytes())


def read_matrices(path: Path) -> tuple[Matrix, ...]:
    """Read a `matrix.json` of one role or of all; ValidationError, OSError."""
    found = read_document(path)
    return found.roles if isinstance(found, Proof) else (found,)
