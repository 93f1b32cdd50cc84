"""Approvals of the rule service: tracking ids, overrides, ledger, audit, the unified service."""

from __future__ import annotations

from datetime import datetime, timedelta

from lab.kit import Expect, Inconclusive, Reply, Sut, SyntheticData, conformance_case
from lab.model.verdict import Blame
from suites import journeys_rules as rules
from suites.journeys_rules import Asked, Setting, drug, override, question, service
from suites.oracles.jalali import period_of

ROLE = "insurance_rule_service"
WARNED = ("99023", "99007")  # warfarin and acetylsalicylic acid: D02, a warning
REMEMBERED = ("P09", "P19", "P20", "P24", "P27", "P31", "P32", "P33", "P34")
LONGEST_LIFE = timedelta(hours=24)


def approval(sut: Sut, tracking_id: str, step: str) -> Reply:
    """Read what a tracking id approved."""
    return sut.call("getRuleApproval", step=step, path={"trackingId": tracking_id})


def report(sut: Sut, tracking_id: str, document: str, step: str) -> Reply:
    """Report that an approval was used in a document."""
    return sut.call(
        "reportRuleUse",
        step=step,
        path={"trackingId": tracking_id},
        body={"documentId": document},
    )


def counted(sut: Sut, period: str, rule: str, step: str) -> tuple[int, int]:
    """Return hits and overrides of a rule in a month."""
    reply = sut.call("getRuleAudit", step=step, path={"period": period})
    rows = {row["ruleId"]: row for row in reply.required("/rules")}
    row = rows.get(rule, {})
    return int(row.get("hits", 0)), int(row.get("overrides", 0))


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
        resolved = approval(sut, tracking_id, f"stimulus: resolve the id of {item or 'the whole'}")
        expect.field(
            resolved,
            "/itemId",
            equals=item,
            fix="Tell which item an id approved; null for the whole.",
            fix_fa="بگویید شناسه کدام قلم را تأیید کرده است؛ برای کل null.",
        )
        expect.field(
            resolved,
            "/evaluationId",
            equals=reply.find("/evaluationId"),
            fix="Keep the evaluation an id came from.",
        )
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


def _differing(rows: dict[str, object], published: dict[str, object]) -> str:
    names = sorted(name for name in {*rows, *published} if rows.get(name) != published.get(name))
    return ", ".join(names[:10]) or "none"


@conformance_case(
    "TC-IRS-WF-LEDGER-001",
    verifies=("RM-INS-CAP", "ERX-8-6-B"),
    role=ROLE,
    title_fa="هر قلم سند یک بار شمرده می‌شود",
)
def tc_item_of_a_document_counts_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts an item of a document once, however often its use is reported.

    Given an approved medicine, when its own id and then that of the whole are reported for the same
    document, then the ledger grows by one entry and then by none.
    """
    asked = question(drug("99012"), position="pre_service")
    reply = rules.ask(sut, data, asked, step="preamble: approval")
    item, whole = (str(reply.required(p)) for p in ("/items/0/trackingId", "/wholeTrackingId"))
    document = data.uuid("document")

    first = report(sut, item, document, "stimulus: report the item")
    again = report(sut, whole, document, "stimulus: report the whole")

    expect.field(first, "/entries", equals=1, fix="Enter the use of an approved item.")
    expect.field(
        again,
        "/entries",
        equals=0,
        fix="An item of a document counts once, under whichever id it is reported.",
        fix_fa="هر قلم سند یک بار شمرده می‌شود، با هر شناسه‌ای که گزارش شود.",
    )


def visited(sut: Sut, data: SyntheticData, asked: Asked) -> None:
    """See to it that the person has visited the office today."""
    reply = rules.ask(sut, data, asked, step="preamble: visit")
    whole = reply.find("/wholeTrackingId")
    if isinstance(whole, str):
        report(sut, whole, data.uuid("visit"), "preamble: report the visit").required("/entries")
    elif ("1", "N08", "reject") not in rules.said(reply):
        raise Inconclusive(
            "an ordinary visit was neither approved nor already counted",
            blame=Blame.SUT,
            pointer="/wholeTrackingId",
            exchange_id=reply.exchange_id,
            expected="an approval, or rule N08",
            observed=reply.summary(),
        )


@conformance_case(
    "TC-IRS-WF-LEDGER-002",
    verifies=("RM-INS-CAP",),
    role=ROLE,
    title_fa="یک ویزیت در روز در یک مرکز",
)
def tc_visits_are_counted_by_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts visits of a day for the centre they took place in.

    Given a person who visited an office today, when another visit is evaluated there and one in a
    hospital, then the first meets N08 and the second does not.
    """
    person = data.random("person").choice(REMEMBERED)
    insurer = data.person(person).cover[0].insurer
    here = question(service("992101"), person=person, insurer=insurer)
    there = question(service("992101"), person=person, insurer=insurer, place="hospital-1")
    visited(sut, data, here)

    again = rules.ask(sut, data, here, step="stimulus: the same centre")
    elsewhere = rules.ask(sut, data, there, step="stimulus: another centre")

    for reply, held, wanted in (
        (again, "N08" in _rules(again), "N08 speaks"),
        (elsewhere, _judged_without(elsewhere, "N08"), "N08 is silent"),
    ):
        expect.that(
            held,
            title="visits of the day are counted for the wrong centre",
            expected=wanted,
            observed=f"{reply.summary()}: {sorted(_rules(reply))}",
            pointer="/items/0/messages",
            reply=reply,
            fix="Count reported visits of the same person, day and centre (N08).",
            fix_fa="ویزیت‌های گزارش‌شدهٔ همان شخص، روز و مرکز را بشمارید (N08).",
        )


def _judged_without(reply: Reply, rule: str) -> bool:
    """Say whether the item was judged, and without this rule."""
    return isinstance(reply.find("/items/0/messages"), list) and rule not in _rules(reply)


def _rules(reply: Reply) -> set[str]:
    return {rule for _, rule, _ in rules.said(reply)}


@conformance_case(
    "TC-IRS-WF-UNIFIED-001",
    verifies=("ERX-8-6-N2-B", "ERX-8-6-N2-A", "ERX-8-4-N", "ERX-A1-11-1"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="سرویس واحد تحلیل قواعد",
)
def tc_one_answer_of_all_sources(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers with one verdict and a part of every payer and the health rules.

    Given a person with base and complementary cover and two medicines that interact, when the
    unified service is asked, then it warns by D02 and shows the part of each source.
    """
    asked = question(*(drug(code) for code in WARNED), person="P26")

    reply = rules.ask(sut, data, asked, operation="evaluateUnified")

    parts = reply.find("/parts")
    shown = {
        (str(part.get("source")), part.get("insurer"))
        for part in (parts if isinstance(parts, list) else [])
    }
    wanted = {("insurance", "1"), ("complementary", "90"), ("health", None)}
    expect.that(
        shown == wanted,
        title="not every source has its part",
        expected=f"{sorted(wanted, key=str)}",
        observed=f"{reply.summary()} {sorted(shown, key=str)}",
        pointer="/parts",
        reply=reply,
        fix="Ask the insurer of the HID, each complementary insurer and the health rules.",
        fix_fa="از بیمهٔ پایه، هر بیمهٔ تکمیلی و قواعد سلامت بپرسید.",
    )
    expect.field(reply, "/outcome", equals="warning", fix="The strongest part decides.")
    expect.schema(reply)


@conformance_case(
    "TC-IRS-WF-UNIFIED-002",
    verifies=("ERX-8-6-N2-B",),
    role=ROLE,
    title_fa="داروهای تحویل‌شده در تحلیل بعدی",
)
def tc_given_medicines_are_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the health rules which given medicines are still taken.

    Given warfarin for 20 days whose use was reported, when ibuprofen is asked for through the
    unified service, then rule D01A rejects it and closes the item.
    """
    person = data.random("person").choice(REMEMBERED)
    insurer = data.person(person).cover[0].insurer
    given = question(
        drug("99023", durationDays=20), person=person, insurer=insurer, position="pre_service"
    )
    approved = rules.ask(sut, data, given, step="preamble: warfarin")
    whole = str(approved.required("/wholeTrackingId"))
    report(sut, whole, data.uuid("dispense"), "preamble: report the dispense").required("/entries")
    later = question(drug("99042"), person=person, insurer=insurer)

    reply = rules.ask(sut, data, later, operation="evaluateUnified", step="stimulus: ibuprofen")

    expect.that(
        "D01A" in _rules(reply) and reply.find("/items/0/path") == "closed",
        title="a medicine still taken is not told to the health rules",
        expected="D01A speaks and the path is closed",
        observed=f"{reply.summary()}: {sorted(_rules(reply))}",
        pointer="/items/0/messages",
        reply=reply,
        fix="Add given medicines whose days are not over to facts.active.",
        fix_fa="داروهای تحویل‌شده‌ای را که دورهٔ آن‌ها تمام نشده به facts.active بیفزایید.",
    )


@conformance_case(
    "TC-IRS-WF-UNIFIED-003",
    verifies=("RM-INS-DURING",),
    role=ROLE,
    title_fa="پایش حین خدمت بستری",
)
def tc_quality_message_during_a_stay(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a deviation during a stay with a message of quality.

    Given an inpatient for whom two medicines are ordered against the guideline, when the unified
    service is asked before they are given, then a health rule warns, beside the inpatient cost.
    """
    inpatient = {"context": {"admission": "inpatient"}}
    asked = question(
        *(drug(code) for code in WARNED),
        position="pre_service",
        place="hospital-1",
        facts=inpatient,
    )

    reply = rules.ask(sut, data, asked, operation="evaluateUnified")

    items = reply.find("/items")
    told = [
        (one.get("ruleId"), one.get("source"))
        for item in (items if isinstance(items, list) else [])
        for one in item.get("messages", ())
        if one.get("kind") == "warning"
    ]
    expect.that(
        told == [("D02", "health")] * 2,
        title="a deviation from the guideline is not told as a message of quality",
        expected="D02 of the health rules at both items",
        observed=f"{reply.summary()}: {told}",
        pointer="/items",
        reply=reply,
        fix="Ask the health rules before every service, inpatient ones too.",
        fix_fa="پیش از هر خدمت، بستری هم، قواعد سلامت را بپرسید.",
    )
    expect.field(reply, "/cost", equals=rules.cost(data, asked), fix="Inpatients pay 10 %.")
