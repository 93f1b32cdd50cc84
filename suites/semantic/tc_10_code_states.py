"""Clauses 8-10 and 10 at the purchaser: every place of a message that carries a code."""

from __future__ import annotations

from collections.abc import Mapping

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.kit.data import SPECIALTIES
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys_codes import LABORATORY, SERVICES, coded

ROLE = "purchaser_system"
FREQUENCIES, ROUTES, DIAGNOSES = (
    "urn:ir:maksa:frequency-synthetic",
    "urn:ir:maksa:route-synthetic",
    "urn:ir:maksa:icd10-synthetic",
)


def _spoiled(good: Mapping[str, JsonValue], other: str) -> dict[str, tuple[JsonValue, str]]:
    """Return the wrong states of a coded text with the reason of each; `other` is a system."""
    return {
        "unknown": ({**good, "code": "ZZ9"}, "CODE_UNKNOWN"),
        "of another system": ({**good, "system": other}, "CODE_UNKNOWN"),
        "with another text": ({**good, "display": "something else"}, "CODE_DISPLAY_MISMATCH"),
    }


def _with(data: SyntheticData, place: str, code: JsonValue) -> dict[str, JsonValue]:
    """Return the members of a prescription in which one coded place is replaced."""
    if place in {"code", "frequency", "route"}:
        return {"items": [data.item() | {place: code}]}
    if place == "diagnoses":
        return {"diagnoses": [code]}
    return {"prescriber": data.signer("dr01", specialty=code)}


@conformance_case(
    "TC-PUR-SEM-CODE-007",
    verifies=("ERX-10-B", "ERX-8-10-C", "ERX-6-2-A"),
    role=ROLE,
    title_fa="هر جای کددار نسخه",
)
def tc_every_coded_place_is_checked(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT looks up every code of a prescription, not that of the medicine alone.

    Given a prescription, when its medicine, frequency, route, diagnosis or specialty carries an
    unknown code, one of another system or one with another text, then each is refused with its
    reason; with all codes right it is registered.
    """
    hid = journeys.new_hid(sut, data)
    places: dict[str, tuple[Mapping[str, JsonValue], str]] = {
        "code": (data.drug("99012"), SERVICES),
        "frequency": (data.frequency("BD"), ROUTES),
        "route": (data.route("oral"), FREQUENCIES),
        "diagnoses": (data.diagnosis("E11.9"), SPECIALTIES),
        "specialty": (data.concept(SPECIALTIES, data.professional("dr01").specialty), DIAGNOSES),
    }

    for place, (good, other) in places.items():
        for state, (code, reason) in _spoiled(good, other).items():
            label = f"{place} {state}"
            payload = journeys.draft(sut, data, label, hid=hid, **_with(data, place, code))
            expect.problem(
                journeys.submit(sut, payload, f"stimulus: {label}"),
                status=422,
                code=reason,
                title=f"a {place} {state} is not refused",
                fix="Look up every coded text of a document in its own system.",
                fix_fa="هر متن کددار سند را در نظام خودش بجویید.",
            )
    right = journeys.draft(
        sut, data, "right", hid=hid, **_with(data, "diagnoses", data.diagnosis("E11.9"))
    )
    taken = journeys.submit(sut, right, "control: all codes right")
    expect.status(taken, 201, fix="Take a prescription whose codes are all in force.")


def _price(sut: Sut, data: SyntheticData, code: JsonValue, step: str) -> Reply:
    """Ask for the price of one service, however it is coded."""
    body = journeys.price_body(data, [("1", journeys.VISIT, 1, 100_000)], kind="office")
    line = {"itemId": "1", "code": code, "quantity": 1, "unitPrice": 100_000}
    asked = {**body, "items": [line]}
    return sut.call("price", body=asked, caller=journeys.OFFICE, step=step)


@conformance_case(
    "TC-PUR-SEM-CODE-008",
    verifies=("ERX-10-B", "ERX-8-10-C"),
    role=ROLE,
    title_fa="وضعیت کد خدمت در محاسبهٔ سهم‌ها",
)
def tc_services_are_priced_in_codes_of_today(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT prices services by codes that are in force today, in their own system.

    Given a service, when it is priced under a retired code, an announced one, an unknown one, the
    code of a test without its system, and another text, then each is refused with its reason; the
    code in force and its new version are priced.
    """
    test = coded(LABORATORY, "58410-2")
    wrong = {
        "retired": (coded(SERVICES, "991450"), "CODE_RETIRED"),
        "announced": (coded(SERVICES, "992123"), "CODE_NOT_YET_VALID"),
        "unknown": ({**coded(SERVICES, journeys.VISIT), "code": "999999"}, "CODE_UNKNOWN"),
        "of a test": ({**test, "system": SERVICES}, "CODE_UNKNOWN"),
        "with another text": (
            {**coded(SERVICES, journeys.VISIT), "display": "something else"},
            "CODE_DISPLAY_MISMATCH",
        ),
    }

    fix = "Look the service up on the day of the question, text and system too."
    fix_fa = "خدمت را با متن و نظام آن در روز پرسش بجویید."
    for code in (journeys.VISIT, "992122"):
        good = _price(sut, data, coded(SERVICES, code), f"stimulus: {code} in force")
        expect.field(good, "/total", equals=100_000, fix=fix, fix_fa=fix_fa)
    for state, (spoiled, reason) in wrong.items():
        reply = _price(sut, data, spoiled, f"stimulus: {state}")
        expect.problem(reply, status=422, code=reason, fix=fix, fix_fa=fix_fa)
