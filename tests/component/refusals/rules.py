"""Rule services: positions, overrides, tracking ids, sources."""

from __future__ import annotations

from typing import Any

from tests.component.refusals.desk import Act, Area, Desk
from tests.component.rule_desk import INSURANCE, TRIALS, UNIFIED, ask, drug, override, question
from tests.component.test_rules_unified import FORBIDDEN, PAIR

AREA = Area("rules")


@AREA.refused("RULE_UNKNOWN")
def a_rule_that_is_not_in_the_bank(desk: Desk) -> Act:
    return lambda: desk.call("GET", "/insurance_rules/v1/rules/N99Z")


@AREA.refused("RULE_POSITION_INVALID")
def a_rule_tried_at_another_position(desk: Desk) -> Act:
    body = {"ruleId": "N06", "request": question(desk, drug(desk, "99012"))}
    return lambda: desk.call("POST", TRIALS, body=body)


def _overridden(desk: Desk, pair: tuple[str, str], rule: str, reason: str) -> Act:
    first = {**drug(desk, pair[0]), "overrides": [override(desk, rule, reason)]}
    body = question(desk, first, drug(desk, pair[1]))
    return lambda: desk.call("POST", UNIFIED, body=body)


@AREA.refused("OVERRIDE_NOT_ALLOWED")
def a_rejection_overridden(desk: Desk) -> Act:
    return _overridden(desk, FORBIDDEN, "D01A", "PATIENT_INFORMED")


@AREA.refused("OVERRIDE_REASON_INVALID")
def a_warning_overridden_without_a_reason_for_it(desk: Desk) -> Act:
    return _overridden(desk, PAIR, "D02", "WRONG_ITEM")


@AREA.refused("RULE_SOURCE_UNAVAILABLE")
def a_question_while_the_clinical_rules_are_away(desk: Desk) -> Act:
    body = question(desk, drug(desk, "99012"))
    desk.without("health_rules")
    return lambda: desk.call("POST", UNIFIED, body=body)


def _use(desk: Desk, tracking: str) -> Act:
    body: Any = {"documentId": desk.ids.uuid()}
    target = f"/insurance_rules/v1/tracking-ids/{tracking}/uses"
    return lambda: desk.call("POST", target, body=body)


@AREA.refused("TRACKING_ID_UNKNOWN")
def an_approval_nobody_gave(desk: Desk) -> Act:
    return _use(desk, "0" * 20)


@AREA.refused("TRACKING_ID_EXPIRED")
def an_approval_of_the_day_before(desk: Desk) -> Act:
    tracking = ask(desk, INSURANCE, drug(desk, "99012"))["wholeTrackingId"]
    desk.later(days=2)
    return _use(desk, tracking)
