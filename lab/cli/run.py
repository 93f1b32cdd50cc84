"""``mafalab run resume rejudge verify show``: campaigns and what is left of them."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import err, out, print_json, visible
from lab.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.cli.progress import Progress
    from lab.evidence.verify import VerificationReport
    from lab.model.campaign import ResultDocument

app = typer.Typer(no_args_is_help=True, help="Campaigns: run, resume, judge again, verify, show.")
KINDS = ("self-test", "witnessed", "calibration")


@app.command("run")
def run(
    *,
    sut: Annotated[Path, typer.Option(help="Description of the product.")] = Path("sut.toml"),
    plan: Annotated[
        str | None, typer.Option(help="Plan in suites/plans; default: the one of the role.")
    ] = None,
    directory: Annotated[Path, typer.Option("--out", help="New directory.")] = Path("out"),
    seed: Annotated[int | None, typer.Option(help="Seed; drawn and printed by default.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", "--case", help="Case ids or patterns; a part.")
    ] = None,
    failed_from: Annotated[
        Path | None, typer.Option(help="Only what did not pass in this campaign directory.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=32, help="Cases at the same time; default: cores, at most 4."),
    ] = None,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "self-test",
    lang: Annotated[str, typer.Option(help="Language of the last lines: en or fa.")] = "en",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the last lines.")] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Write no HTML, no JUnit.")
    ] = False,
    catalogue: Annotated[
        Path | None, typer.Option(hidden=True, help="Collected before; calibration only.")
    ] = None,
    examples: Annotated[
        int | None, typer.Option(hidden=True, min=1, help="Inputs per law; calibration only.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json.")] = False,
) -> None:
    """Run a campaign against a product and state whether it conforms.

    Exit: 0 conforming, 1 not, 2 usage, 3 lab failed, 4 undecided or partial, 130 interrupted.

    Example: mafalab run --sut sut.toml --plan purchaser-certification --out out
    """
    from lab.campaign import RunRequest
    from lab.campaign import run as perform

    if kind not in KINDS:
        raise UsageError(f'kind "{kind}" is unknown', code="MFL-U016", fix=f"One of {KINDS}.")
    if failed_from is not None:
        from lab.campaign.partial import not_passed

        only = [*(only or ()), *not_passed(failed_from)]
    request = RunRequest(
        sut=sut,
        out=directory,
        plan=plan,
        seed=seed,
        kind=kind,  # type: ignore[arg-type]  # checked against KINDS above
        only=tuple(only or ()),
        jobs=jobs,
        catalogue=catalogue,
        examples=examples,
    )
    _carry_out(
        directory,
        lambda progress: perform(request, progress),
        lang=lang,
        quiet=quiet,
        no_report=no_report,
        as_json=as_json,
    )


@app.command("resume")
def resume(
    directory: Annotated[Path, typer.Argument(help="Campaign directory (run --out).")],
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=32, help="Cases at the same time; default: cores, at most 4."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the last lines: en or fa.")] = "en",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the last lines.")] = False,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Write no HTML, no JUnit.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json.")] = False,
) -> None:
    """Continue an interrupted campaign: finished cases are kept, the rest is run.

    Example: mafalab resume out
    """
    from lab.campaign import resume as perform

    _carry_out(
        directory,
        lambda progress: perform(directory, progress, jobs),
        lang=lang,
        quiet=quiet,
        no_report=no_report,
        as_json=as_json,
    )


def _carry_out(
    directory: Path,
    work: Callable[[Progress], ResultDocument],
    *,
    lang: str,
    quiet: bool,
    no_report: bool,
    as_json: bool,
) -> None:
    from lab.campaign import Interrupted
    from lab.cli.progress import Progress

    started = time.monotonic()
    progress = Progress(err() if as_json else out(), quiet=quiet or as_json)
    try:
        with progress:
            result = work(progress)
    except Interrupted:
        err().say(
            f"Interrupted; finished cases are kept. Continue with: mafalab resume {directory}"
        )
        err().persian("متوقف شد؛ آزمون‌های پایان‌یافته نگه داشته شده‌اند.")
        raise typer.Exit(130) from None
    if not no_report:
        from lab.cli.report import write_report

        write_report(directory)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _say_result(directory, result, lang=lang, quiet=quiet, seconds=time.monotonic() - started)
    raise typer.Exit(result.statement.exit_code)


def _say_result(
    directory: Path, result: ResultDocument, *, lang: str, quiet: bool, seconds: float
) -> None:
    from reports.renderers.console import findings_lines, summary_lines

    terminal = out()
    if not quiet:
        for line in findings_lines(result):
            terminal.say(visible(line))
    lines = summary_lines(result, lang)
    lines[1] = f"{lines[1]}   {int(seconds) // 60}m {int(seconds) % 60}s"
    if len(lines) < 3:
        reason = result.statement.reason_fa if lang == "fa" else result.statement.reason_en
        lines.append(reason)
    digest = hashlib.sha256((directory / "bundle.zip").read_bytes()).hexdigest()[:8]
    report = directory / "report" / "report.html"
    shown = f"Report: {report}   " if report.exists() else ""
    lines.append(f"{shown}Evidence: {directory / 'bundle.zip'} sha256:{digest}")
    code = result.statement.exit_code
    first = result.causes[0].case_ids[0] if result.causes and result.causes[0].case_ids else ""
    following = f"mafalab show {directory} {first}" if first else f"mafalab verify {directory}"
    lines.append(f"Next: {following}   seed {result.campaign.seed}   exit {code}")
    for line in lines:
        terminal.say(visible(line))


@app.command("rejudge")
def rejudge(
    directory: Annotated[Path, typer.Argument(help="Directory of a finished campaign.")],
    every: Annotated[
        bool, typer.Option("--all", help="All campaigns below it: certificates at risk, recall.")
    ] = False,
    trust: Annotated[
        Path | None, typer.Option("--trust", help="With --all: root that certificates lead to.")
    ] = None,
    status: Annotated[
        Path | None,
        typer.Option("--status", help="With --all: status list; default: beside each certificate."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison.")] = False,
) -> None:
    """Judge stored evidence again, without the product, and print what differs.

    With --all: after a change of the suites, which certificates are unaffected, which at risk, and
    which vendors have to be told, the most urgent first. Nothing stored is changed.

    Exit: 0 identical, 1 something differs, 4 (--all) nothing differs but not all could be judged.

    Examples: mafalab rejudge out | mafalab rejudge --all campaigns --trust kit/trust.pem
    """
    if every:
        from lab.cli.recalling import recall_all

        raise typer.Exit(recall_all(directory, as_json=as_json, trust=trust, status=status))
    from lab.campaign import rejudge as perform

    again = perform(directory)
    if as_json:
        print_json(again.model_dump(mode="json"))
    else:
        for row in again.differences:
            out().say(visible(f"{row.case_id}: {row.before} -> {row.now}   {row.detail}"))
        verdict = "identical" if not again.differences else f"{len(again.differences)} differ"
        looked_at = f" and {again.inspections} inspections" if again.inspections else ""
        out().say(f"Judged again from evidence: {again.cases} cases{looked_at}, {verdict}.")
    raise typer.Exit(1 if again.differences else 0)


@app.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(help="Campaign directory or bundle.zip.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings.")] = False,
) -> None:
    """Check hash chain, bodies and files of a campaign or bundle, offline.

    Exit: 0 intact, 1 altered, 2 unreadable, 4 not finished (a cut-off end cannot be excluded).

    Example: mafalab verify out/bundle.zip
    """
    from lab.evidence.verify import verify as check

    report = check(path)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _say_verification(report)
    raise typer.Exit(1 if not report.intact else 0 if report.finished else 4)


def _say_verification(report: VerificationReport) -> None:
    terminal = out()
    for problem in report.problems:
        terminal.say(visible(f"ALTERED {problem.where}: {problem.what}"))
    sums = f"{report.records} records, {report.exchanges} exchanges, {report.bodies} bodies"
    if not report.intact:
        terminal.say(f"NOT INTACT: {len(report.problems)} problems in {report.path} ({sums})")
        terminal.persian("شواهد دست خورده است؛ به آن اعتماد نکنید.")
    elif not report.finished:
        terminal.say(f"Intact so far, not finished: {report.path} ({sums})")
        terminal.say(f"Next: mafalab resume {report.path}")
    else:
        terminal.say(f"INTACT: {report.path} ({sums})")
        terminal.say(f"head {report.head}")


@app.command("show")
def show(
    directory: Annotated[Path, typer.Argument(help="Campaign directory or bundle.zip.")],
    item: Annotated[str, typer.Argument(help="Case, requirement or exchange (EV-000001).")],
    again: Annotated[
        bool,
        typer.Option("--reproduce", help="Print how to see the findings of a case again, for sh."),
    ] = False,
    finding: Annotated[
        int, typer.Option("--finding", min=0, help="With --reproduce: only this one, from 1.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the object.")] = False,
) -> None:
    """Show one case, requirement or exchange of a campaign.

    Examples: mafalab show out TC-PUR-WF-P5-001 | mafalab show out EV-000012
    | mafalab show out TC-PUR-WF-P5-001 --reproduce --finding 1 | sh
    """
    from lab.cli.reproducing import reproduce
    from lab.cli.showing import show_item

    if again:
        reproduce(directory, item, finding)
        return
    show_item(directory, item, as_json=as_json)
