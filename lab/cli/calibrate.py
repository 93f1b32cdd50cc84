"""`mafalab calibrate`: prove the suites against faults, legal variants and null implementations."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lab.validation.judgement import SubjectResult

app = typer.Typer(add_completion=False)


@contextmanager
def _exchange(state: Path, stay_up: bool) -> Iterator[None]:
    """Start the exchange as a child: it writes the PKI, and serves client roles while they act."""
    from lab.model.errors import EnvironmentFault

    command = [
        sys.executable, "-m", "reference_impl.topology", "up",
        "--state", str(state), "--port", "0", "--trusted-proxy", "witness.proxy",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            line = child.stdout.readline() if child.stdout else b""
            if b'"ready"' not in line:
                raise EnvironmentFault(
                    "the exchange did not become ready",
                    code="MFL-E041",
                    where=" ".join(command),
                    fix="Run that command by hand and read its messages.",
                )
            (state / "exchange.json").write_bytes(line)
            if not stay_up:
                child.terminate()
                child.wait(10)
            yield
        finally:
            if child.poll() is None:
                child.terminate()


def _line(row: SubjectResult) -> str:
    good = {"caught", "accepted", "earned_nothing"}
    mark = "OK  " if row.outcome.value in good else "LOOK"
    return f"{mark} {row.subject.id:<22} {row.outcome.value:<15} {row.seconds:5.1f}s  {row.detail}"


@app.command()
def calibrate(
    role: Annotated[str, typer.Option(help="eligibility_service, purchaser_system ...")] = (
        "purchaser_system"
    ),
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Campaigns at a time.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Where to keep all campaigns.")] = None,
    seed: Annotated[int, typer.Option(help="Campaign seed.")] = 1401,
    only: Annotated[list[str] | None, typer.Option(help="Subject ids; all by default.")] = None,
    named: Annotated[
        bool, typer.Option(help="Against a fault run only the cases named for it (faster).")
    ] = False,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Inputs per law except against faults.")
    ] = None,
    mechanical: Annotated[
        int, typer.Option(min=0, help="Instead: this many mutants made from the contracts.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the matrix as JSON.")] = False,
) -> None:
    """Prove the suites: sensitivity, specificity and attribution with exact confidence bounds.

    Runs every seeded fault (must be caught by a named case for the right requirement), every legal
    variant and the clean reference (must conform), every null implementation (must earn nothing).

    With --mechanical N: N mutants drawn by the seed from all that the contracts allow. Their rate
    is only reported; survivors are candidates for new cases.

    Exit 0: proven. Exit 1: something survived, was wrongly accused, or is unproven.

    Example: mafalab calibrate --role purchaser_system --jobs 2 --named
    """
    from lab.cli.terminal import err, print_json, visible
    from lab.cli.terminal import out as screen
    from lab.model.errors import UsageError
    from lab.model.roles import load_roles
    from lab.validation.corpus import load_subjects
    from lab.validation.matrix import Calibration
    from lab.validation.matrix import calibrate as run
    from lab.validation.report import summary_lines

    if role not in load_roles():
        raise UsageError(
            f'role "{role}" has no calibration',
            code="MFL-U040",
            fix=f"Use one of {', '.join(load_roles())}.",
        )
    found = load_roles()[role]
    root = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
    subjects = load_subjects(root, role)
    if mechanical:
        from lab.validation.mechanical import sample

        subjects = (subjects[0], *sample(role, mechanical, seed))
    if only:
        unknown = set(only) - {s.id for s in subjects}
        if unknown:
            raise UsageError(
                f"no calibration subject is called {', '.join(sorted(unknown))}",
                code="MFL-U041",
                fix="See fixtures/faults for the ids.",
            )
        subjects = tuple(s for s in subjects if s.id in only or s.kind == "reference")
    place = out or Path(tempfile.mkdtemp(prefix="mafalab-calibration-"))
    state = place.resolve() / "exchange"
    state.mkdir(parents=True, exist_ok=True)
    setup = Calibration(
        role=role, plan=found.plan, state=state, out=place.resolve(), seed=seed, jobs=jobs,
        named_cases_only=named,
        examples=examples,
    )  # fmt: skip
    live = err() if as_json else screen()
    with _exchange(state, stay_up=not found.is_server):
        matrix = run(setup, subjects, lambda row: live.say(visible(_line(row))))
    (place / "matrix.json").write_text(matrix.model_dump_json(indent=2), "utf-8")
    if as_json:
        print_json(matrix.model_dump(mode="json"))
    else:
        for line in summary_lines(matrix, partial=bool(only or mechanical)):
            live.say(visible(line))
        live.say(f"Matrix: {place / 'matrix.json'}")
    proven = matrix.is_proven or (
        bool(only or mechanical) and not matrix.survivors and not matrix.accused
    )
    raise typer.Exit(0 if proven else 1)
