"""The insurance bank on the wire: positions, facts, amounts, overrides, ids, ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.points import resolve
from reference_impl.platform.clock import MovableClock
from tests.component.bench import Bench, bench
from tests.component.rule_desk import (
    DIAGNOSES,
    INSURANCE,
    ask,
    drug,
    override,
    post,
    question,
    said,
    service,
    stranger,
    used,
)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    yield made
    made.close()


def only(table: Bench, item: dict[str, Any], **more: Any) -> Any:
    return ask(table, INSURANCE, item, **more)["items"][0]


# Rules


@pytest.mark.parametrize(
    ("code", "doctor", "rules"),
    [
        ("99025", "dr01", ["N15A"]),
        ("99025", "dr02", []),
        ("99049", "dr06", []),
        ("99059", "dr07", []),
        ("99059", "dr06", ["N15C"]),
    ],
)
def test_specialties(table: Bench, code: str, doctor: str, rules: list[str]) -> None:
    assert said(only(table, drug(table, code), doctor=doctor)) == rules


@pytest.mark.parametrize(
    ("code", "person", "insurer", "rules"),
    [
        ("991300", "P02", "2", ["N16A"]),
        ("991300", "P16", "37", ["N16B"]),
        ("992003", "P01", "1", ["N16C"]),
        ("991420", "P01", "1", ["N16J"]),
        ("992120", "P01", "1", ["N33"]),
    ],
)
def test_sex_age_and_what_an_item_must_carry(
    table: Bench, code: str, person: str, insurer: str, rules: list[str]
) -> None:
    assert said(only(table, service(table, code), person=person, insurer=insurer)) == rules


def test_a_limit_itself_is_allowed_and_beyond_it_the_limit_is_proposed(table: Bench) -> None:
    at, beyond = (only(table, service(table, "992110", n)) for n in (10, 11))
    assert (said(at), "proposed" in at) == ([], False)
    assert (said(beyond), beyond["proposed"]) == (["N32"], {"quantity": 10})


@pytest.mark.parametrize(("days", "rules"), [(365, ["N17B"]), (366, [])])
def test_counts_include_the_last_day_of_their_window(
    table: Bench, days: int, rules: list[str]
) -> None:
    history = [{"code": "991270", "kind": "laboratory", "daysAgo": days}] * 2
    item = only(table, service(table, "991270"), facts={"history": history})
    assert said(item) == rules


@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        ({"prescription": {"repeatNumber": 3}}, []),
        ({"prescription": {"repeatNumber": 4}}, ["N07A"]),
        ({"prescription": {"duplicateToday": True}}, ["N10"]),
        ({"history": [{"kind": "prescription", "daysAgo": 0}] * 10}, ["N09"]),
        ({"prescriber": {"contract": False}}, ["N20A"]),
    ],
)
def test_what_is_said_of_the_whole_concerns_every_item(
    table: Bench, stated: Any, rules: list[str]
) -> None:
    answer = ask(table, INSURANCE, drug(table, "99012"), drug(table, "99015"), facts=stated)
    assert [said(one) for one in answer["items"]] == [rules, rules]


@pytest.mark.parametrize(
    ("stated", "rules"),
    [
        ({"prescription": {"ageDays": 60}}, []),
        ({"prescription": {"ageDays": 61}}, ["N06"]),
        ({"prescription": {"daysToDue": 1}}, ["N07B"]),
    ],
)
def test_before_service_the_prescription_counts(
    table: Bench, stated: Any, rules: list[str]
) -> None:
    item = only(table, drug(table, "99012"), position="pre_service", facts=stated)
    assert said(item) == rules


@pytest.mark.parametrize(
    ("code", "stated", "rules"),
    [
        ("99095", {}, ["N14"]),
        ("99097", {}, ["N18B"]),
        ("99005", {}, ["N19A"]),
        ("99097", {"approvalId": "A-1", "product": "9" * 20}, []),
        ("99005", {"product": "9" * 20, "productVerdict": "RECALLED"}, ["N19B"]),
        ("99005", {"product": "9" * 20, "productVerdict": "ALREADY_CONSUMED"}, ["N19C"]),
        ("99012", {"substituted": True, "sameFamily": False}, ["N26A"]),
        (
            "99012",
            {"substituted": True, "sameFamily": True, "substitutionAllowed": False},
            ["N26B"],
        ),
        ("99012", {"confirmationAgeMinutes": 1440}, []),
        ("99012", {"confirmationAgeMinutes": 1441}, ["N27"]),
    ],
)
def test_what_is_given_before_service(
    table: Bench, code: str, stated: Any, rules: list[str]
) -> None:
    item = only(table, drug(table, code, 1, **stated), position="pre_service")
    assert said(item) == rules


@pytest.mark.parametrize(
    ("stated", "facts", "rules"),
    [
        ({"given": True}, {}, ["N28"]),
        ({"given": True, "confirmationId": "C-1"}, {}, []),
        ({"given": True, "selfPay": True}, {}, []),
        ({}, {"prescription": {"editedAfterDispense": True}}, ["N25A"]),
        ({}, {"prescription": {"voidedAfterDays": 11}}, ["N25B"]),
        ({}, {"prescription": {"paper": True}}, ["N30A"]),
        ({}, {"prescription": {"paper": True, "inOutageWindow": True}}, []),
        (
            {},
            {"prescription": {"paper": True, "inOutageWindow": True, "hoursAfterOutage": 73}},
            ["N30B"],
        ),
    ],
)
def test_after_service(table: Bench, stated: Any, facts: Any, rules: list[str]) -> None:
    item = only(table, drug(table, "99012", 1, **stated), position="post_service", facts=facts)
    assert said(item) == rules


@pytest.mark.parametrize(
    ("person", "insurer", "rule", "keep"),
    [("P11", "2", "N23C", "2.employees"), ("P12", "2", "N23D", "choice"),
     ("P13", "1", "N23A", "1.main"), ("P26", "1", "N23F", "both")],
)  # fmt: skip
def test_overlapping_covers_are_told(
    table: Bench, person: str, insurer: str, rule: str, keep: str
) -> None:
    item = only(table, drug(table, "99012"), person=person, insurer=insurer)
    told = [one for one in item["messages"] if one["ruleId"] == rule]
    assert [one["keep"] for one in told] == [keep]
    assert item["outcome"] == "advice"


def test_rules_of_an_insurer_come_last_and_never_for_others(table: Bench) -> None:
    visit = service(table, "992101")
    own = only(table, visit, person="P08", insurer="2")
    assert [one["ruleId"] for one in own["messages"]] == ["N01A", "N04A"]
    assert own["messages"][1]["insurer"] == "2"
    assert (
        said(only(table, visit, person="P08", insurer="2", facts={"context": {"referral": True}}))
        == []
    )
    assert said(only(table, visit, person="P01")) == []


def test_a_centre_without_the_role_or_licence_is_rejected(table: Bench) -> None:
    assert said(only(table, drug(table, "99012"), place="pharmacy-1")) == ["N21B"]
    item = only(table, drug(table, "99012"), place="imaging-2", position="pre_service")
    assert "N21A" in said(item)


def test_a_visit_belongs_to_the_centre_of_its_hid_goods_do_not(table: Bench) -> None:
    visit = service(table, "992101")
    elsewhere = only(table, visit, position="pre_service", place="hospital-1")
    assert said(elsewhere) == ["N29C"]
    assert said(only(table, drug(table, "99012"), position="pre_service", place="hospital-1")) == []


def test_the_strongest_outcome_decides_and_every_hit_is_told(table: Bench) -> None:
    item = only(table, drug(table, "99025", 1000), facts={"prescription": {"repeatNumber": 4}})
    assert said(item) == ["N07A", "N11", "N15A"]
    assert (item["outcome"], item["proposed"]) == ("rejected", {"quantity": 60})


# Amounts

INPATIENT = {"context": {"admission": "inpatient"}}
REFERRED = {"context": {"referral": True}}


@pytest.mark.parametrize(
    ("who", "item", "facts", "shares"),
    [
        (("P01", "1"), ("99057", 60, 15_000), {}, (504_000, 396_000)),
        (("P01", "1"), ("99057", 60, 10_000), {}, (420_000, 180_000)),
        (("P01", "1"), ("99041", 1, 335), {}, (234, 101)),
        (("P01", "1"), ("99057", 60, 12_000), INPATIENT, (648_000, 72_000)),
        (("P25", "1"), ("99057", 60, 12_000), {}, (720_000, 0)),
        (("P01", "37"), ("99057", 60, 12_000), {}, (0, 720_000)),
        (("P08", "2"), ("99057", 60, 12_000), REFERRED, (504_000, 216_000)),
    ],
)  # fmt: skip
def test_amounts_to_the_rial(
    table: Bench, who: tuple[str, str], item: Any, facts: Any, shares: tuple[int, int]
) -> None:
    (person, insurer), (code, quantity, price) = who, item
    asked = drug(table, code, quantity, unitPrice=price)
    told = only(table, asked, person=person, insurer=insurer, facts=facts, position="pre_service")
    assert (told["cost"]["insurerShare"], told["cost"]["patientShare"]) == shares
    assert told["costKind"] == "calculated"


@pytest.mark.parametrize(
    ("code", "price"), [("99057", 15_000), ("99057", 11_995), ("99096", 3_000), ("99041", 335)]
)
@pytest.mark.parametrize("person", ["P01", "P02", "P25"])
def test_the_rule_service_and_the_purchaser_agree(
    table: Bench, person: str, code: str, price: int
) -> None:
    insurer = "2" if person == "P02" else "1"
    asked = drug(table, code, 7, unitPrice=price)
    mine = ask(table, INSURANCE, asked, person=person, insurer=insurer, position="pre_service")[
        "cost"
    ]
    body = {
        "patient": table.person_id(person),
        "centreKind": {"kind": "pharmacy", "sector": "private"},
        "items": [{"itemId": "1", **asked}],
    }
    theirs = table.call("POST", "/purchaser/v1/price", body=body).json
    assert mine == {name: theirs[name] for name in mine}


def test_without_a_price_the_tariff_is_proposed(table: Bench) -> None:
    answer = ask(table, INSURANCE, service(table, "992101"))
    assert answer["costKind"] == answer["items"][0]["costKind"] == "proposed"
    assert answer["cost"] == {"total": 500_000, "insurerShare": 350_000, "patientShare": 150_000}


def test_amounts_are_whole_rials_however_a_number_is_written(table: Bench) -> None:
    asked = drug(table, "99057", 2, unitPrice=335)
    written = {**asked, "quantity": 2.0, "unitPrice": 335.0}
    plain, pointed = (only(table, one, position="pre_service")["cost"] for one in (asked, written))
    assert [type(one) for one in pointed.values()] == [int] * 3
    assert plain == pointed


def test_sums_are_sums_of_rounded_items(table: Bench) -> None:
    three = [drug(table, "99057", 1, unitPrice=335)] * 3
    cost = ask(table, INSURANCE, *three, position="pre_service")["cost"]
    assert cost == {"total": 1005, "insurerShare": 702, "patientShare": 303}


# Overrides, ids, paths


def test_a_warning_is_overridden_with_a_reason_and_opens_only_the_whole_id(table: Bench) -> None:
    costly = drug(table, "99097", 1)
    before = ask(table, INSURANCE, costly)
    assert (before["outcome"], "wholeTrackingId" in before) == ("warning", False)
    after = ask(table, INSURANCE, {**costly, "overrides": [override(table, "N18A")]})
    item = after["items"][0]
    assert (item["outcome"], "trackingId" in item) == ("warning", False)
    assert "wholeTrackingId" in after
    told = {one["ruleId"]: one for one in item["messages"]}
    assert (told["N18A"]["overridable"], told["N18A"]["overridden"]) == (True, True)


def test_an_override_of_a_silent_rule_changes_nothing(table: Bench) -> None:
    item = {**drug(table, "99012"), "overrides": [override(table, "N18A")]}
    answer = ask(table, INSURANCE, item)
    assert (answer["outcome"], "trackingId" in answer["items"][0]) == ("approved", True)


@pytest.mark.parametrize(
    ("code", "rule", "reason", "refusal"),
    [
        ("99097", "N18A", "OUT_OF_STOCK", "OVERRIDE_REASON_INVALID"),
        ("99025", "N15A", "PATIENT_INFORMED", "OVERRIDE_NOT_ALLOWED"),
    ],
)
def test_overrides_that_are_refused(
    table: Bench, code: str, rule: str, reason: str, refusal: str
) -> None:
    item = {**drug(table, code, 1), "overrides": [override(table, rule, reason)]}
    answered = post(table, INSURANCE, item)
    assert (answered.status, answered.code) == (422, refusal)


def test_an_unknown_reason_is_refused(table: Bench) -> None:
    given = override(table, "N18A")
    given["reason"]["code"] = "BECAUSE"
    answered = post(table, INSURANCE, {**drug(table, "99097", 1), "overrides": [given]})
    assert answered.code == "OVERRIDE_REASON_INVALID"


def test_a_rejection_closes_the_insured_path_only(table: Bench) -> None:
    answer = ask(table, INSURANCE, drug(table, "99025"), drug(table, "99012"))
    assert [one["path"] for one in answer["items"]] == ["self_pay", "insured"]
    assert only(table, drug(table, "99012"), insurer="37")["path"] == "self_pay"


def test_an_id_can_be_read_with_its_expiry(table: Bench) -> None:
    answer = ask(table, INSURANCE, drug(table, "99012"))
    tracking = answer["items"][0]["trackingId"]
    read = table.call("GET", f"/insurance_rules/v1/tracking-ids/{tracking}").json
    assert set(read) == {"trackingId", "evaluationId", "hid", "itemId", "expiresAt"}
    assert (read["itemId"], read["expiresAt"]) == ("1", answer["items"][0]["trackingIdExpiresAt"])
    life = datetime.fromisoformat(read["expiresAt"]) - table.clock.now()
    assert timedelta(hours=23, minutes=59) < life <= timedelta(hours=24)
    unknown = table.call("GET", f"/insurance_rules/v1/tracking-ids/{'0' * 20}")
    assert unknown.code == "TRACKING_ID_UNKNOWN"


def test_an_expired_or_unknown_id_cannot_be_used(tmp_path: Path) -> None:
    """Certificate status holds for an hour only: the ids live short, the clock starts late."""
    clock = MovableClock(-timedelta(minutes=4))
    short = Bench(tmp_path, resolve(["insurance_rules.tracking.one_hour"]), clock)
    try:
        tracking = ask(short, INSURANCE, drug(short, "99012"))["wholeTrackingId"]
        clock.advance(timedelta(minutes=61))
        assert used(short, tracking).code == "TRACKING_ID_EXPIRED"
        assert used(short, "0" * 20).code == "TRACKING_ID_UNKNOWN"
    finally:
        short.close()


# Refusals


def test_refusals_of_an_evaluation(table: Bench) -> None:
    def code(**change: Any) -> str | None:
        body = {**question(table, drug(table, "99012")), **change}
        return table.call("POST", INSURANCE, body=body).code

    item = {"itemId": "1", **drug(table, "99012")}
    wrong = {**item, "code": {**item["code"], "code": "99899"}}
    other_text = {**item, "code": {**item["code"], "display": "something else"}}
    strange = {"type": "NC", "value": "9900000000"}
    assert code(items=[wrong]) == "CODE_UNKNOWN"
    assert code(items=[{**item, "code": table.drug("99090")}]) == "CODE_RETIRED"
    assert code(items=[{**item, "code": table.drug("99091")}]) == "CODE_NOT_YET_VALID"
    assert code(items=[other_text]) == "CODE_DISPLAY_MISMATCH"
    assert code(patient=strange) == "PATIENT_IDENTIFIER_INVALID"
    assert code(patient=stranger(table)) == "PATIENT_UNKNOWN"
    assert code(items=[item, item]) == "SCHEMA_VIOLATION"
    assert code(hid="1W2AZVAKQZ") == "HID_INVALID"
    assert code(hid=table.hid("P02", "2")) == "HID_PATIENT_MISMATCH"
    assert code(centre=str(uuid.uuid4())) == "HID_CENTRE_MISMATCH"
    assert code(prescriber={"councilKind": "MD", "councilNumber": "999999"}) == "PRESCRIBER_UNKNOWN"
    assert code(facts={"patient": {"conditions": ["Q99.99"]}}) == "CODE_UNKNOWN"
    assert code(facts={"weather": "fine"}) == "SCHEMA_VIOLATION"
    diagnosis = {**table.coded(DIAGNOSES, "I10"), "code": "I99.99"}
    assert code(diagnoses=[diagnosis]) == "CODE_UNKNOWN"
