"""Every seeded fault of the rule services shows on the wire, and only while it is switched on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.health_rules_points import HEALTH_RULES_POINTS
from reference_impl.faults.insurance_rules_points import INSURANCE_RULES_POINTS
from tests.component.bench import Bench, bench
from tests.component.rule_desk import (
    HEALTH,
    INSURANCE,
    TRIALS,
    UNIFIED,
    ask,
    counts,
    drug,
    month,
    override,
    post,
    question,
    said,
    service,
    used,
)

Probe = Callable[[Bench], Any]
WARNED = ("99023", "99007")
FORBIDDEN = ("99023", "99042")
EGFR = {"code": "EGFR", "unit": "mL/min/{1.73_m2}", "value": 20, "ageDays": 5}


def rules(target: str, make: Callable[[Bench], list[Any]], **more: Any) -> Probe:
    """Ask and look at the rules that speak of each item."""

    def probe(table: Bench) -> Any:
        answer = ask(table, target, *make(table), **more)
        return [(said(one), one["outcome"]) for one in answer["items"]]

    return probe


def drugs(*codes: str, **more: Any) -> Callable[[Bench], list[Any]]:
    return lambda table: [drug(table, code, **more) for code in codes]


def services(code: str, quantity: int = 1) -> Callable[[Bench], list[Any]]:
    return lambda table: [service(table, code, quantity)]


def share(code: str, price: int, person: str = "P01", quantity: int = 1) -> Probe:
    def probe(table: Bench) -> Any:
        asked = drug(table, code, quantity, unitPrice=price)
        return ask(table, INSURANCE, asked, person=person, position="pre_service")["cost"]

    return probe


def ids(target: str, *codes: str, overridden: str | None = None) -> Probe:
    """Look at which ids are given; `overridden` is a warning that is overridden on all items."""

    def probe(table: Bench) -> Any:
        more = {"overrides": [override(table, overridden)]} if overridden else {}
        answer = ask(table, target, *(drug(table, code, 1, **more) for code in codes))
        return ["trackingId" in one for one in answer["items"]], sorted(answer)

    return probe


def refused(target: str, rule: str, reason: str, *codes: str) -> Probe:
    def probe(table: Bench) -> Any:
        items = [drug(table, code, 1, overrides=[override(table, rule, reason)]) for code in codes]
        return post(table, target, *items).code

    return probe


def life(table: Bench) -> Any:
    answer = ask(table, INSURANCE, drug(table, "99012"))
    until = datetime.fromisoformat(answer["items"][0]["trackingIdExpiresAt"])
    return round((until - table.clock.now()) / timedelta(hours=1))


def read_id(table: Bench) -> Any:
    tracking = ask(table, INSURANCE, drug(table, "99012"))["items"][0]["trackingId"]
    return table.call("GET", f"/insurance_rules/v1/tracking-ids/{tracking}").json["itemId"]


def override_counted(table: Bench) -> Any:
    before = counts(table, month(table)).get("N18A", (0, 0))[1]
    ask(table, INSURANCE, drug(table, "99097", 1, overrides=[override(table, "N18A")]))
    return counts(table, month(table))["N18A"][1] - before


def trial_counted(table: Bench) -> Any:
    before = counts(table, month(table)).get("N15B", (0, 0))[0]
    body = {"ruleId": "N15B", "request": question(table, drug(table, "99049", 1))}
    assert table.call("POST", TRIALS, body=body).status == 200
    return counts(table, month(table)).get("N15B", (0, 0))[0] - before


def other_month(table: Bench) -> Any:
    ask(table, INSURANCE, drug(table, "99012"))
    return counts(table, "1404-01")


def without_health(table: Bench) -> Any:
    health = table.exchange.services.pop("health_rules")
    try:
        return post(table, UNIFIED, drug(table, "99012")).code
    finally:
        table.exchange.services["health_rules"] = health


def still_taken(table: Bench) -> Any:
    given = ask(table, UNIFIED, drug(table, "99023"), person="P19", position="pre_service")
    used(table, given["wholeTrackingId"])
    later = ask(table, UNIFIED, drug(table, "99042"), person="P19")
    return said(later["items"][0])


def reported_twice(table: Bench) -> Any:
    answer = ask(table, INSURANCE, drug(table, "99012"), person="P21", position="pre_service")
    document = str(uuid.uuid4())
    used(table, answer["items"][0]["trackingId"], document)
    return used(table, answer["wholeTrackingId"], document).json["entries"]


def visit_elsewhere(table: Bench) -> Any:
    visit = service(table, "992101")
    used(table, ask(table, INSURANCE, visit, person="P32")["wholeTrackingId"])
    elsewhere = ask(table, INSURANCE, visit, person="P32", place="hospital-1")
    return "N08" in said(elsewhere["items"][0])


def trial_price(table: Bench) -> Any:
    asked = question(table, drug(table, "99012", 60), drug(table, "99001", 30))
    return table.call("POST", TRIALS, body={"ruleId": "N01A", "request": asked}).json["cost"]


def cover_to_keep(table: Bench) -> Any:
    answer = ask(table, INSURANCE, service(table, "992101"), person="P13")
    return [one["keep"] for one in answer["items"][0]["messages"] if "drop" in one]


def hba1c(days: int) -> dict[str, Any]:
    return {"history": [{"code": "991120", "kind": "laboratory", "daysAgo": days}] * 4}


def told(target: str, member: str, make: Callable[[Bench], list[Any]], **more: Any) -> Probe:
    """Look at a member of all messages of an answer."""

    def probe(table: Bench) -> Any:
        items = ask(table, target, *make(table), **more)["items"]
        return [one.get(member) for item in items for one in item["messages"]]

    return probe


INSURANCE_PROBES: dict[str, Probe] = {
    "message.other_insurer": told(
        INSURANCE, "insurer", services("992101"), person="P08", insurer="2"
    ),
    "position.rules_everywhere": rules(
        INSURANCE, drugs("99012", quantity=121), position="pre_service"
    ),
    "limit.boundary_included": rules(INSURANCE, services("992110", 10)),
    "count.last_day_forgotten": rules(INSURANCE, services("991120"), facts=hba1c(365)),
    "history.ignored": rules(INSURANCE, services("991120"), facts=hba1c(1)),
    "age.ignored": rules(INSURANCE, services("991300"), person="P16", insurer="37"),
    "prescriber.standing_ignored": rules(INSURANCE, drugs("99012"), doctor="dr11"),
    "prescriber.specialty_of_caller": rules(INSURANCE, drugs("99025"), doctor="dr02"),
    "hid.verdict_ignored": rules(
        INSURANCE, services("992101"), position="pre_service", place="hospital-1"
    ),
    "cover.overlap_untold": rules(INSURANCE, drugs("99012"), person="P11", insurer="2"),
    "insurer.own_rules_ignored": rules(INSURANCE, services("992101"), person="P08", insurer="2"),
    "outcome.first_hit_decides": rules(INSURANCE, drugs("99025", quantity=1000)),
    "cost.half_rial_cut_off": share("99041", 335),
    "cost.reference_price_ignored": share("99057", 15_000),
    "cost.special_share_ignored": share("99057", 12_000, "P25"),
    "cost.proposed_as_calculated": lambda t: ask(t, INSURANCE, drug(t, "99012"))["costKind"],
    "proposal.untold": lambda t: [
        sorted(one) for one in ask(t, INSURANCE, service(t, "992110", 100))["items"]
    ],
    "cost.quantity_ignored": share("99057", 12_000, quantity=5),
    "tracking.item_id_for_rejected": ids(INSURANCE, "99025"),
    "tracking.whole_despite_warning": ids(INSURANCE, "99097"),
    "tracking.never_expires": life,
    "tracking.one_hour": life,
    "tracking.item_id_as_whole": read_id,
    "override.any_reason": refused(INSURANCE, "N18A", "WRONG_ITEM", "99097"),
    "override.rejection_allowed": refused(INSURANCE, "N15A", "PATIENT_INFORMED", "99025"),
    "override.without_effect": ids(INSURANCE, "99097", overridden="N18A"),
    "override.not_recorded": override_counted,
    "unified.complementary_left_out": lambda t: [
        one["source"] for one in ask(t, UNIFIED, drug(t, "99012"), person="P26")["parts"]
    ],
    "unified.health_ignored": rules(UNIFIED, drugs(*WARNED)),
    "unified.silent_without_health": without_health,
    "unified.ledger_not_told": still_taken,
    "ledger.counts_repeats": reported_twice,
    "ledger.visits_of_any_centre": visit_elsewhere,
    "trial.counted": trial_counted,
    "audit.all_months": other_month,
    "trial.price_of_first": trial_price,
    "message.covers_swapped": cover_to_keep,
}


def active(*codes: str, ended: bool = False) -> Callable[[Bench], dict[str, Any]]:
    return lambda table: {"active": [{"code": table.drug(one), "ended": ended} for one in codes]}


def health(
    make: Callable[[Bench], list[Any]],
    facts: Callable[[Bench], dict[str, Any]] | None = None,
    **more: Any,
) -> Probe:
    def probe(table: Bench) -> Any:
        stated = {"facts": facts(table)} if facts else {}
        answer = post(table, HEALTH, *make(table), **stated, **more)
        shown = [(said(one), one["outcome"]) for one in answer.json.get("items", ())]
        return answer.code, shown, answer.json.get("outcome"), "trackingId" in answer.json

    return probe


def patient(**stated: Any) -> Callable[[Bench], dict[str, Any]]:
    return lambda _table: {"patient": stated}


def misnamed(table: Bench) -> Any:
    item = drug(table, "99012")
    return post(table, HEALTH, {**item, "code": {**item["code"], "display": "aspirin"}}).code


METFORMIN = drugs("99001", dailyMg=500)

HEALTH_PROBES: dict[str, Probe] = {
    "message.final": told(HEALTH, "overridable", drugs(*WARNED)),
    "interaction.active_ignored": health(drugs("99042"), active("99023")),
    "interaction.ended_counts": health(drugs("99042"), active("99023", ended=True)),
    "interaction.one_way": health(drugs(*WARNED)),
    "duplicate.of_itself": health(drugs("99012")),
    "allergy.ignored": health(drugs("99032"), patient(allergies=["penicillin"])),
    "condition.stated_ignored": health(drugs("99017"), patient(conditions=["J45.9"])),
    "age.ignored": health(drugs("99045"), person="P05"),
    "sex.ignored": health(drugs("99059"), person="P10", insurer="3"),
    "code.text_ignored": misnamed,
    "limit.boundary_included": health(drugs("99045", dailyMg=400)),
    "missing.counts_as_different": health(drugs("99057")),
    "measurement.oldest_taken": health(
        METFORMIN, patient(observations=[{**EGFR, "ageDays": 60}, {**EGFR, "value": 80}])
    ),
    "measurement.stale_taken": health(METFORMIN, patient(observations=[{**EGFR, "ageDays": 91}])),
    "measurement.unit_ignored": health(METFORMIN, patient(observations=[{**EGFR, "unit": "mg"}])),
    "dose.per_item": health(drugs("99045", "99045", dailyMg=250)),
    "outcome.first_hit_decides": health(
        drugs(*WARNED), patient(conditions=["Z34.9"]), person="P04"
    ),
    "override.any_reason": refused(HEALTH, "D02", "WRONG_ITEM", *WARNED),
    "override.rejection_allowed": refused(HEALTH, "D01A", "PATIENT_INFORMED", *FORBIDDEN),
    "tracking.despite_warning": health(drugs(*WARNED)),
    "bank.outdated": lambda t: len(t.call("GET", "/health_rules/v1/rules").json["rules"]),
    "position.after_service_answered": health(drugs("99012"), position="post_service"),
    "position.silent_before_service": health(drugs(*WARNED), position="pre_service"),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture(scope="module")
def healthy(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


PROBES = {
    **{f"insurance_rules.{name}": probe for name, probe in INSURANCE_PROBES.items()},
    **{f"health_rules.{name}": probe for name, probe in HEALTH_PROBES.items()},
}


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, healthy: Bench, state: Path) -> None:
    faulty = bench(state, point)
    try:
        assert PROBES[point](healthy) != PROBES[point](faulty)
    finally:
        faulty.close()


def test_every_fault_of_the_rule_services_has_a_probe() -> None:
    assert set(PROBES) == {one.name for one in (*INSURANCE_RULES_POINTS, *HEALTH_RULES_POINTS)}
