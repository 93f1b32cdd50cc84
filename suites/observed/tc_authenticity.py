"""Clauses 8-11 and 9-2-7: no pack leaves the pharmacy unchecked."""

from __future__ import annotations

import re

from lab.kit import Expect, Inconclusive, ObservedCall, Traffic, conformance_case
from suites.observed.reading import dispenses

ROLE = "pharmacy_system"
CLAIM = "pharmacy.authenticity"
AUTHENTICITY = "authenticity"
VALID = "VALID"


def _verdicts(calls: tuple[ObservedCall, ...]) -> dict[object, object]:
    """Return the last trustworthy verdict per product code."""
    return {c.find("/productCode"): c.reply.find("/verdict") for c in calls if c.answered}


@conformance_case(
    "TC-PHA-OBS-AUTH-001",
    verifies=("ERX-9-2-7-A", "ERX-A1-9-16"),
    role=ROLE,
    selected_if=CLAIM,
    scenario="routine-dispense",
    rulings=("RUL-007",),
    title_fa="استعلام اصالت هر بسته پیش از تأیید",
)
def tc_every_pack_is_verified_before_confirmation(traffic: Traffic, expect: Expect) -> None:
    """Ensure that every pack is verified before the dispense is confirmed.

    Given items on the shelf with product codes, when the IUT confirms a dispense, then every item
    names its product code, and the authenticity service had answered VALID for it before.
    """
    call = dispenses(traffic)[0]
    confirmed = traffic.calls("purchaser", "confirmDispense")
    limit = confirmed[0] if confirmed else call
    known = _verdicts(traffic.before(limit, "ttac", "verifyProduct"))
    codes = _codes(call)
    expect.that(
        known,
        title="No product was asked for at the authorised service",
        expected="answered questions to the authenticity service before confirmation",
        observed="none",
        pointer="/items/0/product",
        reply=limit.reply,
        requirement="ERX-A1-9-16",
        fix="Ask the authenticity service; a list of one's own authorises nothing.",
        fix_fa="اصالت را از سامانهٔ مجاز استعلام کنید، نه از فهرست خود.",
    )
    unchecked = [
        place
        for place, code in enumerate(codes)
        if not isinstance(code, str) or known.get(code) != VALID
    ]
    expect.that(
        codes and not unchecked,
        title="A product was not verified before confirmation",
        expected=f"a product code with verdict VALID for each of {len(codes)} items",
        observed=f"{len(unchecked)} items without it, {len(known)} codes verified before",
        pointer=f"/items/{unchecked[0]}/product" if unchecked else "/items",
        reply=limit.reply,
        fix="Scan each pack, verify it, and name its code in the document.",
        fix_fa="هر بسته را پیش از تأیید اسکن و استعلام کنید و کد آن را در سند بنویسید.",
    )


@conformance_case(
    "TC-PHA-OBS-AUTH-002",
    verifies=("ERX-8-11-C", "ERX-8-11-B"),
    role=ROLE,
    selected_if=CLAIM,
    scenario="routine-dispense",
    title_fa="شانزده‌رقمی بودن کد اصالت",
)
def tc_authenticity_codes_have_sixteen_digits(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT asks only for well-formed product codes.

    Given scanned packs, when the IUT asks for a verdict, then an authenticity code has exactly 16
    digits and a unique id exactly 20.
    """
    asked = traffic.required("ttac", "verifyProduct")
    bad = [
        call
        for call in asked
        if not re.fullmatch(
            r"[0-9]{16}" if call.find("/type") == AUTHENTICITY else r"[0-9]{20}",
            str(call.find("/productCode")),
        )
    ]
    shown = str(bad[0].find("/productCode"))[:40] if bad else ""
    expect.that(
        not bad,
        title="A product code of another length was asked for",
        expected="16 digits for an authenticity code, 20 for a unique id",
        observed=f'"{shown}" ({len(shown)} characters)' if bad else f"{len(asked)} codes",
        pointer="/productCode",
        reply=bad[0].reply if bad else asked[0].reply,
        fix="Check the length when scanning and tell the person at once.",
        fix_fa="طول کد را هنگام اسکن بررسی کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-AUTH-003",
    verifies=("ERX-8-11-D",),
    role=ROLE,
    selected_if=CLAIM,
    scenario="counterfeit-product",
    rulings=("RUL-007",),
    title_fa="توقف تحویل کالای غیراصل",
)
def tc_negative_verdict_stops_the_dispense(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT does not complete the dispense of a product that is not authentic.

    Given a pack the authenticity service does not call VALID, when the verdict is known, then the
    IUT sends no dispense that names this pack, and confirms none whose packs are not all VALID.
    """
    asked = traffic.calls("ttac", "verifyProduct")
    known = _verdicts(asked)
    sent = traffic.calls("purchaser", "prepareDispense")
    guilty = [c for c in sent if _names_refused(c, asked) or _confirmed_unchecked(traffic, c)]
    if not guilty and all(verdict == VALID for verdict in known.values()):
        raise Inconclusive(
            "the pack of the shelf was never asked for",
            pointer="traffic",
            expected="a question about the pack of the scenario",
            observed=f"{len(asked)} questions, no negative verdict",
            fix="Scan the pack the scenario names.",
        )
    last = guilty[0] if guilty else asked[-1]
    expect.that(
        not guilty,
        title="A product was dispensed in spite of its verdict",
        expected="no dispense of a pack without verdict VALID",
        observed=f"{len(guilty)} dispenses sent, verdicts: {sorted(map(str, known.values()))}",
        pointer="/items/0/product",
        reply=last.reply,
        fix="Put the pack aside; use another one or leave the item undelivered with a reason.",
        fix_fa="بستهٔ غیراصل را کنار بگذارید و قلم را با دلیل تحویل ندهید.",
    )


def _codes(call: ObservedCall) -> list[object]:
    """Return the product code of every item, MISSING where there is none."""
    return [call.find(f"/items/{place}/product/code") for place, _ in enumerate(call.items())]


def _names_refused(call: ObservedCall, asked: tuple[ObservedCall, ...]) -> bool:
    """Whether a dispense names a pack whose verdict was negative when it was sent."""
    known = _verdicts(tuple(c for c in asked if c.index < call.index))
    return any(known.get(code, VALID) != VALID for code in _codes(call))


def _confirmed_unchecked(traffic: Traffic, call: ObservedCall) -> bool:
    """Whether a dispense was confirmed although not every pack in it had been called VALID."""
    identifier = call.reply.find("/dispenseId")
    confirmed = [
        c
        for c in traffic.after(call, "purchaser", "confirmDispense")
        if c.path_values.get("dispenseId") == identifier
    ]
    if not confirmed:
        return False
    known = _verdicts(traffic.before(confirmed[0], "ttac", "verifyProduct"))
    return any(not isinstance(code, str) or known.get(code) != VALID for code in _codes(call))
