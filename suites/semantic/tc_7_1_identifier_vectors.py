"""Clause 7-1: the identifier vectors of the pack, near misses and all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fixtures import vectors
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys_registries import ask_cover, verify_hid
from suites.oracles.identifiers import is_hid, is_national_code

TYPES = {"national_code": "NC", "fida": "FIDA", "unique_id": "UID"}
INVALID = ("PATIENT_IDENTIFIER_INVALID", "SCHEMA_VIOLATION")


def _vectors(kind: str, *, valid: bool) -> Sequence[dict[str, Any]]:
    """Return the vectors of a kind with this verdict."""
    text = (Path(str(vectors.__file__)).parent / "identifiers.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["vectors"]
    return [row for row in rows if row["kind"] == kind and row["valid"] is valid]


def _expect_invalid(expect: Expect, reply: Reply, row: dict[str, Any]) -> None:
    issued = row.get("kind") == "unique_id"  # who asks the issuer hears that nobody has it
    expect.problem(
        reply,
        status=422,
        code=(*INVALID, "PATIENT_UNKNOWN") if issued else INVALID,
        title=f"an identifier is taken that cannot be one ({row['reason']})",
        fix="Check length, alphabet and check digit before you look anybody up; never pad or trim.",
        fix_fa="پیش از جستجو طول، نویسه‌ها و رقم کنترل را بسنجید؛ هرگز کوتاه یا پر نکنید.",
    )


def _price(sut: Sut, data: SyntheticData, person: JsonValue, step: str) -> Reply:
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, 1900)]) | {"patient": person}
    return sut.call("price", body=body, caller=journeys.PHARMACY, step=step)


@conformance_case(
    "TC-PUR-SEM-ID-008",
    verifies=("ERX-7-1-A", "ERX-7-1-B", "ERX-7-1-D"),
    role="purchaser_system",
    title_fa="همهٔ نمونه‌های شناسهٔ بسته",
)
def tc_all_identifier_vectors(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells every well-formed identifier of the pack from every other one.

    Given the vectors of national codes, FIDA and unique ids, when a price is asked for each
    misshapen one, then it is refused as no identifier; a well-formed one that nobody has is not
    called misshapen, and that of a person of the world is answered.
    """
    for kind, name in TYPES.items():
        for row in _vectors(kind, valid=False):
            person = {"type": name, "value": row["value"]}
            _expect_invalid(expect, _price(sut, data, person, f"stimulus: {row['reason']}"), row)
        for row in _vectors(kind, valid=True):
            person = {"type": name, "value": row["value"]}
            reply = _price(sut, data, person, f"stimulus: well-formed {kind}")
            expect.that(
                reply.status == HTTPStatus.OK or reply.problem_code == "PATIENT_UNKNOWN",
                title="a well-formed identifier is called misshapen",
                expected="an answer, or PATIENT_UNKNOWN",
                observed=reply.summary(),
                pointer="/patient/value",
                reply=reply,
                fix="Compute the check digit as published.",
                fix_fa="رقم کنترل را مطابق دستور منتشرشده حساب کنید.",
            )
    known = _price(sut, data, data.person_id("P01"), "control: a person of the world")
    expect.status(known, 200, fix="Answer for a person of the register.")


@conformance_case(
    "TC-ELG-SEM-ID-001",
    verifies=("ERX-7-1-A", "ERX-7-1-B"),
    role="eligibility_service",
    title_fa="همهٔ نمونه‌های شناسه در استحقاق‌سنجی",
)
def tc_identifiers_at_admission(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses every misshapen identifier of the pack at admission.

    Given the vectors of national codes, FIDA and unique ids, when each misshapen one is asked for,
    then it is refused; one digit of an insured person's code changed in each place names nobody.
    """
    for kind, name in TYPES.items():
        for row in _vectors(kind, valid=False):
            person = {"type": name, "value": row["value"]}
            reply = ask_cover(sut, data, "P01", f"stimulus: {row['reason']}", patient=person)
            _expect_invalid(expect, reply, row)

    code = data.person("P01").id_value
    for place in range(len(code)):
        near = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        row = {"reason": f"digit {place + 1} changed", "valid": is_national_code(near)}
        person = {"type": "NC", "value": near}
        reply = ask_cover(sut, data, "P01", f"stimulus: digit {place + 1}", patient=person)
        _expect_invalid(expect, reply, row)
    right = ask_cover(sut, data, "P01", "control: the code itself")
    expect.field(right, "/entitled", equals=True, fix="Answer for a person of the register.")


@conformance_case(
    "TC-ELG-SEM-HID-001",
    verifies=("ERX-2-HID-A",),
    role="eligibility_service",
    title_fa="همهٔ نمونه‌های شباد",
)
def tc_all_hid_vectors(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT holds no HID valid that it did not issue, whatever its form.

    Given the HID vectors of the pack, when each is verified, then none holds: the misshapen ones
    are refused or said to be invalid, the well-formed ones unknown; an issued one holds.
    """
    issued = str(data.hid(sut, "P01"))
    for valid in (True, False):
        for row in _vectors("hid", valid=valid):
            reply = verify_hid(sut, row["value"], f"stimulus: {row['reason']}")
            expect.that(
                reply.find("/valid") is False or reply.problem_code in {"HID_INVALID", *INVALID},
                title=f"a HID holds that nobody issued ({row['reason']})",
                expected="valid false, or a refusal",
                observed=reply.summary(),
                pointer="/valid",
                reply=reply,
                fix="Let a HID hold when you issued it, not when its check character fits.",
                fix_fa="شباد تنها وقتی معتبر است که صادر شده باشد، نه وقتی نویسهٔ کنترل درست است.",
            )
    right = verify_hid(sut, issued, "control: an issued HID")
    expect.that(
        right.find("/valid") is True and is_hid(issued),
        title="an issued HID does not hold",
        expected="valid true for a well-formed HID",
        observed=right.summary(),
        pointer="/valid",
        reply=right,
        fix="Verify what you issued.",
        fix_fa="شباد صادرشدهٔ خود را تأیید کنید.",
    )
