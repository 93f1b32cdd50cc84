"""The rule bank as the secretariat sees it: read, tried, audited (8-6 note 3)."""

from __future__ import annotations

from reference_impl.clients.visit import jalali_month
from reference_impl.tour.acts import expect, one_medicine
from reference_impl.tour.chapters.prescribing import question
from reference_impl.tour.stage import Stage
from reference_impl.tour.writing import hid, identifier, reason

BANK = "/insurance_rules/v1"


def tell(stage: Stage) -> None:
    """Tell reading, trial and audit of rules, and the two kinds of rule services."""
    office = stage.at("office-1", "dr01")
    insurance = office.ask(f"{BANK}/rules")["rules"]
    clinical = office.ask("/health_rules/v1/rules")["rules"]
    office.tell(
        "1", "8-6", f"{len(insurance)} قاعدهٔ بیمه و {len(clinical)} قاعدهٔ سلامت خوانده شد.",
        f"{len(insurance)} insurance and {len(clinical)} health rules are read as data.",
    )  # fmt: skip
    who = identifier(stage, "P29")
    visit = hid(office, who, "1")
    asked = question(office, who, visit, one_medicine(stage, 30, "99025"), "pre_prescription")
    tried = office.ask(f"{BANK}/rules/trials", {"ruleId": "N15A", "request": asked})
    expect((tried["trial"], tried["outcome"]), (True, "rejected"), "a trial")
    office.tell("2", "8-6", "یک قاعده بی‌اثر آزموده شد.", "One rule is tried; it leaves no trace.")
    costly = one_medicine(stage, 1, "99097")
    costly[0]["overrides"] = [{"ruleId": "N18A", "reason": reason("NO_ALTERNATIVE")}]
    warned = office.ask(
        f"{BANK}/evaluations", question(office, who, visit, costly, "pre_prescription")
    )
    expect(warned["outcome"], "warning", "an override")
    month = jalali_month(office.counter.now())
    audit = {one["ruleId"]: one for one in office.ask(f"{BANK}/audits/{month}")["rules"]}
    told = audit["N18A"]
    expect(told["overrides"] >= 1, True, "the audit")
    office.tell(
        "3", "8-6",
        f"ممیزی {month}: قاعدهٔ N18A {told['hits']} بار گفت، {told['overrides']} بار با دلیل رد شد.",
        f"Audit {month}: N18A spoke {told['hits']} times, overridden {told['overrides']} times.",
    )  # fmt: skip
