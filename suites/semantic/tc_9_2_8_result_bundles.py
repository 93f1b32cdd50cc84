"""Clause 9-2-8: every structural fault of a result is refused, and a good one kept as it came."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites.oracles.text import with_arabic_letters

KINDS = {"Laboratory": record.laboratory, "Imaging": record.imaging, "Pathology": record.pathology}


def _with_entries(body: dict[str, JsonValue], entries: list[JsonValue]) -> dict[str, JsonValue]:
    """Return a result whose bundle has other entries."""
    return {**body, "bundle": {**body["bundle"], "entry": entries}}


@conformance_case(
    "TC-EHR-SEM-RES-007",
    verifies=("ERX-6-2-A", "RM-ARCH-DQ"),
    role="ehr",
    title_fa="هر نقص ساختاری نتیجه رد می‌شود",
)
def tc_every_structural_fault_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a result collection that does not hold together.

    Given a right result, when it is handed in with two reports, with none, with a reference to
    nothing, with one address twice, in the category of another department, as of tomorrow and
    with an observation without a value, then each is refused; the right one is taken.
    """
    hid = data.hid(sut, "P01")
    right = record.laboratory(data, "P01", hid)
    report, part = right["bundle"]["entry"]
    second = {"fullUrl": "urn:uuid:report-2", "resource": {**report["resource"], "id": "report-2"}}
    same = {**part, "resource": {**part["resource"], "id": "obs-2"}}
    radiology = [record.fhir(record.SECTIONS, "RAD", "Radiology")]
    nothing = [{"reference": "urn:uuid:nothing"}]
    tomorrow = data.instant(seconds=86_400)
    bare = record.observation(data, "P01", valueQuantity=None)
    spoiled = {
        "two reports": _with_entries(right, [report, second, part]),
        "no report": _with_entries(right, [part]),
        "a reference to nothing": record.laboratory(data, "P01", hid, result=nothing),
        "one address twice": _with_entries(right, [report, part, same]),
        "another department": record.laboratory(data, "P01", hid, category=radiology),
        "as of tomorrow": record.laboratory(data, "P01", hid, issued=tomorrow),
        "no value": record.laboratory(data, "P01", hid, part=bare),
    }

    for name, body in spoiled.items():
        expect.problem(
            record.result(sut, body, f"stimulus: {name}"),
            status=422,
            code=("RESULT_BUNDLE_INVALID", "SCHEMA_VIOLATION"),
            title=f"a result with {name} is not refused",
            fix="Check references, addresses, category, times and values before you store.",
            fix_fa="پیش از ذخیره ارجاع‌ها، نشانی‌ها، دسته، زمان‌ها و مقدارها را بسنجید.",
        )
    taken = record.result(sut, right, "control: the right result")
    expect.status(taken, 201, fix="Take a result that holds together.")


@conformance_case(
    "TC-EHR-SEM-RES-008",
    verifies=("ERX-10-B", "RM-P4-A", "ERX-8-10-C"),
    role="ehr",
    title_fa="وضعیت کد نتیجه: منسوخ، نظام دیگر، کد محلی",
)
def tc_state_of_result_codes(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes results in the codes that are in force in their system today.

    Given a right result, when its observation carries a retired code, a code of imaging, the code
    of another system and a local one, then each is refused; the code in force is taken.
    """
    hid = data.hid(sut, "P01")
    clotting = "Activated partial thromboplastin time"
    codes = {
        "retired": record.fhir(record.LOINC, "3173-2", clotting),
        "of imaging": record.fhir(record.LOINC, "24725-4", "CT head"),
        "of another system": record.fhir("http://snomed.info/sct", "1558-6", "Fasting glucose"),
        "local": record.fhir("urn:lab:local", "GLU", "Fasting glucose"),
    }

    for name, code in codes.items():
        body = record.laboratory(
            data, "P01", hid, label=name, part=record.observation(data, "P01", code=code)
        )
        expect.problem(
            record.result(sut, body, f"stimulus: {name}"),
            status=422,
            code="CODE_UNKNOWN",
            title=f"a code that is {name} is taken",
            fix="Look codes up in the system of their kind of result, on the day of the result.",
            fix_fa="کد را در نظام همان نوع نتیجه و در روز نتیجه بجویید.",
        )
    right = record.laboratory(data, "P01", hid)
    taken = record.result(sut, right, "control: the code in force")
    expect.status(taken, 201, fix="Take the codes in force.")


@conformance_case(
    "TC-EHR-SEM-RES-009",
    verifies=("ERX-6-2-A", "ERX-10-C"),
    role="ehr",
    title_fa="نتیجه همان‌گونه که آمد بازمی‌گردد",
)
def tc_results_are_read_back_equal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives every kind of result back as it came, letter by letter.

    Given a laboratory, an imaging and a pathology result, each with a Persian note in old letters
    with joiners, when its centre reads them, then the collections are equal to those handed in.
    """
    hid = data.hid(sut, "P01")
    note = with_arabic_letters("بافت سالم است؛ پی‌گیری ۶ ماه دیگر")
    for kind, made in KINDS.items():
        body = made(data, "P01", hid, label=f"read back {kind}")
        report, *parts = body["bundle"]["entry"]
        told = {**report, "resource": {**report["resource"], "conclusion": note}}
        body = _with_entries(body, [told, *parts])
        taken = record.result(sut, body, f"stimulus: {kind}", kind)
        path = {"recordId": str(taken.required("/recordId"))}
        shown = sut.call("getRecordEntry", path=path, caller=record.LAB, step=f"read: {kind}")

        expect.field(
            shown,
            "/bundle",
            equals=body["bundle"],
            fix="Store the collection as it came; fold text to search, never to keep.",
            fix_fa="مجموعه را همان‌گونه که آمد نگه دارید؛ یکسان‌سازی تنها برای جستجو است.",
        )
