"""Health rules: the worked examples of the clinical bank, kinds of messages, overrides, positions."""

from __future__ import annotations

import json

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import journeys_rules as rules
from suites.journeys_rules import Asked, active, drug, override, question
from suites.worked_examples import Families, play

ROLE = "health_rule_service"
WARNED = ("99023", "99007")  # warfarin and acetylsalicylic acid: D02, a warning
FORBIDDEN = ("99023", "99042")  # warfarin and ibuprofen: D01A, a rejection
EGFR = {"code": "EGFR", "unit": "mL/min/{1.73_m2}", "value": 20, "ageDays": 5}
ENVELOPE = ("cost", "Share", "price", "Price", "rial")


def ask(sut: Sut, data: SyntheticData, asked: Asked, step: str = "stimulus: evaluate") -> Reply:
    """Put a question to the health rules."""
    return rules.ask(sut, data, asked, operation="evaluateHealthRules", step=step)


def judged(
    sut: Sut, data: SyntheticData, expect: Expect, asked: Asked, fix: str, fix_fa: str
) -> Reply:
    """Ask, and expect the rules the oracle gives."""
    reply = ask(sut, data, asked)
    wanted = rules.expected(asked, rules.hits(data, asked, "clinical"))
    expect.that(
        isinstance(reply.find("/items"), list) and rules.said(reply) == wanted,
        title="other health rules speak than the bank says",
        expected=f"{sorted(wanted)}",
        observed=f"{reply.summary()} {sorted(rules.said(reply))}",
        pointer="/items",
        reply=reply,
        fix=fix,
        fix_fa=fix_fa,
    )
    return reply


@conformance_case(
    "TC-HRS-SEM-BANK-001",
    verifies=("ERX-8-7-B", "ERX-8-7-A"),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: تداخل و تکرار",
)
def tc_examples_of_interactions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells of every published interaction, at both medicines.

    Given the worked examples of the interactions D01 to D28, when they are evaluated, then exactly
    the rules speak that the conditions of the pack give.
    """
    play(sut, data, expect, Families("clinical", ("D",), "ERX-8-7-B"))


@conformance_case(
    "TC-HRS-SEM-BANK-002",
    verifies=("ERX-8-7-B",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: بارداری، سن، حساسیت و بیماری",
)
def tc_examples_of_conditions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT applies the guidelines about pregnancy, age, allergy and conditions.

    Given the worked examples of K01 to K13, when they are evaluated with the conditions they state,
    then exactly the rules speak that the conditions of the pack give.
    """
    names = tuple(f"K{number:02d}" for number in range(1, 14))
    play(sut, data, expect, Families("clinical", names, "ERX-8-7-B"))


@conformance_case(
    "TC-HRS-SEM-BANK-003",
    verifies=("ERX-8-7-B",),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: آزمایش، دوز و مدت",
)
def tc_examples_of_measurements(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT applies the guidelines about measurements, doses and durations.

    Given the worked examples of K14 to K36 and the silent ones, when they are evaluated, then
    exactly the rules speak that the pack gives, at, below and above each limit.
    """
    names = (*(f"K{number:02d}" for number in range(14, 37)), "SIL")
    play(sut, data, expect, Families("clinical", names, "ERX-8-7-B"))


@conformance_case(
    "TC-HRS-SEM-ACTIVE-001",
    verifies=("ERX-8-7-B",),
    role=ROLE,
    title_fa="داروهای در حال مصرف",
)
def tc_medicines_still_taken(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT looks at medicines still taken, and not at those that were ended.

    Given warfarin still taken and warfarin that was ended, when ibuprofen is evaluated beside each,
    then D01A rejects the first and is silent about the second.
    """
    for asked in (
        question(drug("99042"), facts=active("99023")),
        question(drug("99042"), facts=active("99023", ended=True)),
    ):
        judged(
            sut,
            data,
            expect,
            asked,
            "Compare with facts.active whose `ended` is false.",
            "با داروهای فعال پایان‌نیافته بسنجید.",
        )


@conformance_case(
    "TC-HRS-SEM-AGE-001",
    verifies=("ERX-7-2-B", "ERX-7-1-N3-B"),
    role=ROLE,
    title_fa="سن از سامانهٔ هویت",
)
def tc_age_of_the_person_treated(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges age by the birth date of the very person who is treated.

    Given a child, an adult, and a newborn under the mother's code, when a medicine that is not for
    children is evaluated, then it is rejected for the child and the newborn and not for the adult.
    """
    for person in ("P05", "P01", "NB1"):
        judged(
            sut,
            data,
            expect,
            question(drug("99045"), person=person),
            "Take birth date and order of the patient id; a newborn is not its mother.",
            "تاریخ و ترتیب تولد را در نظر بگیرید؛ نوزاد همان مادر نیست.",
        )


@conformance_case(
    "TC-HRS-SEM-SEX-001",
    verifies=("ERX-7-2-C",),
    role=ROLE,
    title_fa="جنس و بارداری",
)
def tc_conditions_of_women(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges by the coded sex and the conditions of the patient.

    Given a woman of childbearing age, a pregnant one and a man, when losartan and methotrexate are
    evaluated, then the rules of pregnancy speak where the bank says, and only there.
    """
    pregnant = {"patient": {"conditions": ["Z34.9"]}}
    weekly = rules.coded(rules.FREQUENCIES, "WEEKLY")
    items = (drug("99012"), drug("99053", frequency=weekly))
    for asked in (
        question(*items, person="P34"),
        question(*items, person="P04", facts=pregnant),
        question(*items, person="P01"),
    ):
        judged(
            sut,
            data,
            expect,
            asked,
            "Sex comes from the registry, pregnancy from stated conditions and diagnoses.",
            "جنس از سامانهٔ هویت و بارداری از وضعیت و تشخیص می‌آید.",
        )


@conformance_case(
    "TC-HRS-SEM-KIND-001",
    verifies=("ERX-8-7-E",),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="راهنما، هشدار، رد و شناسه؛ بی هیچ مبلغ",
)
def tc_outcomes_of_health_rules(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells approval, warning and rejection apart, without any amount.

    Given an ordinary medicine, two that need care together and two that are forbidden together,
    when they are evaluated, then the first has a tracking id and the others none, and no cost.
    """
    fine = ask(sut, data, question(drug("99012", unitPrice=1_500)), "stimulus: ordinary")
    warned = ask(sut, data, question(*(drug(code) for code in WARNED)), "stimulus: warned")
    closed = ask(sut, data, question(*(drug(code) for code in FORBIDDEN)), "stimulus: forbidden")

    expect.field(fine, "/trackingId", matches="[0-9]{20}", fix="An approval gets its id.")
    for reply, outcome in ((fine, "approved"), (warned, "warned"), (closed, "rejected")):
        expect.field(
            reply,
            "/outcome",
            equals=outcome,
            fix="The strongest message decides the outcome.",
            fix_fa="قوی‌ترین پیام نتیجه را تعیین می‌کند.",
        )
    for reply in (warned, closed):
        expect.field(
            reply,
            "/trackingId",
            absent=True,
            fix="No id as long as a warning or rejection stands.",
            fix_fa="تا هشدار یا رد پابرجاست شناسه‌ای نیست.",
        )
    text = json.dumps(fine.find("")) if isinstance(fine.find(""), dict) else ""
    expect.that(
        not any(word in text for word in ENVELOPE),
        title="a health rule speaks of money",
        expected="no amount in the answer",
        observed=text[:200],
        pointer="",
        reply=fine,
        fix="Health rules say nothing of cost.",
        fix_fa="قواعد سلامت از هزینه سخن نمی‌گویند.",
    )


@conformance_case(
    "TC-HRS-SEM-KIND-002",
    verifies=("ERX-8-7-E", "ERX-9-1-4-D"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="قوی‌ترین پیام هر قلم",
)
def tc_strongest_message_of_each_item(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges every item of a prescription by its strongest message.

    Given a pregnant patient and two medicines of which one is forbidden in pregnancy and both need
    care together, when they are evaluated, then each item has the outcome of the bank.
    """
    facts = {"patient": {"conditions": ["Z34.9"]}}
    asked = question(*(drug(code) for code in (*WARNED, "99041")), person="P04", facts=facts)

    reply = judged(
        sut,
        data,
        expect,
        asked,
        "Give every rule that hits, at its items.",
        "هر قاعدهٔ منطبق را در قلم خود بنویسید.",
    )

    found = rules.hits(data, asked, "clinical")
    for place in range(3):
        own = [hit.kind for hit in found if hit.item in {None, place + 1}]
        strongest = max(own, key=list(rules.WORDS).index, default=None)
        expect.field(
            reply,
            f"/items/{place}/outcome",
            equals=rules.WORDS[strongest],
            fix="reject outweighs warning, warning outweighs advice.",
            fix_fa="رد از هشدار و هشدار از راهنما قوی‌تر است.",
        )


@conformance_case(
    "TC-HRS-SEM-OVERRIDE-001",
    verifies=("ERX-8-7-E", "ERX-9-1-4-E"),
    role=ROLE,
    rulings=("RUL-006",),
    title_fa="پذیرش هشدار بالینی",
)
def tc_override_of_a_clinical_warning(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives the id of the whole once every warning is overridden with a reason.

    Given a warning at two items, when both override it, then the id is given; a reason of another
    group and an override of a rejection are refused.
    """

    def asked(codes: tuple[str, str], rule: str, reason: str = "PATIENT_INFORMED") -> Asked:
        return question(*(drug(code, overrides=[override(rule, reason)]) for code in codes))

    taken = ask(sut, data, asked(WARNED, "D02"), "stimulus: both overridden")
    wrong = ask(sut, data, asked(WARNED, "D02", "WRONG_ITEM"), "stimulus: reason of another group")
    refused = ask(sut, data, asked(FORBIDDEN, "D01A"), "stimulus: override a rejection")

    expect.field(
        taken,
        "/trackingId",
        matches="[0-9]{20}",
        fix="Overriding every warning opens the id.",
        fix_fa="پذیرش همهٔ هشدارها شناسه را باز می‌کند.",
    )
    expect.problem(wrong, status=422, code="OVERRIDE_REASON_INVALID")
    expect.problem(refused, status=422, code="OVERRIDE_NOT_ALLOWED")


@conformance_case(
    "TC-HRS-SEM-POSITION-001",
    verifies=("ERX-8-7-C", "ERX-9-1-4-C"),
    role=ROLE,
    title_fa="پیش از تجویز",
)
def tc_health_rules_before_prescribing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers before prescribing, in the published format, and not after it.

    Given two medicines that need care together, when they are evaluated before prescribing, then
    the verdict fits its schema; a position after service is refused.
    """
    pair = tuple(drug(code) for code in WARNED)

    reply = ask(sut, data, question(*pair), "stimulus: before prescribing")
    after = ask(sut, data, question(*pair, position="post_service"), "stimulus: after service")

    expect.schema(reply, requirement="ERX-9-1-4-C")
    expect.field(reply, "/outcome", equals="warned", fix="D02 speaks before prescribing.")
    expect.problem(after, status=422, code="RULE_POSITION_INVALID")


@conformance_case(
    "TC-HRS-SEM-POSITION-002",
    verifies=("ERX-8-7-D",),
    role=ROLE,
    title_fa="پیش از خدمت",
)
def tc_health_rules_before_service(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers before the service as well.

    Given two medicines that need care together, when they are evaluated before service, then the
    same warning is given as before prescribing.
    """
    asked = question(*(drug(code) for code in WARNED), position="pre_service")
    reply = judged(
        sut,
        data,
        expect,
        asked,
        "Health rules speak at both positions.",
        "قواعد سلامت در هر دو جایگاه سخن می‌گویند.",
    )
    expect.field(reply, "/outcome", equals="warned", fix="D02 speaks before service.")


@conformance_case(
    "TC-HRS-SEM-DURING-001",
    verifies=("RM-INS-DURING",),
    role=ROLE,
    title_fa="پایش آزمایش حین خدمت",
)
def tc_measurements_during_a_stay(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT watches the newest fitting measurement of an inpatient.

    Given an inpatient on metformin with two kidney values, one too old and one in another unit,
    when it is evaluated before it is given, then the newest usable value decides.
    """
    metformin = drug("99001", dailyMg=500)
    for observations in (
        [{**EGFR, "ageDays": 60}, {**EGFR, "value": 80}],
        [{**EGFR, "ageDays": 91}],
        [{**EGFR, "unit": "mg"}],
    ):
        facts = {
            "patient": {"observations": observations},
            "context": {"admission": "inpatient"},
        }
        asked = question(metformin, position="pre_service", place="hospital-1", facts=facts)
        judged(
            sut,
            data,
            expect,
            asked,
            "Take the newest value within its days; another unit says nothing.",
            "تازه‌ترین مقدار در مهلت و با واحد درست ملاک است.",
        )


@conformance_case(
    "TC-HRS-SEM-DOSE-001",
    verifies=("ERX-8-7-B",),
    role=ROLE,
    title_fa="حد دوز و جمع دوز",
)
def tc_daily_doses(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT adds up daily doses of one substance and allows the limit itself.

    Given the limit in one item and more than it in two items, when they are evaluated, then only
    the two meet the rule of the dose.
    """
    for asked in (
        question(drug("99045", dailyMg=400)),
        question(drug("99045", dailyMg=250), drug("99045", dailyMg=250)),
    ):
        judged(
            sut,
            data,
            expect,
            asked,
            "Sum dailyMg over the items of a substance; only more than the limit hits.",
            "دوز روزانهٔ همهٔ اقلام یک ماده را جمع کنید؛ خودِ حد مجاز است.",
        )


@conformance_case(
    "TC-HRS-SEM-LISTED-001",
    verifies=("RM-LAW-74-TH",),
    role=ROLE,
    title_fa="تنها داروی فهرست رسمی",
)
def tc_only_listed_medicines(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges medicines of the official list only, under their generic codes.

    Given a listed medicine, a code nobody published and a code whose text is another medicine's,
    when they are evaluated, then the first is judged and the others are refused.
    """
    fine = drug("99012")
    unknown = {**fine, "code": {**fine["code"], "code": "99899"}}
    brand = {**fine, "code": {**fine["code"], "display": "Losatan Brand 50"}}

    listed = ask(sut, data, question(fine), "stimulus: listed")
    stranger = ask(sut, data, question(unknown), "stimulus: not listed")
    branded = ask(sut, data, question(brand), "stimulus: another text")

    expect.status(listed, 200, fix="Judge what is listed.")
    expect.field(listed, "/outcome", equals="approved", fix="Nothing stands against losartan.")
    expect.problem(stranger, status=422, code="CODE_UNKNOWN")
    expect.problem(branded, status=422, code="CODE_DISPLAY_MISMATCH")
