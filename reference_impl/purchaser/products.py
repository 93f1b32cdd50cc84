"""Answers for the goods that are handed over: authenticity, single use, permitted substitution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select

from reference_impl.platform.codes import CodeRefused
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.purchaser import store
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.checks import instant_of
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.records import Dispense, Prescription
from reference_impl.purchaser.transaction import Transaction


def check_substitution(desk: Desk, known: Prescription, payload: Mapping[str, Any]) -> None:
    """Refuse another product than ordered unless it is the same generic and that was allowed."""
    ordered = {one["itemId"]: one for one in known.document["items"]}
    for index, line in enumerate(payload["items"]):
        wanted = ordered.get(line["itemId"])
        if wanted is None:
            continue  # refused as unknown by the quantity check
        same = (wanted["code"]["system"], wanted["code"]["code"]) == (
            line["code"]["system"],
            line["code"]["code"],
        )
        allowed = wanted.get("substitutionAllowed", False) and line.get("substituted", False)
        if same or (allowed and _same_generic(desk, wanted, line, payload)):
            continue
        raise Refusal(
            "DISPENSE_ITEM_UNKNOWN",
            pointer=f"/items/{index}/code",
            detail="not the ordered product and no permitted substitute",
            item_ref=line["itemId"],
        )


def _same_generic(
    desk: Desk, wanted: Mapping[str, Any], line: Mapping[str, Any], payload: Mapping[str, Any]
) -> bool:
    day = tehran_day(instant_of(payload["dispensedAt"]))
    try:
        generics = {
            desk.book.find(one["code"]["system"], one["code"]["code"], day).properties["generic"]
            for one in (wanted, line)
        }
    except (CodeRefused, KeyError):
        return False
    return len(generics) == 1


async def check_authentic(desk: Desk, call: Call, payload: Mapping[str, Any]) -> None:
    """Ask the authenticity service for every pack before it is handed over. [ERX-9-2-7-A]."""
    if desk.faults.on("purchaser.product.authenticity_ignored"):
        return
    for index, line in enumerate(payload["items"]):
        product = line.get("product")
        pointer = f"/items/{index}/product"
        if product is None:
            if _label_required(desk, line):
                raise Refusal("PRODUCT_NOT_AUTHENTIC", pointer=pointer, detail="label required")
            continue
        reply = await call.peer("ttac").post(
            "/verifications",
            {
                "productCode": product["code"],
                "type": product["type"],
                "product": dict(line["code"]),
            },
        )
        verdict = reply.code or reply.json["verdict"]
        if verdict != "VALID":
            raise Refusal("PRODUCT_NOT_AUTHENTIC", pointer=pointer, detail=verdict)


def consumption_offered(contracts: Mapping[str, Any]) -> bool:
    """Say whether the authenticity service of this exchange keeps account of consumed packs."""
    paths = contracts["ttac"]["paths"].values()
    return any(
        isinstance(one, dict) and one.get("operationId") == "consumeProduct"
        for path in paths
        for one in path.values()
    )


async def consume(desk: Desk, call: Call, given: Dispense) -> None:
    """Consume every pack of a dispense; refuse when one was given elsewhere meanwhile. [RUL-007].

    Consuming the same pack for the same dispense again changes nothing.
    """
    faults = desk.faults
    if faults.on("purchaser.product.not_consumed"):
        return
    if faults.on("purchaser.product.authenticity_ignored"):
        return  # whoever looks up no label does not report it either
    for index, line in enumerate(given.document["items"]):
        if "product" in line and desk.counts_packs:
            reply = await call.peer("ttac").post("/consumptions", _use(line, given))
            if reply.code is not None:
                pointer = f"/items/{index}/product"
                raise Refusal("PRODUCT_NOT_AUTHENTIC", pointer=pointer, detail=reply.code)


async def reactivate(desk: Desk, call: Call, given: Dispense) -> None:
    """Give the packs of a dispense back that is going to be voided.

    A pack that cannot be taken back (its lot was recalled meanwhile) does not hold up the void.
    """
    for line in given.document["items"]:
        if "product" in line and desk.counts_packs:
            await call.peer("ttac").post("/reactivations", _use(line, given))


def _use(line: Mapping[str, Any], given: Dispense) -> dict[str, Any]:
    used: dict[str, Any] = {
        "product": dict(line["product"]),
        "count": line["quantity"],
        "dispenseId": given.dispense_id,
    }
    if "irc" in line:
        used["irc"] = line["irc"]
    return used


def _label_required(desk: Desk, line: Mapping[str, Any]) -> bool:
    versions = desk.book.versions(line["code"]["system"], line["code"]["code"])
    return bool(versions) and bool(versions[-1].properties.get("uidRequired", False))


def reserve(within: Transaction, dispense_id: str, payload: Mapping[str, Any]) -> None:
    """Mark the packs of a dispense as used; refuse one that another dispense already holds."""
    for index, line in enumerate(payload["items"]):
        if "product" not in line:
            continue
        code = line["product"]["code"]
        taken = within.rows.execute(
            select(store.given_products.c.dispense_id)
            .join(store.dispenses)
            .where(
                store.given_products.c.product_code == code,
                (store.dispenses.c.state == "CONFIRMED")
                | (store.dispenses.c.confirm_by >= store.instant(within.now)),
            )
        ).first()
        if taken is not None:
            raise Refusal(
                "PRODUCT_NOT_AUTHENTIC", pointer=f"/items/{index}/product", detail="already given"
            )
        within.rows.execute(
            insert(store.given_products).values(product_code=code, dispense_id=dispense_id)
        )


def free(within: Transaction, dispense_id: str) -> None:
    """Give the packs of an abandoned or voided dispense free again."""
    within.rows.execute(
        delete(store.given_products).where(store.given_products.c.dispense_id == dispense_id)
    )
