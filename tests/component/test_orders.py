"""Orders beyond medicines: what may stand in them, who gives them, what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Answered, Bench, bench

SERVICES = "urn:ir:maksa:service-synthetic"
GLUCOSE, CHEST, PHYSIO = "991110", "992001", "992110"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def service(table: Bench, code: str, item_id: str = "1") -> dict[str, Any]:
    return {"itemId": item_id, "code": table.coded(SERVICES, code), "quantity": 1}


def ordered(table: Bench, kind: str, *codes: str) -> Any:
    rows = [service(table, code, str(n)) for n, code in enumerate(codes, start=1)]
    return table.registered(*rows, kind=kind)


def given(table: Bench, order: Any, centre: str, price: int, **more: Any) -> Answered:
    leased = table.lease(order, centre)
    assert leased.status == 201, leased
    own = price * 3 // 10
    cost = {"total": price, "insurerShare": price - own, "patientShare": own}
    code = order["document"]["items"][0]["code"]
    line = {
        "itemId": "1", "code": code, "quantity": 1, "unitPrice": price, "cost": cost, **more
    }  # fmt: skip
    payload = {
        **table.head(centre, "dr02"),
        "provider": table.signer("dr02"),
        "prescriptionId": order["prescriptionId"],
        "hid": order["document"]["hid"],
        "patient": order["document"]["patient"],
        "startedAt": table.now(-3),
        "endedAt": table.now(-2),
        "dispensedAt": table.now(-1),
        "items": [line],
        "cost": cost,
        "payment": table.payment(centre),
    }
    return table.call(
        "POST",
        f"/purchaser/v1/prescriptions/{order['prescriptionId']}/dispenses",
        centre=centre,
        lease=leased.json["secret"],
        document=("dispense", payload, "dr02"),
    )


@pytest.mark.parametrize(
    ("kind", "code", "centre", "price"),
    [
        ("laboratory", GLUCOSE, "lab-1", 120_000),
        ("imaging", CHEST, "imaging-1", None),
        ("service", "992111", "dialysis", None),
    ],
)
def test_an_order_of_every_kind_is_given_at_the_public_tariff(
    table: Bench, kind: str, code: str, centre: str, price: int | None
) -> None:
    rows = table.exchange._pack.codes[SERVICES]["concepts"]
    tariff = next(r["publicTariff"] for r in rows if r["code"] == code)
    assert price in (None, tariff)
    order = ordered(table, kind, code)
    assert order["document"]["kind"] == kind
    if kind == "service":  # a special disease: the patient pays nothing of it
        assert table.lease(order, centre).status == 201
        return
    prepared = given(table, order, centre, tariff)
    assert prepared.status == 201, prepared
    done = table.dispenses(prepared.json["dispenseId"], "confirmation", centre=centre)
    assert done.json["state"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("drug", GLUCOSE), ("laboratory", CHEST), ("imaging", GLUCOSE), ("service", GLUCOSE)],
)
def test_a_code_of_another_kind_is_refused(table: Bench, kind: str, code: str) -> None:
    row = service(table, code)
    if kind == "drug":
        row |= {k: table.item()[k] for k in ("frequency", "route")}
    refused = table.register(row, kind=kind)
    assert (refused.status, refused.code) == (422, "ORDER_KIND_MISMATCH")


@pytest.mark.parametrize("kind", ["laboratory", "imaging", "service"])
def test_a_medicine_is_ordered_as_a_medicine(table: Bench, kind: str) -> None:
    assert table.register(table.item(), kind=kind).code == "ORDER_KIND_MISMATCH"


@pytest.mark.parametrize("left_out", ["frequency", "route"])
def test_a_medicine_still_needs_frequency_and_route(table: Bench, left_out: str) -> None:
    row = {name: value for name, value in table.item().items() if name != left_out}
    refused = table.register(row)
    assert (refused.status, refused.code) == (422, "SCHEMA_VIOLATION")


@pytest.mark.parametrize(
    ("kind", "code", "centre"),
    [
        ("laboratory", GLUCOSE, "pharmacy-1"),
        ("laboratory", GLUCOSE, "imaging-1"),
        ("imaging", CHEST, "lab-1"),
        ("service", PHYSIO, "pharmacy-1"),
    ],
)
def test_a_centre_of_another_kind_gets_no_lease(
    table: Bench, kind: str, code: str, centre: str
) -> None:
    refused = table.lease(ordered(table, kind, code), centre)
    assert (refused.status, refused.code) == (403, "ORDER_CENTRE_UNFIT")


def test_an_order_has_no_label(table: Bench) -> None:
    label = {"type": "authenticity", "code": "9910990120000001"}
    refused = given(table, ordered(table, "laboratory", GLUCOSE), "lab-1", 120_000, product=label)
    assert (refused.code, refused.json["errors"][0]["pointer"]) == (
        "SCHEMA_VIOLATION",
        "/items/0/product",
    )


def test_an_amendment_keeps_the_kind(table: Bench) -> None:
    first = ordered(table, "laboratory", GLUCOSE)
    payload = {
        **table.prescription(first["document"]["hid"], service(table, CHEST), kind="imaging"),
        "amends": {"prescriptionId": first["prescriptionId"], "version": 1},
    }
    target = f"/purchaser/v1/prescriptions/{first['prescriptionId']}"
    etag = table.call("GET", target).headers["etag"]
    refused = table.call("PUT", target, document=("amendment", payload, "dr01"), if_match=etag)
    assert refused.code == "ORDER_KIND_MISMATCH"
