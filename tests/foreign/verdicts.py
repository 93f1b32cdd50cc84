"""From what rules said to the answer: messages, outcomes, overrides, amounts, ids."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tests.foreign.conditions import Hit, Json
from tests.foreign.facts import Question
from tests.foreign.published import REASONS, Pack, Refused

STRENGTH = ("approved", "advice", "warning", "rejected")
OUTCOME = {"advice": "advice", "proposal": "warning", "warning": "warning", "reject": "rejected"}
Issue = Callable[[str, str | None], tuple[str, str]]


@dataclass(frozen=True)
class Leniency:
    """What a vendor may get wrong in here."""

    rounds_down: bool = False
    ids_for_all: bool = False
    overrides_rejections: bool = False


def strongest(outcomes: Iterable[str]) -> str:
    return max(outcomes, key=STRENGTH.index, default="approved")


def amounts(item: Mapping[str, Json], hits: Sequence[Hit], how: Leniency) -> dict[str, int] | None:
    """Return what an item costs, None without a price. [insurance-examples.yaml, head]."""
    price = item.get("unitPrice")
    if price is None:
        return None
    said = [one.rule["outcome"] for one in hits if one.kind == "calculation"]
    shares = sorted(
        (one for one in said if "patientPercent" in one), key=lambda one: int(one["rank"])
    )
    percent = shares[-1]["patientPercent"] if shares else 100
    unit = price
    if any(one.get("basis") == "tariff" for one in said):
        unit = min(price, item["tariff"])
    total, basis = price * item["quantity"], unit * item["quantity"]
    patient = (basis * percent + (0 if how.rounds_down else 50)) // 100 + total - basis
    return {"total": total, "insurerShare": total - patient, "patientShare": patient}


def overridden(  # noqa: PLR0917 - what an override is judged by
    pack: Pack, question: Question, index: int, hits: Sequence[Hit], root: str, how: Leniency
) -> set[str]:
    """Return the rules whose message the signer overrode at an item; raises Refused."""
    taken: set[str] = set()
    kinds = {one.rule["id"]: one for one in hits}
    for number, one in enumerate(question.asked["items"][index].get("overrides", ())):
        place = f"{root}/items/{index}/overrides/{number}"
        _reason(pack, one["reason"], question.today, f"{place}/reason")
        hit = kinds.get(one["ruleId"])
        if hit is None:
            continue
        if not hit.rule.get("overridable") and not how.overrides_rejections:
            raise Refused("OVERRIDE_NOT_ALLOWED", (f"{place}/ruleId", "cannot be overridden"))
        taken.add(one["ruleId"])
    return taken


def _reason(pack: Pack, reason: Mapping[str, str], today: date, place: str) -> None:
    known = reason["system"] == REASONS
    try:
        row = pack.concept(reason, today, place) if known else {}
    except Refused:
        row = {}
    if row.get("group") != "override":
        raise Refused("OVERRIDE_REASON_INVALID", (f"{place}/code", "no reason of this group"))


def message(hit: Hit, item_id: str, question: Question, taken: set[str]) -> dict[str, Json]:
    rule = hit.rule
    shown: dict[str, Json] = {
        "ruleId": rule["id"],
        "kind": hit.kind,
        "messageFa": rule["fa"],
        "messageEn": rule["en"],
        "itemId": item_id,
        "source": "insurance",
    }
    if "insurers" in rule and question.insurer is not None:
        shown["insurer"] = question.insurer
    if rule.get("overridable"):
        shown |= {"overridable": True, "overridden": rule["id"] in taken}
    return shown | {
        name: rule["outcome"][name] for name in ("keep", "drop") if name in rule["outcome"]
    }


@dataclass(frozen=True)
class Judged:
    """One item with everything said of it."""

    item_id: str
    hits: Sequence[Hit]
    taken: set[str]
    cost: dict[str, int] | None
    has_price: bool
    health: Mapping[str, Json]

    @property
    def insurance(self) -> str:
        return strongest(OUTCOME[one.kind] for one in self.hits if one.kind in OUTCOME)

    @property
    def outcome(self) -> str:
        return strongest((self.insurance, str(self.health.get("outcome", "approved"))))

    @property
    def settled(self) -> bool:
        """Whether nothing stands against the id of the whole any more."""
        against = [one for one in self.hits if OUTCOME.get(one.kind) in {"warning", "rejected"}]
        mine = all(one.rule["id"] in self.taken for one in against)
        theirs = self.health.get("outcome", "approved") in {"approved", "advice"}
        return mine and (theirs or bool(self.health.get("overridden")))


def answer(
    question: Question,
    judged: Sequence[Judged],
    evaluation: str,
    issue: Issue | None,
    how: Leniency,
) -> dict[str, Json]:
    """Return the answer; without `issue` there are no ids."""
    shown: dict[str, Json] = {
        "evaluationId": evaluation,
        "outcome": strongest(one.outcome for one in judged),
        "items": [_item(question, one, evaluation, issue, how) for one in judged],
    }
    if issue is not None and all(one.settled for one in judged):
        shown["wholeTrackingId"], shown["wholeTrackingIdExpiresAt"] = issue(evaluation, None)
    priced = [one.cost for one in judged if one.cost is not None]
    if priced:
        shown["cost"] = {name: sum(one[name] for one in priced) for name in priced[0]}
        stated = all(one.has_price for one in judged if one.cost is not None)
        shown["costKind"] = "calculated" if stated else "proposed"
    return shown


def _item(
    question: Question, one: Judged, evaluation: str, issue: Issue | None, how: Leniency
) -> dict[str, Json]:
    messages = [message(hit, one.item_id, question, one.taken) for hit in one.hits]
    shown: dict[str, Json] = {
        "itemId": one.item_id,
        "outcome": one.outcome,
        "messages": [*messages, *one.health.get("messages", ())],
        "path": _path(question, one),
    }
    proposed = _proposed(question, one)
    if proposed:
        shown["proposed"] = proposed
    if one.cost is not None:
        shown |= {"cost": one.cost, "costKind": "calculated" if one.has_price else "proposed"}
    if issue is not None and (how.ids_for_all or one.outcome in {"approved", "advice"}):
        shown["trackingId"], shown["trackingIdExpiresAt"] = issue(evaluation, one.item_id)
    return shown


def _proposed(question: Question, one: Judged) -> dict[str, Json]:
    items = dict(
        zip((i["itemId"] for i in question.asked["items"]), question.situation.items, strict=True)
    )
    proposed: dict[str, Json] = {}
    for hit in one.hits:
        if hit.kind == "proposal":
            to = hit.rule["outcome"]["to"]
            if isinstance(to, Mapping):
                to = items[one.item_id][str(to["fact"]).partition(".")[2]]
            proposed[hit.rule["outcome"]["set"]] = to
    return proposed


def _path(question: Question, one: Judged) -> str:
    if one.health.get("outcome") == "rejected":
        return "closed"
    if one.insurance == "rejected" or question.insurer in {None, "37"}:
        return "self_pay"
    return "insured"


def new_id() -> str:
    return str(uuid.uuid4())


def jalali_month(day: date) -> str:
    """Return the month of the Iranian calendar, such as `1405-08`; arithmetic of 33-year cycles."""
    days_before = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
    leap = day.year + 1 if day.month > 2 else day.year
    days = (
        355666 + 365 * day.year + (leap + 3) // 4 - (leap + 99) // 100 + (leap + 399) // 400
        + day.day + days_before[day.month - 1]
    )  # fmt: skip
    year = -1595 + 33 * (days // 12053)
    days %= 12053
    year += 4 * (days // 1461)
    days %= 1461
    if days > 365:
        year += (days - 1) // 365
        days = (days - 1) % 365
    month = 1 + days // 31 if days < 186 else 7 + (days - 186) // 30
    return f"{year:04d}-{month:02d}"
