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


def abandoned_late(table: Bench) -> Any:
    given = table.given(table.registered(), 10).json["dispenseId"]
    return table.dispenses(given, "abandonment", body=table.reason("PATIENT_LEFT")).status


def dispensed_under_another_hid(table: Bench) -> Any:
    registered = table.registered()
    secret = table.lease(registered).json["secret"]
    return table.prepare(registered, secret, 1, hid=table.hid()).status


def released_by_a_stranger(table: Bench) -> Any:
    registered = table.registered()
    table.lease(registered)
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}/lease"
    return table.call("DELETE", path, centre="pharmacy-2", lease="x" * 24).status


def shown_after_amending(table: Bench) -> Any:
    registered = table.registered()
    payload = table.prescription(registered["document"]["hid"], table.item(quantity=30))
    payload["amends"] = {"prescriptionId": registered["prescriptionId"], "version": 1}
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
    table.call("PUT", path, document=("amendment", payload, "dr01"), if_match='"1"')
    return table.read(registered)["document"]["items"][0]["quantity"]


def amended_by_a_stranger(table: Bench) -> Any:
    registered = table.registered()
    payload = {
        **table.prescription(registered["document"]["hid"]),
        **table.head("hospital-1", "dr02"),
        "prescriber": table.signer("dr02"),
        "amends": {"prescriptionId": registered["prescriptionId"], "version": 1},
    }
    path = f"{PRESCRIPTIONS}/{registered['prescriptionId']}"
    document = ("amendment", payload, "dr02")
    return table.call("PUT", path, document=document, if_match='"1"', centre="hospital-1").status


def strange_claim(table: Bench) -> Any:
    document = ("service-record", table.visit(table.hid()), "dr01")
    claim = table.call("POST", "/purchaser/v1/service-records", document=document).json
    path = f"/purchaser/v1/claims/{claim['claimId']}"
    return table.call("GET", path, centre="pharmacy-1").status


def displayed(text: str) -> Probe:
    def probe(table: Bench) -> Any:
        item = table.item("99001")
        arabic = table.world.product("99001").concept.fa.replace("ی", "ي")
        item["code"]["display"] = text or arabic
        return send(table, items=[item]).code

    return probe


def newborn(table: Bench) -> dict[str, Any]:
    """Register a prescription for the first twin of P27 and return how the twin is identified."""
    born = table.world.person("NB1").birth_date_on(table.clock.now().date()).isoformat()
    value = table.person_id("P27")["value"]
    first = {"type": "MOTHER_NC", "value": value, "birthOrder": 1, "birthDate": born}
    council = {"councilKind": "MD", "councilNumber": "990001"}
    body = {"patient": first, "insurerCode": "1", "providerCouncil": council}
    hid = table.call("POST", "/eligibility/v1/hids", body=body).json["hid"]
    assert send(table, hid=hid, patient={**table.patient("P27"), "id": first}).status == 201
    return first


def twins(table: Bench) -> Any:
    newborn(table)
    return len(query(table, patient=table.person_id("P27"))["matches"])


def found_by_birth_order(table: Bench) -> Any:
    return bool(query(table, patient=newborn(table))["matches"])


def unique_id_price(table: Bench) -> Any:
    key = next(k for k, one in table.world.people.items() if one.id_type == "UID")
    return price(table, key, "99041", 300)


VISIT = ("992101", 900_000, "service")
PROBES: dict[str, Probe] = {
    "split.uncovered_shared": lambda t: price(t, "P01", "99096", 3_000),
    "split.unknown_person_covered": unique_id_price,
    "dispense.ends_twice": abandoned_late,
    "dispense.hid_unchecked": dispensed_under_another_hid,
    "lease.anybody_releases": released_by_a_stranger,
    "amend.first_version_shown": shown_after_amending,
    "amend.any_author": amended_by_a_stranger,
    "code.display_ignored": displayed("warfarin 5 mg tablet"),
    "code.display_unfolded": displayed(""),
    "person.newborns_merged": twins,
    "person.only_national_codes": lambda t: query(
        t, patient={"type": "FIDA", "value": "990000000001"}
    ).get("code"),
    "query.only_national_codes": found_by_birth_order,
    "query.codes_find_nothing": lambda t: len(
        query(t, hid=t.registered()["document"]["hid"])["matches"]
    ),
    "statement.month_shifted": claims_of("office-1"),
    "claim.any_centre": strange_claim,
    "answer.document_reduced": lambda t: (
        "durationDays" in t.registered({**t.item(), "durationDays": 5})["document"]["items"][0]
    ),
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
    "query.short_code_for_anybody": lambda t: len(
        query(t, patient=t.person_id("P02"), shortCode=t.registered()["shortCode"])["matches"]
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
