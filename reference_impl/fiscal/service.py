"""Payments and fiscal terminals. The payment network and the tax register are emulated here.

Terminals report payments; a payment is used for one visit only. Whether a terminal works follows
from its business: the registry of centres says whether that may take part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from fixtures.synthetic import Centre
from reference_impl.fiscal import store
from reference_impl.fiscal.domain import Payment, fiscal_memory, is_synthetic
from reference_impl.platform.clock import written
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work

OK = 200


def create(config: Configuration) -> Service:
    """Make the service on its store."""
    config.store.create(store.METADATA)
    desk = Fiscal(config)
    return Service(
        "fiscal",
        (
            Operation("checkPayment", desk.check, callers=EVERYONE),
            Operation("getTerminal", desk.terminal, callers=EVERYONE),
            Operation("recordPayment", desk.record),
        ),
    )


class Fiscal:
    """The desk of terminals and payments."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._faults = config.faults
        self._terminals = {one.terminal_id: one for one in config.world.centres.values()}

    async def check(self, call: Call) -> Work:
        """Check a payment against amount, terminal and visit; it is used for that visit from now.

        The same visit may ask again; another one is refused. [ERX-7-8-B]
        """
        asked = call.body
        named = asked["payment"]
        self._own_terminal(call, named)
        works = await self._works(call, named["terminalId"])

        def commit(rows: Connection) -> Answer:
            payment = self._payment(rows, named, asked["amount"])
            if payment.amount != asked["amount"] and not self._faults.on(
                "fiscal.payment.amount_ignored"
            ):
                raise Refusal("PAYMENT_AMOUNT_MISMATCH", pointer="/amount")
            if not works:
                return Answer(200, {"valid": False})
            reusable = self._faults.on("fiscal.payment.reusable")
            if not store.use(rows, payment, asked["hid"]) and not reusable:
                raise Refusal("PAYMENT_ALREADY_USED", pointer="/payment/paymentId")
            body: dict[str, Any] = {"valid": True, "paidAt": payment.paid_at}
            if self._faults.on("fiscal.variant.no_time"):
                del body["paidAt"]
            return Answer(200, body)

        return commit

    async def terminal(self, call: Call) -> Answer:
        """Answer a terminal, its business and its fiscal memory."""
        terminal_id = call.path["terminalId"]
        owner = self._terminals.get(terminal_id)
        if owner is None:
            raise Refusal("TERMINAL_UNKNOWN", pointer="path:terminalId")
        memory = fiscal_memory(terminal_id)
        if self._faults.on("fiscal.terminal.memory_of_neighbour"):
            memory = fiscal_memory(str(int(terminal_id) + 1))
        return Answer(
            200,
            {
                "terminalId": terminal_id,
                "centre": owner.siam_id.lower(),
                "fiscalMemoryId": memory,
                "active": await self._works(call, terminal_id),
            },
        )

    async def record(self, call: Call) -> Work:
        """Take the report of a payment from a terminal of the caller."""
        asked = call.body
        named = asked["payment"]
        self._own_terminal(call, named)
        payment = Payment(
            named["paymentId"],
            named["terminalId"],
            asked["amount"],
            written(self.config.clock.now()),
        )

        def commit(rows: Connection) -> Answer:
            if store.find(rows, payment.payment_id, payment.terminal) is not None:
                raise Refusal("PAYMENT_ALREADY_USED", pointer="/payment/paymentId")
            store.put(rows, payment)
            return Answer(201, {"valid": True, "paidAt": payment.paid_at})

        return commit

    def _own_terminal(self, call: Call, named: Mapping[str, Any]) -> Centre:
        """Return the business of a terminal of the caller. [ERX-7-9-B]."""
        owner = self._terminals.get(named["terminalId"])
        if owner is None:
            raise Refusal("TERMINAL_UNKNOWN", pointer="/payment/terminalId")
        foreign = owner.siam_id.lower() != call.caller.centre.lower()
        if foreign and not self._faults.on("fiscal.terminal.of_any_centre"):
            raise Refusal("TERMINAL_CENTRE_MISMATCH", pointer="/payment/terminalId")
        memory = named.get("fiscalMemoryId")
        wrong = memory is not None and memory != fiscal_memory(named["terminalId"])
        if wrong and not self._faults.on("fiscal.memory.unchecked"):
            raise Refusal("FISCAL_MEMORY_INVALID", pointer="/payment/fiscalMemoryId")
        return owner

    async def _works(self, call: Call, terminal_id: str) -> bool:
        if self._faults.on("fiscal.terminal.always_active"):
            return True
        centre = self._terminals[terminal_id].siam_id.lower()
        reply = await call.peer("siam").get(f"/centres/{centre}")
        return reply.status == OK and bool(reply.json["active"])

    def _payment(self, rows: Connection, named: Mapping[str, Any], amount: int) -> Payment:
        found = store.find(rows, named["paymentId"], named["terminalId"])
        if found is not None:
            return found
        known = is_synthetic(named["paymentId"]) or self._faults.on("fiscal.payment.unknown_taken")
        if not known:
            raise Refusal("PAYMENT_NOT_FOUND", pointer="/payment/paymentId")
        made = Payment(
            named["paymentId"], named["terminalId"], amount, written(self.config.clock.now())
        )
        store.put(rows, made)
        return made
