"""Cases that move the clock of a product: over HTTPS, in process, in a replay, and not offered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli.children import exchange, mafalab
from lab.model.campaign import ResultDocument
from lab.model.sut import Ixit
from lab.model.verdict import Selection, Verdict
from tests.support.case_bench import import_suites, judged_at

ROLE = "support_portal"
MOVES, LATER = "TC-SUP-WF-TERM-001", "TC-SUP-WF-CLOCK-001"


def profile(place: Path, *, clock: bool) -> Path:
    state = place / "state"
    app = f"reference_impl.topology.inprocess:create?state={state}&subject=support"
    target = place / "sut.toml"
    target.write_text(
        f"""role = "{ROLE}"
[product]
vendor = "test"
product = "Support"
version = "0"
[ixit]
asgi = {json.dumps(app)}
credentials = {json.dumps(str(state / "credentials"))}
{'clock_control = "/clock"' if clock else ""}
""",
        "utf-8",
    )
    return target


def result(out: Path) -> ResultDocument:
    return ResultDocument.model_validate_json((out / "result.json").read_bytes())


@pytest.mark.slow
def test_over_https_product_exchange_and_seals_move_together(tmp_path: Path) -> None:
    import_suites()
    with exchange(tmp_path / "state", further=("--clock-control",)) as running:
        where = Ixit(
            base_url=f"{running.services}/support/v1",
            environment_url=running.gateway,
            status_url=running.status,
            credentials=str(running.credentials),
            clock_control=f"{running.status}/clock",
        )
        moved, later = judged_at(ROLE, [MOVES, LATER], where)
    assert moved.verdict is Verdict.PASS, moved.findings
    assert later.verdict is Verdict.PASS, later.findings
    assert later.ahead.total_seconds() > 3600


@pytest.mark.slow
def test_a_moved_campaign_is_judged_again_alike(tmp_path: Path) -> None:
    sut = profile(tmp_path, clock=True)
    ran = mafalab(
        "run", "--sut", sut, "--plan", "support-portal-certification", "--out", tmp_path / "out",
        "--only", MOVES, "--only", LATER, "--no-report",
    )  # fmt: skip
    found = {row.case.id: row.verdict for row in result(tmp_path / "out").cases}
    assert found[MOVES] is found[LATER] is Verdict.PASS, ran.out + ran.err
    order = [row.case.id for row in result(tmp_path / "out").campaign.planned]
    assert order[-2] == MOVES  # before the closing case, after all others
    again = mafalab("rejudge", tmp_path / "out")
    assert again.code == 0, again.out + again.err


@pytest.mark.slow
def test_not_offered_is_not_applicable_with_its_reason(tmp_path: Path) -> None:
    sut = profile(tmp_path, clock=False)
    done = mafalab(
        "run", "--sut", sut, "--plan", "support-portal-certification", "--out", tmp_path / "out",
        "--only", MOVES, "--no-report",
    )  # fmt: skip
    campaign = result(tmp_path / "out").campaign
    [row] = [one for one in campaign.planned if one.case.id == MOVES]
    assert row.selection is Selection.NOT_APPLICABLE, done.err
    assert "clock_control" in row.reason
