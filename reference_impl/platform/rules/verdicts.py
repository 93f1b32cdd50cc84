"""From hits to the verdict on each item: strongest outcome, overrides with coded reasons, texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.platform.codes import CodeBook, CodeRefused, display_matches
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rules.bank import Hit
from reference_impl.platform.rules.facts import OVERRIDE_REASONS, REASONS

ORDER = ("approved", "advice", "warning", "rejected")
_OUTCOME_OF = {
    "calculation": "approved",
    "advice": "advice",
    "proposal": "warning",
    "warning": "warning",
    "reject": "rejected",
}


@dataclass(frozen=True, slots=True)
class Leniency:
    """What is let pass. Anything but the defaults is a seeded mistake of a vendor."""

    any_reason: bool = False
    rejections: bool = False
    first_hit_decides: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """One item after all rules; `reasons` are those of overridden rules by rule id."""

    item_id: str
    outcome: str
    hits: tuple[Hit, ...]
    reasons: Mapping[str, str]

    @property
    def approved(self) -> bool:
        """Whether the item is approved, so that a tracking id is issued. [ERX-9-1-4-D]."""
        return self.outcome in {"approved", "advice"}

    @property
    def settled(self) -> bool:
        """Whether it is approved, or every objection was overridden by the signer. [RUL-006]."""
        objections = [h for h in self.hits if _OUTCOME_OF[h.rule.kind] in {"warning", "rejected"}]
        return self.approved or all(h.rule.id in self.reasons for h in objections)

    @property
    def proposed_quantity(self) -> int | None:
        """The quantity a proposal offers, the smallest one when there are several."""
        offered = [int(h.proposed) for h in self.hits if h.rule.kind == "proposal"]
        return min(offered, default=None)


def worst(outcomes: Iterable[str]) -> str:
    """Return the outcome that weighs most, `approved` when nothing was said. [RUL-056]."""
    return max(outcomes, key=ORDER.index, default="approved")


def hits_of(hits: Sequence[Hit], index: int) -> tuple[Hit, ...]:
    """Return what was said of one item; what is said of the whole concerns every item."""
    return tuple(one for one in hits if one.item in {None, index})


class Judge:
    """Forms verdicts; knows the coded reasons with which a warning may be overridden."""

    def __init__(self, book: CodeBook, leniency: Leniency | None = None) -> None:
        self.book = book
        self.leniency = leniency or Leniency()

    def verdicts(
        self, items: Sequence[Mapping[str, Any]], hits: Sequence[Hit], day: date, root: str = ""
    ) -> list[Verdict]:
        """Return the verdict on each asked item.

        Raises Refusal OVERRIDE_REASON_INVALID or OVERRIDE_NOT_ALLOWED. An override of a rule that
        does not speak has no effect.
        """
        return [
            self._verdict(item, hits_of(hits, index), day, f"{root}/items/{index}")
            for index, item in enumerate(items)
        ]

    def _verdict(
        self, item: Mapping[str, Any], hits: tuple[Hit, ...], day: date, pointer: str
    ) -> Verdict:
        spoken = {one.rule.id: one for one in hits}
        reasons: dict[str, str] = {}
        for place, override in enumerate(item.get("overrides", ())):
            where = f"{pointer}/overrides/{place}"
            self._check_reason(override["reason"], day, f"{where}/reason/code")
            hit = spoken.get(override["ruleId"])
            if hit is None or hit.rule.kind in {"advice", "calculation"}:
                continue
            if not hit.rule.overridable and not self.leniency.rejections:
                raise Refusal(
                    "OVERRIDE_NOT_ALLOWED",
                    pointer=f"{where}/ruleId",
                    item_ref=item["itemId"],
                    rule_id=hit.rule.id,
                )
            reasons[hit.rule.id] = override["reason"]["code"]
        outcomes = [_OUTCOME_OF[one.rule.kind] for one in hits]
        deciding = outcomes[:1] if self.leniency.first_hit_decides else outcomes
        return Verdict(item["itemId"], worst(deciding), hits, reasons)

    def _check_reason(self, reason: Mapping[str, Any], day: date, pointer: str) -> None:
        if self.leniency.any_reason:
            return
        try:
            concept = self.book.find(REASONS, reason["code"], day)
        except CodeRefused as refused:
            raise Refusal("OVERRIDE_REASON_INVALID", pointer=pointer) from refused
        fits = reason["system"] == REASONS and display_matches(concept, reason["display"])
        if not fits or concept.properties["group"] != OVERRIDE_REASONS:
            raise Refusal("OVERRIDE_REASON_INVALID", pointer=pointer)


def message(hit: Hit, verdict: Verdict, source: str) -> dict[str, Any]:
    """Return what a rule says of an item as the wire shows it."""
    rule = hit.rule
    shown: dict[str, Any] = {
        "ruleId": rule.id,
        "kind": rule.kind,
        "messageFa": rule.text["fa"],
        "messageEn": rule.text["en"],
        "itemId": verdict.item_id,
        "source": source,
    }
    if rule.insurers is not None and len(rule.insurers) == 1:
        shown["insurer"] = min(rule.insurers)
    if rule.kind == "warning":
        shown["overridable"] = rule.overridable
    if rule.id in verdict.reasons:
        shown["overridden"] = True
    return shown | {name: rule.outcome[name] for name in ("keep", "drop") if name in rule.outcome}


def rule_text(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of the bank as the secretariat reads it."""
    shown = {
        "ruleId": row["id"],
        "positions": list(row["positions"]),
        "kind": row["outcome"]["kind"],
        "textEn": row["en"],
        "textFa": row["fa"],
        "validFrom": str(row["validFrom"]),
        "source": row["source"],
        "scope": row.get("scope", "item"),
        "overridable": bool(row.get("overridable", False)),
        "condition": row["when"],
    }
    if "validUntil" in row:
        shown["validUntil"] = str(row["validUntil"])
    if "insurers" in row:
        shown["insurers"] = list(row["insurers"])
    return shown
