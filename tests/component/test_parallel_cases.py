"""Cases at the same time judge as cases one after the other: good products and faulty ones."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.campaign import RunRequest, run
from lab.campaign import rejudge as judge_again
from lab.campaign.freeze import suite_hash
from lab.campaign.service import MOST_JOBS, jobs_of
from lab.cli.children import Exchange, exchange
from lab.evidence.verify import verify
from lab.model.base import JsonValue
from lab.model.campaign import ResultDocument
from lab.model.sut import Ixit
from lab.model.verdict import Verdict
from lab.selection.collecting import collect_catalogue
from tests.support.products import describe
from tests.support.results import conforming

PLAN = "purchaser-certification"
PART = ("TC-PUR-WF-P5-*", "TC-PUR-WF-D9-001", "TC-PUR-SEM-COST-*", "TC-PUR-PROP-SPLIT-*")
FAULTS = ("FLT-PUR-002", "FLT-PUR-143")

Event = dict[str, JsonValue]


@pytest.fixture(scope="module", params=[(), FAULTS], ids=["good", "faulty"])
def around(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Exchange]:
    state = tmp_path_factory.mktemp("exchange")
    with exchange(state, faults=request.param) as running:
        yield running


def judged(
    place: Path, around: Exchange, jobs: int, events: list[Event], only: tuple[str, ...]
) -> ResultDocument:
    place.mkdir()
    sut = describe(place / "sut.toml", around)
    request = RunRequest(
        sut=sut, out=place / "out", plan=PLAN, seed=7, jobs=jobs, only=only, examples=5,
        kind="calibration",
    )  # fmt: skip
    return run(request, lambda event: events.append(event))  # noqa: PLW0108 - its name is asked for


def told(result: ResultDocument) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Everything a result says that does not name an exchange or a time, in its order."""
    return [
        (
            row.case.id,
            row.verdict.value,
            [(one.requirement_id, one.title, _place(one.pointer)) for one in row.findings],
        )
        for row in result.cases
    ]


def _place(pointer: str) -> str:
    """Return a pointer without places in lists: what others have done before moves them."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


def compare(tmp_path: Path, around: Exchange, only: tuple[str, ...]) -> ResultDocument:
    events: list[Event] = []
    serial = judged(tmp_path / "serial", around, 1, [], only)
    parallel = judged(tmp_path / "parallel", around, 3, events, only)
    assert told(parallel) == told(serial)
    assert parallel.counts == serial.counts
    assert parallel.statement.decision is serial.statement.decision
    assert [(one.requirement_id, one.title) for one in parallel.causes] == [
        (one.requirement_id, one.title) for one in serial.causes
    ]
    out = tmp_path / "parallel" / "out"
    for path in (out, out / "bundle.zip"):
        assert verify(path).problems == ()
    assert judge_again(out).differences == ()
    finished = [str(event["case"]) for event in events if event["event"] == "case_finished"]
    ran = [row.case.id for row in parallel.cases if row.verdict is not Verdict.NONE]
    assert sorted(finished) == sorted(ran)
    assert finished[0] == parallel.campaign.plan.opening
    assert finished[-1] == parallel.campaign.plan.closing
    return parallel


@pytest.mark.slow
def test_a_part_of_the_plan_is_judged_the_same(tmp_path: Path, around: Exchange) -> None:
    """Some cases and a fifteenth of the plan, drawn by the suites; all with MAFALAB_FAULTS=all."""
    whole = os.environ.get("MAFALAB_FAULTS") == "all"
    result = compare(tmp_path, around, () if whole else (*PART, *drawn()))
    rows = json.loads(result.model_dump_json())["cases"]
    assert len({row["case"]["id"] for row in rows}) == result.campaign.plan.expected_cases


def drawn() -> tuple[str, ...]:
    """Return ids of cases; another tree looks at others."""
    chance = random.Random(suite_hash())  # noqa: S311 - a sample, no secret
    ids = [case.id for case in collect_catalogue() if case.id.startswith("TC-PUR-")]
    return tuple(chance.sample(ids, len(ids) // 15))


def test_jobs_fit_the_product() -> None:
    campaign = conforming()[0].campaign
    profile = campaign.profile
    served = profile.model_copy(
        update={"ixit": Ixit(base_url="https://x.invalid/purchaser/v1", credentials="x")}
    )
    inside = profile.model_copy(update={"ixit": Ixit(asgi="a:b", credentials="x")})
    client = profile.model_copy(update={"role": "pharmacy_system"})
    cores = min(MOST_JOBS, os.cpu_count() or 1)
    assert jobs_of(campaign.model_copy(update={"profile": served}), None) == cores
    assert jobs_of(campaign.model_copy(update={"profile": served}), 7) == 7
    assert jobs_of(campaign.model_copy(update={"profile": inside}), None) == 1
    assert jobs_of(campaign.model_copy(update={"profile": client}), 4) == 1
