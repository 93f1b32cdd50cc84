"""`mafalab calibrate`: prove the suites against faults, legal variants and null implementations."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lab.validation.corpus import Subject
    from lab.validation.judgement import SubjectResult
    from lab.validation.matrix import Matrix, Proof
    from lab.validation.work import Work

app = typer.Typer(add_completion=False)
FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"


@app.command()
def calibrate(
    role: Annotated[str, typer.Option(help="Only this role; all roles by default.")] = "",
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Campaigns at a time.")] = 2,
    out: Annotated[
        Path | None, typer.Option(help="Where rows are kept; named again, it goes on there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Campaign seed.")] = 1401,
    only: Annotated[list[str] | None, typer.Option(help="ID or ROLE/ID; all by default.")] = None,
    named: Annotated[
        bool,
        typer.Option(
            "--named/--whole",
            help="Against a fault the cases named for it, against a mutant those that could see it;"
            " or the whole plan.",
        ),
    ] = True,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Inputs per law except against faults.")
    ] = None,
    mechanical: Annotated[
        int, typer.Option(min=0, help="Instead: this many mutants made from the contracts.")
    ] = 0,
    https_sample: Annotated[
        int, typer.Option(min=0, help="Run this many again over real HTTPS; they must agree.")
    ] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep every campaign.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the matrix as JSON.")] = False,
) -> None:
    """Prove the suites: sensitivity, specificity and attribution with exact confidence bounds.

    Runs every seeded fault (must be caught by a named case for the right requirement), every legal
    variant and the clean reference (must conform), every null implementation (must earn nothing),
    every misconfiguration (must not be blamed on the product). Interrupted, the same command with
    the same --out goes on where it stopped.

    With --mechanical N: N mutants drawn by the seed from all that the contracts allow. Their rate
    is only reported; survivors are candidates for new cases. "place named" says for how many of the
    caught ones a finding points at the place that was changed. Together with --only every mutant of
    the contracts can be named, drawn or not.

    Exit 0: proven. Exit 1: something survived, was wrongly accused, or is unproven.

    Example: mafalab calibrate --role siam --jobs 2 --out proof
    """
    from lab.campaign.freeze import suite_hash
    from lab.cli.terminal import err, visible
    from lab.cli.terminal import out as screen
    from lab.model.roles import load_roles
    from lab.validation.calibration import calibrate as run
    from lab.validation.calibration import in_order
    from lab.validation.work import Work, tree_hash

    started = time.monotonic()
    subjects = chosen(_roles(role), only or [], mechanical, seed)
    place = (out or Path(tempfile.mkdtemp(prefix="mafalab-calibration-"))).resolve()
    work = Work(
        out=place,
        seed=seed,
        jobs=jobs,
        whole=not named,
        examples=examples,
        keep=keep,
        suite_hash=suite_hash(),
        tree_hash=tree_hash(),
        plans={name: found.plan for name, found in load_roles().items()},
        subjects=in_order(subjects),
    )
    live = err() if as_json else screen()
    with _exchange(work):
        rows = run(work, lambda row: live.say(visible(_line(row))))
    found = _put_together(work, rows, time.monotonic() - started)
    if https_sample:
        from lab.cli.https_sample import compare

        agreement = compare(work, rows, https_sample, lambda text: live.say(visible(text)))
        found = found.model_copy(update={"https": agreement})
    (place / "matrix.json").write_text(found.model_dump_json(indent=1), "utf-8")
    partial = bool(only or mechanical)
    _say(found, partial=partial, as_json=as_json, place=place)
    raise typer.Exit(0 if _holds(found, partial=partial) else 1)


def _roles(role: str) -> list[str]:
    from lab.model.errors import UsageError
    from lab.model.roles import load_roles

    known = list(load_roles())
    if role and role not in known:
        raise UsageError(
            f'role "{role}" has no calibration',
            code="MFL-U040",
            fix=f"Use one of {', '.join(known)}.",
        )
    return [role] if role else known


def chosen(roles: Sequence[str], only: Sequence[str], mechanical: int, seed: int) -> list[Subject]:
    """Return the subjects of the roles; UsageError when `only` names one that does not exist."""
    from lab.model.errors import UsageError
    from lab.validation.corpus import load_subjects
    from lab.validation.mechanical import all_mutants, sample

    of_role = {role: load_subjects(FAULTS, role) for role in roles}
    if mechanical:
        mutants = all_mutants(roles) if only else sample(roles, mechanical, seed)
        of_role = {
            role: (subjects[0], *(one for one in mutants if one.role == role))
            for role, subjects in of_role.items()
        }
    every = [one for subjects in of_role.values() for one in subjects]
    if not only:
        return every
    wanted = set(only)
    unknown = wanted - {one.id for one in every} - {f"{one.role}/{one.id}" for one in every}
    if unknown:
        raise UsageError(
            f"no calibration subject is called {', '.join(sorted(unknown))}",
            code="MFL-U041",
            fix="See fixtures/faults for the ids; ROLE/ID names one of a single role.",
        )
    asked = [one for one in every if {one.id, f"{one.role}/{one.id}"} & wanted]
    concerned = {one.role for one in asked}
    return [
        one for one in every if one in asked or (one.kind == "reference" and one.role in concerned)
    ]


def _exchange(work: Work) -> AbstractContextManager[object]:
    """Start the exchange that client roles act on and that misconfigurations fail to reach."""
    from lab.cli.children import exchange
    from lab.model.roles import role_of

    needed = any(
        not role_of(one.role).is_server or one.kind == "misconfiguration" for one in work.subjects
    )
    return exchange(work.state) if needed else nullcontext()


def _put_together(work: Work, rows: Sequence[SubjectResult], seconds: float) -> Matrix | Proof:
    from lab.validation.matrix import prove, summarise

    matrices = [
        summarise(
            role,
            work.plans[role],
            work.seed,
            [row for row in rows if row.subject.role == role],
            work.suite_hash,
        )
        for role in dict.fromkeys(one.role for one in work.subjects)
    ]
    return matrices[0] if len(matrices) == 1 else prove(matrices, seconds, work.suite_hash)


def _holds(found: Matrix | Proof, *, partial: bool) -> bool:
    from lab.validation.matrix import Matrix

    if found.https is not None and found.https.differing:
        return False
    matrices = (found,) if isinstance(found, Matrix) else found.roles
    if partial:
        return not any(one.survivors or one.accused or one.blamed for one in matrices)
    return found.is_proven


def _say(found: Matrix | Proof, *, partial: bool, as_json: bool, place: Path) -> None:
    from lab.cli.terminal import out as screen
    from lab.cli.terminal import print_json, visible
    from lab.validation.report import summary_lines

    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for line in summary_lines(found, partial=partial):
        screen().say(visible(line))
    screen().say(f"Matrix: {place / 'matrix.json'}")


def _line(row: SubjectResult) -> str:
    from lab.validation.judgement import GOOD

    mark = "OK  " if row.outcome in GOOD else "LOOK"
    name = f"{row.subject.role}/{row.subject.id}"
    left = f" [{row.not_needed} cases not needed, {row.untouched} could not see it]"
    rest = left if row.not_needed or row.untouched else ""
    return f"{mark} {name:<40} {row.outcome.value:<15} {row.seconds:5.1f}s  {row.detail}{rest}"
