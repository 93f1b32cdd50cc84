"""Killed between the service's acceptance and the copy: the record misses nothing all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.gateway.pending import Pending
from tests.component import insurer_desk as insurer
from tests.component.bench import Bench
from tests.component.record_bench import RecordBench, later

PRESCRIPTIONS = "/purchaser/v1/prescriptions"


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path, tmp_path: Path) -> Iterator[RecordBench]:
    made = RecordBench(state, databases=tmp_path)
    yield made
    made.close()


def pending(table: RecordBench) -> Pending:
    return table.exchange.forwarding.pending  # type: ignore[union-attr]  # it lives here


def killed(*_: Any, **__: Any) -> None:
    raise Killed


def send(table: RecordBench, payload: Any) -> Any:
    document = ("prescription", payload, "dr01")
    return table.call("POST", PRESCRIPTIONS, document=document, gateway=True)


def settled(table: RecordBench) -> list[Any]:
    """Let some time pass, settle what is open, and return the documents of the record."""
    later(table, seconds=6)
    table.runner.run(pending(table).settle())
    table.settle()
    told = table.ask("history", hid=table.hid())
    return [one["documentId"] for one in told.json["entries"]]


def lost_after_acceptance(table: RecordBench, monkeypatch: pytest.MonkeyPatch) -> Any:
    payload = table.prescription(table.hid())
    outbox = table.exchange.forwarding._outbox  # type: ignore[union-attr]  # it lives here
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "put", killed)
        with pytest.raises(Killed):
            send(table, payload)
    return payload


def test_what_was_accepted_reaches_the_record_after_a_kill(
    table: RecordBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = lost_after_acceptance(table, monkeypatch)
    table.close()
    again = RecordBench(table.state, databases=table.databases, clock=table.clock)
    try:
        assert pending(again).count() == 1
        assert settled(again) == [payload["documentId"]]
        assert pending(again).count() == 0
        assert settled(again) == [payload["documentId"]]
    finally:
        again.close()


def test_who_asks_again_finds_the_answer_and_the_record_one_document(
    table: RecordBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = lost_after_acceptance(table, monkeypatch)
    assert send(table, payload).status == 201
    assert pending(table).count() == 1
    assert settled(table) == [payload["documentId"]]


def test_what_was_refused_leaves_no_note(table: RecordBench) -> None:
    assert send(table, table.prescription("1W2AZVAKZQ")).code == "HID_INVALID"
    assert pending(table).count() == 0
    assert settled(table) == []


def test_what_never_arrived_is_forgotten_when_its_seal_is_too_old(table: RecordBench) -> None:
    purchaser = table.exchange.services.pop("purchaser")
    assert send(table, table.prescription(table.hid())).code == "DEPENDENCY_UNAVAILABLE"
    table.exchange.services["purchaser"] = purchaser
    assert settled(table) == []
    assert pending(table).count() == 1
    later(table, minutes=15)
    assert settled(table) == []
    assert pending(table).count() == 0


def test_only_the_gateway_asks_which_answers_were_given(table: RecordBench) -> None:
    payload, key = table.prescription(table.hid()), table.ids.token()
    table.call("POST", PRESCRIPTIONS, document=("prescription", payload, "dr01"), key=key)
    target = f"/purchaser/v1/answers/{key}"
    asked = table.runner.run(Bench.send(table, "GET", target))
    assert (asked.status, asked.code) == (404, "NOT_FOUND")


def test_entered_paper_is_copied_to_the_record(table: RecordBench) -> None:
    body = insurer.paper(table)
    entered = insurer.enter(table, body, gateway=True)
    assert entered.status == 201, entered.json
    assert settled(table) == [entered.json["document"]["documentId"]]
