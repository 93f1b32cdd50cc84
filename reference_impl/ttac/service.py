"""The authenticity service over the synthetic packs."""

from __future__ import annotations

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.codes import CodeBook, CodeRefused
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service
from reference_impl.ttac.domain import LENGTHS, by_code, verdict


def create(config: Configuration) -> Service:
    """Make the authenticity service."""
    index = by_code(config.world.packs)
    book = CodeBook(config.pack.codes.values())

    async def verify(call: Call) -> Answer:
        asked = call.body
        if len(asked["productCode"]) != LENGTHS[asked["type"]]:
            # Before any verdict on authenticity. [ERX-8-11-C]
            raise Refusal(
                "SCHEMA_VIOLATION",
                pointer="/productCode",
                detail=f"{LENGTHS[asked['type']]} digits for type {asked['type']}",
            )
        product = asked["product"]
        try:
            book.find(
                product["system"], product["code"], config.clock.now().astimezone(TEHRAN).date()
            )
        except CodeRefused as refused:
            raise Refusal(refused.reason, pointer="/product/code") from refused
        found = verdict(index, asked["type"], asked["productCode"], product["code"])
        return Answer(200, {"verdict": found})

    return Service("ttac", (Operation("verifyProduct", verify, callers=EVERYONE, replayed=False),))
