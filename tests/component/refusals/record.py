"""The record and what stands around it: consent, results, monitor, viewer, businesses."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from typing import Any

from reference_impl.platform.peers import PeerReply
from tests.component import test_sepas_monitor as monitor
from tests.component import test_sepas_results as results
from tests.component import test_viewer_value_added as sharing
from tests.component.bench import REASONS, Answered
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("record")
KEPT = "sepas.refusal"
"""Refused submissions of the record, which the monitor hands to their centres for triage."""


@AREA.refused("CONSENT_MISSING")
def a_record_read_without_consent(desk: Desk) -> Act:
    return lambda: desk.ask("summary", "P03", centre="hospital-2")


@AREA.refused("CONSENT_NOT_FOUND")
def a_consent_nobody_gave(desk: Desk) -> Act:
    return lambda: desk.revoke(str(uuid.uuid4()))


@AREA.refused("CONSENT_STATE_CONFLICT")
def a_consent_revoked_twice(desk: Desk) -> Act:
    consent = desk.granted()
    assert desk.revoke(consent).status == 200
    return lambda: desk.revoke(consent)


def _consent(desk: Desk, **change: Any) -> Act:
    body = desk.consent(**change)
    return lambda: desk.call("POST", "/sepas/v1/consents", body=body)


@AREA.refused("CONSENT_PERIOD_INVALID")
def a_consent_that_is_over(desk: Desk) -> Act:
    return _consent(desk, validUntil="2020-01-01")


@AREA.refused("CITIZEN_NOT_IDENTIFIED")
def a_consent_from_another_telephone(desk: Desk) -> Act:
    return _consent(desk, phone="09900000000")


@AREA.refused("BREAK_GLASS_REASON_REQUIRED")
def an_emergency_without_its_reason(desk: Desk) -> Act:
    return lambda: desk.glass(reason="TREATMENT")


@AREA.refused("RECORD_NOT_FOUND")
def an_entry_nobody_made(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"/sepas/v1/entries/{uuid.uuid4()}")


@AREA.refused("RECORD_NODE_DOWN")
def a_record_that_cannot_be_read(desk: Desk) -> Act:
    """The table comes back with the rows it had, so that other rows find their entries."""
    hid = desk.hid()
    kernel: Any = desk.exchange.services["sepas"]
    engine = kernel._config.store.engine
    with engine.begin() as rows:
        rows.exec_driver_sql("ALTER TABLE entry RENAME TO entry_away")

    def back() -> None:
        with engine.begin() as rows:
            rows.exec_driver_sql("ALTER TABLE entry_away RENAME TO entry")

    desk.after.callback(back)
    return lambda: desk.ask("history", hid=hid)


def _handed(desk: Desk, submission: Any) -> Answered:
    reply: PeerReply = desk.hand_over(submission)
    return Answered(reply.status, dict(reply.headers), reply.json)


@AREA.refused("RECORD_MANDATORY_MISSING", leaves=KEPT)
def a_document_without_its_patient(desk: Desk) -> Act:
    payload = desk.prescription(desk.ids_hid())
    del payload["patient"]
    submission = desk.submission("prescription", payload, "dr01")
    return lambda: _handed(desk, submission)


@AREA.refused("RECORD_VERSION_CONFLICT", leaves=KEPT)
def a_second_final_result(desk: Desk) -> Act:
    body = results.made(desk, "laboratory")
    assert desk.result("laboratory", body).status == 201
    other = copy.deepcopy(body)
    results.entry(other, 1)["valueQuantity"]["value"] = 180
    results.entry(other, 0)["issued"] = desk.now()
    return lambda: desk.result("laboratory", other)


def _result(desk: Desk, change: Callable[[Any], None]) -> Act:
    body = results.made(desk, "laboratory")
    change(body)
    return lambda: desk.result("laboratory", body)


@AREA.refused("RESULT_ORDER_MISMATCH", leaves=KEPT)
def a_result_of_another_patient(desk: Desk) -> Act:
    return _result(desk, results.other_subject)


@AREA.refused("RESULT_UNIT_INVALID", leaves=KEPT)
def a_result_in_another_unit(desk: Desk) -> Act:
    return _result(desk, results.unit)


@AREA.refused("RESULT_BUNDLE_INVALID", leaves=KEPT)
def a_result_without_its_value(desk: Desk) -> Act:
    return _result(desk, results.no_value)


# Monitor


@AREA.refused("ERROR_ENTRY_NOT_FOUND")
def an_error_the_bank_does_not_have(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"{monitor.MONITOR}/bank/NO_SUCH_ERROR")


@AREA.refused("CASE_NOT_FOUND")
def a_case_nobody_reported(desk: Desk) -> Act:
    return lambda: desk.call("GET", f"{monitor.MONITOR}/cases/{uuid.uuid4()}")


@AREA.refused("CASE_STATE_CONFLICT")
def a_case_closed_before_it_is_solved(desk: Desk) -> Act:
    case = monitor.report(desk, code="RESULT_UNIT_INVALID").json
    return lambda: monitor.step(desk, case, "closed")


# Viewer and businesses


@AREA.refused("VIEW_PURPOSE_REQUIRED")
def a_view_without_a_purpose(desk: Desk) -> Act:
    desk.granted()
    power = desk.coded(REASONS, "POWER")
    return lambda: sharing.view(desk, purpose=power)


@AREA.refused("DATA_LICENCE_MISSING")
def data_for_a_receiver_without_a_licence(desk: Desk) -> Act:
    consent = sharing.business_consent(desk)
    receiver = desk.siam("business-2")
    return lambda: sharing.deliver(desk, consent, receiver=receiver)


@AREA.refused("DATA_SCOPE_EXCEEDED")
def data_beyond_the_consent(desk: Desk) -> Act:
    consent = sharing.business_consent(desk)
    return lambda: sharing.deliver(desk, consent, "dispense")
