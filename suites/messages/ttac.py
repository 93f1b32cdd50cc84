"""Uses of packs: each of a pack of the endless synthetic batch that nobody else has taken.

`9910`, the product and any serial of seven digits is a genuine authenticity code (docs/wire.md).
"""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue

PHARMACY = Caller("pharmacy-1")
PRODUCT = "99012"


def fresh_pack(data: SyntheticData, label: str, product: str = PRODUCT) -> str:
    """Return the authenticity code of a pack of a product that no other attempt uses."""
    return f"9910{product}{data.random(f'pack {label}').randrange(10**7):07d}"


def use_of(
    data: SyntheticData, code: str, label: str, *, kind: str = "authenticity", **changes: JsonValue
) -> dict[str, JsonValue]:
    """Return the use of a pack by one dispense; the label decides which dispense."""
    return {
        "product": {"type": kind, "code": code},
        "count": 1,
        "dispenseId": data.uuid(f"dispense {label}"),
        **changes,
    }


@message_builder("ttac.use")
def use(_sut: Sut, data: SyntheticData, label: str) -> Message:
    """Use up a fresh pack."""
    body = use_of(data, fresh_pack(data, label), label)
    return Message("consumeProduct", "ttac", PHARMACY, 201, body=body)


@message_builder("ttac.return")
def bring_back(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Bring back a pack that was used a moment ago."""
    body = use_of(data, fresh_pack(data, label), label)
    sut.call("consumeProduct", service="ttac", body=body, caller=PHARMACY, step="preamble: used")
    return Message("reactivateProduct", "ttac", PHARMACY, 201, body=body)
