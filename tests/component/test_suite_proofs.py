"""Proof beside the seeded faults: mechanical mutants, partial re-runs, the assurance statement."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lab.campaign.partial import not_passed
from lab.cli.children import Ended, mafalab
from lab.model.errors import UsageError
from reference_impl.topology.mechanical import UnknownMutant, create


def profile(place: Path, app: str) -> Path:
    target = place / "sut.toml"
    target.write_text(
        f"""role = "siam"
[product]
vendor = "test"
product = "SIAM"
version = "0"
[ixit]
asgi = {json.dumps(app)}
credentials = {json.dumps(str(place / "state" / "credentials"))}
""",
        "utf-8",
    )
    return target


def run(sut: Path, out: Path, *more: str | Path) -> Ended:
    return mafalab("run", "--sut", sut, "--plan", "siam-delta", "--out", out, "--no-report", *more)


NOTICING = ("TC-SIA-CON-ANSWERS-001", "TC-SIA-CON-GETCENTRE-001")


def test_a_mutant_is_sealed_noticed_and_run_again_alone(tmp_path: Path) -> None:
    note = tmp_path / "changed"
    app = (
        f"reference_impl.topology.mechanical:create?state={tmp_path / 'state'}"
        f"&mutant=siam.getCentre%20drop%20/siamId&note={note}"
    )
    sut = profile(tmp_path, app)
    assert run(sut, tmp_path / "one").code == 1
    assert note.exists()
    found = json.loads((tmp_path / "one" / "result.json").read_text("utf-8"))
    wrong = [row for row in found["cases"] if row["verdict"] != "pass"]
    assert [row["case"]["id"] for row in wrong] == [*NOTICING]
    assert not [row for row in wrong if "seal" in row["findings"][0]["title"]]
    shown = mafalab("show", tmp_path / "one", "TC-SIA-CON-GETCENTRE-001", "--reproduce")
    assert shown.code == 0, shown.err
    for part in ("mafalab run", "# not by hand: the product ran inside the laboratory"):
        assert part in shown.out
    passed = mafalab("show", tmp_path / "one", "TC-SIA-WF-SANITY-001", "--reproduce")
    assert "MFL-U063" in passed.err
    assert not_passed(tmp_path / "one") == NOTICING
    assert run(sut, tmp_path / "two", "--failed-from", tmp_path / "one").code == 1
    again = json.loads((tmp_path / "two" / "result.json").read_text("utf-8"))
    assert again["campaign"]["only"] == [
        "TC-SIA-WF-SANITY-001", *NOTICING, "TC-SIA-WF-SANITY-002",
    ]  # fmt: skip


def test_nothing_to_repeat_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no finished campaign"):
        not_passed(tmp_path)
    app = f"reference_impl.topology.inprocess:create?state={tmp_path / 'state'}&subject=siam"
    run(profile(tmp_path, app), tmp_path / "good")
    done = run(tmp_path / "sut.toml", tmp_path / "more", "--failed-from", tmp_path / "good")
    assert done.code == 2
    assert "not run" not in done.err


@pytest.mark.parametrize("mutant", ["nobody.getCentre stale", "siam.getCentre explode /kind"])
def test_what_is_no_mutant_is_named(tmp_path: Path, mutant: str) -> None:
    async def start() -> None:
        create(str(tmp_path), mutant=mutant)

    with pytest.raises(UnknownMutant):
        asyncio.run(start())


def test_the_assurance_statement_is_signed_and_says_what_is_missing(tmp_path: Path) -> None:
    proof, out = tmp_path / "proof", tmp_path / "assurance"
    mafalab("calibrate", "--role", "siam", "--only", "FLT-SRV-005", "--named", "--out", proof)
    kit = proof / "exchange" / "credentials"
    issue = ("assurance", "issue", "--credentials", kit, "--out", out, "--matrix")
    done = mafalab(*issue, proof / "matrix.json")
    assert done.code == 0, done.err
    seen = mafalab("assurance", "verify", out / "assurance.jws", "--trust", kit / "trust.pem")
    payload = json.loads(seen.out)
    [role] = payload["roles"]
    assert role["sensitivity"]["hits"] == 1
    assert (role["complete"], role["proven"]) == (False, False)
    assert not payload["sound"]
    assert len(payload["notMeasured"]) == 7  # no experiment, mutant, set-up, HTTPS, other role
    page = (out / "assurance.html").read_text("utf-8")
    for text in payload["notMeasured"]:
        assert text in page
    assert "No experiment was made" in page
    matrix = json.loads((proof / "matrix.json").read_text("utf-8"))
    (proof / "old.json").write_text(json.dumps({**matrix, "suite_hash": "0" * 64}), "utf-8")
    assert "MFL-U071" in mafalab(*issue, proof / "old.json").err
    forged = (out / "assurance.jws").read_text("ascii")[:-4] + "AAAA"
    (out / "forged.jws").write_text(forged, "ascii")
    bad = mafalab("assurance", "verify", out / "forged.jws", "--trust", kit / "trust.pem")
    assert bad.code == 2
