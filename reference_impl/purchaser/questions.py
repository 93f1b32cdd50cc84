"""Questions of a dispenser to the prescriber, kept with the prescription. [ERX-2-ERX-B].

Whoever may read the prescription reads question and answer with it; a question changes no state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import leases, presentation, store
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.lifecycle import DispenseState
from reference_impl.purchaser.records import Prescription, load_prescription
from reference_impl.purchaser.transaction import Transaction


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Questions(desk)
    return (
        Operation("askPrescriber", side.ask),
        Operation("answerQuestion", side.answer),
    )


def questions_on(rows: Connection, prescription_id: str) -> list[Mapping[str, Any]]:
    """Return the questions on a prescription, the oldest first."""
    table = store.questions
    query = (
        select(table)
        .where(table.c.prescription_id == prescription_id)
        .order_by(table.c.asked_at, table.c.question_id)
    )
    return [dict(row) for row in rows.execute(query).mappings()]


class Questions:
    """The desk between dispenser and prescriber."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def ask(self, call: Call) -> Work:
        """Ask about a prescription the caller is serving."""
        asked = call.body

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            known = load_prescription(within, asked["prescriptionId"])
            self._check_serving(within, call, known)
            items = {one.item_id for one in known.items}
            if "itemId" in asked and asked["itemId"] not in items:
                raise Refusal("DISPENSE_ITEM_UNKNOWN", pointer="/itemId")
            question_id = within.ids.uuid()
            rows.execute(
                insert(store.questions).values(
                    question_id=question_id,
                    prescription_id=known.prescription_id,
                    item_id=asked.get("itemId"),
                    kind=asked["kind"],
                    text=asked["text"],
                    centre=call.caller.centre,
                    asked_at=store.instant(within.now),
                )
            )
            return Answer(
                201, presentation.question(_question(rows, question_id), self.desk.faults)
            )

        return commit

    async def answer(self, call: Call) -> Work:
        """Answer once, from the centre that wrote the prescription."""

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            row = _question(rows, call.path["questionId"])
            author = load_prescription(within, row["prescription_id"]).centre
            anybody = self.desk.faults.on("purchaser.question.answered_by_anybody")
            if author != call.caller.centre and not anybody:
                raise Refusal("PRESCRIPTION_QUERY_NOT_FOUND")
            again = self.desk.faults.on("purchaser.question.answer_replaced")
            if row["answer"] not in {None, call.body["text"]} and not again:
                raise Refusal("PRESCRIPTION_STATE_CONFLICT", detail="answered", pointer="/text")
            rows.execute(
                update(store.questions)
                .where(store.questions.c.question_id == row["question_id"])
                .values(answer=call.body["text"], answered_at=store.instant(within.now))
            )
            return Answer(
                200, presentation.question(_question(rows, row["question_id"]), self.desk.faults)
            )

        return commit

    def _check_serving(self, within: Transaction, call: Call, known: Prescription) -> None:
        """Refuse a centre that neither holds the lease nor has anything of it in hand."""
        if self.desk.faults.on("purchaser.question.any_centre"):
            return
        held = leases.held(within.rows, known.prescription_id, within.now)
        holds = held is not None and held.centre == call.caller.centre
        gave = any(
            one.centre == call.caller.centre and one.state is not DispenseState.ABANDONED
            for one in known.dispenses
        )
        if not (holds or gave):
            raise Refusal("PRESCRIPTION_ACCESS_REFUSED", pointer="/prescriptionId")


def _question(rows: Connection, question_id: str) -> Mapping[str, Any]:
    query = select(store.questions).where(store.questions.c.question_id == question_id)
    found = rows.execute(query).mappings().first()
    if found is None:
        raise Refusal("PRESCRIPTION_QUERY_NOT_FOUND")
    return dict(found)
