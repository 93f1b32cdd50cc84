"""Tariffs and shares by year, insurer, fund and sector: every worked example of the pack."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from fixtures import load_pack
from reference_impl.adjudication.lines import Ceilings
from reference_impl.faults.points import NO_FAULTS
from reference_impl.platform.codes import CodeBook
from reference_impl.purchaser.money import invoice
from reference_impl.purchaser.persons import SELF_PAY, Cover
from reference_impl.purchaser.pricing import Circumstances, priced
from reference_impl.purchaser.repeats import due_by, due_dates, next_due, ordered_in_all
from reference_impl.purchaser.tariff import Need, tariff_of

PACK = load_pack("erx-1401")
BOOK = CodeBook(PACK.codes.values())
TARIFF = tariff_of(PACK.tariff_years)
YEARS = PACK.tariff_years["examples"]
WORKED = PACK.tariffs["examples"]
PAYERS = {"rural": "2", "none": SELF_PAY}


def coded(code: str) -> dict[str, str]:
    for system, book in PACK.codes.items():
        for row in book["concepts"]:
            if row["code"] == code and ("publicTariff" in row or "referencePrice" in row):
                return {"system": system, "code": code, "display": row["en"]}
    raise LookupError(code)


def split(items: list[dict[str, Any]], example: dict[str, Any], day: date) -> Any:
    fund = example.get("fund", "main")
    cover = Cover(example.get("insurer", PAYERS.get(fund, "1")), fund)
    given = Circumstances(
        cover,
        inpatient=example["admission"] == "inpatient",
        referred=example.get("referral", False),
    )
    lines = [
        {
            "itemId": str(number),
            "code": coded(one["code"]),
            "quantity": one["quantity"],
            "unitPrice": one["unitPrice"],
        }
        for number, one in enumerate(items, start=1)
    ]
    return invoice(priced(lines, given, TARIFF, (BOOK, day), NO_FAULTS), NO_FAULTS)


@pytest.mark.parametrize("example", YEARS, ids=[one["id"] for one in YEARS])
def test_examples_by_year_are_computed_to_the_rial(example: dict[str, Any]) -> None:
    item = {"code": example["code"], "quantity": 1, "unitPrice": example["price"]}
    _, amounts = split([item], example, date.fromisoformat(example["day"]))
    assert (amounts.total, amounts.insurer_share, amounts.patient_share) == (
        example["total"],
        example["insurerShare"],
        example["patientShare"],
    )


@pytest.mark.parametrize("example", WORKED, ids=[one["id"] for one in WORKED])
def test_worked_amounts_are_computed_to_the_rial(example: dict[str, Any]) -> None:
    splits, amounts = split(example["items"], example, date(2026, 10, 1))
    assert [(one.insurer_share, one.patient_share) for one in splits] == [
        (one["insurerShare"], one["patientShare"]) for one in example["items"]
    ]
    assert (amounts.total, amounts.insurer_share, amounts.patient_share) == (
        example["total"],
        example["insurerShare"],
        example["patientShare"],
    )


def test_every_row_of_shares_is_reached_by_what_it_names() -> None:
    for row in PACK.tariff_years["shares"]:
        need = Need(
            insurer=row.get("insurer", "2"),
            fund="employees" if row["fund"] == "any" else row["fund"],
            kind="procedure" if row["kind"] == "any" else row["kind"],
            inpatient=row["admission"] == "inpatient",
            referred=row["referral"] is True,
        )
        year = next(one for one in TARIFF.years if one.name == row["year"])
        share = year.share(need)
        assert (share.patient_percent, share.rule) == (row["patientPercent"], row["rule"][:3])


def test_days_outside_the_published_years_take_the_nearest_one() -> None:
    assert TARIFF.on(date(2020, 1, 1)).name == "1404"
    assert TARIFF.on(date(2040, 1, 1)).name == "1406"


def test_ceilings_follow_year_and_sector() -> None:
    ceilings = Ceilings.of(PACK.tariff_years)
    for row in PACK.tariff_years["visits"]:
        first = next(
            date.fromisoformat(one["validFrom"])
            for one in PACK.tariff_years["years"]
            if one["year"] == row["year"]
        )
        assert ceilings.on(first, row["code"], row["sector"]) == row["ceiling"]
    assert ceilings.on(date(2026, 10, 1), "99012", "private") is None
    assert ceilings.on(date(2020, 1, 1), "992101", "public") is None


def test_repeats_are_due_one_period_after_the_other() -> None:
    first = date(2026, 10, 1)
    item = {"quantity": 30, "repeats": 2, "durationDays": 15}
    assert ordered_in_all(item) == 90
    assert due_dates(item, first) == tuple(first + timedelta(days=n) for n in (0, 15, 30))
    due = {n: due_by(item, first, first + timedelta(days=n)) for n in (0, 14, 15, 29, 30, 99)}
    assert due == {0: 30, 14: 30, 15: 60, 29: 60, 30: 90, 99: 90}
    assert next_due(item, first, first) == first + timedelta(days=15)
    assert next_due(item, first, first + timedelta(days=30)) is None
    assert due_by({"quantity": 7}, first, first) == ordered_in_all({"quantity": 7}) == 7
