"""Hold the centres' books against the insurers' ledgers and the record: zero differences.

Four ledgers: what prescribers wrote, what pharmacies gave and claimed, what insurers owe and paid,
what the record keeps. Nothing accepted may be missing in another ledger, nothing may be twice.
"""

from __future__ import annotations

import time
from collections import Counter as Multiset
from collections.abc import Iterable

from reference_impl.tour.books import Amounts, amounts
from reference_impl.tour.record_book import recorded
from reference_impl.tour.stage import Actor, Stage

DRAINED_SECONDS = 30.0
PAUSE_SECONDS = 0.2
Differences = list[str]


def reconcile(stage: Stage) -> Differences:
    """Return every difference between the ledgers as a sentence; tell each comparison."""
    found: Differences = []
    by_centre = {actor.siam_id: actor for actor in stage.actors()}
    for compare in (_prescriber, _pharmacy, _insurer):
        for siam_id in sorted(by_centre, key=lambda one: by_centre[one].key):
            found += compare(stage, by_centre[siam_id])
    for siam_id in sorted({one.centre for one in stage.books.documents.values()}):
        found += _outbox(by_centre[siam_id])
    return found + _record(stage)


def _told(
    actor: Actor, differences: Differences, subject: tuple[str, str], number: int
) -> Differences:
    fa, en = subject
    held = not differences
    actor.tell(
        "books",
        "9-1-8" if actor.roles == ("prescribing",) else "9-2-9",
        f"{fa}: {number} سطر برابر." if held else f"{fa}: {'؛ '.join(differences)}",
        f"{en}: {number} rows agree." if held else f"{en}: {'; '.join(differences)}",
    )
    return [f"{actor.key}: {one}" for one in differences]


def _prescriber(stage: Stage, actor: Actor) -> Differences:
    """What was ordered and what of it is left, here and at the insurer."""
    own = {one.subject for one in stage.books.of("prescription", actor.siam_id)}
    if not own:
        return []
    found: Differences = []
    for number in sorted(own):
        shown = actor.ask(f"/purchaser/v1/prescriptions/{number}")
        given = {
            key: one for key, one in stage.books.dispenses.items() if one.prescription == number
        }
        if Multiset(shown["dispenses"]) != Multiset(list(given)):
            found.append(f"prescription {number}: other dispenses than the pharmacies know")
        for row in shown["items"]:
            handed = sum(
                one.quantities.get(row["itemId"], 0)
                for one in given.values()
                if one.state == "CONFIRMED"
            )
            if row["dispensed"] != handed:
                found.append(f"prescription {number}: {row['dispensed']} given, not {handed}")
    return _told(actor, found, ("دفتر تجویزگر", "Prescriber and insurer"), len(own))


def _pharmacy(stage: Stage, actor: Actor) -> Differences:
    """Each dispense, here and at the insurer."""
    own = {key: one for key, one in stage.books.dispenses.items() if one.centre == actor.siam_id}
    if not own:
        return []
    found: Differences = []
    for number, given in sorted(own.items()):
        shown = actor.ask(f"/purchaser/v1/dispenses/{number}")
        if (shown["state"], amounts(shown)) != (given.state, given.amounts):
            found.append(f"dispense {number}: {shown['state']}, not {given.state}")
    return _told(actor, found, ("دفتر داروخانه", "Pharmacy and insurer"), len(own))


def _insurer(stage: Stage, actor: Actor) -> Differences:
    """Each claim, what insurers owe for all of them, and where that money is."""
    own = stage.books.of("service", actor.siam_id)
    if not own:
        return []
    periods = sorted(stage.months())
    statements = [actor.ask(f"/purchaser/v1/statements/{one}") for one in periods]
    payments = [actor.ask(f"/purchaser/v1/payments/{one}") for one in periods]
    claims = Multiset(row["claimId"] for one in statements for row in one["claims"])
    found: Differences = []
    if claims != Multiset(one.subject for one in own):
        found.append(f"{claims.total()} claims in the statements, {len(own)} registered")
    ours, theirs = _sum(one.amounts for one in own), _sum(amounts(one) for one in statements)
    if ours != theirs:
        found.append(f"own books {ours}, statements {theirs} rial")
    taken = stage.books.taken_back(actor.siam_id) + sum(
        stage.books.deducted.get(one.subject, 0) for one in own
    )
    adjusted = sum(one["adjusted"] for one in payments)
    if taken != adjusted:
        found.append(f"{taken} rial taken back by own books, {adjusted} by the insurers'")
    if theirs[1] != sum(one["paid"] + one["receivable"] + one["adjusted"] for one in payments):
        found.append("paid, receivable and adjusted are not what the insurers owe")
    return _told(
        actor,
        found,
        (f"صورت‌حساب بیمه‌گران، {theirs[1]} ریال", f"Claims and payments, {theirs[1]} rial"),
        len(own),
    )


def _outbox(actor: Actor) -> Differences:
    """Copies for the record leave within seconds; none may be left behind."""
    deadline = time.monotonic() + DRAINED_SECONDS
    state = actor.ask("/gateway/v1/outbox")
    while state["waiting"] and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        state = actor.ask("/gateway/v1/outbox")
    found: Differences = []
    if state["waiting"] or state["parked"]:
        found.append(f"{state['waiting']} copies wait, {len(state['parked'])} are parked")
    return _told(actor, found, ("صندوق ارسال", "Copies delivered"), int(state["delivered"]))


def _record(stage: Stage) -> Differences:
    """Every accepted document is in the record once, and nothing else of these people is."""
    reader = stage.at("hospital-1", "dr01")
    found: Differences = []
    kept: Multiset[str] = Multiset()
    for _, who in sorted(stage.books.people.items()):
        kept += Multiset(recorded(stage, reader, who))
    own = Multiset(one for one in stage.books.documents if one not in stage.books.replaced)
    found += _replaced(stage)
    found += [f"document {one} is missing in the record" for one in (own - kept)]
    found += [f"document {one} is in the record, and nobody's or twice" for one in (kept - own)]
    return _told(reader, found, ("پرونده", "Record"), own.total())


def _replaced(stage: Stage) -> Differences:
    """Earlier versions of amended prescriptions: kept by the record, no longer in the history."""
    found: Differences = []
    by_centre = {actor.siam_id: actor for actor in stage.actors()}
    for document_id in sorted(stage.books.replaced):
        entry = stage.books.documents[document_id]
        if entry.kind == "result":
            continue  # the record answered it at once; the history shows the version after it
        status = by_centre[entry.centre].ask(f"/sepas/v1/records/{entry.correlation}")
        if (status["state"], status.get("documentId")) != ("STORED", document_id):
            found.append(f"the earlier version {document_id} is {status['state']} in the record")
    return found


def _sum(rows: Iterable[Amounts]) -> Amounts:
    total = [0, 0, 0]
    for row in rows:
        total = [one + other for one, other in zip(total, row, strict=True)]
    return total[0], total[1], total[2]
