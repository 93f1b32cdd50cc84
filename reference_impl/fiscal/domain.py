"""What a payment, a terminal and a fiscal memory have to be for each other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANY_AMOUNT = re.compile(r"PAY-[A-Za-z0-9-]{2,32}")
"""Synthetic payments: the emulated payment network knows every id of this form, and takes the
amount it is first asked for as the amount that was paid."""


@dataclass(frozen=True)
class Payment:
    """A payment: terminal, amount in rial, time, and the visit it was used for (None: none yet)."""

    payment_id: str
    terminal: str
    amount: int
    paid_at: str
    hid: str | None = None


def is_synthetic(payment_id: str) -> bool:
    """Say whether the emulated network knows this payment without a report of a terminal."""
    return _ANY_AMOUNT.fullmatch(payment_id) is not None


def fiscal_memory(terminal: str) -> str:
    """Return the fiscal memory id (six capital letters and digits) of a terminal of 8 digits."""
    return f"FM{terminal[-4:]}"
