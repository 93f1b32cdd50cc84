"""Questions to rule services: a rule of one insurer, two covers, overridden warnings."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import journeys_rules as rules
from suites.journeys import OFFICE
from suites.journeys_health import WARNED
from suites.journeys_rules import Asked, drug, override, question, service

OK = 200


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


@message_builder("insurance_rules.trial_overridden")
def trial_overridden(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Try the rule of this warning on the same question."""
    request = _asked(sut, data, _overridden(), "evaluateTrial").body
    body = {"ruleId": "N18A", "request": request}
    return Message("evaluateTrial", "insurance_rules", OFFICE, OK, body=body)
