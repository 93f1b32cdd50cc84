"""Insurance rules: kinds of messages, positions and amounts."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_rules as rules
from suites.journeys import SERVICES
from suites.journeys_rules import drug, question, service

ROLE = "insurance_rule_service"


@conformance_case(
    "TC-IRS-SEM-INSURER-001",
    verifies=("ERX-8-6-A",),
    role=ROLE,
    title_fa="قواعد خاص هر بیمه",
)
def tc_rules_of_one_insurer(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT asks the own rules of an insurer beside the common ones.

    Given a visit without referral of a rural insured person of insurer 2 and the same visit of a
    person of insurer 1, when both are evaluated, then only the first meets the rule of insurer 2.
    """
    rural = question(service("992101"), person="P08", insurer="2")
    other = question(service("992101"), person="P33")

    first = rules.ask(sut, data, rural, step="stimulus: insurer 2")
    second = rules.ask(sut, data, other, step="stimulus: insurer 1")

    for reply, asked in ((first, rural), (second, other)):
        wanted = rules.expected(asked, rules.hits(data, asked))
        expect.that(
            rules.said(reply) == wanted,
            title="the rules of the insurer are not those that speak",
            expected=f"{sorted(wanted)}",
            observed=f"{reply.summary()} {sorted(rules.said(reply))}",
            pointer="/items/0/messages",
            reply=reply,
            fix="After the common rules ask those whose `insurers` name the insurer of the HID.",
            fix_fa="پس از قواعد مشترک، قواعد خاص بیمهٔ صادرکنندهٔ شناسه را نیز بپرسید.",
        )


@conformance_case(
    "TC-IRS-SEM-STANDING-001",
    verifies=("ERX-8-6-A",),
    role=ROLE,
    title_fa="تجویزکنندهٔ معلق",
)
def tc_suspended_prescriber(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT rejects what a prescriber with a suspended licence asks for.

    Given a physician the council has suspended, when an ordinary medicine is evaluated, then every
    item is rejected by rule N20B and gets no tracking id.
    """
    reply = rules.ask(sut, data, question(drug("99012"), doctor="dr11"))

    expect.field(
        reply,
        "/outcome",
        equals="rejected",
        fix="Ask the council for the licence; only an active one prescribes (N20).",
        fix_fa="وضعیت پروانه را از نظام پزشکی بپرسید (N20).",
    )
    expect.field(reply, "/items/0/trackingId", absent=True, fix="A rejected item gets no id.")


@conformance_case(
    "TC-IRS-SEM-COST-001",
    verifies=("ERX-8-6-I",),
    role=ROLE,
    title_fa="محاسبهٔ هزینه تا ریال",
)
def tc_calculated_cost(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT calculates total and shares of a priced case to the rial.

    Given half a rial, a brand above the reference price, a special-disease patient and five units,
    when they are evaluated before service, then the cost is the one of the bank's calculations.
    """
    cases = (
        question(drug("99041", 1, unitPrice=335), position="pre_service"),
        question(drug("99057", 1, unitPrice=15_000), position="pre_service"),
        question(drug("99057", 1, unitPrice=12_000), person="P25", position="pre_service"),
        question(drug("99057", 5, unitPrice=12_000), position="pre_service"),
    )
    for number, asked in enumerate(cases, 1):
        reply = rules.ask(sut, data, asked, step=f"stimulus: priced case {number}")
        expect.field(
            reply,
            "/cost",
            equals=rules.cost(data, asked),
            fix="Limit the basis to the reference price, take the highest rank, round half up.",
            fix_fa="مبنا را به قیمت مرجع محدود کنید، بالاترین رتبه را بگیرید و نیم را بالا ببرید.",
        )
        expect.field(reply, "/costKind", equals="calculated", fix="A stated price is calculated.")


@conformance_case(
    "TC-IRS-SEM-COST-002",
    verifies=("ERX-8-6-H", "ERX-7-10-B"),
    role=ROLE,
    title_fa="هزینهٔ پیشنهادی هنگام تجویز",
)
def tc_proposed_cost(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers at prescribing with a split for every item, marked as proposed.

    Given two medicines without a price, when they are evaluated before prescribing, then every
    item and the whole carry the split at the tariff, and costKind says that it is proposed.
    """
    asked = question(drug("99012", 60), drug("99015", 30))

    reply = rules.ask(sut, data, asked)

    expect.field(
        reply,
        "/cost",
        equals=rules.cost(data, asked),
        requirement="ERX-7-10-B",
        fix="Without a price take the tariff; quantity times price is the total.",
        fix_fa="بدون قیمت، تعرفه را بگیرید؛ کل برابر تعداد ضربدر قیمت است.",
    )
    for place in range(2):
        alone = question(asked.items[place])
        expect.field(
            reply,
            f"/items/{place}/cost",
            equals=rules.cost(data, alone),
            requirement="ERX-7-10-B",
            fix="Give the split of every item.",
            fix_fa="سهم هر قلم را بدهید.",
        )
    expect.field(reply, "/costKind", equals="proposed", fix="Mark it: costKind is proposed.")


@conformance_case(
    "TC-IRS-SEM-COST-003",
    verifies=("ERX-7-10-C",),
    role=ROLE,
    title_fa="محاسبهٔ دوباره هنگام تحویل",
)
def tc_recalculated_when_dispensed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT calculates the split anew for what is dispensed.

    Given 60 tablets asked for before prescribing, when 20 of them are to be dispensed at a price,
    then the split before service is that of 20 tablets.
    """
    hid = rules.visit(sut, data, rules.Setting())
    rules.ask(sut, data, question(drug("99012", 60)), hid=hid, step="preamble: prescribing")
    given = question(drug("99012", 20, unitPrice=1_700), position="pre_service")

    reply = rules.ask(sut, data, given, hid=hid, step="stimulus: dispensing")

    expect.field(
        reply,
        "/cost",
        equals=rules.cost(data, given),
        fix="The split of a dispense is that of its own quantity and price.",
        fix_fa="سهم‌ها را برای مقدار تحویل‌شده از نو حساب کنید.",
    )


@conformance_case(
    "TC-IRS-SEM-KIND-001",
    verifies=("ERX-8-6-F",),
    role=ROLE,
    title_fa="پیام راهنما",
)
def tc_advice(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives advice that lets the prescription go on.

    Given a person with two base covers, when an ordinary medicine is evaluated, then the overlap is
    told as advice and the item as well as the whole get their tracking ids.
    """
    asked = question(drug("99012"), person="P11", insurer="2")

    reply = rules.ask(sut, data, asked)

    wanted = rules.expected(asked, rules.hits(data, asked))
    expect.that(
        rules.said(reply, "advice") == wanted,
        title="the advice of the bank is not given",
        expected=f"{sorted(wanted)}",
        observed=f"{reply.summary()} {sorted(rules.said(reply))}",
        pointer="/items/0/messages",
        reply=reply,
        fix="Look at all covers in force (N23); what they say is advice.",
        fix_fa="همهٔ پوشش‌های جاری را ببینید (N23)؛ نتیجه پیام راهنما است.",
    )
    expect.field(reply, "/outcome", equals="advice", fix="Advice alone makes the outcome advice.")
    expect.field(reply, "/wholeTrackingId", present=True, fix="Advice stops nothing.")


@conformance_case(
    "TC-IRS-SEM-KIND-002",
    verifies=("ERX-8-6-G",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="هشدار و رد از هم جدا",
)
def tc_warning_and_rejection(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells warnings and rejections apart, each with its rule and item.

    Given a costly medicine, one that is far too much and reserved for specialists, and an ordinary
    one, when they are evaluated, then each item carries its rules and the strongest one decides.
    """
    asked = question(drug("99097", 1), drug("99025", 1_000), drug("99012", 10))

    reply = rules.ask(sut, data, asked)

    found = rules.hits(data, asked)
    wanted = rules.expected(asked, found)
    expect.that(
        rules.said(reply) == wanted,
        title="other rules speak than the bank says",
        expected=f"{sorted(wanted)}",
        observed=f"{reply.summary()} {sorted(rules.said(reply))}",
        pointer="/items",
        reply=reply,
        fix="Give every rule that hits, with its kind, at the item it is about.",
        fix_fa="هر قاعدهٔ منطبق را با نوعش در همان قلم بنویسید.",
    )
    for place, outcome in enumerate(("warning", "rejected", "approved")):
        expect.field(
            reply,
            f"/items/{place}/outcome",
            equals=outcome,
            fix="The strongest message decides: reject, warning or proposal, advice.",
            fix_fa="قوی‌ترین پیام تعیین‌کننده است: رد، هشدار یا پیشنهاد، راهنما.",
        )


@conformance_case(
    "TC-IRS-SEM-POSITION-001",
    verifies=("ERX-8-6-C", "ERX-8-4-B"),
    role=ROLE,
    title_fa="پیش از تجویز: حد مقدار",
)
def tc_before_prescribing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers before prescribing: the limit passes, beyond it it proposes it.

    Given the most that may be prescribed, when exactly that and one more are evaluated without any
    registered prescription, then the first is approved and for the second the limit is proposed.
    """
    most = int(rules.rows_of(SERVICES)["992110"]["maxPerCourse"])

    at = rules.ask(sut, data, question(service("992110", most)), step="stimulus: the limit")
    beyond = rules.ask(sut, data, question(service("992110", most + 1)), step="stimulus: one more")

    expect.field(at, "/outcome", equals="approved", fix="The limit itself is allowed.")
    expect.field(
        beyond,
        "/items/0/proposed/quantity",
        equals=most,
        requirement="ERX-8-4-B",
        fix="Propose the limit for what is beyond it.",
        fix_fa="برای بیش از حد، همان حد را پیشنهاد کنید.",
    )
    expect.field(beyond, "/items/0/trackingId", absent=True, fix="A proposal is no approval.")


@conformance_case(
    "TC-IRS-SEM-POSITION-002",
    verifies=("ERX-8-6-D",),
    role=ROLE,
    title_fa="پیش از خدمت",
)
def tc_before_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges before service by the rules of that position.

    Given a quantity above the limit of prescribing and a HID of another centre for a visit, when
    both are evaluated before service, then the first passes and the second is rejected by N29C.
    """
    much = question(drug("99012", 121), position="pre_service")
    elsewhere = question(service("992101"), position="pre_service", place="hospital-1")
    hid = rules.visit(sut, data, rules.Setting())

    first = rules.ask(sut, data, much, step="stimulus: rule of another position")
    second = rules.ask(sut, data, elsewhere, hid=hid, step="stimulus: HID of another centre")

    expect.field(
        first,
        "/outcome",
        equals="approved",
        fix="A rule speaks only at the positions it names; N11 is one of prescribing.",
        fix_fa="هر قاعده تنها در جایگاه‌های خود سخن می‌گوید.",
    )
    expect.field(
        second,
        "/outcome",
        equals="rejected",
        fix="A visit belongs to the centre of its HID (N29C).",
        fix_fa="ویزیت به مرکز صادرکنندهٔ شناسه تعلق دارد (N29C).",
    )


@conformance_case(
    "TC-IRS-SEM-POSITION-003",
    verifies=("ERX-8-6-E",),
    role=ROLE,
    title_fa="پس از خدمت",
)
def tc_after_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT audits after service with the rules of that position.

    Given a delivered medicine and one delivered under the HID of another patient, when both are
    evaluated after service, then the first is approved with its cost and the second is rejected.
    """
    given = question(drug("99012", 121, unitPrice=1_500), position="post_service")
    foreign = question(drug("99012", 10), position="post_service")
    other = rules.visit(sut, data, rules.Setting(person="P02", insurer="2"))

    first = rules.ask(sut, data, given, step="stimulus: delivered")
    second = rules.ask(sut, data, foreign, hid=other, step="stimulus: HID of another patient")

    wanted = rules.expected(given, rules.hits(data, given))
    expect.that(
        rules.said(first) == wanted,
        title="after service other rules speak than the bank says",
        expected=f"{sorted(wanted)}",
        observed=f"{first.summary()} {sorted(rules.said(first))}",
        pointer="/items/0/messages",
        reply=first,
        fix="Use the rules of position I3 only.",
        fix_fa="تنها قواعد جایگاه پس از خدمت را به کار ببرید.",
    )
    expect.field(first, "/cost", equals=rules.cost(data, given), fix="Audit the cost as well.")
    expect.field(
        second,
        "/outcome",
        equals="rejected",
        fix="A service under the HID of another patient is rejected by N29B.",
        fix_fa="خدمت با شناسهٔ بیمار دیگر با N29B رد می‌شود.",
    )
