"""What a complementary plan pays, by the oracle of the second payer."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import journeys_insurers as insurers
from suites.journeys import OFFICE
from suites.journeys_insurers import Delivered
from suites.oracles.tariffs import second_payer

ROLE = "complementary_insurer_system"
ABOVE = 400_000  # what a private visit asks above the public tariff, so that the cap is reached


@conformance_case(
    "TC-CMP-SEM-SHARE-001",
    verifies=("ERX-8-4-C", "ERX-8-4-E", "ERX-8-4-A"),
    role=ROLE,
    rulings=("RUL-061",),
    title_fa="سهم تکمیلی از سهم بیمار",
)
def tc_share_of_the_plan(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT pays its percentage of the patient's part up to the cap, to the rial.

    Given a visit at the tariff and a dear one, both decided by the base insurer, when the second
    claims are submitted, then share and remainder are those of the plan.
    """
    tariff = Delivered().tariff
    for name, visit in (("tariff", Delivered()), ("dear", Delivered(price=tariff + ABOVE))):
        base = insurers.base_result(sut, data, name, visit)
        share, rest = second_payer(insurers.plan_case(data, base["accepted"]["patientShare"]))

        reply = insurers.second(sut, insurers.second_body(base), f"stimulus: {name}")

        expect.field(
            reply,
            "/complementaryShare",
            equals=share,
            fix="Percent of the part the base insurer left, rounded half up, at most the cap.",
            fix_fa="درصد طرح از سهم باقی‌ماندهٔ بیمار، حداکثر تا سقف.",
        )
        expect.field(
            reply,
            "/patientShare",
            equals=rest,
            requirement="ERX-8-4-E",
            fix="The patient pays what is left after both payers.",
            fix_fa="بیمار تنها باقی‌مانده پس از هر دو بیمه را می‌پردازد.",
        )


@conformance_case(
    "TC-CMP-SEM-RULES-001",
    verifies=("ERX-A1-11-1", "ERX-8-4-B", "ERX-8-6-N2-A"),
    role=ROLE,
    rulings=("RUL-061",),
    title_fa="قواعد طرح تکمیلی",
)
def tc_rules_of_the_plan(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT offers its rules as a service and pays only what the plan covers.

    Given a covered visit and a medicine that no base insurer covers, when both are evaluated, then
    the visit is approved with the plan's share and the medicine is rejected.
    """
    covered = insurers.plan_question(sut, data, [Delivered()])
    uncovered = {
        "itemId": "2",
        "code": data.drug("99058"),
        "quantity": 1,
        "unitPrice": data.product("99058").reference_price,
    }
    body = {**covered, "items": [*covered["items"], uncovered]}

    reply = sut.call("evaluateComplementary", step="stimulus: evaluate", body=body, caller=OFFICE)

    part = Delivered().split().patient
    share, rest = second_payer(insurers.plan_case(data, part))
    expect.field(
        reply,
        "/items/0/cost",
        equals={"total": part, "insurerShare": share, "patientShare": rest},
        fix="Total is the part the base insurer leaves; the plan pays its percentage of it.",
        fix_fa="کل، سهم باقی‌ماندهٔ بیمار است و طرح درصد خود را می‌پردازد.",
    )
    expect.field(
        reply,
        "/items/1/outcome",
        equals="rejected",
        fix="The plan pays nothing for what the base insurers exclude.",
        fix_fa="طرح برای خدمت خارج از پوشش پایه چیزی نمی‌پردازد.",
    )


@conformance_case(
    "TC-CMP-SEM-RULES-002",
    verifies=("ERX-8-4-N", "ERX-8-6-N2-B", "ERX-8-4-G", "ERX-A1-9-20"),
    role=ROLE,
    rulings=("RUL-061",),
    title_fa="قالب واحد پاسخ قواعد",
)
def tc_standard_verdict(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes the request of the single rule service and answers in its format.

    Given the standard request with coded items of the reference model, when it is evaluated, then
    the answer fits the published schema; a code outside the model is refused.
    """
    body = insurers.plan_question(sut, data, [Delivered()])
    item = body["items"][0]
    stranger = {**item, "code": {**item["code"], "code": "992999"}}

    reply = sut.call("evaluateComplementary", step="stimulus: evaluate", body=body, caller=OFFICE)
    refused = sut.call(
        "evaluateComplementary",
        step="stimulus: unknown code",
        body={**body, "items": [stranger]},
        caller=OFFICE,
    )

    expect.schema(reply)
    expect.field(
        reply,
        "/outcome",
        equals="approved",
        requirement="ERX-8-4-G",
        fix="Tell the outcome in the words of the published protocol.",
    )
    expect.problem(refused, status=422, code="CODE_UNKNOWN", requirement="ERX-A1-9-20")
