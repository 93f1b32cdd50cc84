"""Bounds of the whole report, so that a hostile product cannot make it unreadably large."""

from __future__ import annotations

BODY_LIMIT = 64 * 1024
"""Characters of one body that are shown, head and tail."""

CARD_LIMIT = 4_000
"""Characters of one expected or observed value that are shown."""

CARDS_PER_CASE = 20
PANES_PER_CASE = 40
CARD_TOTAL = 1_500_000
PANE_TOTAL = 4_000_000


class Budget:
    """A purse of characters; what does not fit is named in the report, never dropped silently."""

    def __init__(self, total: int) -> None:
        self._left = total

    def take(self, amount: int) -> bool:
        """Take `amount` characters; False when they are not left."""
        if amount > self._left:
            return False
        self._left -= amount
        return True
