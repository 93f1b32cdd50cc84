"""What a restart of the exchange must not lose: events, consents, grants, paper, cases."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.component import test_citizen as citizen
from tests.component import test_emergency as emergency
from tests.component import test_sepas_monitor as monitor
from tests.component import test_support as support
from tests.component.record_bench import RecordBench, keys, record_bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    databases = tmp_path / "databases"
    databases.mkdir()
    return databases


def test_nothing_accepted_is_forgotten(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = keys(tmp_path_factory)
    table = record_bench(state, databases=folder)
    payload, _ = table.stored()
    submission = table.submission("prescription", payload, "dr01")
    kept, revoked = table.granted(), table.granted(to="hospital-1")
    table.revoke(revoked)
    grant = table.glass("P02").json
    monitor.wrong_unit(table)
    case = monitor.report(table, code="NO_SUCH_ERROR").json
    ticket = support.opened(table)
    referral = citizen.refer(table).json
    slot = table.now(2 * 86400)
    citizen.book(table, slot=slot)
    sheet = emergency.paper(table, emergency.ended(table)["number"], documentId=str(uuid.uuid4()))
    emergency.enter(table, sheet)
    before = table.accesses()
    table.close()

    again = record_bench(state, databases=folder)
    assert again.hand_over(submission).status == 202
    history = again.ask("history", centre="office-2", consentId=kept)
    assert [one["documentId"] for one in history.json["entries"]] == [payload["documentId"]]
    assert again.ask("summary", centre="hospital-1").code == "CONSENT_MISSING"
    assert again.ask("summary", "P02", centre="hospital-1").status == 200
    assert again.accesses()[: len(before)] == before
    reports = again.call("GET", "/sepas/v1/break-glass", centre="ministry-1").json["reports"]
    assert [one["grantId"] for one in reports] == [grant["grantId"]]
    assert len(monitor.errors(again)) == 1
    told = again.call("GET", f"{monitor.MONITOR}/cases/{case['caseId']}", centre="lab-1")
    assert told.json == case
    assert support.read(again, ticket).json["subject"] == ticket["subject"]
    target = f"/citizen/v1/referrals/{referral['referralId']}"
    assert again.call("GET", target).json == referral
    assert citizen.book(again, "P02", slot=slot).code == "APPOINTMENT_SLOT_TAKEN"
    other = {**sheet, "documentId": str(uuid.uuid4())}
    assert emergency.enter(again, other).code == "PAPER_SERIAL_USED"
    again.close()


def test_a_submission_interrupted_by_a_restart_is_one_event(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = keys(tmp_path_factory)
    table = record_bench(state, databases=folder)
    payload = table.prescription(table.ids_hid())
    submission = table.submission("prescription", payload, "dr01")
    assert table.hand_over(submission, key="delivery-of-the-outbox").status == 202
    table.close()
    again = record_bench(state, databases=folder)
    assert again.hand_over(submission, key="delivery-of-the-outbox").status == 202
    assert events(again) == 1
    again.close()


def events(table: RecordBench) -> int:
    return len(table.ask("history", hid=table.hid()).json["entries"])
