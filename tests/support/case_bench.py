"""Judges single cases of any server role in this process: against the reference, or with faults."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from lab.evidence.store import EvidenceStore
from lab.kit.case import RegisteredCase, registered
from lab.kit.runner import Surroundings, open_session, run_case
from lab.kit.session import CaseSession
from lab.model.campaign import Campaign
from lab.model.case import Plan, PlannedCase, SuiteKind
from lab.model.roles import role_of
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Selection

EXAMPLES = 15  # as in the certification plans
SUITES = Path(__file__).parents[2] / "suites"


def import_suites() -> None:
    """Register the cases of all modules."""
    for path in sorted(SUITES.glob("*/tc_*.py")):
        import_module(f"suites.{path.parent.name}.{path.stem}")


def judged(role: str, case_ids: Sequence[str], state: Path, fault: str = "") -> list[CaseSession]:
    """Run cases one after the other against one fresh exchange; `fault` is a catalogue id."""
    subject = ",".join(role_of(role).services)
    address = f"reference_impl.topology.inprocess:create?state={state}&subject={subject}"
    app = f"{address}&fault={fault}" if fault else address
    return judged_at(role, case_ids, in_process(app, state))


def in_process(app: str, state: Path) -> Ixit:
    """Return what leads to an application of this process, with all its controls."""
    return Ixit(
        asgi=app,
        credentials=str(state / "credentials"),
        clock_control="/clock",
        services_url="https://inprocess.invalid",
        peer_control="/peers",
    )


def judged_at(role: str, case_ids: Sequence[str], ixit: Ixit) -> list[CaseSession]:
    """Run cases one after the other against the product that `ixit` leads to."""
    return judged_rows(role, [registered(case_id) for case_id in case_ids], ixit)


def judged_null(role: str, case_ids: Sequence[str], state: Path, kind: str) -> list[CaseSession]:
    """Run cases against a null implementation."""
    app = f"reference_impl.faults.nulls:create?state={state}&kind={kind}"
    # Nothing answers at the clock of a program that does nothing.
    bare = in_process(app, state).model_copy(update={"clock_control": None})
    return judged_at(role, case_ids, bare)


def played(role: str, rows: Sequence[RegisteredCase], state: Path, app: str) -> list[CaseSession]:
    """Run cases one after the other against an application in this process."""
    return judged_rows(role, rows, Ixit(asgi=app, credentials=str(state / "credentials")))


def judged_rows(role: str, rows: Sequence[RegisteredCase], ixit: Ixit) -> list[CaseSession]:
    """Run registered cases one after the other against the product that `ixit` leads to."""
    campaign = Campaign(
        id="CMP-COMPONENT",
        profile=SutProfile(
            product=ProductIdentity(vendor="v", product="p", version="1"),
            role=role,
            ixit=ixit,
        ),
        plan=Plan(
            id="component",
            title="component",
            scheme=role,
            role=role,
            level="basic",
            suites=(SuiteKind.WORKFLOW,),
            expected_cases=len(rows),
            generated_examples=EXAMPLES,
        ),
        planned=tuple(
            PlannedCase(case=row.case, selection=Selection.SELECTED, reason="test") for row in rows
        ),
        seed=1401,
        pack="erx-1401",
        pack_hash="0" * 64,
        suite_version="0",
        suite_hash="0" * 64,
        started_at=datetime.now(UTC),
    )
    with tempfile.TemporaryDirectory() as place:
        store = EvidenceStore(Path(place) / "evidence.sqlite")
        around = Surroundings(campaign, store, store)
        try:
            sessions = []
            for row in rows:
                ahead = around.clock.ahead()
                now = datetime.now(UTC) + ahead
                session = open_session(row, 1, now, around, ahead=ahead)
                run_case(row, session, around)
                sessions.append(session)
            return sessions
        finally:
            around.close()
            store.close()
