"""A certificate needs proven suites: these very ones, of this role, measured, nothing open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.certification.assurance import TYPE
from lab.certification.campaign_check import Refused
from lab.certification.issue import Issued, People, issue
from lab.certification.jose import sign
from lab.certification.proven import unproven
from lab.model.base import JsonValue
from lab.model.campaign import Campaign, ResultDocument
from lab.model.case import Plan, SuiteKind
from lab.model.errors import UsageError
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from tests.support.laboratory import authority, certifiable, laboratory, write_campaign

SUITES = "5" * 64
CAMPAIGN = Campaign(
    id="CMP-1",
    profile=SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="siam",
        ixit=Ixit(credentials="/c"),
    ),
    plan=Plan(
        id="siam-certification", title="t", scheme="siam", role="siam", level="basic",
        suites=(SuiteKind.WORKFLOW,), expected_cases=1,
    ),
    planned=(), seed=1, pack="erx-1401", pack_hash="0" * 64, suite_version="0",
    suite_hash=SUITES, started_at=datetime(2026, 11, 21, tzinfo=UTC),
)  # fmt: skip
PROVEN = {"role": "siam", "complete": True, "proven": True, "survivors": []}


def statement(*roles: JsonValue, suites: str = SUITES) -> dict[str, JsonValue]:
    return {"suiteHash": suites, "roles": list(roles)}


def test_proven_suites_leave_nothing_to_object() -> None:
    assert unproven(statement(PROVEN, {"role": "ttac"}), CAMPAIGN) == []


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (statement(PROVEN, suites="6" * 64), "other suites"),
        ({}, "other suites"),
        (statement(), "not been calibrated"),
        (statement({**PROVEN, "role": "ttac"}), "not been calibrated"),
        (statement({**PROVEN, "complete": False}), "only a part"),
        (statement({**PROVEN, "proven": False, "survivors": ["FLT-SIA-001"]}), "FLT-SIA-001"),
        (statement({"role": "siam", "complete": True}), "not proven"),
    ],
)
def test_anything_else_is_a_reason_in_both_languages(
    payload: dict[str, JsonValue], reason: str
) -> None:
    [(english, persian)] = unproven(payload, CAMPAIGN)
    assert reason in english
    assert persian.endswith(".")


def issued(place: Path, payload: dict[str, JsonValue], result: ResultDocument) -> Issued:
    health = authority()
    signer, at = laboratory(health), datetime.now(UTC)
    place.mkdir()
    token = sign(payload, TYPE, signer, at)
    (place / "assurance.jws").write_text(token, "ascii")
    write_campaign(place / "campaign", result)
    return issue(
        place / "campaign",
        people=People(evaluator="Sara", reviewer="Babak", decider="Negar"),
        signer=signer,
        anchors=(health.root,),
        out=place,
        status=place / "status.jwsl",
        at=at,
        assurance=place / "assurance.jws",
    )


def test_no_certificate_rests_on_suites_that_are_not_proven(tmp_path: Path) -> None:
    result = certifiable()
    role, suites = result.campaign.profile.role, result.campaign.suite_hash
    good = {**PROVEN, "role": role}
    certificate = issued(tmp_path / "good", statement(good, suites=suites), result).certificate
    assert len(certificate.assurance_sha256) == 64
    bad = {**good, "proven": False, "survivors": ["FLT-PUR-001"]}
    with pytest.raises(Refused, match=r"not proven \(FLT-PUR-001\)"):
        issued(tmp_path / "bad", statement(bad, suites=suites), result)
    with pytest.raises(UsageError, match="other suites"):
        issued(tmp_path / "other", statement(good, suites="6" * 64), result)
