"""What the authenticity service says of a code, and when a pack may be used or brought back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from fixtures.synthetic import Pack

CodeType = Literal["authenticity", "uid"]
LENGTHS: dict[str, int] = {"authenticity": 16, "uid": 20}
REACTIVATION = timedelta(days=10)
"""How long after its use the centre may bring a pack back; that of a void. [profile, 5]."""
_BATCH = re.compile(r"9910(?P<product>[0-9]{5})[0-9]{7}")
"""A synthetic batch without end: 9910, the product, a serial of 7 digits. A pack is given once, so
a laboratory that watches programs on one exchange all day would run out of the listed ones."""
_IRC = re.compile(r"9999(?P<product>[0-9]{5})[0-9]{7}")
REFUSED_USE: Mapping[str, str] = {
    "UNKNOWN": "PRODUCT_NOT_AUTHENTIC",
    "WRONG_PRODUCT": "PRODUCT_WRONG",
    "RECALLED": "PRODUCT_RECALLED",
    "EXPIRED_LOT": "PRODUCT_LOT_EXPIRED",
    "ALREADY_CONSUMED": "PRODUCT_ALREADY_CONSUMED",
    "TIMEOUT": "DEPENDENCY_UNAVAILABLE",
}
"""Code of the refusal to use a pack by its verdict; what is not here may be used."""


@dataclass(frozen=True)
class Label:
    """The pack behind a code; `name` is one for both its codes, `units` None: used up at once."""

    name: str
    product: str
    state: str
    level: str = "pack"
    units: int | None = None


def by_code(packs: tuple[Pack, ...]) -> dict[tuple[str, str], Label]:
    """Index packs by both codes they carry, each under its type."""
    index: dict[tuple[str, str], Label] = {}
    for pack in packs:
        label = Label(pack.uid, pack.product, pack.state, pack.level, pack.units)
        index["uid", pack.uid] = label
        index["authenticity", pack.authenticity_code] = label
    return index


def label_of(index: Mapping[tuple[str, str], Label], kind: str, code: str) -> Label | None:
    """Return the pack behind a code, None when nobody ever printed it."""
    known = index.get((kind, code))
    made = _BATCH.fullmatch(code) if known is None and kind == "authenticity" else None
    return known if made is None else Label(code, made["product"], "VALID")


def verdict(label: Label | None, product: str | None, level: str | None, *, used_up: bool) -> str:
    """Return the verdict; a genuine label on another product is WRONG_PRODUCT before its state.

    `product` and `level` are compared when they are named: a carton's code is not that of a pack.
    """
    if label is None:
        return "UNKNOWN"
    if product is not None and label.product != product:
        return "WRONG_PRODUCT"
    if level is not None and label.level != level:
        return "WRONG_PRODUCT"
    return "ALREADY_CONSUMED" if label.state == "VALID" and used_up else label.state


def product_of_irc(irc: str) -> str | None:
    """Return the generic product a brand's code belongs to, None when it has not that form."""
    found = _IRC.fullmatch(irc)
    return None if found is None else found["product"]


def remaining_after(label: Label, used: int, count: int) -> int | None:
    """Return what is left after a further use, None when that much is not left."""
    if label.units is None:
        return None if used else 0
    left = label.units - used - count
    return left if left >= 0 else None


def may_reactivate(used_at: datetime, now: datetime, limit: timedelta = REACTIVATION) -> bool:
    """Say whether the time in which a pack can be brought back is not over."""
    return now <= used_at + limit
