"""Sample cases against the reference in process: it passes them, and a faulty one does not."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest

from lab.evidence.store import EvidenceStore
from lab.kit.case import registered
from lab.kit.runner import Surroundings, open_session, run_case
from lab.kit.session import CaseSession
from lab.model.campaign import Campaign
from lab.model.case import Plan, PlannedCase, SuiteKind
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Selection, Verdict

MODULES = {
    "TC-PUR-WF-P5-001": "suites.workflow.tc_9_1_5_registration",
    "TC-PUR-WF-D7-002": "suites.workflow.tc_9_2_6_dispensing",
    "TC-PUR-SEM-COST-006": "suites.semantic.tc_7_10_cost_split",
    "TC-PUR-PROP-SPLIT-001": "suites.property.tc_cost_laws",
    "TC-PUR-PROP-RACE-001": "suites.property.tc_life_cycle",
    "TC-PUR-SEC-DOC-001": "suites.security.tc_documents",
    "TC-PUR-CON-READ-001": "suites.contract.tc_prescriptions",
}
FAULTS = [
    ("purchaser.split.total_off_by_one", "TC-PUR-PROP-SPLIT-001", "ERX-7-10-F"),
    ("purchaser.dispense.over_dispensing_allowed", "TC-PUR-WF-D7-002", "ERX-9-2-6-D"),
    ("platform.document.skip_signature", "TC-PUR-SEC-DOC-001", "ERX-15-A"),
]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exchange")


def judged(case_ids: list[str], state: Path, out: Path, fault: str = "") -> dict[str, CaseSession]:
    for case_id in case_ids:
        import_module(MODULES[case_id])
    rows = [registered(case_id) for case_id in case_ids]
    address = f"reference_impl.topology.inprocess:create?state={state}"
    campaign = Campaign(
        id="CMP-COMPONENT",
        profile=SutProfile(
            product=ProductIdentity(vendor="v", product="p", version="1"),
            role="purchaser_system",
            ixit=Ixit(
                asgi=f"{address}&fault={fault}" if fault else address,
                credentials=str(state / "credentials"),
            ),
        ),
        plan=Plan(
            id="component",
            title="component",
            scheme="purchaser_system",
            role="purchaser_system",
            level="basic",
            suites=(SuiteKind.WORKFLOW,),
            expected_cases=len(rows),
            generated_examples=5,
        ),
        planned=tuple(
            PlannedCase(case=row.case, selection=Selection.SELECTED, reason="test") for row in rows
        ),
        seed=3,
        pack="erx-1401",
        pack_hash="0" * 64,
        suite_version="0",
        suite_hash="0" * 64,
        started_at=datetime.now(UTC),
    )
    store = EvidenceStore(out / "evidence.sqlite")
    around = Surroundings(campaign, store, store)
    try:
        sessions = {}
        for row in rows:
            session = open_session(row, 1, datetime.now(UTC), around)
            run_case(row, session, around)
            sessions[row.case.id] = session
        return sessions
    finally:
        around.close()
        store.close()


def test_the_reference_passes_one_case_of_each_kind(state: Path, tmp_path: Path) -> None:
    sessions = judged(list(MODULES), state, tmp_path)
    assert {name: session.verdict for name, session in sessions.items()} == dict.fromkeys(
        MODULES, Verdict.PASS
    )
    assert all(session.expectations > 0 for session in sessions.values())


@pytest.mark.parametrize(("fault", "case_id", "requirement"), FAULTS)
def test_a_fault_is_blamed_on_its_requirement(
    fault: str, case_id: str, requirement: str, state: Path, tmp_path: Path
) -> None:
    session = judged([case_id], state, tmp_path, fault)[case_id]
    assert session.verdict is Verdict.FAIL
    assert requirement in {finding.requirement_id for finding in session.findings}
