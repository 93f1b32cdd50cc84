"""The recall list: what a change of the suites means for campaigns that are stored."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.campaign.recall import Desk, Held, Recall, recall, stored
from lab.campaign.rejudge import Difference, Rejudgement
from lab.cli.recalling import exit_code, next_commands
from lab.model.errors import HarnessDefect
from tests.support.laboratory import certifiable, write_campaign

Judge = Callable[[Path], Rejudgement]


def keep(place: Path, *, state: str = "") -> Path:
    """Write a finished campaign; with a state it has a certificate."""
    result = certifiable()
    profile = result.campaign.profile.model_copy(update={"contact": "desk@vendor.example"})
    campaign = result.campaign.model_copy(update={"profile": profile})
    write_campaign(place, result.model_copy(update={"campaign": campaign}))
    if state:
        (place / "certificate.jws").write_text(state, "ascii")
    return place


def held(place: Path) -> Held | None:
    path = place / "certificate.jws"
    if not path.exists():
        return None
    return Held(path=str(path), id=f"CERT-{place.name}", state=path.read_text("ascii"))


def judging(judge: Judge) -> Desk:
    return Desk(judge=judge, held=held)


def judged(before: str, now: str, *, is_unfit: bool = False) -> Rejudgement:
    row = Difference(case_id="TC-A", before=before, now=now, detail="", is_unfit=is_unfit)
    return Rejudgement(cases=2, differences=(row,))


def same(_place: Path) -> Rejudgement:
    return Rejudgement(cases=2, differences=())


@pytest.mark.parametrize(
    ("before", "now", "state", "standing"),
    [
        ("pass", "fail", "valid", "at risk"),
        ("pass", "fail", "suspended", "at risk"),
        ("pass", "fail", "unknown", "at risk"),
        ("pass", "fail", "withdrawn", "changed"),
        ("pass", "fail", "expired", "changed"),
        ("pass", "fail", "", "changed"),
        ("fail", "pass", "valid", "changed"),
        ("pass", "inconclusive", "valid", "at risk"),
    ],
)
def test_a_lost_pass_puts_a_certificate_in_force_at_risk(
    tmp_path: Path, before: str, now: str, state: str, standing: str
) -> None:
    keep(tmp_path / "one", state=state)
    found = recall(tmp_path, judging(lambda _place: judged(before, now)))
    [row] = found.campaigns
    assert row.standing == standing
    assert bool(row.lost) == (before == "pass")
    assert bool(found.to_notify) == (standing == "at risk")
    assert exit_code(found) == 1


def test_a_case_that_asks_otherwise_calls_for_a_new_test_and_blames_nobody(tmp_path: Path) -> None:
    keep(tmp_path / "with", state="valid")
    keep(tmp_path / "without")
    found = recall(tmp_path, judging(lambda _place: judged("pass", "error", is_unfit=True)))
    assert [(row.standing, row.lost, row.unfit) for row in found.campaigns] == [
        ("test again", (), ("TC-A",)),
        ("changed", (), ("TC-A",)),
    ]
    [notice] = found.to_notify
    assert (notice.standing, notice.contacts) == ("test again", ("desk@vendor.example",))
    assert "mafalab run" in next_commands(found.campaigns[0])[0]


def test_what_cannot_be_judged_is_a_risk_only_with_a_certificate(tmp_path: Path) -> None:
    keep(tmp_path / "with", state="valid")
    keep(tmp_path / "without")

    def broken(_place: Path) -> Rejudgement:
        raise HarnessDefect("the case is gone")

    found = recall(tmp_path, judging(broken))
    assert [row.standing for row in found.campaigns] == ["at risk", "not judged"]
    assert {row.reason for row in found.campaigns} == {"the case is gone"}


def test_the_same_judgement_leaves_everybody_in_peace(tmp_path: Path) -> None:
    keep(tmp_path / "a" / "b", state="valid")
    (tmp_path / "stray").mkdir()
    (tmp_path / "stray" / "result.json").write_text("{}", "utf-8")
    assert list(stored(tmp_path)) == [tmp_path / "a" / "b"]
    found = recall(tmp_path, judging(same))
    assert [row.standing for row in found.campaigns] == ["unaffected"]
    assert found.to_notify == ()
    assert exit_code(found) == 0


def _damaged(place: Path) -> None:
    db = sqlite3.connect(place / "evidence.sqlite")
    db.execute("DROP TRIGGER records_keep")
    db.execute("UPDATE records SET at = '2020-01-01T00:00:00Z' WHERE seq = 2")
    db.commit()
    db.close()


def _cut(place: Path) -> None:
    content = (place / "evidence.sqlite").read_bytes()
    (place / "evidence.sqlite").write_bytes(content[: len(content) // 3])


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "altered": (_damaged, "not intact"),
    "cut off": (_cut, "not intact"),
    "no evidence": (lambda place: (place / "evidence.sqlite").unlink(), "missing: evidence.sqlite"),
    "no campaign": (lambda place: (place / "campaign.json").unlink(), "missing: campaign.json"),
    "garbage": (lambda place: (place / "result.json").write_bytes(b"\xff{"), "not intact"),
    "unfinished": (lambda place: (place / "result.json").unlink(), "never finished"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_campaign_is_named_and_hides_none_after_it(tmp_path: Path, how: str) -> None:
    spoil, reason = SPOILT[how]
    for name in ("a", "b", "c"):
        keep(tmp_path / name, state="valid")
    spoil(tmp_path / "b")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    found = recall(tmp_path, judging(same))
    first, *others = found.campaigns
    assert (Path(first.directory).name, first.standing) == ("b", "at risk")
    assert reason in first.reason
    assert [row.standing for row in others] == ["unaffected", "unaffected"]
    assert recall(tmp_path, judging(same)) == found
    after = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert after == before


def test_a_running_campaign_is_left_alone(tmp_path: Path) -> None:
    keep(tmp_path / "one")
    (tmp_path / "one" / "result.json").unlink()
    with (tmp_path / "one" / "evidence.sqlite.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = recall(tmp_path, judging(same))
    assert [row.standing for row in found.campaigns] == ["running"]
    assert exit_code(found) == 4


def test_the_most_urgent_stands_first(tmp_path: Path) -> None:
    states = {"e-peace": "valid", "a-suspended": "suspended", "b-valid": "valid", "c-none": ""}
    for name, state in states.items():
        keep(tmp_path / name, state=state)

    def judge(place: Path) -> Rejudgement:
        return same(place) if place.name == "e-peace" else judged("pass", "fail")

    found: Recall = recall(tmp_path, judging(judge))
    order = [Path(row.directory).name for row in found.campaigns]
    assert order == ["b-valid", "a-suspended", "c-none", "e-peace"]
    assert "certificate suspend" in " ".join(next_commands(found.campaigns[0]))
    assert "certificate withdraw" in " ".join(next_commands(found.campaigns[1]))
