"""Nothing passes by default, the last attestation counts, and open ones leave the decision be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from fixtures import load_pack
from lab.model.campaign import Campaign, Decision, DecisionRule
from lab.model.exchange import BodyRef
from lab.model.inspection import (
    Attachment,
    AttachmentKind,
    Attestation,
    AttestedVerdict,
    Attester,
    InspectionItem,
    PlannedInspection,
)
from lab.model.sut import Claim
from lab.model.verdict import Selection, Severity, Verdict
from lab.selection.inspections import items_of, select_inspections
from lab.verdicts.decision import state
from lab.verdicts.inspection import count_inspections, inspection_results
from lab.verdicts.rollup import count, requirement_results
from tests.unit.verdicts.test_rollup_and_decision import campaign, planned, result

NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = DecisionRule(id="DR", text_en="e", text_fa="f")
ITEMS = {item.id: item for item in items_of(load_pack(), "purchaser_system")}
ITEM = ITEMS["INS-SUP-001"]  # major; a screenshot and a contract


def inspected(*items: InspectionItem, selection: Selection = Selection.SELECTED) -> Campaign:
    rows = tuple(PlannedInspection(item=i, selection=selection, reason="because") for i in items)
    return campaign(planned("TC-OPEN")).model_copy(update={"inspections": rows})


def said(
    verdict: str = "pass",
    *kinds: str,
    item: InspectionItem = ITEM,
    function: Attester = Attester.ANALYST,
    number: int = 1,
) -> Attestation:
    files = tuple(
        Attachment(
            kind=AttachmentKind(kind), name=kind, media_type="application/pdf",
            body=BodyRef(sha256="0" * 64, size=1),
        )
        for kind in kinds
    )  # fmt: skip
    return Attestation(
        id=f"ATT-{number:04d}", item=item.id, verdict=AttestedVerdict(verdict), name="Sara",
        function=function, note="seen", attachments=files, at=NOW,
    )  # fmt: skip


def test_what_nobody_attested_is_inconclusive_and_says_what_is_missing() -> None:
    (row,) = inspection_results(inspected(ITEM), [])
    assert row.verdict is Verdict.INCONCLUSIVE
    assert row.is_open
    assert [one.en.partition(":")[0] for one in row.missing] == [
        "attestation by", "screenshot", "contract",
    ]  # fmt: skip
    assert all(one.fa for one in row.missing)


@pytest.mark.parametrize(
    ("given", "verdict", "missing"),
    [
        ([said("pass", "screenshot", "contract")], Verdict.PASS, 0),
        ([said("pass", "screenshot")], Verdict.INCONCLUSIVE, 1),
        ([said("pass", "log", "report")], Verdict.INCONCLUSIVE, 2),
        ([said("fail")], Verdict.FAIL, 0),
        ([said("fail"), said("pass", "screenshot", "contract", number=2)], Verdict.PASS, 0),
        ([said("pass", "screenshot", "contract"), said("fail", number=2)], Verdict.FAIL, 0),
        ([said("not-applicable")], Verdict.NONE, 0),
        ([said("not-applicable", function=Attester.OPERATOR)], Verdict.INCONCLUSIVE, 1),
        (
            [said("pass", "screenshot", "contract", function=Attester.VENDOR)],
            Verdict.INCONCLUSIVE, 1,
        ),
    ],
)  # fmt: skip
def test_the_last_attestation_counts(
    given: Sequence[Attestation], verdict: Verdict, missing: int
) -> None:
    (row,) = inspection_results(inspected(ITEM), given)
    assert (row.verdict, len(row.missing)) == (verdict, missing)
    assert row.attestations == tuple(given), "earlier ones are kept"


def test_out_of_scope_by_an_inspector_is_no_verdict_and_names_the_attestation() -> None:
    (row,) = inspection_results(inspected(ITEM), [said("not-applicable")])
    assert row.selection is Selection.NOT_APPLICABLE
    assert row.reason.startswith("ATT-0001: ")


def test_counts_close() -> None:
    items = list(ITEMS.values())[:5]
    given = [
        said("fail", item=items[0]),
        said("not-applicable", item=items[1], number=2),
        said("pass", *(one.kind.value for one in items[2].attach), item=items[2],
             function=items[2].attest[0], number=3),
    ]  # fmt: skip
    counts = count_inspections(inspection_results(inspected(*items), given))
    assert (counts.planned, counts.passed, counts.failed, counts.open) == (4, 1, 1, 2)
    assert counts.not_applicable == 1


def decision(given: Sequence[Attestation], *items: InspectionItem) -> tuple[Decision, str, str]:
    made = inspected(*items)
    rows = (result(Verdict.PASS, case_id="TC-OPEN"),)
    results = inspection_results(made, given)
    statement = state(made, rows, count(rows), RULE, None, inspections=results)
    return statement.decision, statement.reason_en, " ".join(statement.limits_en)


def test_an_open_inspection_leaves_the_decision_and_is_listed() -> None:
    found, reason, limits = decision([], ITEM)
    assert found is Decision.CONFORMING
    assert reason == "all 1 selected cases passed, 1 of 1 inspections open"
    assert f"not covered by this statement: {ITEM.id}" in limits


def test_a_failed_inspection_of_a_must_is_not_conforming() -> None:
    found, reason, limits = decision([said("fail")], ITEM)
    assert found is Decision.NOT_CONFORMING
    assert reason == "1 inspection failed"
    assert f"Failed inspections: {ITEM.id}" in limits


def test_a_failed_inspection_of_a_may_is_an_observation() -> None:
    item = ITEMS["INS-RULE-003"]
    assert item.severity is Severity.OBSERVATION
    found, _, limits = decision([said("fail", item=item)], item)
    assert found is Decision.CONFORMING
    assert item.id in limits


def test_requirements_show_tests_and_inspections_apart() -> None:
    made = inspected(ITEM)
    rows = (result(Verdict.PASS, case_id="TC-OPEN"),)
    register = dict(load_pack().requirements)
    results = inspection_results(made, [said("fail")])
    found = {
        row.requirement.id: row
        for row in requirement_results(rows, register, "purchaser_system", results)
    }
    row = found["ERX-14-A"]
    assert (row.verdict, row.inspection) == (Verdict.NONE, Verdict.FAIL)
    assert row.inspection_ids == (ITEM.id,)


@pytest.mark.parametrize(
    ("claims", "selection"),
    [
        ({}, Selection.SELECTED),
        ({"purchaser.amend": Claim.YES}, Selection.SELECTED),
        ({"purchaser.embedded_rules": Claim.YES}, Selection.SELECTED),
        ({"purchaser.embedded_rules": Claim.NO}, Selection.NOT_APPLICABLE),
    ],
)
def test_claims_select_inspections(claims: dict[str, Claim], selection: Selection) -> None:
    made = campaign(planned("TC-OPEN"))
    plan = made.plan.model_copy(
        update={"inspections": ("INS-RULE-003",), "expected_inspections": 1}
    )
    profile = made.profile.model_copy(update={"ics": claims})
    (row,) = select_inspections(tuple(ITEMS.values()), plan, profile)
    assert row.selection is selection
    assert "embedded_rules" in row.reason
    (result,) = inspection_results(made.model_copy(update={"inspections": (row,)}), [])
    assert result.is_open is (selection is Selection.SELECTED)
