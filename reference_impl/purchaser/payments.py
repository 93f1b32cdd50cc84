"""The payment a document names, as the register of terminals knows it. [ERX-7-8-B, ERX-7-9-B].

Asked last, when everything else of the document holds: the register remembers the visit a payment
was first checked for. Registration of a prescription never asks; its visit is paid with the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call

_IGNORED_BY_FAULT = {
    "PAYMENT_ALREADY_USED": "purchaser.payment.used_accepted",
    "TERMINAL_CENTRE_MISMATCH": "purchaser.payment.any_terminal",
    "TERMINAL_UNKNOWN": "purchaser.payment.any_terminal",
}


async def check_payment(call: Call, payload: Mapping[str, Any], patient_share: int) -> None:
    """Refuse a payment of another amount, another visit or another centre's terminal.

    `patient_share` is whole rial. Raises Refusal with the code of the register of terminals.
    """
    faults = call.config.faults
    if faults.on("purchaser.payment.unchecked"):
        return
    question = {"payment": payload["payment"], "amount": patient_share, "hid": payload["hid"]}
    reply = await call.peer("fiscal").post("/payments/check", question)
    if reply.code is None:
        if not reply.json["valid"]:
            raise Refusal("PAYMENT_NOT_FOUND", pointer="/payment", detail="terminal at rest")
        return
    if reply.code in _IGNORED_BY_FAULT and faults.on(_IGNORED_BY_FAULT[reply.code]):
        return
    raise Refusal(reply.code, pointer="/payment")
