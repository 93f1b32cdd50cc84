"""What a void takes back from claims: the counter-entry of a dispense in the ledger. [RUL-068].

A claim is never rewritten. What was delivered, claimed and then voided stands beside it as an
adjustment "not rendered": the insurer no longer owes its share, the patient's share is refunded.
A claim is settled long after the last day of a void, so that nothing paid is ever taken back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.platform.codes import CodeBook
from reference_impl.purchaser import store
from reference_impl.purchaser.money import Amounts, Split
from reference_impl.purchaser.records import Dispense
from reference_impl.purchaser.results import SUBMITTED, Result
from reference_impl.purchaser.transaction import Transaction

REASONS = "urn:ir:maksa:reason-synthetic"
NOT_RENDERED = "NOT_RENDERED"


def reverse(within: Transaction, given: Dispense) -> None:
    """Write what a voided dispense takes back from the claims of its centre, the newest first."""
    if within.faults.on("purchaser.claim.void_keeps_claim"):
        return
    table = store.claims
    query = (
        select(table)
        .where(
            table.c.prescription_id == given.prescription_id,
            table.c.centre == given.centre,
            table.c.payload.is_not(None),
        )
        .order_by(table.c.submitted_at.desc())
    )
    claims = [dict(row) for row in within.rows.execute(query).mappings()]
    for item in given.items:
        _reverse_item(within, given.dispense_id, item, claims)


def _reverse_item(
    within: Transaction, dispense_id: str, item: Split, claims: Iterable[Mapping[str, Any]]
) -> None:
    left = Amounts(item.total, item.insurer_share, item.patient_share)
    for claim in claims:
        for line in json.loads(claim["payload"])["services"]:
            if line["itemId"] != item.item_id or left.total == 0:
                continue
            taken = _smaller(left, _open(within.rows, claim["claim_id"], line))
            if taken.total == 0:
                continue
            left = minus(left, taken)
            within.rows.execute(
                insert(store.reversals).values(
                    claim_id=claim["claim_id"],
                    item_ref=item.item_id,
                    dispense_id=dispense_id,
                    total=taken.total,
                    insurer_share=taken.insurer_share,
                    patient_share=taken.patient_share,
                    at=store.instant(within.now),
                )
            )


def reversed_in(rows: Connection, claim_ids: Iterable[str]) -> dict[str, list[Split]]:
    """Return what was taken back from claims, by claim id."""
    table = store.reversals
    query = select(table).where(table.c.claim_id.in_(list(claim_ids))).order_by(table.c.at)
    found: dict[str, list[Split]] = {}
    for row in rows.execute(query):
        taken = Split(row.item_ref, 0, row.total, row.insurer_share, row.patient_share)
        found.setdefault(row.claim_id, []).append(taken)
    return found


def after_voids(
    row: Mapping[str, Any], result: Result | None, taken: Iterable[Split], book: CodeBook
) -> Result | None:
    """Return what counts of a claim: the result of adjudication less what was voided."""
    voided = tuple(taken)
    if not voided:
        return result
    claimed = Amounts(row["total"], row["insurer_share"], row["patient_share"])
    known = result or Result(SUBMITTED, claimed, (), 0)
    counted = known.accepted
    for one in voided:
        counted = minus(counted, Amounts(one.total, one.insurer_share, one.patient_share))
    entries = tuple(_adjustment(one, book) for one in voided if one.insurer_share)
    paid = min(known.paid, counted.insurer_share)
    return Result(known.state, counted, (*known.adjustments, *entries), paid)


def minus(amounts: Amounts, taken: Amounts) -> Amounts:
    """Take shares away, never below nothing; the total stays their sum."""
    insurer = max(0, amounts.insurer_share - taken.insurer_share)
    patient = max(0, amounts.patient_share - taken.patient_share)
    return Amounts(insurer + patient, insurer, patient)


def _smaller(one: Amounts, other: Amounts) -> Amounts:
    insurer = min(one.insurer_share, other.insurer_share)
    patient = min(one.patient_share, other.patient_share)
    return Amounts(insurer + patient, insurer, patient)


def _open(rows: Connection, claim_id: str, line: Mapping[str, Any]) -> Amounts:
    """Return what of a claimed line was not taken back before."""
    cost = line["cost"]
    left = Amounts(cost["total"], cost["insurerShare"], cost["patientShare"])
    for one in reversed_in(rows, [claim_id]).get(claim_id, ()):
        if one.item_id == line["itemId"]:
            left = minus(left, Amounts(one.total, one.insurer_share, one.patient_share))
    return left


def _adjustment(taken: Split, book: CodeBook) -> dict[str, Any]:
    concept = book.versions(REASONS, NOT_RENDERED)[-1]
    reason = {"system": REASONS, "code": NOT_RENDERED, "display": concept.properties["en"]}
    return {"itemRef": taken.item_id, "amount": taken.insurer_share, "reason": reason}
