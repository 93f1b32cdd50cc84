"""Operations of the ledger: the statement of a month, and what of it is paid, open or adjusted.

Each insurer has its own partition; a centre may read one or all. For every partition
`insurerShare = paid + receivable + adjusted`, whatever was decided meanwhile. [ERX-9-1-8-N-A]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation
from reference_impl.purchaser import presentation, store
from reference_impl.purchaser.calendar import Period, period, period_of
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.money import Amounts
from reference_impl.purchaser.results import SETTLED, SUBMITTED, Result, results_of
from reference_impl.purchaser.reversals import after_voids, reversed_in

NOTHING = Amounts(0, 0, 0)


@dataclass(frozen=True)
class Entry:
    """One claim of the ledger: what was claimed, and the result if there is one."""

    row: Mapping[str, Any]
    result: Result | None

    @property
    def claimed(self) -> Amounts:
        """What the centre claimed, in rial."""
        return Amounts(self.row["total"], self.row["insurer_share"], self.row["patient_share"])

    @property
    def state(self) -> str:
        """State of the claim in its life cycle."""
        return SUBMITTED if self.result is None else self.result.state

    @property
    def due(self) -> int:
        """What the insurer owes for the claim, paid or not."""
        counted = self.claimed if self.result is None else self.result.accepted
        return counted.insurer_share

    @property
    def adjusted(self) -> int:
        """What the insurer does not pay of what was claimed."""
        return self.claimed.insurer_share - self.due


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Ledger(desk)
    return (
        Operation("getStatement", side.statement),
        Operation("getPayments", side.payments),
    )


class Ledger:
    """The desk where a centre reads its accounts."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def statement(self, call: Call) -> Answer:
        """Show the calling centre's claims of a Jalali month, judged in Tehran."""
        span = self._span(call)
        entries = await self._entries(call, span)
        faults = self.desk.faults
        short = faults.on("purchaser.statement.last_line_uncounted")
        counted = entries[:-1] if short else entries
        return Answer(
            200,
            {
                "period": span.name,
                "centre": self._heading(call),
                "claims": [presentation.statement_line(one, faults) for one in entries],
                **presentation.shares(_claimed(counted), faults),
                "adjusted": presentation.money(sum(one.adjusted for one in entries), faults),
                "insurers": [
                    {
                        "insurerCode": insurer,
                        "claims": len(part),
                        **presentation.shares(_claimed(part), faults),
                        "adjusted": presentation.money(sum(one.adjusted for one in part), faults),
                    }
                    for insurer, part in _partitions(entries)
                ],
            },
        )

    async def payments(self, call: Call) -> Answer:
        """Show what of a month's claims is paid, still to be paid, and will not be paid."""
        span = self._span(call)
        if span.start > self.desk.config.clock.now():
            raise Refusal("STATEMENT_PERIOD_INVALID", pointer="path:period", detail="to come")
        entries = await self._entries(call, span)
        faults = self.desk.faults
        named = not faults.on("purchaser.answer.payment_period_missing")
        return Answer(
            200,
            {
                **({"period": span.name} if named else {}),
                **_accounts(entries, faults),
                "insurers": [
                    {"insurerCode": insurer, **_accounts(part, faults)}
                    for insurer, part in self._parts(entries)
                ],
            },
        )

    def _parts(self, entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
        """Return the partitions; a seeded fault tells each under the code of the next."""
        parts = _partitions(entries)
        if not self.desk.faults.on("purchaser.payments.parts_swapped"):
            return parts
        codes = [insurer for insurer, _ in parts]
        turned = [*codes[1:], *codes[:1]]
        return [(code, part) for code, (_, part) in zip(turned, parts, strict=True)]

    def _heading(self, call: Call) -> str:
        """Return the centre whose statement it is; a seeded fault names the one that writes it."""
        if self.desk.faults.on("purchaser.statement.insurer_named"):
            places = self.desk.config.world.centres.values()
            return next(one.siam_id for one in places if "insurer" in one.roles)
        return call.caller.centre

    def _span(self, call: Call) -> Period:
        span = period(call.path["period"])
        if span is None and self.desk.faults.on("platform.http.parameters_unchecked"):
            span = period(period_of(self.desk.config.clock.now()))
        if span is None:
            raise Refusal("STATEMENT_PERIOD_INVALID", pointer="path:period")
        return span

    async def _entries(self, call: Call, span: Period) -> list[Entry]:
        faults = self.desk.faults
        shift = timedelta(days=31 if faults.on("purchaser.statement.month_shifted") else 0)
        table = store.claims
        query = select(table).where(
            table.c.submitted_at >= store.instant(span.start - shift),
            table.c.submitted_at < store.instant(span.end - shift),
        )
        if not faults.on("purchaser.statement.other_centres"):
            query = query.where(table.c.centre == call.caller.centre)
        insurer = call.query.get("insurer")
        if insurer is not None and not faults.on("purchaser.statement.insurers_mixed"):
            query = query.where(table.c.insurer == insurer)
        with self.desk.config.store.read() as rows:
            found = [
                dict(one) for one in rows.execute(query.order_by(table.c.submitted_at)).mappings()
            ]
            voided = reversed_in(rows, [one["claim_id"] for one in found])
        results = await results_of(call, span.name) if found else {}
        return [
            Entry(
                row,
                after_voids(
                    row,
                    results.get(row["claim_id"]),
                    voided.get(row["claim_id"], ()),
                    self.desk.book,
                ),
            )
            for row in found
        ]


def _claimed(entries: Iterable[Entry]) -> Amounts:
    amounts = [one.claimed for one in entries]
    return Amounts(
        sum(one.total for one in amounts),
        sum(one.insurer_share for one in amounts),
        sum(one.patient_share for one in amounts),
    )


def _partitions(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {}
    for one in entries:
        found.setdefault(one.row["insurer"], []).append(one)
    return sorted(found.items())


def _accounts(entries: list[Entry], faults: FaultSwitch) -> dict[str, Any]:
    early = faults.on("purchaser.payments.open_as_paid")
    paid = sum(one.due for one in entries if one.state == SETTLED or early)
    adjusted = sum(one.adjusted for one in entries)
    receivable = sum(one.due for one in entries) - paid
    if faults.on("purchaser.payments.adjusted_still_owed"):
        receivable += adjusted
    return {
        "paid": presentation.money(paid, faults),
        "receivable": presentation.money(receivable, faults),
        "adjusted": presentation.money(adjusted, faults),
    }
