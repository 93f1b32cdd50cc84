from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fixtures import load_pack
from reference_impl.faults.points import NO_FAULTS, FaultSet
from reference_impl.purchaser.lifecycle import (
    CONFIRM_TIME,
    LEASE_TIME,
    VOID_WINDOW,
    DispenseFacts,
    DispenseState,
    ItemState,
    PrescriptionState,
    Quantity,
    forward,
    item_state,
    may_follow,
    prescription_state,
    quantities,
    state_at,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PUBLISHED = load_pack().lifecycles


def test_transitions_are_exactly_the_published_ones() -> None:
    published = {
        (one["from"], one["to"])
        for one in PUBLISHED["prescription"]["transitions"]
        if one["from"] != one["to"]
    }
    ours = {
        (before.value, after.value)
        for before in PrescriptionState
        for after in PrescriptionState
        if before != after and may_follow(before, after)
    }
    assert ours == published


def test_times_are_the_published_ones() -> None:
    assert timedelta(minutes=PUBLISHED["lease"]["minutes"]) == LEASE_TIME
    assert timedelta(minutes=PUBLISHED["dispense"]["confirmMinutes"]) == CONFIRM_TIME
    assert timedelta(days=PUBLISHED["correction"]["windowDays"]) == VOID_WINDOW


def test_a_state_never_moves_back() -> None:
    assert forward(PrescriptionState.DISPENSED, PrescriptionState.REGISTERED) == "DISPENSED"
    assert forward(PrescriptionState.CANCELLED, PrescriptionState.DISPENSED) == "CANCELLED"
    untouched = {"1": Quantity(60, 0, 0)}
    assert prescription_state(PrescriptionState.PARTIALLY_DISPENSED, untouched) == (
        "PARTIALLY_DISPENSED"
    )
    assert item_state(ItemState.COMPLETE, untouched["1"], PrescriptionState.DISPENSED) == "COMPLETE"


def test_what_is_not_given_is_final_and_closes_the_prescription() -> None:
    amounts = {"1": Quantity(60, 60, 0), "2": Quantity(30, 0, 0)}
    before = PrescriptionState.REGISTERED
    assert prescription_state(before, amounts) == "PARTIALLY_DISPENSED"
    assert prescription_state(before, amounts, frozenset({"2"})) == "DISPENSED"
    assert item_state(ItemState.NOT_GIVEN, amounts["2"], before) == "NOT_GIVEN"


def facts(state: DispenseState, amount: int) -> DispenseFacts:
    return DispenseFacts(state, {"1": amount})


MIXED = (
    facts(DispenseState.CONFIRMED, 20),
    facts(DispenseState.PREPARED, 5),
    facts(DispenseState.ABANDONED, 7),
    facts(DispenseState.VOIDED, 11),
)


def test_quantities_count_confirmed_and_reserve_prepared() -> None:
    amount = quantities({"1": 60}, MIXED, NO_FAULTS)["1"]
    assert (amount.dispensed, amount.reserved) == (20, 5)
    assert (amount.remaining, amount.available) == (40, 35)


@pytest.mark.parametrize(
    ("point", "dispensed", "reserved"),
    [
        ("purchaser.dispense.void_keeps_quantity", 31, 5),
        ("purchaser.dispense.abandon_keeps_reserved", 20, 12),
        ("purchaser.dispense.prepared_not_reserved", 20, 0),
    ],
)
def test_seeded_faults_miscount(point: str, dispensed: int, reserved: int) -> None:
    amount = quantities({"1": 60}, MIXED, FaultSet(frozenset({point})))["1"]
    assert (amount.dispensed, amount.reserved) == (dispensed, reserved)


def test_an_unconfirmed_preparation_lapses() -> None:
    by = NOW + CONFIRM_TIME
    assert state_at(DispenseState.PREPARED, by, by) is DispenseState.PREPARED
    late = by + timedelta(seconds=1)
    assert state_at(DispenseState.PREPARED, by, late) is DispenseState.ABANDONED
    assert state_at(DispenseState.CONFIRMED, by, late) is DispenseState.CONFIRMED
