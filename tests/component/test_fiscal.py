"""Payments, terminals and fiscal memories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.fiscal_points import FISCAL_POINTS
from tests.component.bench import Answered, Bench
from tests.component.registry_bench import licence_event, opened, outcome, seen

HID, OTHER_HID = "1W2AZVAKZQ", "9900000000000001"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def payment(table: Bench, name: str = "PAY-00000001", at: str = "lab-1", **more: Any) -> Any:
    return {"paymentId": name, "terminalId": table.world.centre(at).terminal_id, **more}


def check(
    table: Bench, paid: Any = None, amount: int = 150_000, hid: str = HID, by: str = "lab-1"
) -> Answered:
    body = {"payment": paid or payment(table), "amount": amount, "hid": hid}
    return table.call("POST", "/fiscal/v1/payments/check", body=body, centre=by)


def record(table: Bench, paid: Any, amount: int = 150_000, by: str = "lab-1") -> Answered:
    body = {"payment": paid, "amount": amount}
    return table.call("POST", "/fiscal/v1/payments", body=body, centre=by)


def terminal(table: Bench, number: str | None = None) -> Any:
    number = number or table.world.centre("lab-1").terminal_id
    return outcome(table.call("GET", f"/fiscal/v1/terminals/{number}"))


def test_a_payment_pays_for_one_visit(table: Bench) -> None:
    first = check(table)
    assert (first.status, first.json["valid"]) == (200, True)
    assert check(table).json == first.json
    other = check(table, hid=OTHER_HID)
    assert (other.status, other.code) == (409, "PAYMENT_ALREADY_USED")


def test_the_amount_is_the_one_that_was_paid(table: Bench) -> None:
    paid = payment(table, "BANK-0001")
    assert check(table, paid).code == "PAYMENT_NOT_FOUND"
    assert record(table, paid, 90_000).status == 201
    assert record(table, paid, 90_000).code == "PAYMENT_ALREADY_USED"
    wrong = check(table, paid)
    assert (wrong.status, wrong.code) == (422, "PAYMENT_AMOUNT_MISMATCH")
    # A refusal leaves no trace: another visit may still use it.
    assert check(table, paid, 90_000, OTHER_HID).json["valid"] is True


def test_terminals_belong_to_a_business_and_have_a_memory(table: Bench) -> None:
    own = terminal(table)
    assert own["centre"] == table.world.centre("lab-1").siam_id
    assert own["active"] is True
    right = payment(table, fiscalMemoryId=own["fiscalMemoryId"])
    assert check(table, right).status == 200
    assert check(table, payment(table, fiscalMemoryId="AAAAAA")).code == "FISCAL_MEMORY_INVALID"
    unknown = {"paymentId": "PAY-00000002", "terminalId": "12345678"}
    assert check(table, unknown).code == "TERMINAL_UNKNOWN"
    assert check(table, payment(table, at="pharmacy-1")).code == "TERMINAL_CENTRE_MISMATCH"
    assert terminal(table, "12345678") == "TERMINAL_UNKNOWN"


def test_the_terminal_of_a_closed_business_stands_still(table: Bench) -> None:
    assert licence_event(table, "lab-1", "closed").status == 201
    assert terminal(table)["active"] is False
    assert check(table).json == {"valid": False}


def test_two_visits_race_for_one_payment(table: Bench) -> None:
    calls = [
        (
            "POST",
            "/fiscal/v1/payments/check",
            {
                "body": {"payment": payment(table), "amount": 1000, "hid": hid},
                "centre": "lab-1",
            },
        )
        for hid in (HID, OTHER_HID) * 5
    ]
    answers = table.together(*calls)
    assert sorted(a.status for a in answers) == [200] * 5 + [409] * 5


def test_payments_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    told = check(first)
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert check(second).json == told.json
        assert check(second, hid=OTHER_HID).code == "PAYMENT_ALREADY_USED"
    finally:
        second.close()


def other_amount(table: Bench) -> Any:
    record(table, payment(table), 90_000)
    return check(table).status


def reused(table: Bench) -> Any:
    check(table)
    return check(table, hid=OTHER_HID).status


def of_a_closed_business(table: Bench) -> Any:
    licence_event(table, "lab-1", "closed")
    return terminal(table)["active"], check(table).json["valid"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "fiscal.payment.amount_ignored": other_amount,
    "fiscal.payment.reusable": reused,
    "fiscal.payment.unknown_taken": lambda t: check(t, payment(t, "BANK-0002")).status,
    "fiscal.terminal.of_any_centre": lambda t: check(t, payment(t, at="pharmacy-1")).status,
    "fiscal.terminal.always_active": of_a_closed_business,
    "fiscal.terminal.memory_of_neighbour": lambda t: terminal(t)["fiscalMemoryId"],
    "fiscal.memory.unchecked": lambda t: check(t, payment(t, fiscalMemoryId="AAAAAA")).status,
    "fiscal.variant.no_time": lambda t: sorted(check(t).json),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in FISCAL_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
