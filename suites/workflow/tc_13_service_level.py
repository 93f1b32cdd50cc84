"""Service levels seen by one client: the fastest of some questions; load has own plans."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from lab.kit.calling import Call
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_rules as rules
from suites import record_journeys as record
from suites.journeys_registries import ask_cover, issue_hid, report_cover, verify_hid
from suites.journeys_rules import Setting, drug, question
from suites.messages.eligibility import cover, sequence
from suites.messages.eligibility import stranger as anybody
from suites.service_levels import QUESTIONS, within_level

CROWD, BATCH = 2_000, 250
"""Covers reported beside the persons asked for; one report holds 1000 at most."""


@conformance_case(
    "TC-IRS-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="insurance_rule_service",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ تحلیل قواعد",
    alone=True,  # measures times
)
def tc_rules_are_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service level of rule questions.

    Given no other load, when nine prescriptions are evaluated one after the other, then they are
    answered and not every answer comes later than the published median.
    """
    hid = rules.visit(sut, data, Setting())
    asked = question(drug("99012"))

    replies = [
        rules.ask(sut, data, asked, hid=hid, step=f"stimulus: question {number}")
        for number in range(1, QUESTIONS + 1)
    ]

    within_level(expect, replies, "rules")


@conformance_case(
    "TC-GTW-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="gateway",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ از راه درگاه",
    purpose="Ensure that the IUT brings a single client an answer within the service level.",
)
@conformance_case(
    "TC-PUR-WF-SLA-001",
    verifies=("ERX-13-A", "RM-PRE-SLA"),
    role="purchaser_system",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ محاسبهٔ سهم‌ها",
    alone=True,  # measures times
)
def tc_prices_are_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service level of prices.

    Given no other load, when nine questions for a price are asked at the IUT itself, then they are
    answered and not every answer comes later than the published median: whoever is to blame for a
    slow answer is known, because no gateway is between.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, 1900)])

    replies = [
        sut.call("price", body=body, caller=journeys.PHARMACY, step=f"stimulus: price {number}")
        for number in range(1, QUESTIONS + 1)
    ]

    within_level(expect, replies, "rules")


@conformance_case(
    "TC-ELG-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="eligibility_service",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ استحقاق‌سنجی و شباد",
)
def tc_eligibility_is_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service level of eligibility.

    Given no other load, when a cover, a HID and its verification are asked for nine times each,
    then all are answered and of no operation every answer comes later than the published median.
    """
    covers = [ask_cover(sut, data, "P01", "stimulus: cover") for _ in range(QUESTIONS)]
    issued = [issue_hid(sut, data, "P01", "1", "stimulus: HID") for _ in range(QUESTIONS)]
    hids = [str(reply.required("/hid")) for reply in issued]
    verified = [verify_hid(sut, hid, "stimulus: verify") for hid in hids]

    within_level(expect, covers, "eligibility")
    within_level(expect, issued, "eligibility", (200, 201))
    within_level(expect, verified, "eligibility")
    expect.field(covers[-1], "/entitled", equals=True, fix="Answer fast and right.")
    expect.field(verified[-1], "/valid", equals=True, fix="Answer fast and right.")


@conformance_case(
    "TC-ELG-WF-SCALE-001",
    verifies=("RM-SCALE-A",),
    role="eligibility_service",
    rulings=("RUL-011",),
    title_fa="فضای شناسهٔ کشوری",
)
def tc_persons_of_a_country_stay_apart(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps persons apart in a space of identifiers as wide as a country.

    Given covers of two thousand foreign nationals all over the space of their ids, and one whose
    id ends in the national code of an uninsured person, when that person is asked for, then he is
    not entitled; an insured one is, and the answers still keep the service level.
    """
    crowd = [anybody(data, f"crowd {number}") for number in range(CROWD - 1)]
    alike = {"type": "FIDA", "value": f"07{data.person('P16').id_value}"}
    reports = [cover(data, person, sequence=sequence(data)) for person in (*crowd, alike)]
    for first in range(0, CROWD, BATCH):
        part: list[JsonValue] = [*reports[first : first + BATCH]]
        taken = report_cover(sut, part, "preamble: covers")
        expect.control(taken, 200)

    right = [ask_cover(sut, data, "P01", "stimulus: insured") for _ in range(QUESTIONS)]
    wrong = ask_cover(sut, data, "P16", "stimulus: an id of another type ends in this code")

    fix = "Key persons by type and whole value of the id; never by a number or a part of it."
    fix_fa = "شخص را با نوع و مقدار کامل شناسه بشناسید؛ نه با عدد یا بخشی از آن."
    expect.field(right[-1], "/entitled", equals=True, fix=fix, fix_fa=fix_fa)
    expect.field(wrong, "/entitled", equals=False, fix=fix, fix_fa=fix_fa)
    within_level(expect, right, "eligibility")


@conformance_case(
    "TC-EHR-WF-SLA-001",
    verifies=("ERX-13-A",),
    role="ehr",
    rulings=("RUL-011",),
    title_fa="زمان پاسخ ثبت و خواندن پرونده",
)
def tc_record_is_answered_in_time(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a single client within the service levels of saving and reading.

    Given no other load, when nine documents are handed over and the history of their patient is
    read nine times, then all are answered and of neither every answer comes later than the
    published median; the documents are in the history.
    """
    payloads = [record.prescription(data, "P02", f"document {n}") for n in range(QUESTIONS)]
    saved = [
        record.hand_over(
            sut,
            record.submission(sut, data, "prescription", one, f"document {number}"),
            "stimulus: a document",
        )
        for number, one in enumerate(payloads)
    ]
    asked = record.question(data, "P02", hid=data.hid(sut, "P02"))
    read = [
        sut.call("queryHistory", body=asked, caller=record.OFFICE, step="stimulus: history")
        for _ in range(QUESTIONS)
    ]

    within_level(expect, saved, "save", (202,))
    within_level(expect, read, "fetch")
    expect.field(
        saved[-1], "/documentId", equals=payloads[-1]["documentId"], fix="Answer fast and right."
    )
    expect.field(read[-1], "/entries/0", present=True, fix="Answer fast and right.")


@conformance_case(
    "TC-ELG-WF-QUERY-001",
    verifies=("RM-INS-QUERY",),
    role="eligibility_service",
    title_fa="یک پاسخ برای هر پرسش، با همبستگی آن",
)
def tc_every_question_gets_its_own_answer(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers every question once, with its own correlation and its own person.

    Given persons with and without cover, when all of them are asked for at the same instant, then
    each answer carries the correlation of its question and speaks of the person asked for.
    """
    asked = {"P01": True, "P16": False, "P02": True, "U01": False}
    centre = data.centre("office-1").siam_id
    calls = [
        Call("inquireEligibility", body={"patient": data.person_id(key), "centre": centre})
        for key in asked
    ]

    replies = sut.parallel(calls, step="stimulus: all at once")

    fix = "Answer a question from its own data, under its own correlation."
    fix_fa = "هر پرسش را از دادهٔ خودش و با همبستگی خودش پاسخ دهید."
    for (key, entitled), reply in zip(asked.items(), replies, strict=True):
        expect.schema(reply)
        expect.field(reply, "/identity/id", equals=data.person_id(key), fix=fix, fix_fa=fix_fa)
        expect.field(reply, "/entitled", equals=entitled, fix=fix, fix_fa=fix_fa)
        expect.that(
            reply.header("ditas-correlation") == record.correlation_of(reply),
            title="an answer carries another correlation than its question",
            expected=record.correlation_of(reply),
            observed=reply.header("ditas-correlation") or "absent",
            pointer="header:ditas-correlation",
            reply=reply,
            fix=fix,
            fix_fa=fix_fa,
        )
