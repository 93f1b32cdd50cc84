"""Eligibility: identity, covers, overlap, HIDs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reference_impl.eligibility.domain import (
    BaseCover,
    decide_overlap,
    is_entitled,
    newborn_cover,
)
from tests.component.bench import Answered, Bench, bench

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def cover(insurer: str, fund: str = "main", *, last: date = date(2031, 3, 20)) -> BaseCover:
    return BaseCover(insurer, fund, date(2022, 3, 21), last)


RURAL, CIVIL = cover("2", "rural"), cover("2", "employees")


def test_overlap_follows_the_published_priority() -> None:
    tamin, forces = cover("1"), cover("3")
    assert decide_overlap([CIVIL, tamin], DAY).primary == CIVIL
    assert decide_overlap([RURAL, tamin], DAY).primary == tamin
    undecided = decide_overlap([CIVIL, forces], DAY)
    assert (undecided.kind, undecided.primary) == ("person_chooses", None)
    assert decide_overlap([tamin], DAY).kind == "none"


def test_a_cover_ends_with_its_last_day() -> None:
    ending = cover("1", last=DAY)
    assert decide_overlap([ending], DAY).primary == ending
    over = decide_overlap([ending], date(2026, 11, 22))
    assert over.primary is None
    assert not is_entitled("ALIVE", over)


def test_a_newborn_is_covered_for_sixty_days() -> None:
    limited = newborn_cover(cover("1", "newborn"), DAY)
    assert limited.in_force(DAY)
    assert limited.in_force(date(2027, 1, 20))
    assert not limited.in_force(date(2027, 1, 21))
    assert is_entitled("UNREGISTERED", decide_overlap([limited], DAY))


@pytest.mark.parametrize("state", ["DECEASED", "BLOCKED", "UNKNOWN", "UNAUTHORISED"])
def test_only_the_living_and_known_are_entitled(state: str) -> None:
    overlap = decide_overlap([cover("1")], DAY)
    assert is_entitled("ALIVE", overlap)
    assert not is_entitled(state, overlap)


def inquire(table: Bench, patient: Any) -> Answered:
    centre = table.world.centre("office-1").siam_id
    body = {"patient": patient, "centre": centre}
    return table.call("POST", "/eligibility/v1/inquiries", body=body)


@pytest.mark.parametrize(
    ("person", "entitled", "overlap", "first"),
    [
        ("P01", True, False, "1"),
        ("P11", True, True, "2"),
        ("P12", True, True, "2"),
        ("P13", True, True, "1"),
        ("P14", False, False, "1"),
        ("P15", False, False, "1"),
        ("P17", False, False, "1"),
    ],
)
def test_inquiry_of_the_base_cases(
    table: Bench, person: str, entitled: bool, overlap: bool, first: str
) -> None:
    answered = inquire(table, table.person_id(person))
    assert answered.status == 200, answered
    assert answered.json["entitled"] is entitled
    assert answered.json["overlap"] is overlap
    assert answered.json["covers"][0]["insurerCode"] == first


def test_unknown_and_misformed_people(table: Bench) -> None:
    assert (
        inquire(table, {"type": "NC", "value": "9900000014"}).code == "PATIENT_IDENTIFIER_INVALID"
    )
    assert inquire(table, {"type": "NC", "value": "0013542419"}).code == "PATIENT_UNKNOWN"
    persian = inquire(table, {"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"})
    assert persian.json["identity"]["state"] == "ALIVE"


def issue(table: Bench, person: str, insurer: str, council: str = "990001") -> Answered:
    return table.call(
        "POST",
        "/eligibility/v1/hids",
        body={
            "patient": table.person_id(person),
            "insurerCode": insurer,
            "providerCouncil": {"councilKind": "MD", "councilNumber": council},
        },
    )


def test_hids_carry_their_issuer_and_everybody_gets_one(table: Bench) -> None:
    for person, insurer, issuer in [("P01", "1", "1"), ("P09", "3", "3"), ("P16", "37", "9")]:
        issued = issue(table, person, insurer)
        assert issued.status == 201, issued
        assert issued.json["hid"][0] == issuer


@pytest.mark.parametrize(
    ("person", "insurer"), [("P01", "2"), ("P11", "1"), ("P14", "1"), ("P16", "1"), ("P17", "37")]
)
def test_no_insured_hid_without_that_cover(table: Bench, person: str, insurer: str) -> None:
    refused = issue(table, person, insurer)
    assert (refused.status, refused.code) == (422, "PATIENT_NOT_COVERED")


def test_no_hid_for_a_prescriber_who_is_unknown_or_suspended(table: Bench) -> None:
    assert issue(table, "P01", "1", "990099").code == "PRESCRIBER_UNKNOWN"
    assert issue(table, "P01", "1", "990011").code == "PRESCRIBER_NOT_ENTITLED"


def test_verification_tells_only_about_the_right_patient(table: Bench) -> None:
    hid = table.hid()

    def verify(**body: Any) -> Any:
        return table.call("POST", "/eligibility/v1/hids/verification", body=body).json

    right = verify(hid=hid, patient=table.person_id("P01"))
    assert (right["valid"], right["state"], right["insurer"]) == (True, "ISSUED", "1")
    wrong = verify(hid=hid, patient=table.person_id("P02"))
    assert wrong == {"valid": False, "state": "PATIENT_MISMATCH", "patient": None, "insurer": None}
    assert verify(hid="1W2AZVAKZQ")["state"] == "UNKNOWN"
