"""A certificate needs proven suites: these very ones, of this role, measured, nothing open."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lab.certification.proven import unproven
from lab.model.base import JsonValue
from lab.model.campaign import Campaign
from lab.model.case import Plan, SuiteKind
from lab.model.sut import Ixit, ProductIdentity, SutProfile

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
