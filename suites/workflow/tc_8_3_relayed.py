"""Clause 8-3: prescribing, dispensing, claims and records make their whole way through DITAS.

The journeys are those of the services behind; here every step of them goes through the gateway,
which has to hand on what was asked and what was answered, and above all the refusals.
"""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.gateway_flow import Journey, Relayed, through
from suites.property.tc_life_cycle import tc_dispenses_race_for_the_rest
from suites.security.tc_8_5_access import (
    tc_a_record_is_closed_without_basis,
    tc_revocation_closes_the_record,
)
from suites.semantic.tc_8_12_members import tc_sanctions_take_privileges_away
from suites.semantic.tc_9_2_8_results import tc_the_unit_fits_the_test
from suites.workflow.tc_004_monitor import tc_a_refused_record_is_listed
from suites.workflow.tc_8_4_purchaser_duties import (
    tc_approval_of_the_single_service,
    tc_outpatient_and_inpatient_electronically,
)
from suites.workflow.tc_9_1_5_registration import (
    tc_invented_rule_tracking_id_is_refused,
    tc_registration_gives_a_tracking_code,
    tc_suspended_prescriber_is_refused,
)
from suites.workflow.tc_9_1_6_editing import (
    tc_cancelling_after_dispense_is_refused,
    tc_edit_after_dispense_is_refused,
    tc_prescription_can_be_edited,
    tc_stale_edit_is_refused,
)
from suites.workflow.tc_9_1_7_service_record import (
    tc_service_record_makes_a_claim,
    tc_service_without_hid_is_refused,
    tc_shares_that_do_not_add_up_are_refused,
)
from suites.workflow.tc_9_2_3_retrieval import tc_retrieval_by_tracking_code
from suites.workflow.tc_9_2_4_validation import tc_dispense_under_another_hid_is_refused
from suites.workflow.tc_9_2_6_dispensing import (
    tc_dispense_needs_the_lease,
    tc_dispense_without_hid_is_refused,
    tc_more_than_prescribed_is_refused,
    tc_void_gives_the_quantity_back_once,
)
from suites.workflow.tc_adjudication import tc_defective_submissions, tc_one_visit_is_paid_once
from suites.workflow.tc_complementary import tc_base_result_is_verified, tc_letter_pays_once


def tc_journey_through_the_gateway(
    sut: Sut, data: SyntheticData, expect: Expect, journey: Journey
) -> None:
    """Ensure that the IUT hands a journey on, step by step, and tells how every step went.

    Given the services of the exchange behind the IUT, when a journey is made through it, then each
    step is answered as the service behind answers it.
    """
    journey(through(sut), data, expect)


PRESCRIBING = (
    Relayed(
        "001",
        tc_registration_gives_a_tracking_code,
        ("ERX-9-1-5-B",),
        "کد رهگیری از راه درگاه",
        "Ensure that the IUT hands the tracking code of a registration on to the prescriber.",
    ),
    Relayed(
        "002",
        tc_retrieval_by_tracking_code,
        ("ERX-9-1-5-B",),
        "دریافت نسخه با کد رهگیری از راه درگاه",
        "Ensure that the IUT lets a pharmacy fetch a prescription with the code of registration.",
    ),
    Relayed(
        "003",
        tc_edit_after_dispense_is_refused,
        ("ERX-9-1-6-B", "ERX-9-N-C"),
        "درگاه ویرایش پس از تحویل را نمی‌پذیرد",
        "Ensure that the IUT answers an edit after dispensing with the refusal it is.",
    ),
    Relayed(
        "004",
        tc_cancelling_after_dispense_is_refused,
        ("ERX-9-N-C", "ERX-9-1-6-B"),
        "درگاه لغو پس از تحویل را نمی‌پذیرد",
        "Ensure that the IUT answers a cancellation after dispensing with the refusal it is.",
    ),
    Relayed(
        "005",
        tc_prescription_can_be_edited,
        ("ERX-9-1-6-C",),
        "ویرایش امضاشده از راه درگاه",
        "Ensure that the IUT carries a signed edit with its condition and names the new version.",
    ),
    Relayed(
        "006",
        tc_stale_edit_is_refused,
        ("ERX-9-1-6-C",),
        "درگاه ویرایش نسخهٔ کهنه را برمی‌گرداند",
        "Ensure that the IUT tells the author of a stale edit that it was refused.",
    ),
    Relayed(
        "007",
        tc_suspended_prescriber_is_refused,
        ("ERX-8-12-N1-C",),
        "تعلیق پروانه از راه درگاه اثر دارد",
        "Ensure that the IUT stops the prescription of a suspended member with the coded reason.",
    ),
    Relayed(
        "008",
        tc_sanctions_take_privileges_away,
        ("ERX-8-12-N1-D", "ERX-8-12-N1-C"),
        "محکومیت انتظامی از راه درگاه اثر دارد",
        "Ensure that the IUT tells for each member anew what a sanction leaves of his rights.",
    ),
    Relayed(
        "009",
        tc_invented_rule_tracking_id_is_refused,
        ("ERX-9-1-4-F",),
        "شناسهٔ ساختگی از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a forged tracking id of the rule service with a refusal.",
        ("RUL-006",),
    ),
    Relayed(
        "010",
        tc_approval_of_the_single_service,
        ("ERX-9-1-4-F",),
        "شناسهٔ تأیید از راه درگاه",
        "Ensure that the IUT carries tracking ids from the rule service into the registration.",
        ("RUL-006",),
    ),
)
DISPENSING = (
    Relayed(
        "021",
        tc_dispense_needs_the_lease,
        ("ERX-9-2-A",),
        "تحویل پیش از دریافت نسخه رد می‌شود",
        "Ensure that the IUT refuses a dispense that comes before the retrieval of its lease.",
    ),
    Relayed(
        "022",
        tc_more_than_prescribed_is_refused,
        ("ERX-9-2-6-D",),
        "تحویل بیش از تجویز از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a dispense of more than was prescribed with a refusal.",
    ),
    Relayed(
        "023",
        tc_dispenses_race_for_the_rest,
        ("ERX-9-2-6-D",),
        "تحویل‌های هم‌زمان از راه درگاه",
        "Ensure that the IUT carries racing dispenses so that no more is given than was ordered.",
    ),
    Relayed(
        "024",
        tc_void_gives_the_quantity_back_once,
        ("ERX-9-N-C", "ERX-9-2-6-D"),
        "ابطال دوباره از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a second void with the refusal of the state it is in.",
    ),
    Relayed(
        "025",
        tc_dispense_without_hid_is_refused,
        ("ERX-9-2-6-B",),
        "تحویل بدون شباد از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a dispense without HID with a refusal.",
        ("RUL-001",),
    ),
    Relayed(
        "026",
        tc_dispense_under_another_hid_is_refused,
        ("ERX-9-2-4-B",),
        "شباد بیمار دیگر از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a dispense under another patient's HID with a refusal.",
        ("RUL-005",),
    ),
)
INSURANCE = (
    Relayed(
        "041",
        tc_service_record_makes_a_claim,
        ("RM-INS-RECEIPT", "ERX-9-1-7-B"),
        "رسید خدمت با سهم‌ها از راه درگاه",
        "Ensure that the IUT hands a delivered service to the insurer and its receipt back.",
    ),
    Relayed(
        "042",
        tc_service_without_hid_is_refused,
        ("ERX-9-2-6-B", "ERX-9-2-9-N1"),
        "خدمت بدون شباد از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a service record without HID with a refusal, the right not.",
        ("RUL-001",),
    ),
    Relayed(
        "043",
        tc_shares_that_do_not_add_up_are_refused,
        ("ERX-9-1-7-B",),
        "هزینهٔ نادرست از درگاه نمی‌گذرد",
        "Ensure that the IUT answers a falsified split of costs with a refusal.",
    ),
    Relayed(
        "044",
        tc_defective_submissions,
        ("ERX-9-2-9-N1", "RM-INS-POST-A"),
        "رسیدگی فقط به خدمت ثبت‌شده از راه درگاه",
        "Ensure that the IUT returns defective claims with reasons and forwards the sound one.",
    ),
    Relayed(
        "045",
        tc_outpatient_and_inpatient_electronically,
        ("RM-INS-ALL",),
        "خرید سرپایی و بستری از راه درگاه",
        "Ensure that the IUT carries the purchase of outpatient and inpatient services to claims.",
    ),
    Relayed(
        "046",
        tc_one_visit_is_paid_once,
        ("RM-DITAS-DEDUP",),
        "رویداد تکراری نشان‌دار می‌شود",
        "Ensure that the IUT tells who sends one event twice that the second is a duplicate.",
    ),
    Relayed(
        "047",
        tc_base_result_is_verified,
        ("ERX-A1-11-2",),
        "نتیجهٔ رسیدگی بیمهٔ تکمیلی از راه درگاه",
        "Ensure that the IUT carries results of adjudication between base and second insurer.",
        ("RUL-061",),
    ),
    Relayed(
        "048",
        tc_letter_pays_once,
        ("ERX-A1-11-3",),
        "معرفی‌نامه از راه درگاه",
        "Ensure that the IUT carries guarantee letters and tells when one has been used.",
    ),
)
RECORD = (
    Relayed(
        "061",
        tc_a_record_is_closed_without_basis,
        ("RM-POL-PRIV",),
        "پروندهٔ بی‌مبنا از راه درگاه بسته است",
        "Ensure that the IUT opens no record to a centre that has no basis to read it.",
        ("RUL-010",),
    ),
    Relayed(
        "062",
        tc_revocation_closes_the_record,
        ("RM-POL-PRIV",),
        "لغو رضایت از راه درگاه اثر دارد",
        "Ensure that the IUT closes a record with the consent that opened it.",
    ),
    Relayed(
        "063",
        tc_the_unit_fits_the_test,
        ("RM-ARCH-DQ",),
        "نتیجهٔ ناسازگار از درگاه نمی‌گذرد",
        "Ensure that the IUT answers an implausible result with the refusal of the record.",
    ),
    Relayed(
        "064",
        tc_a_refused_record_is_listed,
        ("SEP-ERR-5",),
        "دستهٔ خطا از راه درگاه",
        "Ensure that the IUT hands the class of every error of a sent record on to its sender.",
    ),
)


def _register(rows: tuple[Relayed, ...]) -> None:
    for row in rows:
        conformance_case(
            f"TC-GTW-WF-FLOW-{row.id}",
            verifies=row.verifies,
            role="gateway",
            rulings=row.rulings,
            title_fa=row.title_fa,
            purpose=row.purpose,
            given={"journey": row.journey},
        )(tc_journey_through_the_gateway)


for table in (PRESCRIBING, DISPENSING, INSURANCE, RECORD):
    _register(table)
