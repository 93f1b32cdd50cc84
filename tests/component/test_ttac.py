"""Authenticity service: levels, use once, reactivation, recalls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.ttac_points import TTAC_POINTS
from tests.component.bench import Answered, Bench
from tests.component.registry_bench import days, opened, outcome, seen
from tests.unit.reference_platform.sealed_caller import SealedCaller

DRUGS = "urn:ir:maksa:eRx-synthetic"
PEN, PENS, CARTON = "99005", "99999051234567890123", "99999051234567890456"
DISPENSE = "7f4a1f0e-1111-4111-8111-000000000001"
OTHER = "7f4a1f0e-1111-4111-8111-000000000002"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def code(value: str) -> dict[str, str]:
    return {"type": "uid" if len(value) == 20 else "authenticity", "code": value}


def pack(table: Bench, state: str = "VALID") -> Any:
    return next(p for p in table.world.packs if p.state == state and p.units is None)


def verify(table: Bench, value: str, code_of: str, **more: Any) -> Any:
    body = {
        "productCode": value, "type": code(value)["type"], "product": table.drug(code_of), **more,
    }  # fmt: skip
    return outcome(table.call("POST", "/ttac/v1/verifications", body=body, centre="pharmacy-1"))


def use(
    table: Bench,
    value: str,
    dispense: str = DISPENSE,
    *,
    count: int = 1,
    act: str = "consumptions",
    **options: Any,
) -> Answered:
    more = {"irc": options.pop("irc")} if "irc" in options else {}
    body = {"product": code(value), "count": count, "dispenseId": dispense, **more}
    options.setdefault("centre", "pharmacy-1")
    return table.call("POST", f"/ttac/v1/{act}", body=body, **options)


def test_a_pack_is_used_once_under_both_its_codes(table: Bench) -> None:
    fresh = pack(table)
    first = use(table, fresh.uid, count=60)
    assert (first.status, first.json) == (201, {"state": "consumed", "remaining": 0})
    assert verify(table, fresh.uid, fresh.product) == {"verdict": "ALREADY_CONSUMED"}
    assert verify(table, fresh.authenticity_code, fresh.product)["verdict"] == "ALREADY_CONSUMED"
    second = use(table, fresh.authenticity_code, OTHER)
    assert (second.status, second.code) == (409, "PRODUCT_ALREADY_CONSUMED")


def test_the_same_dispense_uses_a_pack_once_however_often_it_says_so(table: Bench) -> None:
    fresh = pack(table)
    assert [use(table, fresh.uid).json for _ in range(2)] == [
        {"state": "consumed", "remaining": 0}
    ] * 2
    key = table.ids.token()
    again = [use(table, "9910990120000077", OTHER, key=key) for _ in range(2)]
    assert again[0].json == again[1].json


def test_two_dispenses_race_for_one_pack(table: Bench) -> None:
    fresh = pack(table)
    calls = [
        (
            "POST",
            "/ttac/v1/consumptions",
            {
                "body": {
                    "product": code(fresh.uid),
                    "count": 1,
                    "dispenseId": f"7f4a1f0e-1111-4111-8111-{number:012d}",
                },
                "centre": "pharmacy-1",
            },
        )
        for number in range(20)
    ]
    answers = table.together(*calls)
    assert sorted(a.status for a in answers) == [201] + [409] * 19


def test_a_counted_pack_is_used_item_by_item(table: Bench) -> None:
    assert use(table, PENS, count=2).json == {"state": "partly_consumed", "remaining": 3}
    assert verify(table, PENS, PEN) == {"verdict": "VALID"}
    assert use(table, PENS, OTHER, count=4).code == "PRODUCT_ALREADY_CONSUMED"
    assert use(table, PENS, OTHER, count=3).json == {"state": "consumed", "remaining": 0}
    assert verify(table, PENS, PEN) == {"verdict": "ALREADY_CONSUMED"}
    back = use(table, PENS, count=2, act="reactivations")
    assert back.json == {"state": "active", "remaining": 2}


def test_a_carton_is_no_pack(table: Bench) -> None:
    assert verify(table, CARTON, PEN, level="pack") == {"verdict": "WRONG_PRODUCT"}
    assert verify(table, CARTON, PEN, level="carton") == {"verdict": "VALID"}
    assert verify(table, CARTON, PEN) == {"verdict": "VALID"}


@pytest.mark.parametrize(
    ("shelf", "status", "refusal"),
    [
        ("RECALLED", 422, "PRODUCT_RECALLED"),
        ("EXPIRED_LOT", 422, "PRODUCT_LOT_EXPIRED"),
        ("ALREADY_CONSUMED", 409, "PRODUCT_ALREADY_CONSUMED"),
        ("TIMEOUT", 503, "DEPENDENCY_UNAVAILABLE"),
    ],
)
def test_what_cannot_be_given_cannot_be_used(
    table: Bench, shelf: str, status: int, refusal: str
) -> None:
    refused = use(table, pack(table, shelf).uid)
    assert (refused.status, refused.code) == (status, refusal)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"code": "99899"}, "CODE_UNKNOWN"),
        ({"code": "99090"}, "CODE_RETIRED"),
        ({"code": "99091"}, "CODE_NOT_YET_VALID"),
        ({"display": "other"}, "CODE_DISPLAY_MISMATCH"),
    ],
)
def test_the_product_has_to_be_a_coded_text(
    table: Bench, change: dict[str, str], refusal: str
) -> None:
    product = {**table.drug("99012"), **change}
    assert verify(table, PENS, PEN, product=product) == refusal


def test_made_up_codes_and_other_brands(table: Bench) -> None:
    assert use(table, "9" * 20).code == "PRODUCT_NOT_AUTHENTIC"
    fresh = pack(table)
    assert use(table, fresh.uid, irc="9999990990000000").code == "PRODUCT_WRONG"
    assert use(table, fresh.uid, irc=f"9999{fresh.product}0000001").status == 201


def test_only_the_giving_centre_brings_back_within_ten_days(table: Bench) -> None:
    fresh = pack(table)
    assert use(table, fresh.uid, act="reactivations").code == "PRODUCT_REACTIVATION_REFUSED"
    use(table, fresh.uid)
    for refused in (
        use(table, fresh.uid, act="reactivations", centre="pharmacy-2"),
        use(table, fresh.uid, OTHER, act="reactivations"),
    ):
        assert (refused.status, refused.code) == (409, "PRODUCT_REACTIVATION_REFUSED")
    table.clock.advance(timedelta(days=9, hours=23))
    assert use(table, fresh.uid, act="reactivations").json == {"state": "active"}
    assert verify(table, fresh.uid, fresh.product) == {"verdict": "VALID"}
    assert use(table, fresh.uid, OTHER).status == 201
    table.clock.advance(timedelta(days=10, seconds=5))
    assert use(table, fresh.uid, OTHER, act="reactivations").code == "PRODUCT_REACTIVATION_REFUSED"


def recalls(table: Bench, query: str = "") -> Any:
    return table.call("GET", f"/ttac/v1/recalls{query}").json["recalls"]


def test_recalls_since_a_day(table: Bench) -> None:
    assert [one["lot"] for one in recalls(table)] == ["L99-0417", "L99-0522"]
    assert [one["lot"] for one in recalls(table, "?since=2026-11-02")] == ["L99-0522"]
    assert recalls(table, f"?since={days(table, 1)}") == []


def test_uses_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    fresh = pack(first)
    use(first, fresh.uid)
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert verify(second, fresh.uid, fresh.product) == {"verdict": "ALREADY_CONSUMED"}
        assert use(second, fresh.uid, OTHER).code == "PRODUCT_ALREADY_CONSUMED"
        assert use(second, fresh.uid, act="reactivations").status == 201
    finally:
        second.close()


def test_pharmacies_use_packs_through_the_gateway(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        fresh = next(p for p in caller.world.packs if p.state == "VALID")
        body = {"product": code(fresh.uid), "count": 1, "dispenseId": DISPENSE}
        path = "/ttac/v1/consumptions"
        office = caller.call("POST", path, body, gateway=True)
        assert office.code == "ADMISSION_ROLE_NOT_ALLOWED"
        used = caller.call("POST", path, body, centre="pharmacy-1", person="ph01", gateway=True)
        assert used.status == 201, used
    finally:
        caller.close()


def twice(table: Bench) -> Any:
    fresh = pack(table)
    use(table, fresh.uid)
    return use(table, fresh.uid, OTHER).status


def wrong_product(table: Bench) -> Any:
    fresh = pack(table)
    return verify(table, fresh.uid, "99002" if fresh.product != "99002" else "99001")


def brought_back(table: Bench, later: timedelta = timedelta(), **options: Any) -> Any:
    fresh = pack(table)
    use(table, fresh.uid)
    table.clock.advance(later)
    back = use(table, fresh.uid, act="reactivations", **options)
    return back.status, verify(table, fresh.uid, fresh.product)


PROBES: dict[str, Callable[[Bench], Any]] = {
    "ttac.verify.product_ignored": wrong_product,
    "ttac.verify.level_ignored": lambda t: verify(t, CARTON, PEN, level="pack"),
    "ttac.verify.recall_ignored": lambda t: verify(
        t, pack(t, "RECALLED").uid, pack(t, "RECALLED").product
    ),
    "ttac.verify.lot_ignored": lambda t: verify(t, pack(t, "EXPIRED_LOT").uid, PEN),
    "ttac.verify.unknown_valid": lambda t: verify(t, "1111111111111111", PEN),
    "ttac.verify.label_only": lambda t: verify(t, PENS, PEN),
    "ttac.verify.length_ignored": lambda t: verify(t, PENS, PEN, type="authenticity"),
    "ttac.verify.product_code_state": lambda t: verify(
        t, PENS, PEN, product={"system": DRUGS, "code": "99090", "display": "any"}
    ),
    "ttac.verify.product_text": lambda t: verify(
        t, PENS, PEN, product={**t.drug(PEN), "display": "another medicine"}
    ),
    "ttac.verify.own_words": lambda t: verify(t, PENS, PEN),
    "ttac.consume.verdict_ignored": lambda t: use(t, pack(t, "RECALLED").uid).status,
    "ttac.consume.not_remembered": twice,
    "ttac.consume.irc_ignored": lambda t: use(t, pack(t).uid, irc="9999990990000000").status,
    "ttac.consume.whole_pack_at_once": lambda t: use(t, PENS).json,
    "ttac.reactivate.any_centre": lambda t: brought_back(t, centre="pharmacy-2"),
    "ttac.reactivate.without_end": lambda t: brought_back(t, timedelta(days=11)),
    "ttac.reactivate.stays_used": brought_back,
    "ttac.recalls.since_excluded": lambda t: recalls(t, "?since=2026-11-02"),
    "ttac.variant.recalls_newest_first": recalls,
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in TTAC_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
