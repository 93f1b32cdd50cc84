"""Questions to rule services: rules of one insurer, two covers, overridden warnings, trials."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue
from suites import journeys_rules as rules
from suites.journeys import OFFICE, VISIT
from suites.journeys_health import WARNED
from suites.journeys_rules import Asked, drug, override, question, service

OK = 200
_VILLAGER = question(
    service(VISIT, overrides=[override("N04A")]), drug("99001", 600), person="P08", insurer="2"
)
"""Somebody of the rural fund, without a referral."""
_OVERLAP = question(service(VISIT), person="P13")
"""Somebody of the rural fund who also has social security."""


def _asked(
    sut: Sut, data: SyntheticData, asked: Asked, operation: str, name: str = "insurance_rules"
) -> Message:
    body = rules.body_of(data, asked, rules.visit(sut, data, asked.setting))
    return Message(operation, name, OFFICE, OK, body=body)


@message_builder("insurance_rules.rural_visit")
def rural_visit(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for a visit of a rural insured person without a referral: a rule of insurer 2."""
    asked = question(service("992101"), person="P08", insurer="2")
    return _asked(sut, data, asked, "evaluateRules")


@message_builder("insurance_rules.two_covers")
def two_covers(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for a medicine of somebody whom two insurers cover."""
    asked = question(drug("99012"), person="P11", insurer="2")
    return _asked(sut, data, asked, "evaluateRules")


def _overridden() -> Asked:
    return question(drug("99097", 1, overrides=[override("N18A")]))


@message_builder("insurance_rules.overridden")
def overridden(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for a medicine that needs an approval, the warning overridden with a reason."""
    return _asked(sut, data, _overridden(), "evaluateRules")


@message_builder("insurance_rules.unified_overridden")
def unified_overridden(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask the same of the single rule service."""
    return _asked(sut, data, _overridden(), "evaluateUnified")


@message_builder("health_rules.overridden")
def health_overridden(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Ask for two medicines that need care together, the warning overridden at both."""
    items = (drug(code, overrides=[override("D02")]) for code in WARNED)
    return _asked(sut, data, question(*items), "evaluateHealthRules", "health_rules")


@message_builder("insurance_rules.trial_warning")
def trial_warning(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Try the rule of this warning on the same question."""
    request = _asked(sut, data, _overridden(), "evaluateTrial").body
    body = {"ruleId": "N18A", "request": request}
    return Message("evaluateTrial", "insurance_rules", OFFICE, OK, body=body)


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


def _trial(sut: Sut, data: SyntheticData, asked: Asked, rule: str) -> Message:
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
