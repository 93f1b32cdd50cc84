"""``mafalab load``: offer an open load, keep its samples as evidence, then judge them.

Exit codes: 0 SLA met, 1 missed, 4 undecided (also when the run does not count), 3 generator broke.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lab.cli.terminal import out, print_json, visible
from lab.model.errors import UsageError
from lab.model.verdict import Verdict

if TYPE_CHECKING:
    from lab.drivers.load import LoadPlan, LoadRun
    from lab.evidence.store import EvidenceStore
    from lab.model.base import JsonValue
    from lab.model.campaign import LoadResult
    from lab.model.sut import SutProfile

EXIT = {
    Verdict.PASS: 0,
    Verdict.FAIL: 1,
    Verdict.INCONCLUSIVE: 4,
    Verdict.ERROR: 3,
    Verdict.NONE: 3,
}
WORDS = {
    Verdict.PASS: ("SLA met", "سطح خدمت برآورده شد"),
    Verdict.FAIL: ("SLA missed", "سطح خدمت برآورده نشد"),
    Verdict.INCONCLUSIVE: ("SLA undecided", "دربارهٔ سطح خدمت نمی‌توان حکم داد"),
    Verdict.ERROR: ("lab error", "خطای آزمایشگاه"),
    Verdict.NONE: ("lab error", "خطای آزمایشگاه"),
}
RESULT_FILE = "load-result.json"

app = typer.Typer(no_args_is_help=True, help="Hold a product against the SLA under an open load.")


@app.callback()
def load() -> None:
    """Hold a product against the SLA under an open load (latency from the intended start)."""


@app.command("run")
def run(
    *,
    sut: Annotated[Path, typer.Option(help="Description of the product.")] = Path("sut.toml"),
    profile: Annotated[str, typer.Option(help="SLA profile of the pack: smoke, lab.")] = "smoke",
    directory: Annotated[Path, typer.Option("--out", help="New directory for the evidence.")],
    seconds: Annotated[
        float | None, typer.Option(help="Shorter or longer than the profile says.")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Arrivals per second, not the profile's.")] = (
        None
    ),
    seed: Annotated[int, typer.Option(help="Seed of the arrival times.")] = 1401,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A host of yours beside loopback.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Offer the load of a profile: each arrival registers, prices and queries a prescription.

    Example: mafalab load run --sut sut.toml --profile smoke --out load-out
    """
    from lab.evidence.store import EvidenceStore
    from lab.selection.profile import load_profile

    described = load_profile(sut)
    if (directory / "evidence.sqlite").exists():
        raise UsageError(
            f'"{directory}" already holds evidence.',
            code="MFL-U024",
            where="--out",
            fix=f"Give a new directory, or judge it again: mafalab load judge {directory}",
        )
    directory.mkdir(parents=True, exist_ok=True)
    with EvidenceStore(directory / "evidence.sqlite") as store:
        plan = _plan(described, profile, seconds, rate, seed, tuple(allow_host or ()))
        arrivals = store.body("\n".join(map(repr, plan.arrivals)).encode())
        _record_plan(store, plan, arrivals.model_dump())
        if not as_json:
            out().say(
                f"Load {profile}: {len(plan.arrivals)} arrivals in {plan.seconds:g} s, "
                f"{plan.rate_per_second:g}/s, three calls each."
            )
        from lab.drivers.load import run_load

        _record_run(store, described.pack, plan, run_load(plan, directory / "generator"))
    _finish(directory, as_json=as_json)


@app.command("judge")
def judge(
    directory: Annotated[Path, typer.Argument(help="Directory of a load run.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Judge stored samples again, without the product and without a new run.

    Example: mafalab load judge load-out
    """
    if not (directory / "evidence.sqlite").is_file():
        raise UsageError(
            f'"{directory}" holds no evidence of a load run.',
            code="MFL-U025",
            fix="mafalab load run --sut sut.toml --profile smoke --out DIR",
        )
    _finish(directory, as_json=as_json)


def judge_directory(directory: Path) -> LoadResult:
    """Judge the load samples of a directory; EvidenceDamaged when they are missing or altered."""
    from lab.campaign.load_step import judge_recorded
    from lab.evidence.reader import DirectoryReader
    from lab.model.errors import EvidenceDamaged
    from lab.model.evidence import RecordKind

    reader = DirectoryReader(directory)
    try:
        found = [r.data for r in reader.records() if r.kind is RecordKind.LOAD_SAMPLES]
        result = judge_recorded(found[-1] if found else None, reader)
    finally:
        reader.close()
    if result is None:
        raise EvidenceDamaged(
            "The evidence holds no load samples.",
            code="MFL-V021",
            where=str(directory),
            fix="The run did not end; run it again into a new directory.",
        )
    return result


def _plan(
    described: SutProfile,
    profile: str,
    seconds: float | None,
    rate: float | None,
    seed: int,
    allowed_hosts: tuple[str, ...],
) -> LoadPlan:
    from lab.drivers.load import plan_load
    from lab.verdicts.load_result import parse_profile

    asked = parse_profile(profile, _sla(described.pack, profile))
    return plan_load(
        described,
        name=profile,
        rate_per_second=rate or asked.rate_per_second,
        seconds=seconds or asked.seconds,
        seed=seed,
        allowed_hosts=allowed_hosts,
    )


def _sla(pack: str, profile: str) -> JsonValue:
    from fixtures import load_pack

    profiles = load_pack(pack).sla
    if profile not in profiles:
        raise UsageError(
            f'The pack has no SLA profile "{profile}".',
            code="MFL-U026",
            where="--profile",
            fix=f"One of: {', '.join(sorted(profiles))}.",
        )
    return profiles[profile]


def _record_plan(store: EvidenceStore, plan: LoadPlan, arrivals: JsonValue) -> None:
    """Put the drawn arrivals into the evidence before anything is sent."""
    from lab.model.evidence import RecordKind

    store.record(
        RecordKind.ATTEMPT_STARTED,
        {
            "what": "load",
            "profile": plan.profile,
            "seed": plan.seed,
            "rate_per_second": plan.rate_per_second,
            "seconds": plan.seconds,
            "target": plan.base_url,
            "arrivals": arrivals,
        },
    )


def _record_run(store: EvidenceStore, pack: str, plan: LoadPlan, done: LoadRun) -> None:
    """Put samples, the generator's own figures and the SLA as it stood into the evidence."""
    from lab.model.evidence import RecordKind

    report = done.report
    figures: JsonValue = {
        "planned": report.planned,
        "sent": report.sent,
        "completed": report.completed,
        "max_in_flight": report.max_in_flight,
        "in_flight_cap": plan.in_flight_cap,
        "lateness_p99_ms": report.lateness_p99_ms,
        "cpu_share": report.cpu_share,
        "null_before_p99_ms": report.null_before_p99_ms,
        "null_after_p99_ms": report.null_after_p99_ms,
    }
    store.record(
        RecordKind.LOAD_SAMPLES,
        {
            "profile": plan.profile,
            "rate_per_second": plan.rate_per_second,
            "seconds": plan.seconds,
            "sla": _sla(pack, plan.profile),
            "generator": figures,
            "samples": store.body(done.samples).model_dump(),
        },
    )


def _finish(directory: Path, *, as_json: bool) -> None:
    result = judge_directory(directory)
    target = directory / RESULT_FILE
    target.write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        show(result, target)
    raise typer.Exit(EXIT[result.verdict])


def show(result: LoadResult, target: Path) -> None:
    """Print a judged load for a person: gates, items, decision."""
    terminal = out()
    for name, held, detail in result.gates:
        mark = terminal.mark(Verdict.PASS if held else Verdict.INCONCLUSIVE)
        terminal.say(f"  {mark:<14} {name}: {visible(detail)}")
    for outcome in result.outcomes:
        seen = "" if outcome.quantile_ms is None else f", seen {outcome.quantile_ms:.0f} ms"
        limit = "" if outcome.limit_ms is None else f" limit {outcome.limit_ms:.0f} ms{seen}"
        name = "all operations" if outcome.operation == "*" else visible(outcome.operation)
        terminal.say(
            f"  {terminal.mark(outcome.verdict):<14} {name} {outcome.measure}{limit}. "
            f"{visible(outcome.reason)}"
        )
    english, persian = WORDS[result.verdict]
    terminal.say(f"{english}: {visible(result.reason)}", "bold")
    terminal.persian(persian)
    terminal.say(f"Result: {target}")
