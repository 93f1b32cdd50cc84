"""Health rules on the wire: the worked examples, facts, overrides, ids, and never an amount."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures import load_pack
from fixtures.bundle import Json
from tests.component.bench import Bench, bench
from tests.component.rule_desk import (
    DIAGNOSES,
    HEALTH,
    ask,
    drug,
    override,
    post,
    question,
    said,
    stranger,
)

ADULT_MAN, ADULT_WOMAN = {"ageYears": 40, "sex": "M"}, {"ageYears": 28, "sex": "F"}
PEOPLE = {"M": ("P12", "2"), "F": ("P10", "3")}
PAIR = ("99023", "99007")  # warfarin, acetylsalicylic acid: D02


def about_adults(example: Json) -> bool:
    """Keep the examples in which a person of the world can take the patient's place."""
    patient = example["input"].get("patient", {})
    return {name: patient.get(name) for name in ADULT_MAN} in (ADULT_MAN, ADULT_WOMAN)


def first_of_each() -> list[Json]:
    """Return the first such example for every set of rules; the engine's own test has them all."""
    chosen: dict[tuple[str, ...], Json] = {}
    for one in load_pack().rule_banks["clinical"]["examples"]:
        if about_adults(one):
            chosen.setdefault(tuple(hit["rule"] for hit in one["expect"]), one)
    return list(chosen.values())


EXAMPLES = [pytest.param(one, id=one["id"]) for one in first_of_each()]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def hids(table: Bench) -> dict[str, str]:
    return {sex: table.hid(*who) for sex, who in PEOPLE.items()}


def only(table: Bench, item: dict[str, Any], **more: Any) -> Any:
    return ask(table, HEALTH, item, **more)["items"][0]


@pytest.mark.parametrize("example", EXAMPLES)
def test_worked_examples_on_the_wire(table: Bench, hids: dict[str, str], example: Json) -> None:
    """Clinical rules speak alike at both positions; every other example is asked at the second."""
    given = example["input"]
    position = "pre_service" if len(example["id"]) % 2 else "pre_prescription"
    patient = {k: v for k, v in given["patient"].items() if k not in {"ageYears", "sex"}}
    facts: dict[str, Any] = {"patient": patient}
    if "active" in given:
        facts["active"] = [{**one, "code": table.drug(one["code"])} for one in given["active"]]
    items = [drug(table, **{"quantity": 10, **one}) for one in given["items"]]
    sex = given["patient"]["sex"]
    more = {"position": position, "facts": facts, "hid": hids[sex], "person": PEOPLE[sex][0]}
    answer = ask(table, HEALTH, *items, **more)
    told = [(r, int(one["itemId"])) for one in answer["items"] for r in said(one)]
    assert sorted(told) == sorted((hit["rule"], hit["item"]) for hit in example["expect"])


def test_enough_examples_went_over_the_wire() -> None:
    assert len(EXAMPLES) > 60


def test_age_comes_from_the_registry(table: Bench) -> None:
    assert said(only(table, drug(table, "99045"), person="P05")) == ["K04"]
    assert said(only(table, drug(table, "99048"), person="P03")) == ["K08A"]
    assert said(only(table, drug(table, "99045"), person="P01")) == []


def test_a_diagnosis_of_the_request_is_a_condition(table: Bench) -> None:
    item = drug(table, "99023")
    more: dict[str, Any] = {"person": "P04", "diagnoses": [table.coded(DIAGNOSES, "Z34.9")]}
    assert "K01A" in said(only(table, item, **more))
    assert "K01A" not in said(only(table, item, person="P04"))


def test_there_is_never_an_amount(table: Bench) -> None:
    answer = ask(table, HEALTH, drug(table, "99012", unitPrice=1200), position="pre_service")
    text = json.dumps(answer)
    assert all(word not in text for word in ("cost", "share", "Share", "price", "rial"))


def test_an_approval_gets_an_id_with_expiry_a_warning_none(table: Bench) -> None:
    approved = ask(table, HEALTH, drug(table, "99012"))
    assert (approved["outcome"], len(approved["trackingId"])) == ("approved", 20)
    assert approved["trackingIdExpiresAt"] > table.now()
    warned = ask(table, HEALTH, *(drug(table, one) for one in PAIR))
    assert (warned["outcome"], "trackingId" in warned) == ("warned", False)
    told = [one["itemId"] for one in warned["messages"] if one["ruleId"] == "D02"]
    assert told == ["1", "2"]


def test_a_warning_is_overridden_item_by_item(table: Bench) -> None:
    first, second = ({**drug(table, one), "overrides": [override(table, "D02")]} for one in PAIR)
    half = ask(table, HEALTH, first, drug(table, PAIR[1]))
    assert "trackingId" not in half
    assert [one.get("overridden", False) for one in half["items"]] == [True, False]
    whole = ask(table, HEALTH, first, second)
    assert (whole["outcome"], len(whole["trackingId"])) == ("warned", 20)


def test_overrides_that_are_refused(table: Bench) -> None:
    def code(first: str, second: str, rule: str, reason: str) -> str | None:
        item = {**drug(table, first), "overrides": [override(table, rule, reason)]}
        return post(table, HEALTH, item, drug(table, second)).code

    assert code(*PAIR, "D02", "WRONG_ITEM") == "OVERRIDE_REASON_INVALID"
    assert code("99023", "99042", "D01A", "PATIENT_INFORMED") == "OVERRIDE_NOT_ALLOWED"


def test_refusals(table: Bench) -> None:
    def code(**change: Any) -> str | None:
        body = {**question(table, drug(table, "99012")), **change}
        return table.call("POST", HEALTH, body=body).code

    item = {"itemId": "1", **drug(table, "99012")}
    assert code(position="post_service") == "RULE_POSITION_INVALID"
    assert code(items=[{**item, "code": {**item["code"], "code": "99899"}}]) == "CODE_UNKNOWN"
    assert code(items=[{**item, "code": table.drug("99090")}]) == "CODE_RETIRED"
    assert code(items=[{**item, "code": table.drug("99091")}]) == "CODE_NOT_YET_VALID"
    named = {**item, "code": {**item["code"], "display": "aspirin"}}
    assert code(items=[named]) == "CODE_DISPLAY_MISMATCH"
    assert code(patient={"type": "NC", "value": "9900000000"}) == "PATIENT_IDENTIFIER_INVALID"
    assert code(patient=stranger(table)) == "PATIENT_UNKNOWN"
    assert code(items=[item, item]) == "SCHEMA_VIOLATION"
    active = [{"code": {**item["code"], "code": "99899"}, "ended": False}]
    assert code(facts={"active": active}) == "CODE_UNKNOWN"


def test_what_was_stated_is_not_kept(table: Bench) -> None:
    mark = f"A{uuid.uuid4().hex[:8]}".upper()
    observation = {"code": mark, "value": 1, "unit": "1", "ageDays": 1}
    ask(table, HEALTH, drug(table, "99012"), facts={"patient": {"observations": [observation]}})
    for store in table.exchange.databases.stores.values():
        with store.read() as rows:
            tables = rows.exec_driver_sql(
                "select name from sqlite_master where type = 'table'"
            ).scalars()
            if "health_evaluation" in set(tables):
                kept = rows.exec_driver_sql("select told, overridden from health_evaluation").all()
                assert kept
                assert mark not in str(kept)
