"""Every further fault of the purchaser shows on the wire, and only while it is switched on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.purchaser_further_points import PURCHASER_FURTHER_POINTS
from reference_impl.purchaser import service as purchaser_service
from tests.component.bench import REASONS, Bench, bench
from tests.component.hid_desk import cover, upload
from tests.component.insurer_desk import (
    HOSPITAL,
    SERVICES,
    add,
    answer,
    ask,
    claimed,
    enter,
    give,
    ledger,
    opened,
    paper,
    preferred,
    prepared_with_pack,
    repeated,
    search,
    served,
    signed,
    two_insurers,
)
from tests.component.peers_played import play


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


def _after_discharge(table: Bench) -> Any:
    hid = table.hid(centre=HOSPITAL)
    stay = opened(table, hid)
    add(table, stay, hid, "discharged")
    return add(table, stay, hid, "service").status


def _stay(**change: Any) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        hid = table.hid(centre=HOSPITAL)
        earlier = {"at": table.now(-7200)} if change.get("early") else {}
        centre = change.get("centre", HOSPITAL)
        return add(table, opened(table, hid), hid, "service", centre=centre, **earlier).status

    return probe


def _inpatient(table: Bench) -> Any:
    hid = table.hid(centre=HOSPITAL)
    opened(table, hid)
    return served(table, hid, 10).status


def _self_pay(table: Bench) -> Any:
    return opened(table, table.hid(person="P02", insurer="37", centre=HOSPITAL)).status


def _serial(table: Bench) -> Any:
    first = paper(table)
    enter(table, first)
    return enter(table, {**paper(table), "serial": first["serial"]}).status


def _answered_by(centre: str, *texts: str) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        rx = table.registered()
        table.lease(rx)
        question = ask(table, rx).json["questionId"]
        return [answer(table, question, centre, text).status for text in texts]

    return probe


def _adjudicated(table: Bench) -> Any:
    hid = table.hid()
    payload = table.visit(hid)
    cost = {"total": 1_000_000, "insurerShare": 350_000, "patientShare": 650_000}
    payload["services"][0] |= {"unitPrice": 1_000_000, "cost": cost}
    payload["cost"] = cost
    target = "/purchaser/v1/service-records"
    claim = table.call("POST", target, document=("service-record", payload, "dr01")).json
    body = {
        "claimId": claim["claimId"],
        "insurerCode": "1",
        "admission": "outpatient",
        "documents": [claim["documentId"]],
        "cost": cost,
    }
    table.call("POST", "/adjudication/v1/claims", body=body)
    shown = table.call("GET", f"/purchaser/v1/claims/{claim['claimId']}").json["state"]
    return shown, ledger(table, "payments", centre="office-1")


def _mixed(table: Bench) -> Any:
    two_insurers(table)
    return len(ledger(table, "statements", "40")["claims"])


def _accepted(table: Bench) -> Any:
    _adjudicated(table)
    lines = ledger(table, "statements", centre="office-1")["claims"]
    return [one["accepted"] for one in lines]


def _parts(table: Bench) -> Any:
    two_insurers(table)
    return ledger(table, "payments")["insurers"]


def _price_of_a_visit(table: Bench, person: str = "P01") -> Any:
    line = {
        "itemId": "1",
        "code": table.coded(SERVICES, "992101"),
        "quantity": 1,
        "unitPrice": 625_000,
    }
    body = {
        "patient": table.person_id(person),
        "centreKind": {"kind": "office", "sector": "public"},
        "items": [line],
    }
    return table.call("POST", "/purchaser/v1/price", body=body).json["insurerShare"]


def _searched(centre: str) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        preferred(table)
        return search(table, "P01", centre)["content"] is None

    return probe


def _consumed(table: Bench) -> Any:
    played = play(table.exchange, "ttac")
    played.answers["/consumptions"] = (409, {"code": "PRODUCT_ALREADY_CONSUMED"})
    _, dispense = prepared_with_pack(table)
    return table.dispenses(dispense, "confirmation").status


def _answer_members(table: Bench) -> Any:
    rx = table.registered()
    table.lease(rx)
    return sorted(ask(table, rx).json)


def _prepared_after(minutes: int) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        rx = table.registered()
        secret = table.lease(rx).json["secret"]
        table.clock.advance(timedelta(minutes=minutes))
        return table.prepare(rx, secret, 30).status

    return probe


def _confirmed_after(minutes: int) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        rx = table.registered()
        prepared = table.prepare(rx, table.lease(rx).json["secret"], 30)
        table.clock.advance(timedelta(minutes=minutes))
        return table.dispenses(prepared.json["dispenseId"], "confirmation").status

    return probe


def _abandoned(table: Bench) -> Any:
    rx = table.registered()
    prepared = table.prepare(rx, table.lease(rx).json["secret"], 30)
    reason = {"reason": table.coded(REASONS, "PATIENT_LEFT")}
    name = prepared.json["dispenseId"]
    return table.dispenses(name, "abandonment", body=reason).json["total"]


def _note_of_paper(table: Bench) -> Any:
    form = paper(table, document=signed(table, note="take with food"))
    return "note" in enter(table, form).json["document"]


def _voided_after(days: int) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        given = table.given(table.registered(), 30).json["dispenseId"]
        table.clock.advance(timedelta(days=days))
        return table.dispenses(given, "void", body=table.reason("DISPENSED_IN_ERROR")).status

    return probe


def _voided_claim(table: Bench) -> Any:
    rx = table.registered()
    given = table.given(rx, 20).json["dispenseId"]
    claimed(table, rx, 20)
    table.dispenses(given, "void", body=table.reason("RETURNED_UNOPENED"))
    return ledger(table, "payments", centre="pharmacy-1")


def _paid(**changes: str) -> Callable[[Bench], Any]:
    def probe(table: Bench) -> Any:
        payload = table.visit(table.hid())
        return _sent(table, {**payload, "payment": {**payload["payment"], **changes}})

    return probe


def _paid_twice(table: Bench) -> Any:
    first, second = table.visit(table.hid()), table.visit(table.hid())
    return _sent(table, first), _sent(table, {**second, "payment": first["payment"]})


def _sent(table: Bench, payload: Any) -> Any:
    answered = table.call(
        "POST",
        "/purchaser/v1/service-records",
        document=("service-record", payload, "dr01"),
    )
    return answered.code or answered.status


def _after_a_report(table: Bench) -> Any:
    upload(table, cover(table, "F02"))
    return _price_of_a_visit(table, "F02")


def _uncoded_frequency(table: Bench) -> Any:
    item = table.item()
    item["frequency"] = {**item["frequency"], "code": "ZZ9"}
    return table.register(item).status


def _claimed_on_paper(table: Bench) -> Any:
    form = paper(table)
    entered = enter(table, form)
    return _sent(table, table.visit(entered.json["document"]["hid"]))


def _events(table: Bench) -> Any:
    hid = table.hid(centre=HOSPITAL)
    return add(table, opened(table, hid), hid, "service").json["events"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "stay.services_uncounted": _events,
    "answer.abandoned_for_nothing": _abandoned,
    "answer.paper_note_lost": _note_of_paper,
    "statement.claimed_as_accepted": _accepted,
    "payments.parts_swapped": _parts,
    "statement.insurer_named": lambda t: ledger(t, "statements")["centre"],
    "stay.without_cover": _self_pay,
    "stay.after_discharge": _after_discharge,
    "stay.any_centre": _stay(centre="pharmacy-1"),
    "stay.order_ignored": _stay(early=True),
    "stay.outpatient_share": _inpatient,
    "paper.late_entry": lambda t: enter(t, paper(t, hours=73)).status,
    "paper.serial_reused": _serial,
    "paper.outage_unproved": lambda t: enter(t, paper(t, cause="INSURER_DOWN")).status,
    "question.any_centre": lambda t: ask(t, t.registered()).status,
    "question.answered_by_anybody": _answered_by(HOSPITAL, "yes"),
    "question.answer_replaced": _answered_by("office-1", "yes", "no"),
    "claim.void_keeps_claim": _voided_claim,
    "claim.results_ignored": _adjudicated,
    "statement.insurers_mixed": _mixed,
    "payments.open_as_paid": _adjudicated,
    "payments.adjusted_still_owed": _adjudicated,
    "tariff.newest_year": _price_of_a_visit,
    "lease.never_ends": _prepared_after(16),
    "dispense.confirmed_late": _confirmed_after(31),
    "dispense.void_without_end": _voided_after(11),
    "repeat.due_date_ignored": lambda t: give(t, repeated(t), 31).status,
    "query.any_pharmacy_preferred": _searched("pharmacy-2"),
    "query.preferred_pharmacy_unknown": _searched("pharmacy-1"),
    "product.not_consumed": _consumed,
    "payment.unchecked": _paid(paymentId="990000000001"),
    "payment.used_accepted": _paid_twice,
    "payment.any_terminal": _paid(terminalId="12345678"),
    "code.medicines_only": _uncoded_frequency,
    "cover.own_copy": _after_a_report,
    "paper.not_payable": _claimed_on_paper,
    "answer.stay_events_as_text": lambda t: opened(t).json["events"],
    "answer.paper_as_200": lambda t: enter(t, paper(t)).status,
    "answer.question_state_missing": _answer_members,
    "answer.payment_period_missing": lambda t: sorted(ledger(t, "payments")),
}


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purchaser_service, "consumption_offered", lambda _contracts: True)
    healthy, faulty = bench(state), bench(state, f"purchaser.{point}")
    try:
        for made in (healthy, faulty):
            if "product" not in point:
                play(made.exchange, "ttac")
        assert PROBES[point](healthy) != PROBES[point](faulty)
    finally:
        healthy.close()
        faulty.close()


def test_every_further_fault_of_the_purchaser_has_a_probe() -> None:
    declared = {one.name for one in PURCHASER_FURTHER_POINTS}
    assert {f"purchaser.{name}" for name in PROBES} == declared
