"""The ledger of used approvals, and the single rule service over all sources."""

from __future__ import annotations

from lab.kit import Expect, Inconclusive, Reply, Sut, SyntheticData, conformance_case
from lab.model.verdict import Blame
from suites import journeys_rules as rules
from suites.journeys_rules import Asked, drug, question, service

ROLE = "insurance_rule_service"
WARNED = ("99023", "99007")  # warfarin and acetylsalicylic acid: D02, a warning


def report(sut: Sut, tracking_id: str, document: str, step: str) -> Reply:
    """Report that an approval was used in a document."""
    return sut.call(
        "reportRuleUse",
        step=step,
        path={"trackingId": tracking_id},
        body={"documentId": document},
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


def _judged_without(reply: Reply, rule: str) -> bool:
    """Say whether the item was judged, and without this rule."""
    return isinstance(reply.find("/items/0/messages"), list) and rule not in _rules(reply)


def _rules(reply: Reply) -> set[str]:
    return {rule for _, rule, _ in rules.said(reply)}


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
    person = data.random("person").choice(rules.REMEMBERED)
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
    expect.that(
        ("complementary", "90") in shown,
        title="the rules of the complementary insurer are not asked",
        expected="a part of insurer 90",
        observed=f"{sorted(shown, key=str)}",
        pointer="/parts",
        reply=reply,
        requirement="ERX-8-6-N2-A",
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
    person = data.random("person").choice(rules.REMEMBERED)
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
