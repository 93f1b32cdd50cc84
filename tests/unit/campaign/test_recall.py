"""The recall list: what a change of the suites means for campaigns that are stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.campaign.recall import recall, stored
from lab.campaign.rejudge import Difference, Rejudgement
from lab.model.errors import HarnessDefect
from tests.support.results import conforming


def keep(place: Path, *, certified: bool) -> Path:
    place.mkdir(parents=True)
    (place / "campaign.json").write_text("{}", "utf-8")
    (place / "result.json").write_text(conforming()[0].model_dump_json(), "utf-8")
    if certified:
        (place / "certificate.jws").write_text("x", "ascii")
    return place


def judged(before: str, now: str) -> Rejudgement:
    return Rejudgement(
        cases=2, differences=(Difference(case_id="TC-A", before=before, now=now, detail=""),)
    )


@pytest.mark.parametrize(
    ("before", "now", "certified", "standing"),
    [
        ("pass", "fail", True, "at risk"),
        ("pass", "fail", False, "changed"),
        ("fail", "pass", True, "changed"),
        ("pass", "inconclusive", True, "at risk"),
    ],
)
def test_a_lost_pass_puts_a_certificate_at_risk(
    tmp_path: Path, before: str, now: str, certified: bool, standing: str
) -> None:
    keep(tmp_path / "one", certified=certified)
    found = recall(tmp_path, lambda _place: judged(before, now))
    [row] = found.campaigns
    assert row.standing == standing
    assert bool(row.lost) == (before == "pass")
    assert bool(found.to_notify) == (standing == "at risk")


def test_what_cannot_be_judged_is_a_risk_only_with_a_certificate(tmp_path: Path) -> None:
    keep(tmp_path / "with", certified=True)
    keep(tmp_path / "without", certified=False)

    def broken(_place: Path) -> Rejudgement:
        raise HarnessDefect("the case is gone")

    found = recall(tmp_path, broken)
    assert [row.standing for row in found.campaigns] == ["at risk", "not judged"]
    assert {row.reason for row in found.campaigns} == {"the case is gone"}


def test_the_same_judgement_leaves_everybody_in_peace(tmp_path: Path) -> None:
    keep(tmp_path / "a" / "b", certified=True)
    (tmp_path / "stray").mkdir()
    (tmp_path / "stray" / "result.json").write_text("{}", "utf-8")
    assert list(stored(tmp_path)) == [tmp_path / "a" / "b"]
    found = recall(tmp_path, lambda _place: Rejudgement(cases=2, differences=()))
    assert [row.standing for row in found.campaigns] == ["unaffected"]
    assert found.to_notify == ()
