"""Approvals of the rule service: tracking ids, overrides, the bank and its audit."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab.kit import MISSING, Expect, Reply, Sut, SyntheticData, conformance_case, shown
from suites import journeys_rules as rules
from suites.journeys_rules import Setting, drug, override, question
from suites.oracles.jalali import period_of

ROLE = "insurance_rule_service"
LONGEST_LIFE = timedelta(hours=24)


def approval(sut: Sut, tracking_id: str, step: str) -> Reply:
    """Read what a tracking id approved."""
    return sut.call("getRuleApproval", step=step, path={"trackingId": tracking_id})


def counted(sut: Sut, period: str, rule: str, step: str) -> tuple[int, int]:
    """Return hits and overrides of a rule in a month."""
    reply = sut.call("getRuleAudit", step=step, path={"period": period})
    rows = {row["ruleId"]: row for row in reply.required("/rules")}
    row = rows.get(rule, {})
    return int(row.get("hits", 0)), int(row.get("overrides", 0))


def _differing(rows: dict[str, object], published: dict[str, object]) -> str:
    names = sorted(name for name in {*rows, *published} if rows.get(name) != published.get(name))
    return ", ".join(names[:10]) or "none"


def resolves(
    sut: Sut, expect: Expect, evaluated: Reply, tracking_id: str, item: str | None
) -> None:
    """Expect an id to lead to its item, None for the whole, and to the evaluation it is of."""
    resolved = approval(sut, tracking_id, f"stimulus: resolve the id of {item or 'the whole'}")
    # For the whole the contract allows null and does not require the member.
    told = resolved.find("/itemId")
    expect.that(
        (None if told is MISSING else told) == item and resolved.find("/trackingId") == tracking_id,
        title="an id does not lead to its item",
        expected=f"/itemId {item or 'null or absent'}",
        observed=f"{resolved.summary()} {shown(told)}",
        pointer="/itemId",
        reply=resolved,
        fix="Tell which item an id approved; null for the whole.",
        fix_fa="بگویید شناسه کدام قلم را تأیید کرده است؛ برای کل null.",
    )
    expect.field(
        resolved,
        "/evaluationId",
        equals=evaluated.find("/evaluationId"),
        fix="Keep the evaluation an id came from.",
    )


@conformance_case(
    "TC-IRS-WF-TRACK-001",
    verifies=("ERX-8-6-J", "ERX-9-1-4-D", "ERX-9-1-4-E"),
    role=ROLE,
    title_fa="شناسهٔ رهگیری تأیید قاعده",
)
def tc_tracking_ids_of_an_approval(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives an id for every approved item and another one for the whole.

    Given two medicines that are approved, when they are evaluated, then there are three different
    ids of 20 digits, and each can be resolved to its item or the whole until it expires.
    """
    asked = question(drug("99012", 60), drug("99015", 30))

    reply = rules.ask(sut, data, asked)

    places = ("/items/0/trackingId", "/items/1/trackingId", "/wholeTrackingId")
    for place in places:
        expect.field(
            reply,
            place,
            matches="[0-9]{20}",
            requirement="ERX-9-1-4-D" if place.startswith("/items") else "ERX-9-1-4-E",
            fix="Give an id for every approved item and one for the whole.",
            fix_fa="برای هر قلم تأییدشده و برای کل نسخه شناسه بدهید.",
        )
    ids = [str(reply.required(place)) for place in places]
    expect.that(
        len(set(ids)) == len(ids),
        title="tracking ids are not different",
        expected="three different ids",
        observed=f"{ids}",
        pointer="/items",
        reply=reply,
        requirement="ERX-9-1-4-E",
        fix="Never give one id twice.",
        fix_fa="هیچ شناسه‌ای را دوباره ندهید.",
    )
    for tracking_id, item in zip(ids, ("1", "2", None), strict=True):
        resolves(sut, expect, reply, tracking_id, item)
    until = datetime.fromisoformat(str(reply.required("/wholeTrackingIdExpiresAt")))
    expect.that(
        data.now < until <= data.now + LONGEST_LIFE + timedelta(minutes=10),
        title="a tracking id lives too long or not at all",
        expected="an end in the future, 24 hours away at most",
        observed=str(until),
        pointer="/wholeTrackingIdExpiresAt",
        reply=reply,
        fix="Tracking ids hold for 24 hours at most.",
        fix_fa="شناسهٔ رهگیری حداکثر ۲۴ ساعت معتبر است.",
    )


@conformance_case(
    "TC-IRS-WF-TRACK-002",
    verifies=("ERX-9-1-4-D",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="بدون تأیید شناسه‌ای نیست",
)
def tc_no_id_without_approval(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives no tracking id for a rejected item.

    Given an item that is rejected beside one that is approved, when both are evaluated, then only
    the approved one has an id, and there is none for the whole.
    """
    reply = rules.ask(sut, data, question(drug("99025"), drug("99012")))

    expect.field(
        reply,
        "/items/0/trackingId",
        absent=True,
        fix="A rejected item gets no id.",
        fix_fa="قلم ردشده شناسه نمی‌گیرد.",
    )
    expect.field(reply, "/items/1/trackingId", present=True, fix="The approved item gets its id.")


@conformance_case(
    "TC-IRS-WF-TRACK-003",
    verifies=("ERX-9-1-4-E",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="هشدار، شناسهٔ کل را می‌بندد",
)
def tc_no_whole_id_against_a_warning(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives no id for the whole while a warning stands against it.

    Given a medicine with a warning, when it is evaluated beside an approved one, then the approved
    one has its id and the whole has none.
    """
    reply = rules.ask(sut, data, question(drug("99097", 1), drug("99012")))

    expect.field(reply, "/items/1/trackingId", present=True, fix="The approved item gets its id.")
    expect.field(
        reply,
        "/wholeTrackingId",
        absent=True,
        fix="The whole is approved when every item is, or every warning is overridden.",
        fix_fa="کل نسخه زمانی تأیید می‌شود که هر هشدار پذیرفته یا برطرف شده باشد.",
    )


@conformance_case(
    "TC-IRS-WF-OVERRIDE-001",
    verifies=("ERX-8-6-G",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="پذیرش هشدار با علت",
)
def tc_override_of_a_warning(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a coded reason against a warning, and none against a rejection.

    Given a warning and a rejection, when the warning is overridden with a reason of the group,
    then the whole id is given; another reason, or an override of the rejection, is refused.
    """
    warned = drug("99097", 1, overrides=[override("N18A")])
    wrong = drug("99097", 1, overrides=[override("N18A", "WRONG_ITEM")])
    rejected = drug("99025", 1, overrides=[override("N15A")])

    taken = rules.ask(sut, data, question(warned), step="stimulus: override with a reason")
    other = rules.ask(sut, data, question(wrong), step="stimulus: reason of another group")
    refused = rules.ask(sut, data, question(rejected), step="stimulus: override a rejection")

    expect.field(
        taken,
        "/wholeTrackingId",
        present=True,
        fix="Overriding every warning opens the id of the whole.",
        fix_fa="پذیرش همهٔ هشدارها شناسهٔ کل را باز می‌کند.",
    )
    expect.problem(other, status=422, code="OVERRIDE_REASON_INVALID")
    expect.problem(refused, status=422, code="OVERRIDE_NOT_ALLOWED")


@conformance_case(
    "TC-IRS-WF-AUDIT-001",
    verifies=("RM-INS-RULEBANK", "ERX-8-6-A"),
    role=ROLE,
    title_fa="بانک، آزمون و ممیزی قواعد",
    alone=True,  # counts the hits of a rule
)
def tc_bank_trial_and_audit(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows the published bank and counts what its rules said, month by month.

    Given the bank of the pack, when it is read, one rule tried and one warning overridden, then all
    rules are shown, the trial leaves no count, and the override is counted in its month alone.
    """
    now, before = period_of(data.now), "1404-01"
    shown = sut.call("listRules", step="stimulus: read the bank")
    hits, overrides = counted(sut, now, "N18A", "preamble: audit before")
    tried = rules.body_of(data, question(drug("99097", 1)), rules.visit(sut, data, Setting()))
    sut.call(
        "evaluateTrial", step="stimulus: trial", body={"ruleId": "N18A", "request": tried}
    ).required("/trial")
    after_trial, _ = counted(sut, now, "N18A", "stimulus: audit after the trial")
    overridden = question(drug("99097", 1, overrides=[override("N18A")]))
    rules.ask(sut, data, overridden, step="stimulus: override").required("/wholeTrackingId")
    _, after = counted(sut, now, "N18A", "stimulus: audit after the override")
    early, _ = counted(sut, before, "N18A", "stimulus: audit of another month")

    published = {rule["id"]: rule["fa"] for rule in rules.rules_of("insurance")}
    rows = {str(row.get("ruleId")): row.get("textFa") for row in shown.required("/rules")}
    expect.that(
        rows == published,
        title="the bank differs from the published one",
        expected=f"{len(published)} rules with their published texts",
        observed=f"{len(rows)} rules; differing: {_differing(rows, published)}",
        pointer="/rules",
        reply=shown,
        fix="Load the rules of the pack as they are.",
        fix_fa="قواعد بسته را همان‌گونه که هست بارگذاری کنید.",
    )
    for held, title, observed in (
        (after_trial == hits, "a trial is counted", f"{hits}, then {after_trial}"),
        (after == overrides + 1, "an override is not counted once", f"{overrides}, then {after}"),
        (early == 0, "a month shows what happened in another one", f"{early} hits in {before}"),
    ):
        expect.that(
            held,
            title=title,
            expected="no count for a trial, one for an override, each month for itself",
            observed=observed,
            pointer="/rules",
            fix="Count what rules said to real questions, by Jalali month in Tehran.",
            fix_fa="برخورد قواعد با پرسش‌های واقعی را در ماه شمسی خود بشمارید.",
        )
