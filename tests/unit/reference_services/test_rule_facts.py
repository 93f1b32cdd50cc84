"""Pure parts of the rule services: facts of registries, worth of a HID, marks of the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fixtures import load_pack
from reference_impl.faults.points import NO_FAULTS
from reference_impl.insurance_rules.domain import (
    Remembered,
    case_of,
    complementary_of,
    insurer_of,
    misread,
)
from reference_impl.insurance_rules.gathering import Known
from reference_impl.insurance_rules.ledger import mark_of, pseudonym
from reference_impl.insurance_rules.months import month_of
from reference_impl.platform.rules.bank import Bank
from reference_impl.platform.rules.facts import MEDICINES, completed_years, item_facts, person_facts

TODAY = date(2026, 11, 28)
BANK = Bank(load_pack().rule_banks["insurance"]["rules"])
OFFICE, OTHER = "d846a893-0000-4000-8000-000000000001", "d846a893-0000-4000-8000-000000000002"


def cover(insurer: str, fund: str, state: str, kind: str = "base") -> dict[str, str]:
    return {"insurerCode": insurer, "fund": fund, "state": state, "kind": kind}


def known(**change: Any) -> Known:
    parts: dict[str, Any] = {
        "member": {
            "specialty": {"code": "general"},
            "licenceState": "active",
            "privileges": ["drug"],
        },
        "centre": {
            "kind": "office",
            "sector": "private",
            "active": True,
            "roles": ["prescribing"],
        },
        "eligibility": {
            "identity": {
                "id": {"type": "NC", "value": "9900000013"},
                "state": "ALIVE",
                "sex": "M",
                "birthDate": "1966-07-23",
            },
            "covers": [cover("1", "main", "active")],
        },
        "hid": {"valid": True, "state": "ISSUED", "insurer": "1", "centre": OFFICE},
    }
    for name, value in change.items():
        parts[name] = {**parts[name], **value}
    return Known(**parts)


def told(
    answers: Known, position: str = "pre_prescription", kind: str = "drug", **facts: Any
) -> Any:
    asked = {"position": position, "centre": OFFICE, "facts": facts}
    item = {"system": "service", "kind": kind, "code": "0", "covered": True, "quantity": 1}
    case = case_of(asked, answers, ([item], []), Remembered(), TODAY)
    place = {"pre_prescription": "I1", "pre_service": "I2", "post_service": "I3"}[position]
    hits = BANK.hits(misread(case, NO_FAULTS), place, insurer=insurer_of(answers), day=TODAY)
    return [one.rule.id for one in hits if one.rule.kind != "calculation"]


@pytest.mark.parametrize(
    ("state", "rules"), [("active", []), ("expired", ["N22A"]), ("future", ["N22B"])]
)
def test_the_cover_is_that_of_the_insurer_of_the_hid(state: str, rules: list[str]) -> None:
    covers = [cover("2", "employees", "active"), cover("1", "main", state)]
    answers = known(eligibility={"covers": covers})
    assert [one for one in told(answers) if one.startswith("N22")] == rules


def test_an_active_cover_counts_before_an_expired_one_of_the_same_insurer() -> None:
    covers = [cover("1", "main", "expired"), cover("1", "retired", "active")]
    assert told(known(eligibility={"covers": covers})) == []


def test_without_an_insurer_the_person_pays_and_no_cover_is_missed() -> None:
    answers = known(hid={"insurer": None}, eligibility={"covers": [cover("1", "main", "expired")]})
    assert insurer_of(answers) == "37"
    assert told(answers) == []


@pytest.mark.parametrize(
    ("state", "rules"),
    [("DECEASED", ["N22C"]), ("BLOCKED", ["N22D"]), ("UNKNOWN", [])],
)
def test_what_the_register_says_of_the_person(state: str, rules: list[str]) -> None:
    identity = {"id": {"type": "NC", "value": "9900000013"}, "state": state}
    assert told(known(eligibility={"identity": identity})) == rules


@pytest.mark.parametrize(("born", "rules"), [("2026-09-29", []), ("2026-09-28", ["N24A"])])
def test_a_newborn_is_served_on_the_mothers_code_for_60_days(born: str, rules: list[str]) -> None:
    identity = {
        "id": {"type": "MOTHER_NC", "value": "9900000277"},
        "state": "UNREGISTERED",
        "sex": "F",
        "birthDate": born,
    }
    assert told(known(eligibility={"identity": identity})) == rules


@pytest.mark.parametrize(
    ("member", "rules"),
    [
        ({"licenceState": "lapsed"}, ["N20B"]),
        ({"licenceState": "suspended"}, ["N20B"]),
        ({"privileges": []}, ["N20B"]),
    ],
)
def test_standing_of_the_prescriber(member: Any, rules: list[str]) -> None:
    assert told(known(member=member)) == rules


def test_a_registry_wins_over_what_the_caller_states() -> None:
    """Nobody talks himself into another cover, specialty or diagnosis list by stating it."""
    answers = known(member={"licenceState": "suspended"})
    assert told(answers, prescriber={"licence": "active"}) == ["N20B"]


@pytest.mark.parametrize(
    ("hid", "kind", "rules"),
    [
        ({"state": "ISSUED"}, "visit", []),
        ({"state": "USED"}, "visit", []),
        ({"state": "UNKNOWN"}, "drug", ["N29A"]),
        ({"state": "EXPIRED"}, "drug", ["N29A"]),
        ({"state": "PATIENT_MISMATCH"}, "drug", ["N29B"]),
        ({"state": "CANCELLED"}, "drug", ["N29D"]),
        ({"state": "ISSUED", "centre": OTHER}, "visit", ["N29C"]),
        ({"state": "ISSUED", "centre": OTHER}, "drug", []),
    ],
)
def test_what_a_hid_is_worth_after_service(hid: Any, kind: str, rules: list[str]) -> None:
    assert told(known(hid=hid), "post_service", kind) == rules


def test_complementary_insurers_are_those_in_force() -> None:
    covers = [
        cover("1", "main", "active"),
        cover("90", "complementary", "active", "complementary"),
        cover("91", "complementary", "expired", "complementary"),
    ]
    assert complementary_of(known(eligibility={"covers": covers})) == ("90",)


def test_item_facts_come_from_the_row_and_nothing_is_guessed() -> None:
    row = {
        "code": "99012", "generic": "losartan", "atc": "-", "strength": "50 mg",
        "referencePrice": 1200, "covered": True,
    }  # fmt: skip
    asked = {"code": {"system": MEDICINES}, "quantity": 60}
    facts = item_facts(asked, row)
    assert (facts["unitPrice"], facts["tariff"], facts["kind"]) == (1200, 1200, "drug")
    assert {"atc", "dailyMg", "frequency", "productVerdict"} & set(facts) == set()
    assert item_facts({**asked, "unitPrice": 900, "tooth": "36"}, row)["unitPrice"] == 900


def test_ages_are_completed_years_and_missing_without_a_birth_date() -> None:
    assert completed_years(date(1981, 11, 28), TODAY) == 45
    assert completed_years(date(1981, 11, 29), TODAY) == 44
    identity = {"id": {"type": "UNIQUE", "value": "1"}, "state": "UNKNOWN"}
    facts = person_facts(identity, {"conditions": ["I10"]}, ["E11.9", "I10"], TODAY)
    assert "ageYears" not in facts
    assert facts["conditions"] == ["E11.9", "I10"]


def test_twins_stand_apart_in_the_ledger_and_digits_do_not_matter() -> None:
    mother = {"type": "MOTHER_NC", "value": "9900000277"}
    first, second = ({**mother, "birthOrder": n, "birthDate": "2026-11-01"} for n in (1, 2))
    assert pseudonym(first) != pseudonym(second)
    persian = {"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"}
    assert pseudonym(persian) == pseudonym({"type": "NC", "value": "9900000013"})


def test_the_mark_of_a_prescription_forgets_the_order_of_items() -> None:
    items = [{"system": "drug", "code": code} for code in ("99012", "99015")]
    assert mark_of("MD-990001", items) == mark_of("MD-990001", reversed(items))
    assert mark_of("MD-990001", items) != mark_of("MD-990002", items)


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 3, 20), "1404-12"),
        (date(2026, 3, 21), "1405-01"),
        (date(2026, 11, 21), "1405-08"),
        (date(2026, 11, 22), "1405-09"),
    ],
)
def test_months_are_jalali(day: date, month: str) -> None:
    assert month_of(day) == month
