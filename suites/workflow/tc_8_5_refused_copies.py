"""Clause 8-5 at the gateway: a copy that the record refuses for good is shown to who can act on it.

The record behind belongs to the laboratory: it is given another document under the id that a
prescription will have, so that it cannot take the copy of that prescription.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import (
    Expect,
    Inconclusive,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    eventually,
)
from lab.kit.peers import away
from lab.model.base import JsonValue
from suites import gateway_flow as flow
from suites import journeys
from suites import record_journeys as record
from suites.answers.examples import agrees
from suites.answers.words import about, between
from suites.journeys import OFFICE

RECORD = "sepas"
CONFLICT = "DOCUMENT_ID_CONFLICT"
SHOWN_WITHIN = 90.0  # seconds; longer than the pauses between rounds of copying (RUL-028)
MOST = 100
"""Parked copies that are told at most (contracts/gateway.yaml)."""
SHOW = "Park what the record refuses for its content, and tell it with the code of the refusal."
SHOW_FA = "آنچه پرونده به سبب محتوا رد می‌کند کنار بگذارید و با کد رد نشان دهید."


def taken_before(sut: Sut, data: SyntheticData, payload: JsonValue) -> None:
    """Have the record hold another document under the id of a prescription."""
    other = {**payload, "note": "held under this id before"}
    body = {
        "correlation": data.uuid("held before"),
        "service": "purchaser",
        "operation": "registerPrescription",
        "centre": data.centre("office-1").siam_id,
        "receivedAt": data.instant(),
        "documentType": "erx.prescription",
        "document": sut.signed("prescription", other, "dr01"),
    }
    reply = sut.behind(
        RECORD, "submitRecord", body=body, caller=record.GATEWAY, step="control: held under this id"
    )
    reply.required("/documentId")


def parked_of(reply: Reply, correlation: str) -> list[Mapping[str, JsonValue]]:
    """Return what is told of the parked copies of a correlation."""
    rows = flow.rows_of(reply, "/parked")
    return [row for row in rows if row.get("correlation") == correlation]


def _demand_an_end(queue: Reply, correlation: str) -> None:
    """Demand that the copy has left and that the list has room; INCONCLUSIVE otherwise.

    A copy may lag (RUL-028), and of more parked ones than are told, no single one is sure to be.
    """
    lags = queue.find("/waiting") != 0 and not parked_of(queue, correlation)
    if lags or len(flow.rows_of(queue, "/parked")) >= MOST:
        raise Inconclusive(
            f"the copy has not left within {SHOWN_WITHIN:g} s" if lags else "the list is full",
            pointer="/waiting" if lags else "/parked",
            exchange_id=queue.exchange_id,
            fix="Copy sooner, or have an operator clear the parked copies, and run it again.",
        )


@conformance_case(
    "TC-GTW-WF-PARKED-001",
    verifies=("RM-P8-A",),
    role="gateway",
    rulings=("RUL-053", "RUL-028"),
    title_fa="رونوشت ردشده کنار گذاشته و با دلیل نشان داده می‌شود",
    needs=("services_url", "peer_control"),
    alone=True,  # takes the record away and counts copies
)
def tc_refused_copies_are_shown(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT parks a copy that the record refuses, and tells whose it is and why.

    Given a record that is away and holds another document under the id of a prescription, when the
    prescription is registered and the record is back, then its copy is parked with correlation,
    operation, time and code, and counts neither as delivered nor as waiting.
    """
    payload = journeys.draft(sut, data, "parked")
    taken_before(sut, data, payload)
    before, _ = flow.copies(sut, "control: before")
    with away(sut, RECORD):
        made = journeys.submit(flow.through(sut), payload, "stimulus: register meanwhile")
    expect.status(made, 201, fix=SHOW, fix_fa=SHOW_FA)
    correlation = record.correlation_of(made)
    queue = eventually(
        sut,
        lambda: sut.call("getOutbox", caller=OFFICE, step="observation: the queue"),
        lambda one: one.find("/waiting") == 0,
        within=SHOWN_WITHIN,
    )

    expect.schema(queue, fix=SHOW, fix_fa=SHOW_FA)
    _demand_an_end(queue, correlation)
    row = {
        "correlation": correlation,
        "operation": "registerPrescription",
        "receivedAt": about(data),
        "attempts": between(data, "1", "1000000"),
        "code": CONFLICT,
    }
    agrees(expect, queue, {"parked": {"$among": [row], "$distinct": "correlation"}})
    after, counted = flow.copies(sut, "observation: the counts")
    expect.that(
        after == before,
        title="a parked copy is counted as delivered or waiting",
        expected=f"{before} copies delivered or waiting, as before",
        observed=f"{after}",
        pointer="/delivered",
        reply=counted,
        fix=SHOW,
        fix_fa=SHOW_FA,
    )
