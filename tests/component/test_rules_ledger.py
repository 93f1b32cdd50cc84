"""The ledger of used approvals: fed by messages, never by an evaluation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.bench import Bench, bench
from tests.component.rule_desk import INSURANCE, ask, drug, said, service, used


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Bench]:
    made = bench(tmp_path)
    yield made
    made.close()


def only(table: Bench, item: dict[str, Any], **more: Any) -> Any:
    return ask(table, INSURANCE, item, **more)["items"][0]


def test_an_evaluation_alone_is_never_counted(fresh: Bench) -> None:
    for _ in range(11):
        answer = ask(fresh, INSURANCE, drug(fresh, "99012"))
    assert answer["outcome"] == "approved"


def test_a_used_prescription_counts_and_its_twin_is_a_duplicate(fresh: Bench) -> None:
    answer = ask(fresh, INSURANCE, drug(fresh, "99012"))
    assert used(fresh, answer["wholeTrackingId"]).json["entries"] == 1
    assert said(only(fresh, drug(fresh, "99012"))) == ["N10"]
    assert said(only(fresh, drug(fresh, "99015"))) == []
    assert said(only(fresh, drug(fresh, "99012"), doctor="dr02")) == []
    assert said(only(fresh, drug(fresh, "99012"), person="P02", insurer="2")) == []


def test_ten_prescriptions_a_day(fresh: Bench) -> None:
    for code in range(99007, 99017):
        assert (
            used(fresh, ask(fresh, INSURANCE, drug(fresh, f"{code}"))["wholeTrackingId"]).status
            == 200
        )
    assert said(only(fresh, drug(fresh, "99001"))) == ["N09"]


def test_one_visit_a_day_in_one_centre(fresh: Bench) -> None:
    visit = service(fresh, "992101")
    assert used(fresh, ask(fresh, INSURANCE, visit)["wholeTrackingId"]).json["entries"] == 2
    assert "N08" in said(only(fresh, visit))
    assert "N08" not in said(only(fresh, visit, place="hospital-1"))


def test_a_given_service_is_counted_once_however_often_it_is_reported(fresh: Bench) -> None:
    document = str(uuid.uuid4())
    where = {"position": "pre_service", "place": "hospital-1"}
    answer = ask(fresh, INSURANCE, service(fresh, "992015"), **where)
    first = used(fresh, answer["items"][0]["trackingId"], document)
    assert (first.status, first.json["entries"]) == (200, 1)
    assert used(fresh, answer["items"][0]["trackingId"], document).json == first.json
    assert used(fresh, answer["wholeTrackingId"], document).json["entries"] == 0
    again = only(fresh, service(fresh, "992015"), **where)
    assert said(again) == ["N17C"]


def test_the_ledger_holds_a_pseudonym_not_the_person(fresh: Bench) -> None:
    answer = ask(fresh, INSURANCE, drug(fresh, "99012"), position="pre_service")
    assert used(fresh, answer["wholeTrackingId"]).status == 200
    stores = [
        one for one in fresh.exchange.databases.stores.values() if "rule_ledger" in _tables(one)
    ]
    assert len(stores) == 1
    with stores[0].read() as rows:
        persons = rows.exec_driver_sql("select person from rule_ledger").scalars().all()
    assert persons
    assert all(fresh.person_id("P01")["value"] not in one for one in persons)


def _tables(store: Any) -> set[str]:
    with store.read() as rows:
        found = rows.exec_driver_sql("select name from sqlite_master where type = 'table'")
        return set(found.scalars())
