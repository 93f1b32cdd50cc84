from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reference_impl.platform.folding import folded
from reference_impl.platform.identifiers import (
    HID_ALPHABET,
    ascii_digits,
    hid_is_sound,
    national_code_is_sound,
    new_hid,
)
from reference_impl.purchaser.calendar import period, period_of, valid_until
from reference_impl.purchaser.folding import fold_letters
from reference_impl.purchaser.persons import cover_of, person_key


def test_jalali_month_is_a_half_open_span_in_tehran() -> None:
    month = period("1405-08")
    assert month is not None
    assert month.start == datetime(2026, 10, 22, 20, 30, tzinfo=UTC)
    assert month.end == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert period_of(month.end) == "1405-09"
    assert period_of(month.end - timedelta(seconds=1)) == "1405-08"


@pytest.mark.parametrize(
    ("name", "days"), [("1403-12", 30), ("1404-12", 29), ("1405-01", 31), ("1405-07", 30)]
)
def test_months_have_their_lengths_also_in_leap_years(name: str, days: int) -> None:
    month = period(name)
    assert month is not None
    assert month.end - month.start == timedelta(days=days)


@pytest.mark.parametrize("name", ["1405-13", "1405-00", "1405-8", "2026-11", "x", "1405-08-01", ""])
def test_what_is_no_jalali_month_is_none(name: str) -> None:
    assert period(name) is None


def test_validity_counts_the_first_day() -> None:
    until = valid_until(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))
    assert until == datetime(2027, 1, 19, 20, 29, 59, tzinfo=UTC)


def test_search_keys_fold_and_stored_text_does_not() -> None:
    assert folded("علي\u200cاکبر  كاظمي ۱۲") == folded("علیاکبر کاظمی 12")
    assert fold_letters({"a": ["علي"]}) == {"a": ["علی"]}


@pytest.mark.parametrize("value", ["9900000013", "9900000341"])
def test_sound_national_codes(value: str) -> None:
    assert national_code_is_sound(value)
    assert ascii_digits(value.translate({ord(str(n)): 0x06F0 + n for n in range(10)})) == value


@pytest.mark.parametrize("value", ["9900000014", "1111111111", "990000001", "۹۹۰۰۰۰۰۰۱۳", ""])
def test_unsound_national_codes(value: str) -> None:
    assert not national_code_is_sound(value)


@pytest.mark.parametrize(
    "value", ["1W2AZVAKZQ", "1XRK6PFUVM", "2UQX6T4VZK", "2634BBNWUK", "31YWZ647TT", "9KEH4HM50G"]
)
def test_published_hids_are_sound_and_single_errors_are_caught(value: str) -> None:
    assert hid_is_sound(value)
    for place in range(1, len(value)):
        for symbol in HID_ALPHABET:
            if symbol != value[place]:
                assert not hid_is_sound(value[:place] + symbol + value[place + 1 :])


def test_issued_hids_are_sound_and_legacy_digits_are_taken() -> None:
    assert all(hid_is_sound(new_hid(issuer)) for issuer in "1239")
    assert hid_is_sound("9900000000000001")
    assert not hid_is_sound("4W2AZVAKZQ")


def test_equal_digits_of_different_types_are_different_people() -> None:
    mother = {"type": "NC", "value": "9900000277"}
    first = {"type": "MOTHER_NC", "value": "9900000277", "birthOrder": 1, "birthDate": "2026-11-01"}
    keys = {person_key(one) for one in (mother, first, {**first, "birthOrder": 2})}
    assert len(keys) == 3


def test_cover_follows_the_hid_and_ends_with_entitlement() -> None:
    answer = {
        "entitled": True,
        "covers": [
            {"insurerCode": "2", "fund": "rural", "state": "active", "kind": "base"},
            {"insurerCode": "1", "fund": "main", "state": "active", "kind": "base"},
            {"insurerCode": "3", "fund": "main", "state": "expired", "kind": "base"},
        ],
    }
    assert cover_of(answer).insurer == "2"
    assert cover_of(answer, "1").fund == "main"
    assert not cover_of(answer, "3").insured
    assert not cover_of({**answer, "entitled": False}).insured
    assert not cover_of(answer, "37").insured
