"""What the authenticity service says of the code on a pack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from fixtures.synthetic import Pack

CodeType = Literal["authenticity", "uid"]
LENGTHS: dict[str, int] = {"authenticity": 16, "uid": 20}
_BATCH = re.compile(r"9910(?P<product>[0-9]{5})[0-9]{7}")
"""A synthetic batch without end: 9910, the product, a serial of 7 digits. A pack is given once, so
a laboratory that watches programs on one exchange all day would run out of the listed ones."""


def by_code(packs: tuple[Pack, ...]) -> dict[tuple[str, str], Pack]:
    """Index packs by both codes they carry, each under its type."""
    index: dict[tuple[str, str], Pack] = {}
    for pack in packs:
        index["uid", pack.uid] = pack
        index["authenticity", pack.authenticity_code] = pack
    return index


def verdict(index: Mapping[tuple[str, str], Pack], kind: str, code: str, product: str) -> str:
    """Return the verdict; a genuine label on another product is WRONG_PRODUCT before its state."""
    pack = index.get((kind, code))
    if pack is None:
        made = _BATCH.fullmatch(code) if kind == "authenticity" else None
        if made is None:
            return "UNKNOWN"
        return "VALID" if made["product"] == product else "WRONG_PRODUCT"
    if pack.product != product:
        return "WRONG_PRODUCT"
    return pack.state
