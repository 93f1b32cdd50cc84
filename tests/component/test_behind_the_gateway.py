"""Past a gateway, and services taken away: over HTTPS, in a replay, not offered, unusable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli.children import exchange, mafalab
from lab.model.campaign import ResultDocument
from lab.model.sut import Ixit
from lab.model.verdict import Blame, Selection, Verdict
from tests.support.case_bench import import_suites, judged_at

ROLE, PLAN = "gateway", "gateway-certification"
PAST, ARRIVED = "TC-GTW-WF-PAST-002", "TC-GTW-WF-PAST-001"
AWAY, LOST, READY = "TC-GTW-WF-AWAY-001", "TC-GTW-WF-AWAY-006", "TC-GTW-WF-AWAY-005"


def profile(place: Path, *, offered: bool) -> Path:
    state = place / "state"
    app = f"reference_impl.topology.inprocess:create?state={state}&subject=gateway"
    further = 'services_url = "https://inprocess.invalid"\npeer_control = "/peers"'
    target = place / "sut.toml"
    target.write_text(
        f"""role = "{ROLE}"
[product]
vendor = "test"
product = "Gateway"
version = "0"
[ixit]
asgi = {json.dumps(app)}
credentials = {json.dumps(str(state / "credentials"))}
{further if offered else ""}
""",
        "utf-8",
    )
    return target


def ran(sut: Path, out: Path, *cases: str) -> ResultDocument:
    only = [part for case in cases for part in ("--only", case)]
    done = mafalab("run", "--sut", sut, "--plan", PLAN, "--out", out, *only, "--no-report")
    assert (out / "result.json").exists(), done.out + done.err
    return ResultDocument.model_validate_json((out / "result.json").read_bytes())


@pytest.mark.slow
def test_over_https_services_are_read_and_taken_away(tmp_path: Path) -> None:
    import_suites()
    with exchange(tmp_path / "state", further=("--peer-control",)) as running:
        where = Ixit(
            base_url=f"{running.gateway}/ditas/{{service}}/v1",
            environment_url=running.gateway,
            status_url=running.status,
            credentials=str(running.credentials),
            services_url=running.services,
            peer_control=f"{running.status}/peers",
        )
        judged = judged_at(ROLE, [ARRIVED, PAST, AWAY, LOST], where)
    assert [one.verdict for one in judged] == [Verdict.PASS] * 4, [one.findings for one in judged]


@pytest.mark.slow
def test_what_was_seen_past_the_gateway_is_judged_again_alike(tmp_path: Path) -> None:
    result = ran(profile(tmp_path, offered=True), tmp_path / "out", ARRIVED, LOST, READY)
    verdicts = {row.case.id: row.verdict for row in result.cases}
    assert {verdicts[case] for case in (ARRIVED, LOST, READY)} == {Verdict.PASS}, result.cases
    again = mafalab("rejudge", tmp_path / "out")
    assert again.code == 0, again.out + again.err


@pytest.mark.slow
def test_what_is_not_offered_is_not_applicable_by_name(tmp_path: Path) -> None:
    result = ran(profile(tmp_path, offered=False), tmp_path / "out", PAST, READY)
    planned = {row.case.id: row for row in result.campaign.planned}
    for case, name in ((PAST, "services_url"), (ARRIVED, "peer_control"), (READY, "peer_control")):
        assert planned[case].selection is Selection.NOT_APPLICABLE
        assert name in planned[case].reason


def test_a_control_that_does_nothing_blames_the_surroundings(tmp_path: Path) -> None:
    import_suites()
    app = f"reference_impl.topology.inprocess:create?state={tmp_path}&subject=gateway"
    where = Ixit(
        asgi=app,
        credentials=str(tmp_path / "credentials"),
        services_url="https://inprocess.invalid",
        peer_control="/health",
    )
    [judged] = judged_at(ROLE, [READY], where)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert {finding.blame for finding in judged.findings} == {Blame.ENVIRONMENT}
    assert {finding.pointer for finding in judged.findings} == {"peer_control"}
