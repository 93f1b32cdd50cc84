"""The single rule service: both kinds of rules in one answer, what each may close. [RUL-006]."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Bench, bench
from tests.component.rule_desk import (
    INSURANCE,
    UNIFIED,
    ask,
    counts,
    drug,
    month,
    override,
    post,
    question,
    said,
    stranger,
    used,
)

PAIR = ("99023", "99007")  # warfarin, acetylsalicylic acid: D02, a warning
FORBIDDEN = ("99023", "99042")  # warfarin, ibuprofen: D01A, a rejection


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


@pytest.mark.parametrize("position", ["pre_prescription", "pre_service"])
def test_both_kinds_of_rules_speak_before_prescribing_and_before_service(
    table: Bench, position: str
) -> None:
    answer = ask(table, UNIFIED, *(drug(table, one) for one in PAIR), position=position)
    sources = {(m["ruleId"], m["source"]) for one in answer["items"] for m in one["messages"]}
    assert {("D02", "health"), ("N01A", "insurance")} <= sources
    assert [(one["source"], one["outcome"]) for one in answer["parts"]] == [
        ("insurance", "approved"),
        ("health", "warning"),
    ]
    assert answer["outcome"] == "warning"


def test_after_service_insurance_speaks_alone(table: Bench) -> None:
    pair = (drug(table, one) for one in PAIR)
    answer = ask(table, UNIFIED, *pair, position="post_service")
    assert [one["source"] for one in answer["parts"]] == ["insurance"]
    assert all(said(one) == [] for one in answer["items"])


def test_every_payer_has_a_part(table: Bench) -> None:
    answer = ask(table, UNIFIED, drug(table, "99012"), person="P26")
    payers = [(one["source"], one.get("insurer")) for one in answer["parts"]]
    assert payers == [("insurance", "1"), ("complementary", "90"), ("health", None)]


def test_ids_only_when_both_approve(table: Bench) -> None:
    answer = ask(table, UNIFIED, *(drug(table, one) for one in (*PAIR, "99012")))
    assert ["trackingId" in one for one in answer["items"]] == [False, False, True]
    assert "wholeTrackingId" not in answer
    whole = ask(table, UNIFIED, drug(table, "99012"), drug(table, "99015"))
    assert (whole["outcome"], "wholeTrackingId" in whole) == ("approved", True)


def test_overriding_both_kinds_opens_the_whole_id(table: Bench) -> None:
    costly = {**drug(table, "99097", 1), "overrides": [override(table, "N18A")]}
    pair = [{**drug(table, one), "overrides": [override(table, "D02")]} for one in PAIR]
    answer = ask(table, UNIFIED, costly, *pair)
    assert (answer["outcome"], "wholeTrackingId" in answer) == ("warning", True)
    half = ask(table, UNIFIED, costly, pair[0], drug(table, PAIR[1]))
    assert "wholeTrackingId" not in half


def test_a_clinical_rejection_closes_the_item_an_insurers_only_its_path(table: Bench) -> None:
    items = [drug(table, one) for one in (*FORBIDDEN, "99025", "99012")]
    answer = ask(table, UNIFIED, *items)
    paths = [one["path"] for one in answer["items"]]
    assert paths == ["closed", "closed", "closed", "insured"]  # 99025: D06 with warfarin
    alone = ask(table, UNIFIED, drug(table, "99025"))["items"][0]
    assert (alone["outcome"], alone["path"]) == ("rejected", "self_pay")


@pytest.mark.parametrize(
    ("items", "rule", "reason", "code"),
    [
        (FORBIDDEN, "D01A", "PATIENT_INFORMED", "OVERRIDE_NOT_ALLOWED"),
        (PAIR, "D02", "WRONG_ITEM", "OVERRIDE_REASON_INVALID"),
    ],
)
def test_refused_overrides_of_health_rules_come_through(
    table: Bench, items: tuple[str, str], rule: str, reason: str, code: str
) -> None:
    first = {**drug(table, items[0]), "overrides": [override(table, rule, reason)]}
    refused = post(table, UNIFIED, first, drug(table, items[1]))
    assert (refused.status, refused.code) == (422, code)
    assert refused.json["errors"][0]["pointer"].startswith("/items/0/overrides/0/")


def test_without_the_health_rules_there_is_no_verdict_and_no_trace(fresh: Bench) -> None:
    body, key = question(fresh, drug(fresh, "99012")), fresh.ids.token()
    services = fresh.exchange.services
    health = services.pop("health_rules")
    refused = fresh.call("POST", UNIFIED, body=body, key=key)
    assert (refused.status, refused.code) == (503, "RULE_SOURCE_UNAVAILABLE")
    assert refused.json["retryable"]
    assert counts(fresh, month(fresh)) == {}
    services["health_rules"] = health
    assert fresh.call("POST", UNIFIED, body=body, key=key).json["outcome"] == "approved"


def test_amounts_are_those_of_the_insurance_rules(table: Bench) -> None:
    hid, asked = table.hid(), drug(table, "99057", 60, unitPrice=15_000)
    more: dict[str, Any] = {"position": "pre_service", "hid": hid}
    assert (
        ask(table, UNIFIED, asked, **more)["cost"] == ask(table, INSURANCE, asked, **more)["cost"]
    )


def test_given_medicines_are_still_taken_until_their_days_are_over(fresh: Bench) -> None:
    warfarin = drug(fresh, "99023", durationDays=20)
    given = ask(fresh, UNIFIED, warfarin, position="pre_service")
    assert used(fresh, given["wholeTrackingId"]).json["entries"] == 1
    later = ask(fresh, UNIFIED, drug(fresh, "99042"))
    assert (said(later["items"][0]), later["items"][0]["path"]) == (["D01A"], "closed")
    other = ask(fresh, UNIFIED, drug(fresh, "99042"), person="P02", insurer="2")
    assert said(other["items"][0]) == []


def test_refusals(table: Bench) -> None:
    def code(**change: Any) -> str | None:
        body = {**question(table, drug(table, "99012")), **change}
        return table.call("POST", UNIFIED, body=body).code

    item = {"itemId": "1", **drug(table, "99012")}
    assert code(items=[{**item, "code": {**item["code"], "code": "99899"}}]) == "CODE_UNKNOWN"
    assert code(hid="1W2AZVAKQZ") == "HID_INVALID"
    assert code(hid=table.hid("P02", "2")) == "HID_PATIENT_MISMATCH"
    assert code(prescriber={"councilKind": "MD", "councilNumber": "999999"}) == "PRESCRIBER_UNKNOWN"
    assert code(patient={"type": "NC", "value": "9900000000"}) == "PATIENT_IDENTIFIER_INVALID"
    assert code(patient=stranger(table)) == "PATIENT_UNKNOWN"


def test_a_refusal_leaves_no_trace(fresh: Bench) -> None:
    body = question(fresh, drug(fresh, "99025"))
    for wrong in ({"hid": "1W2AZVAKQZ"}, {"patient": stranger(fresh)}):
        for target in (INSURANCE, UNIFIED):
            assert fresh.call("POST", target, body={**body, **wrong}).status == 422
    refused = post(fresh, UNIFIED, drug(fresh, "99025", overrides=[override(fresh, "N15A")]))
    assert refused.code == "OVERRIDE_NOT_ALLOWED"
    assert counts(fresh, month(fresh)) == {}
