"""The load of a campaign: one open-model run, its samples as evidence, judged from evidence."""

from __future__ import annotations

from pathlib import Path

from fixtures import load_pack
from lab.drivers.load import plan_load, run_load
from lab.evidence.store import EvidenceStore
from lab.model.base import JsonValue
from lab.model.campaign import Campaign, LoadResult
from lab.model.errors import PackError
from lab.model.evidence import RecordKind, ReplaySource
from lab.model.exchange import BodyRef
from lab.verdicts.load_result import GeneratorFigures, judge_load, parse_profile, parse_samples


def needs_load(campaign: Campaign) -> bool:
    """Whether this campaign carries a load: its plan says so, and there is an address to load."""
    whole = not campaign.only
    return whole and campaign.plan.load_profile is not None and campaign.profile.ixit.asgi is None


def perform_load(campaign: Campaign, directory: Path, store: EvidenceStore) -> None:
    """Run the load and put plan, samples and the generator's figures into the evidence."""
    name = campaign.plan.load_profile or ""
    sla = _sla(campaign, name)
    asked = parse_profile(name, sla)
    plan = plan_load(
        campaign.profile,
        name=name,
        rate_per_second=asked.rate_per_second,
        seconds=asked.seconds,
        seed=campaign.seed,
    )
    arrivals = store.body("\n".join(map(repr, plan.arrivals)).encode())
    store.record(
        RecordKind.ATTEMPT_STARTED,
        {
            "what": "load",
            "profile": name,
            "seed": plan.seed,
            "target": plan.base_url,
            "arrivals": arrivals.model_dump(),
        },
    )
    done = run_load(plan, directory / "load")
    report = done.report
    figures = GeneratorFigures(
        planned=report.planned,
        sent=report.sent,
        completed=report.completed,
        max_in_flight=report.max_in_flight,
        in_flight_cap=plan.in_flight_cap,
        lateness_p99_ms=report.lateness_p99_ms,
        cpu_share=report.cpu_share,
        null_before_p99_ms=report.null_before_p99_ms,
        null_after_p99_ms=report.null_after_p99_ms,
    )
    store.record(
        RecordKind.LOAD_SAMPLES,
        {
            "profile": name,
            "rate_per_second": plan.rate_per_second,
            "seconds": plan.seconds,
            "sla": sla,
            "generator": figures.model_dump(mode="json"),
            "samples": store.body(done.samples).model_dump(),
        },
    )


def judge_recorded(data: dict[str, JsonValue] | None, source: ReplaySource) -> LoadResult | None:
    """Judge the recorded load; None when there is none."""
    if data is None:
        return None
    samples = source.read_body(BodyRef.model_validate(data["samples"]))
    return judge_load(
        parse_profile(data["profile"], data["sla"]),
        parse_samples(samples),
        GeneratorFigures.model_validate(data["generator"]),
        rate_per_second=data["rate_per_second"],
        seconds=data["seconds"],
    )


def _sla(campaign: Campaign, name: str) -> JsonValue:
    profiles = load_pack(campaign.pack).sla
    if name not in profiles:
        raise PackError(
            f'plan {campaign.plan.id} asks for the load profile "{name}", which the pack lacks',
            fix=f"Use one of {', '.join(sorted(profiles))}.",
        )
    return profiles[name]
