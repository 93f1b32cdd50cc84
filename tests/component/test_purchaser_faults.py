"""Every seeded fault shows on the wire, and only while it is switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.purchaser_points import PURCHASER_POINTS
from reference_impl.purchaser.calendar import period_of
from tests.component.bench import Bench, bench

Probe = Callable[[Bench], Any]
PRESCRIPTIONS = "/purchaser/v1/prescriptions"


def send(table: Bench, **change: Any) -> Any:
    payload = {**table.prescription(change.pop("hid", None) or table.hid()), **change}
    return table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr01"))


def coded(code: str) -> Probe:
    def probe(table: Bench) -> Any:
        item = table.item()
        item["code"] = {**item["code"], "code": code}
        return send(table, items=[item]).code

    return probe


def query(table: Bench, **body: Any) -> Any:
    body.setdefault("patient", table.person_id("P01"))
    target = f"{PRESCRIPTIONS}/query"
    return table.call("POST", target, body=body, centre="pharmacy-1").json


def price(table: Bench, person: str, code: str, unit_price: int, system: str = "eRx") -> Any:
    line = {
        "itemId": "1",
        "code": table.coded(f"urn:ir:maksa:{system}-synthetic", code),
        "quantity": 1,
        "unitPrice": unit_price,
    }
    body = {
        "patient": table.person_id(person),
        "centreKind": {"kind": "pharmacy", "sector": "private"},
        "items": [line, {**line, "itemId": "2"}, {**line, "itemId": "3"}],
    }
    answer = table.call("POST", "/purchaser/v1/price", body=body).json
    return answer["items"][0]["patientShare"], answer["patientShare"]


def wrong_patient(table: Bench) -> Any:
    return send(table, hid=table.hid("P02", "2")).code


def suspended(table: Bench) -> Any:
    payload = {**table.prescription(table.hid()), "prescriber": table.signer("dr11")}
    return table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr11")).code


def repeated(table: Bench) -> Any:
    payload = table.prescription(table.hid())
    document = ("prescription", payload, "dr01")
    ids = [
        table.call("POST", PRESCRIPTIONS, document=document).json["prescriptionId"] for _ in "ab"
    ]
    return len(set(ids))


def changed(table: Bench) -> Any:
    payload = table.prescription(table.hid())
    table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr01"))
    payload = {**payload, "note": "other"}
    return table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr01")).code


def dispensed(table: Bench) -> Any:
    registered = table.registered()
    given = table.given(registered, 20)
    table.dispenses(given.json["dispenseId"], "confirmation")
    item = table.read(registered)["items"][0]
    return item["dispensed"], item.get("remaining")


def voided(table: Bench) -> Any:
    registered = table.registered()
    given = table.given(registered, 20).json["dispenseId"]
    body = table.reason("DISPENSED_IN_ERROR")
    for _ in range(2):
        table.dispenses(given, "void", body=body)
    after = table.read(registered)
    return after["state"], after["items"][0]["remaining"]


def prepared(quantities: tuple[int, ...], *, secret: str = "") -> Probe:
    def probe(table: Bench) -> Any:
        registered = table.registered()
        granted = table.lease(registered).json["secret"]
        return [
            table.prepare(registered, {"": granted, "none": None}.get(secret, secret), one).status
            for one in quantities
        ]

    return probe


def abandoned(table: Bench) -> Any:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    first = table.prepare(registered, secret, 60).json["dispenseId"]
    table.dispenses(first, "abandonment", body=table.reason("PATIENT_LEFT"))
    return table.prepare(registered, secret, 60).status


def two_leases(table: Bench) -> Any:
    registered = table.registered()
    return [table.lease(registered, f"pharmacy-{n}").status for n in (1, 2)]


def cancel(table: Bench, registered: Any) -> Any:
    payload = {
        **table.head("office-1", "dr01"),
        "prescriber": table.signer("dr01"),
        "prescriptionId": registered["prescriptionId"],
        **table.reason("WRONG_ITEM"),
    }
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}/cancellation"
    return table.call("POST", path, document=("cancellation", payload, "dr01"))


def leased_after_cancelling(table: Bench) -> Any:
    registered = table.registered()
    cancel(table, registered)
    return table.lease(registered).status


def cancelled_after_dispensing(table: Bench) -> Any:
    registered = table.registered()
    table.given(registered, 10)
    return cancel(table, registered).status


def amended(if_match: str | None, *, after_dispense: bool = False) -> Probe:
    def probe(table: Bench) -> Any:
        registered = table.registered()
        if after_dispense:
            table.given(registered, 60)
        payload = table.prescription(registered["document"]["hid"])
        payload["amends"] = {"prescriptionId": registered["prescriptionId"], "version": 1}
        path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
        document = ("amendment", payload, "dr01")
        answered = table.call("PUT", path, document=document, if_match=if_match)
        return answered.status, answered.code

    return probe


def stranger_reads(table: Bench) -> Any:
    registered = table.registered()
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
    return table.call("GET", path, centre="hospital-1").status


def stranger_voids(table: Bench) -> Any:
    given = table.given(table.registered(), 10).json["dispenseId"]
    body = table.reason("DISPENSED_IN_ERROR")
    return table.dispenses(given, "void", body=body, centre="pharmacy-2").status


def claims_of(centre: str) -> Probe:
    def probe(table: Bench) -> Any:
        table.given(table.registered(), 10)
        document = ("service-record", table.visit(table.hid()), "dr01")
        table.call("POST", "/purchaser/v1/service-records", document=document)
        path = f"/purchaser/v1/statements/{period_of(table.clock.now())}"
        return len(table.call("GET", path, centre=centre).json["claims"])

    return probe


def registration(pick: Callable[[Any], Any]) -> Probe:
    return lambda table: pick(table.register())


def mistyped(table: Bench) -> Any:
    payload = table.prescription(table.hid())
    payload["patient"]["id"]["value"] = "9900000014"
    return table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr01")).code


def invented_rules(table: Bench) -> Any:
    rules = {"evaluationId": table.ids.uuid(), "wholeTrackingId": "9" * 20}
    return send(table, rules=rules).code


def wrong_split(table: Bench) -> Any:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    payload = table.dispense(registered, 10)
    cost = {"total": 19_000, "insurerShare": 19_000, "patientShare": 0}
    payload["items"][0]["cost"] = cost
    return table.prepare(registered, secret, 10, items=payload["items"], cost=cost).status


def counterfeit(table: Bench) -> Any:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    line = {**table.dispense(registered, 1)["items"][0]}
    line["product"] = {"type": "uid", "code": "9" * 20}
    return table.prepare(registered, secret, 1, items=[line]).status


def not_ordered(table: Bench) -> Any:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    line = {**table.dispense(registered, 1)["items"][0], "itemId": "7"}
    return table.prepare(registered, secret, 1, items=[line]).status


VISIT = ("992101", 900_000, "service")
PROBES: dict[str, Probe] = {
    "split.rounds_patient_share_down": lambda t: price(t, "P01", "99041", 335),
    "split.total_off_by_one": lambda t: t.given(t.registered(), 10).json["insurerShare"],
    "split.rounds_the_sum": lambda t: price(t, "P01", "99041", 335),
    "split.reference_price_ignored": lambda t: price(t, "P01", "99057", 15_000),
    "split.special_disease_ignored": lambda t: price(t, "P25", "99057", 12_000),
    "split.private_as_public": lambda t: price(t, "P01", *VISIT),
    "answer.amount_as_string": lambda t: price(t, "P01", "99041", 300),
    "dispense.over_dispensing_allowed": prepared((61,)),
    "dispense.remainder_not_reduced": dispensed,
    "dispense.prepared_not_reserved": prepared((40, 40)),
    "dispense.void_keeps_quantity": voided,
    "dispense.void_repeatable": voided,
    "dispense.void_moves_state_back": voided,
    "dispense.confirm_doubles": dispensed,
    "dispense.without_lease": prepared((1,), secret="none"),
    "dispense.cancelled_allowed": leased_after_cancelling,
    "dispense.abandon_keeps_reserved": abandoned,
    "dispense.item_unchecked": not_ordered,
    "dispense.any_centre": stranger_voids,
    "lease.granted_twice": two_leases,
    "lease.secret_ignored": prepared((1,), secret="x" * 24),
    "amend.after_dispense": amended('"1"', after_dispense=True),
    "amend.if_match_ignored": amended('"9"'),
    "amend.if_match_optional": amended(None),
    "cancel.after_dispense": cancelled_after_dispensing,
    "document.repeat_registers_again": repeated,
    "document.conflict_ignored": changed,
    "claim.without_service_record": claims_of("pharmacy-1"),
    "statement.other_centres": claims_of("pharmacy-2"),
    "code.unknown_accepted": coded("99899"),
    "code.retired_accepted": lambda t: send(t, items=[{**t.item(), "code": t.drug("99090")}]).code,
    "code.future_accepted": lambda t: send(t, items=[{**t.item(), "code": t.drug("99091")}]).code,
    "person.check_digit_ignored": mistyped,
    "hid.check_character_ignored": lambda t: send(t, hid="1W2AZVAKQZ").code,
    "hid.other_patient_accepted": wrong_patient,
    "prescriber.standing_ignored": suspended,
    "text.folded_in_storage": lambda t: send(t, note="علي كاظمي").json["document"]["note"],
    "text.long_text_breaks": lambda t: send(t, note="x" * 200).status,
    "text.search_unfolded": lambda t: (
        bool(t.registered()),
        bool(query(t, patient={"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"})["matches"]),
    ),
    "rules.tracking_ids_ignored": invented_rules,
    "rules.cost_unchecked": wrong_split,
    "product.authenticity_ignored": counterfeit,
    "query.person_returns_content": lambda t: (
        bool(t.registered()),
        query(t)["content"] is None,
    ),
    "query.short_code_ignored": lambda t: (
        bool(t.registered()),
        len(query(t, shortCode="00000")["matches"]),
    ),
    "query.header_leaks_codes": lambda t: (
        bool(t.registered()),
        sorted(query(t)["matches"][0]),
    ),
    "read.any_centre": stranger_reads,
    "time.without_offset": registration(lambda r: r.json["registeredAt"][-6:]),
    "time.seconds_dropped": registration(lambda r: r.json["registeredAt"].count(":")),
    "http.created_as_200": registration(lambda r: r.status),
    "http.etag_missing": registration(lambda r: "etag" in r.headers),
    "http.location_missing": registration(lambda r: "location" in r.headers),
    "answer.required_member_missing": registration(lambda r: "remaining" in r.json["items"][0]),
    "answer.state_in_lower_case": registration(lambda r: r.json["state"]),
    "tracking.too_short": registration(lambda r: len(r.json["trackingCode"])),
    "problem.wrong_code": amended('"9"'),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture(scope="module")
def healthy(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, healthy: Bench, state: Path) -> None:
    faulty = bench(state, f"purchaser.{point}")
    try:
        assert PROBES[point](healthy) != PROBES[point](faulty)
    finally:
        faulty.close()


def test_every_fault_of_the_purchaser_has_a_probe() -> None:

    assert {f"purchaser.{name}" for name in PROBES} == {one.name for one in PURCHASER_POINTS}
