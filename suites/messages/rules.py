"""Questions to the rules that need a HID of another person or insurer than most."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue
from suites import journeys_rules as rules
from suites.journeys import OFFICE, VISIT
from suites.journeys_rules import drug, override, question, service

_VILLAGER = question(
    service(VISIT, overrides=[override("N04A")]), drug("99001", 600), person="P08", insurer="2"
)
"""Somebody of the rural fund, without a referral."""
_OVERLAP = question(service(VISIT), person="P13")
"""Somebody of the rural fund who also has social security."""


def _asked(sut: Sut, data: SyntheticData, asked: rules.Asked, operation: str) -> Message:
    body = rules.body_of(data, asked, rules.visit(sut, data, asked.setting))
    return Message(operation, "insurance_rules", OFFICE, 200, body=body)


@message_builder("insurance_rules.villager")
def villager(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for all verdicts on a visit without referral and too much of a medicine."""
    return _asked(sut, data, _VILLAGER, "evaluateUnified")


@message_builder("insurance_rules.overlap")
def overlap(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for all verdicts on a visit of somebody with two covers."""
    return _asked(sut, data, _OVERLAP, "evaluateUnified")


@message_builder("insurance_rules.unified_visit")
def unified_visit(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for all verdicts on a visit, against which nobody has anything."""
    return _asked(sut, data, question(service(VISIT), person="P27"), "evaluateUnified")


def _trial(sut: Sut, data: SyntheticData, asked: rules.Asked, rule: str) -> Message:
    message = _asked(sut, data, asked, "evaluateTrial")
    body: dict[str, JsonValue] = {"ruleId": rule, "request": message.body}
    return message.changed(body=body)


@message_builder("insurance_rules.trial_overridden")
def trial_overridden(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Try the rule of one insurer that the prescriber overrode."""
    return _trial(sut, data, _VILLAGER, "N04A")


@message_builder("insurance_rules.trial_overlap")
def trial_overlap(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Try the rule that says which of two covers is kept."""
    return _trial(sut, data, _OVERLAP, "N23A")


@message_builder("insurance_rules.trial_price")
def trial_price(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Try the rule that splits, on a medicine with a stated price and one without."""
    stated = drug("99012", 60, unitPrice=data.product("99012").reference_price)
    return _trial(sut, data, question(stated, drug("99001", 30)), "N01A")
