"""What answers of the purchaser say of everything that was sent, and how faults lose a member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.purchaser_member_points import PURCHASER_MEMBER_POINTS
from tests.component.bench import Bench, bench
from tests.component.insurer_desk import answer, ask, claimed, enter, ledger, paper, signed

PRESCRIPTIONS = "/purchaser/v1/prescriptions"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("exchange"))


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    made = bench(state)
    yield made
    made.close()


def _coded(table: Bench) -> Any:
    item = table.item()
    return table.registered({**item, "code": {**item["code"], "version": "1"}})["document"]


def _asked(table: Bench) -> Any:
    rx = table.registered()
    table.lease(rx)
    answer(table, ask(table, rx, itemId="1").json["questionId"])
    return rx


def _amended(table: Bench, rx: Any) -> Any:
    content = {
        **table.prescription(rx["document"]["hid"], rules={"evaluationId": table.ids.uuid()}),
        "amends": {"prescriptionId": rx["prescriptionId"], "version": 1},
    }
    return table.call(
        "PUT",
        f"{PRESCRIPTIONS}/{rx['prescriptionId']}",
        document=("amendment", content, "dr01"),
        if_match='"1"',
    ).json


def _repeated(table: Bench) -> Any:
    content = table.prescription(table.hid())
    send = ("POST", PRESCRIPTIONS)
    rx = table.call(*send, document=("prescription", content, "dr01")).json
    table.given(rx, 20)
    return table.call(*send, document=("prescription", content, "dr01")).json


def _voided_twice(table: Bench) -> Any:
    rx = table.registered()
    given = [table.given(rx, 10).json["dispenseId"] for _ in range(2)]
    claimed(table, rx, 20)
    for one in given:
        table.dispenses(one, "void", body=table.reason("RETURNED_UNOPENED"))
    return ledger(table, "statements", centre="pharmacy-1")["claims"][0]["adjustments"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "answer.code_versions_lost": lambda t: _coded(t)["items"][0]["code"],
    "answer.question_item_lost": lambda t: t.read(_asked(t))["questions"][0].get("itemId"),
    "amend.approval_lost": lambda t: "rules" in _amended(t, t.registered())["document"],
    "paper.note_lost": lambda t: enter(t, _noted(t)).json["document"].get("note"),
    "document.repeat_half_told": lambda t: _repeated(t)["state"],
    "statement.one_deduction": lambda t: len(_voided_twice(t)),
}


def _noted(table: Bench) -> dict[str, Any]:
    return {**paper(table), "document": signed(table, note="allergic")}


@pytest.mark.parametrize("point", sorted(PROBES))
def test_the_fault_shows(point: str, state: Path) -> None:
    healthy, faulty = bench(state), bench(state, f"purchaser.{point}")
    try:
        assert PROBES[point](healthy) != PROBES[point](faulty)
    finally:
        healthy.close()
        faulty.close()


def test_every_such_fault_has_a_probe() -> None:
    assert {f"purchaser.{name}" for name in PROBES} == {o.name for o in PURCHASER_MEMBER_POINTS}


def test_author_and_lease_holder_read_questions_in_every_answer(table: Bench) -> None:
    rx = _asked(table)
    again = table.lease(rx).json
    told = again["prescription"]["questions"]
    assert [(one["itemId"], one["state"], one["answer"]) for one in told] == [
        ("1", "answered", "yes")
    ]
    table.call(
        "DELETE",
        f"{PRESCRIPTIONS}/{rx['prescriptionId']}/lease",
        lease=again["secret"],
        centre="pharmacy-1",
    )
    assert _amended(table, rx)["questions"] == told


def test_who_opens_a_prescription_by_a_code_reads_no_questions(table: Bench) -> None:
    rx = _asked(table)
    body = {"hid": rx["document"]["hid"]}
    found = table.call("POST", f"{PRESCRIPTIONS}/query", body=body, centre="pharmacy-1").json
    assert "questions" not in found["content"]


def test_a_document_that_comes_again_is_told_as_it_stands(table: Bench) -> None:
    again = _repeated(table)
    assert (again["state"], again["items"][0]["dispensed"]) == ("PARTIALLY_DISPENSED", 20)
    assert len(again["dispenses"]) == 1
