"""Health rules: worked examples of the clinical bank, and what the engine has to look at."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.journeys import OFFICE
from suites.journeys_health import ask, judged
from suites.journeys_rules import active, drug, question
from suites.worked_examples import Families, play

ROLE = "health_rule_service"
EGFR = {"code": "EGFR", "unit": "mL/min/{1.73_m2}", "value": 20, "ageDays": 5}


@conformance_case(
    "TC-HRS-SEM-BANK-001",
    verifies=("ERX-8-7-B", "ERX-8-7-A"),
    role=ROLE,
    rulings=("RUL-055", "RUL-057"),
    title_fa="مثال‌های بانک: تداخل و تکرار",
)
def tc_examples_of_interactions(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT holds the bank of the pack and tells of every published interaction.

    Given the worked examples of the interactions D01 to D28, when they are evaluated, then exactly
    the rules speak that the conditions of the pack give; its bank holds every rule of the pack.
    """
    play(sut, data, expect, Families("clinical", ("D",), "ERX-8-7-B"))
    bank = sut.call("listHealthRules", caller=OFFICE, step="stimulus: the bank")
    rows = bank.required("/rules")
    listed = rows if isinstance(rows, list) else []
    held = {str(row.get("ruleId")) for row in listed if isinstance(row, dict)}
    rules = load_pack(sut.profile.pack).rule_banks["clinical"]["rules"]
    missing = sorted({row["id"] for row in rules} - held)
    expect.that(
        not missing,
        title="a rule of the pack is not in the bank",
        expected="every clinical rule of the pack",
        observed=f"{len(held)} rules, without {', '.join(missing)[:200]}",
        pointer="/rules",
        reply=bank,
        requirement="ERX-8-7-A",
        fix="Load the whole bank whenever the pack changes.",
        fix_fa="با هر تغییر بسته، همهٔ بانک را بارگذاری کنید.",
    )


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
            (
                "Compare with facts.active whose `ended` is false.",
                "با داروهای فعال پایان‌نیافته بسنجید.",
            ),
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
            (
                "Take birth date and order of the patient id; a newborn is not its mother.",
                "تاریخ و ترتیب تولد را در نظر بگیرید؛ نوزاد همان مادر نیست.",
            ),
        )


@conformance_case(
    "TC-HRS-SEM-SEX-001",
    verifies=("ERX-7-2-C",),
    role=ROLE,
    title_fa="جنس و بارداری",
)
def tc_conditions_of_women(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT judges by the coded sex and the conditions of the patient.

    Given a woman of childbearing age, a pregnant one and a man, when losartan and isotretinoin are
    evaluated, then the rules of pregnancy speak where the bank says, and only there.
    """
    pregnant = {"patient": {"conditions": ["Z34.9"]}}
    items = (drug("99012"), drug("99059"))
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
            (
                "Sex comes from the registry, pregnancy from stated conditions and diagnoses.",
                "جنس از سامانهٔ هویت و بارداری از وضعیت و تشخیص می‌آید.",
            ),
        )


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
            (
                "Take the newest value within its days; another unit says nothing.",
                "تازه‌ترین مقدار در مهلت و با واحد درست ملاک است.",
            ),
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
            (
                "Sum dailyMg over the items of a substance; only more than the limit hits.",
                "دوز روزانهٔ همهٔ اقلام یک ماده را جمع کنید؛ خودِ حد مجاز است.",
            ),
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
