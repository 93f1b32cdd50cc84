"""Clause 9-2-8: results as FHIR collections; what does not fit together is refused."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record


def refused(
    sut: Sut, data: SyntheticData, expect: Expect, body: JsonValue, why: tuple[str, str, str]
) -> Reply:
    """Hand a spoiled result in, expect the refusal, and the right result to be taken after it."""
    code, *fix = why
    reply = record.result(sut, body, "stimulus: the spoiled result")
    expect.problem(reply, status=422, code=code, fix=fix[0], fix_fa=fix[1])
    right = record.laboratory(data, "P01", data.hid(sut, "P01"), label="control")
    expect.control(record.result(sut, right, "control: a right result"), 201)
    return reply


@conformance_case(
    "TC-EHR-SEM-RES-001",
    verifies=("ERX-6-2-A", "RM-ARCH-DQ"),
    role="ehr",
    title_fa="یکای نتیجه با آزمایش می‌خواند",
)
def tc_the_unit_fits_the_test(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a result whose unit is none of its test.

    Given a fasting glucose in mmol/L where the pack lists mg/dL, when it is handed in, then the IUT
    refuses it.
    """
    value = {"value": 92, "unit": "mmol/L", "system": record.UCUM, "code": "mmol/L"}
    part = record.observation(data, "P01", valueQuantity=value)
    body = record.laboratory(data, "P01", data.hid(sut, "P01"), part=part)

    why = (
        "RESULT_UNIT_INVALID",
        "Compare the unit with that of the test.",
        "یکا را با یکای آزمایش بسنجید.",
    )
    refused(sut, data, expect, body, why)


@conformance_case(
    "TC-EHR-SEM-RES-002",
    verifies=("ERX-8-10-C", "ERX-10-B", "RM-P4-A", "SVC-000-A"),
    role="ehr",
    title_fa="کد ناشناختهٔ نتیجه رد می‌شود",
)
def tc_codes_of_results_are_known(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a result with a code that its system does not have.

    Given a laboratory result whose observation carries an unknown LOINC code, when it is handed in,
    then the IUT refuses it with the coded reason.
    """
    part = record.observation(data, "P01", code=record.fhir(record.LOINC, "99999-9", "nothing"))
    body = record.laboratory(data, "P01", data.hid(sut, "P01"), part=part)

    why = ("CODE_UNKNOWN", "Look every code of a result up.", "همهٔ کدهای نتیجه را استعلام کنید.")
    refused(sut, data, expect, body, why)


@conformance_case(
    "TC-EHR-SEM-RES-003",
    verifies=("ERX-10-C", "ERX-2-UID-A", "ERX-7-1-A"),
    role="ehr",
    title_fa="نتیجهٔ بیمار دیگر رد می‌شود",
)
def tc_all_parts_are_of_one_person(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a result that mixes two people.

    Given a result of one person whose observation names another, when it is handed in, then the IUT
    refuses it.
    """
    part = record.observation(data, "P02")
    body = record.laboratory(data, "P01", data.hid(sut, "P01"), part=part)

    why = (
        "RESULT_ORDER_MISMATCH",
        "Compare the subjects of all parts.",
        "بیمار همهٔ بخش‌ها باید یکی باشد.",
    )
    refused(sut, data, expect, body, why)


@conformance_case(
    "TC-EHR-SEM-RES-004",
    verifies=("ERX-10-C", "RM-4C-4"),
    role="ehr",
    title_fa="شباد نتیجه استعلام می‌شود",
)
def tc_the_hid_of_a_result_is_verified(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a result whose HID nobody issued.

    Given a result with a HID that is well formed and was never issued, when it is handed in, then
    the IUT refuses it.
    """
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    body = record.laboratory(data, "P01", hid)

    why = (
        "HID_INVALID",
        "Let eligibility verify the HID.",
        "شباد را از استحقاق درمان استعلام کنید.",
    )
    refused(sut, data, expect, body, why)


@conformance_case(
    "TC-EHR-SEM-RES-005",
    verifies=("RM-4C-4", "ERX-6-2-A"),
    role="ehr",
    title_fa="بخش بی‌ارجاع پذیرفته نیست",
)
def tc_every_part_belongs_to_the_report(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a collection with a part its report does not refer to.

    Given a result with an observation more than the report names, when it is handed in, then the
    IUT refuses it.
    """
    body = record.laboratory(data, "P01", data.hid(sut, "P01"))
    orphan = record.observation(data, "P01", id="orphan")
    spoiled = {**body, "bundle": record.with_part(body["bundle"], "urn:uuid:orphan", orphan)}

    why = (
        "RESULT_BUNDLE_INVALID",
        "Demand a reference to every part.",
        "هر بخش باید در گزارش ارجاع داشته باشد.",
    )
    refused(sut, data, expect, spoiled, why)


@conformance_case(
    "TC-EHR-SEM-RES-006",
    verifies=("RM-ARCH-DQ",),
    role="ehr",
    title_fa="گزارش نهایی دوم جای اولی را نمی‌گیرد",
)
def tc_a_final_report_is_final(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a second final report of the same id with another value.

    Given a final laboratory report in the record, when another final one of the same id arrives
    with another value, then the IUT refuses it; a report that says it is a correction is taken.
    """
    hid = data.hid(sut, "P01")
    first = record.laboratory(data, "P01", hid)
    expect.control(record.result(sut, first, "control: the first final report"), 201)
    value = {"value": 180, "unit": "mg/dL", "system": record.UCUM, "code": "mg/dL"}
    part = record.observation(data, "P01", valueQuantity=value)
    issued = data.instant()
    second = record.laboratory(data, "P01", hid, part=part, issued=issued)
    third = record.laboratory(data, "P01", hid, part=part, issued=issued, status="corrected")

    reply = record.result(sut, second, "stimulus: a second final report")

    expect.problem(
        reply,
        status=409,
        code="RECORD_VERSION_CONFLICT",
        fix="Take a changed report only as correction.",
        fix_fa="گزارش تغییریافته فقط به‌صورت تصحیح پذیرفته است.",
    )
    corrected = record.result(sut, third, "control: a correction")
    expect.field(corrected, "/version", equals=2, fix="A correction is the next version.")
