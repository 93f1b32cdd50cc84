"""The oracles agree with the published examples and with a second library where one exists."""

from datetime import UTC, date, datetime, timedelta

import pytest
from persiantools.jdatetime import JalaliDate

from suites.oracles import identifiers, jalali, pricing, text
from suites.oracles.lifecycle import PrescriptionModel, State

HIDS = ["1W2AZVAKZQ", "1XRK6PFUVM", "2UQX6T4VZK", "2634BBNWUK", "31YWZ647TT", "9KEH4HM50G"]


@pytest.mark.parametrize("hid", HIDS)
def test_published_hids_are_right_and_one_changed_character_is_not(hid: str) -> None:
    assert identifiers.is_hid(hid)
    assert not identifiers.is_hid(identifiers.hid_with_wrong_check(hid))


@pytest.mark.parametrize("hid", ["1W2AZVAKZO", "1W2AZVAKQZ", "1W2AZVAKZ", ""])
def test_published_bad_hids_are_refused(hid: str) -> None:
    assert not identifiers.is_hid(hid)


@pytest.mark.parametrize("code", ["9900000013", "9900000021", "9900000031", "9900000341"])
def test_published_national_codes_are_right(code: str) -> None:
    assert identifiers.is_national_code(code)
    assert not identifiers.is_national_code(identifiers.with_wrong_check_digit(code))


@pytest.mark.parametrize("code", ["9900000014", "1111111111", "990000001", "۹۹۰۰۰۰۰۰۱۳", ""])
def test_published_bad_national_codes_are_refused(code: str) -> None:
    assert not identifiers.is_national_code(code)


def test_national_check_digit_says_what_it_was_given() -> None:
    with pytest.raises(ValueError, match="12345"):
        identifiers.national_check_digit("12345")


def test_fida_is_exactly_twelve_digits() -> None:
    assert identifiers.is_fida("990000000001")
    assert not identifiers.is_fida("99000000003")
    assert not identifiers.is_fida("9900000000004")


@pytest.mark.parametrize(
    ("given", "insurer", "patient"),
    [
        ((1, 500_000, None, 30), 350_000, 150_000),
        ((1, 900_000, 500_000, 30), 350_000, 550_000),
        ((1, 500_000, None, 10), 450_000, 50_000),
        ((60, 15_000, 12_000, 30), 504_000, 396_000),
        ((60, 10_000, 12_000, 30), 420_000, 180_000),
        ((1, 80_000_000, None, 10), 72_000_000, 8_000_000),
        ((1, 335, None, 30), 234, 101),
        ((1, 1_000_000, None, 0), 1_000_000, 0),
        ((3, 700, 900, 100), 0, 2_100),
    ],
)
def test_worked_amounts(
    given: tuple[int, int, int | None, int], insurer: int, patient: int
) -> None:
    quantity, unit, reference, percent = given
    split = pricing.split_item(
        quantity=quantity, unit_price=unit, reference_price=reference, patient_percent=percent
    )
    assert (split.insurer, split.patient) == (insurer, patient)
    assert split.insurer + split.patient == split.total


def test_three_odd_items_are_rounded_one_by_one() -> None:
    one = pricing.split_item(quantity=1, unit_price=335, reference_price=None, patient_percent=30)
    assert pricing.add_up([one, one, one]) == pricing.Split(total=1005, insurer=702, patient=303)


def test_jalali_agrees_with_a_second_library_over_forty_years() -> None:
    day = date(2000, 1, 1)
    while day.year < 2040:
        other = JalaliDate(day)  # type: ignore[no-untyped-call]  # the library has no types
        assert jalali.jalali(day) == (other.year, other.month, other.day)
        day += timedelta(days=7)


def test_period_is_judged_at_iranian_civil_time() -> None:
    # 21 March 2026 begins in Tehran at 20:30 UTC of the day before.
    assert jalali.period_of(datetime(2026, 3, 20, 20, 29, 59, tzinfo=UTC)) == "1404-12"
    assert jalali.period_of(datetime(2026, 3, 20, 20, 30, tzinfo=UTC)) == "1405-01"


def test_folding_makes_old_keyboards_and_digits_alike() -> None:
    words = "قرص کلسیم ۵۰۰"
    assert text.fold(text.with_arabic_letters(words)) == text.fold(words)
    assert text.with_arabic_letters(words) != words
    assert text.fold("می‌شود") == text.fold("میشود")
    assert text.persian_digits("9900000013") == "۹۹۰۰۰۰۰۰۱۳"
    assert text.fold("۹۹۰٣") == "9903"


def test_model_never_gives_more_than_ordered_and_never_goes_back() -> None:
    model = PrescriptionModel(ordered=10)
    assert model.may_cancel()
    assert model.may_lease("pharmacy-1")
    model.lease_holder = "pharmacy-1"
    assert not model.may_cancel()
    assert not model.may_lease("pharmacy-2")
    assert not model.may_prepare(11)
    model.prepare("d1", 4)
    assert not model.may_prepare(7)
    model.confirm("d1")
    model.confirm("d1")
    assert (model.given, model.state) == (4, State.PARTIALLY_DISPENSED)
    model.prepare("d2", 6)
    model.abandon("d2")
    assert model.remaining == 6
    model.void("d1")
    assert (model.remaining, model.state) == (10, State.PARTIALLY_DISPENSED)
