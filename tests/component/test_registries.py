"""Registry of centres, Medical Council, coding service, authenticity service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.component.bench import Answered, Bench, bench

DRUGS = "urn:ir:maksa:eRx-synthetic"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def test_centres_tell_whether_they_are_active(table: Bench) -> None:
    def centre(key: str) -> Any:
        return table.call("GET", f"/siam/v1/centres/{table.world.centre(key).siam_id}").json

    assert centre("pharmacy-1")["active"] is True
    assert centre("imaging-2")["active"] is False
    unknown = table.call("GET", f"/siam/v1/centres/{table.ids.uuid()}")
    assert (unknown.status, unknown.code) == (404, "NOT_FOUND")


def test_centres_are_listed_by_kind(table: Bench) -> None:
    listed = table.call("GET", "/siam/v1/centres?kind=pharmacy").json["centres"]
    assert {one["kind"] for one in listed} == {"pharmacy"}
    assert len(table.call("GET", "/siam/v1/centres").json["centres"]) == len(table.world.centres)


def test_members_lose_their_privileges_with_their_licence(table: Bench) -> None:
    def member(kind: str, number: str) -> Answered:
        return table.call("GET", f"/irimc/v1/members/{kind}/{number}")

    active = member("MD", "990001").json
    assert active["privileges"] == ["prescribing", "service"]
    suspended = member("MD", "990011").json
    assert suspended["licenceState"] == "suspended"
    assert suspended["privileges"] == []
    assert member("PHARM", "990021").json["privileges"] == ["dispensing", "service"]
    assert member("PHARM", "990001").code == "NOT_FOUND"


def test_code_systems_and_concepts(table: Bench) -> None:
    systems = {one["system"]: one for one in table.call("GET", "/maksa/v1/systems").json["systems"]}
    assert systems[DRUGS]["concepts"] > 59

    def concept(code: str) -> Answered:
        return table.call("GET", f"/maksa/v1/systems/{quote(DRUGS, safe='')}/concepts/{code}")

    assert concept("99012").json["state"] == "valid"
    assert concept("99090").json["state"] == "retired"
    assert concept("99091").json["state"] == "future"
    assert concept("99092").json["version"] == "2"
    assert (concept("99899").status, concept("99899").code) == (422, "CODE_UNKNOWN")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, None),
        ({"code": "99899"}, "CODE_UNKNOWN"),
        ({"code": "99090"}, "CODE_RETIRED"),
        ({"code": "99091"}, "CODE_NOT_YET_VALID"),
        ({"display": "something else"}, "CODE_DISPLAY_MISMATCH"),
        ({"version": "9"}, "CODE_UNKNOWN"),
    ],
)
def test_coded_texts_are_judged(table: Bench, change: dict[str, str], verdict: str | None) -> None:
    coded = {**table.drug("99012"), **change}
    answer = table.call("POST", "/maksa/v1/validation", body={"coded": coded}).json
    assert (answer["valid"], answer["code"]) == (verdict is None, verdict)


def verify(table: Bench, code: str, product: str, kind: str = "uid") -> Answered:
    body = {"productCode": code, "type": kind, "product": table.drug(product)}
    return table.call("POST", "/ttac/v1/verifications", body=body, centre="pharmacy-1")


def test_packs_are_judged_by_code_type_and_product(table: Bench) -> None:
    for pack in table.world.packs[:60]:
        assert verify(table, pack.uid, pack.product).json == {"verdict": pack.state}
    pack = table.world.packs[0]
    other = "99002" if pack.product != "99002" else "99001"
    assert verify(table, pack.uid, other).json == {"verdict": "WRONG_PRODUCT"}
    short = verify(table, pack.authenticity_code, pack.product, "authenticity")
    assert short.json == {"verdict": pack.state}
    assert verify(table, "9" * 20, pack.product).json == {"verdict": "UNKNOWN"}
    wrong = verify(table, pack.uid, pack.product, "authenticity")
    assert (wrong.status, wrong.code) == (422, "SCHEMA_VIOLATION")
