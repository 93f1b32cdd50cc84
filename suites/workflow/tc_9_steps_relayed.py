"""Clause 9 at the gateway: steps and exceptions of the work flows that no other journey makes.

P4 and its rejection and override, D3 with its lock, D4 and D5, D6 against used packs, D7 with what
is abandoned or not yet due, D8, the accounts of P8 and D9, and what happens between the steps. The
journeys are those of the services behind; every step of them goes through the gateway.
"""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.gateway_flow import Journey, Relayed, through
from suites.semantic.tc_8_11_authenticity import tc_every_state_has_its_verdict
from suites.semantic.tc_9_2_8_results import tc_a_final_report_is_final
from suites.workflow.tc_8_4_insurer_flows import (
    tc_accounts_of_a_month_agree,
    tc_question_reaches_the_prescriber,
    tc_repeat_is_not_given_before_it_is_due,
    tc_stay_ends_with_the_discharge,
)
from suites.workflow.tc_8_4_purchaser_duties import tc_adjustments_come_back
from suites.workflow.tc_8_6_single_rule_service import tc_one_answer_of_all_sources
from suites.workflow.tc_8_11_packs import tc_voided_dispense_gives_its_pack_back
from suites.workflow.tc_9_1_4_rule_approval import (
    tc_no_id_without_approval,
    tc_override_of_a_warning,
)
from suites.workflow.tc_9_2_3_retrieval import tc_second_lease_is_refused
from suites.workflow.tc_9_2_4_validation import tc_dispense_answers_with_the_split
from suites.workflow.tc_9_2_6_dispensing import (
    tc_abandoned_dispense_frees_its_quantity,
    tc_product_that_is_not_authentic_is_refused,
)


def tc_step_through_the_gateway(
    sut: Sut, data: SyntheticData, expect: Expect, journey: Journey
) -> None:
    """Ensure that the IUT carries a step of the work flows and every answer to it.

    Given the services of the exchange behind the IUT, when the journey of a step is made through
    it, then each message is answered as the service behind answers it.
    """
    journey(through(sut), data, expect)


STEPS = (
    Relayed(
        "011",
        tc_no_id_without_approval,
        ("ERX-9-1-4-F",),
        "گام P4: قلم ردشده از درگاه شناسه نمی‌گیرد",
        "Ensure that the IUT hands rejections of step P4 on, without an id for what is rejected.",
        ("RUL-006",),
    ),
    Relayed(
        "012",
        tc_override_of_a_warning,
        ("ERX-9-1-4-F",),
        "گام P4: پذیرش هشدار با علت از راه درگاه",
        "Ensure that the IUT carries reasons against warnings of step P4, and refusals of others.",
        ("RUL-006",),
    ),
    Relayed(
        "013",
        tc_one_answer_of_all_sources,
        ("ERX-9-2-6-C",),
        "گام‌های P4 و D5: پاسخ همهٔ منابع قواعد از راه درگاه",
        "Ensure that the IUT hands on what each source of rules says at steps P4 and D5.",
        ("RUL-006",),
    ),
    Relayed(
        "014",
        tc_question_reaches_the_prescriber,
        ("ERX-2-ERX-B",),
        "پرسش تحویل‌دهنده و پاسخ تجویزکننده از راه درگاه",
        "Ensure that the IUT carries a question to the prescriber and the answer back.",
    ),
    Relayed(
        "027",
        tc_second_lease_is_refused,
        ("ERX-9-2-A",),
        "گام D3: نوبت دوم از درگاه نمی‌گذرد",
        "Ensure that the IUT tells the second dispenser of step D3 that another one holds it.",
    ),
    Relayed(
        "028",
        tc_dispense_answers_with_the_split,
        ("ERX-7-10-A",),
        "گام D7: سهم‌ها از راه درگاه",
        "Ensure that the IUT hands the split of a dispense of step D7 on, per item and in sum.",
    ),
    Relayed(
        "029",
        tc_every_state_has_its_verdict,
        ("ERX-9-B",),
        "گام D6: حکم اصالت هر بسته از راه درگاه",
        "Ensure that the IUT hands the verdict of step D6 on for packs of every state.",
    ),
    Relayed(
        "030",
        tc_product_that_is_not_authentic_is_refused,
        ("ERX-9-2-A",),
        "گام D6: کالای نااصل از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a dispense whose pack failed step D6 with the refusal it is.",
        ("RUL-007",),
    ),
    Relayed(
        "031",
        tc_abandoned_dispense_frees_its_quantity,
        ("ERX-9-2-6-D",),
        "گام D7: انصراف از تحویل از راه درگاه",
        "Ensure that the IUT carries the abandoning of step D7, after which the rest is free.",
    ),
    Relayed(
        "032",
        tc_repeat_is_not_given_before_it_is_due,
        ("ERX-9-2-6-D",),
        "گام D7: تکرار پیش از موعد از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a repeat before its day with the refusal it is.",
        ("RUL-078",),
    ),
    Relayed(
        "033",
        tc_voided_dispense_gives_its_pack_back,
        ("ERX-9-N-C",),
        "بازگشت بسته پس از ابطال از راه درگاه",
        "Ensure that the IUT carries a pack back to the shelf from its own dispense only.",
    ),
    Relayed(
        "049",
        tc_accounts_of_a_month_agree,
        ("RM-INS-ALL",),
        "گام‌های P8 و D9: حساب ماه از راه درگاه",
        "Ensure that the IUT hands the accounts of steps P8 and D9 on, which agree to the rial.",
        alone=True,  # reads the account of a centre twice
    ),
    Relayed(
        "050",
        tc_adjustments_come_back,
        ("ERX-9-2-9-N1",),
        "گام D9: تعدیل‌ها از راه درگاه",
        "Ensure that the IUT hands on what adjudication of step D9 took off, with its reasons.",
    ),
    Relayed(
        "051",
        tc_stay_ends_with_the_discharge,
        ("RM-INS-ALL",),
        "پایش حین خدمت از راه درگاه",
        "Ensure that the IUT carries the events of a stay up to the discharge and none after it.",
        ("RUL-027",),
    ),
    Relayed(
        "065",
        tc_a_final_report_is_final,
        ("RM-ARCH-DQ",),
        "گام D8: نتیجهٔ نهایی دوم از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a second final result of step D8 with the refusal it is.",
    ),
)


def _register() -> None:
    for row in STEPS:
        conformance_case(
            f"TC-GTW-WF-FLOW-{row.id}",
            verifies=row.verifies,
            role="gateway",
            rulings=row.rulings,
            title_fa=row.title_fa,
            purpose=row.purpose,
            alone=row.alone,
            given={"journey": row.journey},
        )(tc_step_through_the_gateway)


_register()
