"""What the purchaser tells others of accepted documents: once, later if need be, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from reference_impl.purchaser import store
from tests.component.bench import Bench, bench
from tests.component.gateway_parts import queues_of
from tests.component.rule_desk import INSURANCE, ask, drug, question, said

REPORTS = "purchaser.variant.reports_rule_use"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def settle(table: Bench) -> None:
    """Wait for the notices that are told beside the answers."""

    async def all_of_them() -> None:
        for queue in queues_of(table.exchange):
            while queue._tasks:
                await asyncio.gather(*queue._tasks)

    table.runner.run(all_of_them())


def use_count(table: Bench, hid: str) -> int:
    settle(table)
    return int(table.call("GET", f"/eligibility/v1/hids/{hid}/use").json["useCount"])


def waiting(table: Bench) -> int:
    kernel: Any = table.exchange.services["purchaser"]
    with kernel._config.store.read() as rows:
        counted = select(func.count()).select_from(store.notices)
        return int(rows.execute(counted).scalar_one())


def test_a_use_is_told_after_acceptance(table: Bench) -> None:
    hid = table.registered()["document"]["hid"]
    assert use_count(table, hid) == 1
    assert waiting(table) == 0


def test_a_refused_document_uses_no_hid(table: Bench) -> None:
    hid = table.hid()
    rules = {"evaluationId": table.ids.uuid(), "wholeTrackingId": "99000000000000000017"}
    payload = table.prescription(hid, rules=rules)
    document = ("prescription", payload, "dr01")
    refused = table.call("POST", "/purchaser/v1/prescriptions", document=document)
    assert refused.code == "TRACKING_ID_UNKNOWN"
    assert use_count(table, hid) == 0


def test_a_notice_waits_until_it_can_be_told_and_is_told_once(table: Bench) -> None:
    services = table.exchange.services
    real: Any = services["eligibility"]

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/hids/uses"):
            raise ConnectionRefusedError
        await real(scope, receive, send)

    services["eligibility"] = deaf
    hid = table.registered()["document"]["hid"]
    assert (use_count(table, hid), waiting(table)) == (0, 1)
    services["eligibility"] = real
    table.clock.advance(timedelta(seconds=3))
    table.registered()  # starts another delivery
    assert (use_count(table, hid), waiting(table)) == (1, 0)


def approved(table: Bench) -> Any:
    """Register a prescription under an approval; return the answer to the same question again."""
    hid = table.hid()
    body = question(table, drug(table, "99012", 60), hid=hid)
    told = table.call("POST", INSURANCE, body=body).json
    rules = {"evaluationId": told["evaluationId"], "wholeTrackingId": told["wholeTrackingId"]}
    payload = table.prescription(hid, rules=rules)
    document = ("prescription", payload, "dr01")
    assert table.call("POST", "/purchaser/v1/prescriptions", document=document).status == 201
    return said(ask(table, INSURANCE, drug(table, "99012", 60))["items"][0])


def test_used_approvals_count_where_the_purchaser_reports_them(state: Path, table: Bench) -> None:
    assert "N10" not in approved(table)
    reporting = bench(state, REPORTS)
    try:
        assert "N10" in approved(reporting)
        assert waiting(reporting) == 0
    finally:
        reporting.close()
