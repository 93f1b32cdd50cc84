"""The authenticity service over the synthetic packs: verification, use, reactivation, recalls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.platform.clock import tehran_day, written
from reference_impl.platform.codes import CodeBook, CodeRefused, display_matches
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service, Work
from reference_impl.ttac import store
from reference_impl.ttac.domain import (
    LENGTHS,
    REACTIVATION,
    REFUSED_USE,
    Label,
    by_code,
    label_of,
    may_reactivate,
    product_of_irc,
    remaining_after,
    verdict,
)


def create(config: Configuration) -> Service:
    """Make the authenticity service on its store."""
    config.store.create(store.METADATA)
    desk = Authenticity(config)
    return Service(
        "ttac",
        (
            Operation("verifyProduct", desk.verify, callers=EVERYONE, replayed=False),
            Operation("consumeProduct", desk.consume, callers=EVERYONE),
            Operation("reactivateProduct", desk.reactivate, callers=EVERYONE),
            Operation("listRecalls", desk.recalls, callers=EVERYONE),
        ),
    )


class Authenticity:
    """The desk that knows every label. Uses are remembered by pack, whichever code was scanned."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self._faults = config.faults
        self._index = by_code(config.world.packs)
        self._book = CodeBook(config.pack.codes.values())

    async def verify(self, call: Call) -> Answer:
        """Judge the code on a pack for a product, and for a level of packing when one is named."""
        asked = call.body
        misfit = len(asked["productCode"]) != LENGTHS[asked["type"]]
        if misfit and not self._faults.on("ttac.verify.length_ignored"):
            # Before any verdict on authenticity. [ERX-8-11-C]
            raise Refusal(
                "SCHEMA_VIOLATION",
                pointer="/productCode",
                detail=f"{LENGTHS[asked['type']]} digits for type {asked['type']}",
            )
        product = asked["product"]
        self._check_product(product)
        label = label_of(self._index, asked["type"], asked["productCode"])
        wanted = None if self._faults.on("ttac.verify.product_ignored") else product["code"]
        level = None if self._faults.on("ttac.verify.level_ignored") else asked.get("level")
        with self.config.store.read() as rows:
            found = verdict(label, wanted, level, used_up=self._used_up(rows, label))
        return Answer(200, {"verdict": self._told(found, asked["type"])})

    async def consume(self, call: Call) -> Work:
        """Use up a pack, or a part of one that is counted; once for each dispense. [RUL-007]."""
        asked = call.body
        label = label_of(self._index, asked["product"]["type"], asked["product"]["code"])
        wanted = product_of_irc(asked["irc"]) if "irc" in asked else None
        if "irc" in asked and (label is None or wanted != label.product):
            wanted = "" if not self._faults.on("ttac.consume.irc_ignored") else None

        def commit(rows: Connection) -> Answer:
            before = self._use(rows, label, asked["dispenseId"])
            if before is not None:
                # The same dispense again is the same use, whatever key it came under.
                return _used(before["remaining"])
            found = verdict(label, wanted, None, used_up=self._used_up(rows, label))
            if found in REFUSED_USE and not self._overlooked(found):
                raise Refusal(REFUSED_USE[found], pointer="/product/code")
            assert label is not None  # noqa: S101 - a verdict other than UNKNOWN has a pack
            return _used(self._take(rows, label, call))

        return commit

    async def reactivate(self, call: Call) -> Work:
        """Bring back a pack whose dispense was voided: same centre, same dispense, ten days."""
        asked = call.body
        label = label_of(self._index, asked["product"]["type"], asked["product"]["code"])

        def commit(rows: Connection) -> Answer:
            use = self._use(rows, label, asked["dispenseId"])
            if label is None or use is None or not self._may_free(use, call):
                raise Refusal("PRODUCT_REACTIVATION_REFUSED", pointer="/product/code")
            if not self._faults.on("ttac.reactivate.stays_used"):
                store.give_back(rows, label.name, asked["dispenseId"], use["count"])
            body: dict[str, Any] = {"state": "active"}
            if label.units is not None:
                body["remaining"] = label.units - store.used(rows, label.name)
            return Answer(201, body)

        return commit

    async def recalls(self, call: Call) -> Answer:
        """Answer the recalls announced up to today, from a day on when one is named."""
        today = tehran_day(self.config.clock.now())
        since = date.fromisoformat(call.query["since"]) if "since" in call.query else date.min
        if self._faults.on("ttac.recalls.since_excluded") and since > date.min:
            since += timedelta(days=1)
        found = [one for one in self.config.world.recalls if since <= one.announced_on <= today]
        newest_first = self._faults.on("ttac.variant.recalls_newest_first")
        found.sort(key=lambda one: one.announced_on, reverse=newest_first)
        shown = [
            {
                "gtin": one.gtin,
                "lot": one.lot,
                "announcedOn": one.announced_on.isoformat(),
                "textEn": one.text_en,
                "textFa": one.text_fa,
            }
            for one in found
        ]
        return Answer(200, {"recalls": shown})

    def _check_product(self, product: Mapping[str, str]) -> None:
        """Refuse a product that is not coded as MAKSA has it today. [RM-P4-A]."""
        day = tehran_day(self.config.clock.now())
        try:
            concept = self._book.find(product["system"], product["code"], day)
        except CodeRefused as refused:
            taken = refused.reason != "CODE_UNKNOWN"
            if taken and self._faults.on("ttac.verify.product_code_state"):
                return
            raise Refusal(refused.reason, pointer="/product/code") from refused
        matching = display_matches(concept, product["display"])
        if not matching and not self._faults.on("ttac.verify.product_text"):
            raise Refusal("CODE_DISPLAY_MISMATCH", pointer="/product/display")

    def _told(self, found: str, kind: str) -> str:
        """Return the verdict as it is told; only seeded faults tell another one."""
        faults = self._faults
        if kind == "uid" and faults.on("ttac.verify.label_only"):
            return "UNKNOWN"
        overlooked = (
            (found == "RECALLED" and faults.on("ttac.verify.recall_ignored"))
            or (found == "EXPIRED_LOT" and faults.on("ttac.verify.lot_ignored"))
            or (found == "UNKNOWN" and faults.on("ttac.verify.unknown_valid"))
        )
        if overlooked:
            return "VALID"
        return "GENUINE" if found == "VALID" and faults.on("ttac.verify.own_words") else found

    def _overlooked(self, found: str) -> bool:
        lot = found in {"RECALLED", "EXPIRED_LOT"}
        return lot and self._faults.on("ttac.consume.verdict_ignored")

    def _used_up(self, rows: Connection, label: Label | None) -> bool:
        if label is None or self._faults.on("ttac.consume.not_remembered"):
            return False
        used = store.used(rows, label.name)
        return used > 0 and (label.units is None or used >= label.units)

    def _use(
        self, rows: Connection, label: Label | None, dispense: str
    ) -> Mapping[str, Any] | None:
        if label is None:
            return None
        uses = store.uses
        query = select(uses).where(uses.c.label == label.name, uses.c.dispense_id == dispense)
        row = rows.execute(query).mappings().first()
        return None if row is None else dict(row)

    def _take(self, rows: Connection, label: Label, call: Call) -> int:
        asked = call.body
        count = asked["count"] if label.units is not None else 1
        seen = store.used(rows, label.name)
        if self._faults.on("ttac.consume.not_remembered"):
            return 0 if label.units is None else label.units - count
        if self._faults.on("ttac.consume.whole_pack_at_once") and label.units is not None:
            count = label.units - seen
        left = remaining_after(label, seen, count)
        if left is None or not store.take(rows, label.name, seen, count):
            raise Refusal("PRODUCT_ALREADY_CONSUMED", pointer="/product/code")
        rows.execute(
            insert(store.uses).values(
                label=label.name,
                dispense_id=asked["dispenseId"],
                centre=call.caller.centre,
                count=count,
                remaining=left,
                used_at=written(self.config.clock.now()),
            )
        )
        return left

    def _may_free(self, use: Mapping[str, Any], call: Call) -> bool:
        own = use["centre"] == call.caller.centre or self._faults.on("ttac.reactivate.any_centre")
        limit = REACTIVATION
        if self._faults.on("ttac.reactivate.without_end"):
            limit = timedelta(days=36_500)
        used_at = datetime.fromisoformat(use["used_at"])
        return own and may_reactivate(used_at, self.config.clock.now(), limit)


def _used(remaining: int) -> Answer:
    state = "partly_consumed" if remaining else "consumed"
    return Answer(201, {"state": state, "remaining": remaining})
