"""The desk where a visit begins: eligibility and the HID of the visit (P2 of clause 9-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fixtures.synthetic import Person
from reference_impl.clients.console import code128_payload
from reference_impl.clients.counter import Counter, person_id
from reference_impl.clients.slip import Slip, print_slip

SELF_PAY = "37"


def eligibility(counter: Counter, person: Person) -> str:
    """Ask for the covers of a person; return the insurer that counts, self-pay without cover."""
    body = {
        "patient": person_id(person),
        "centre": counter.siam_id,
        "provider": counter.provider_council,
    }
    answer = counter.gateway.call("POST", "/eligibility/v1/inquiries", body=body).json or {}
    active = [c for c in answer.get("covers", ()) if c.get("state") == "active"]
    base = [c for c in active if c.get("kind", "base") == "base"]
    entitled = bool(answer.get("entitled")) and bool(base)
    insurer = str(base[0]["insurerCode"]) if entitled else SELF_PAY
    if answer.get("overlap"):
        counter.console.note(
            "بیمار همپوشانی بیمه‌ای دارد.", "The patient has overlapping base covers."
        )
    counter.console.step(
        "P2",
        "9-1-2",
        "استحقاق بیمار استعلام شد." if entitled else "بیمار پوشش ندارد؛ پرداخت آزاد.",
        "Eligibility is known." if entitled else "No cover: the patient pays.",
        insurer=insurer,
    )
    return insurer


def issue_hid(counter: Counter, person: Person, insurer: str, paper: Path | None = None) -> str:
    """Have the HID of a visit issued, and printed when `paper` names a folder."""
    body: dict[str, Any] = {
        "patient": person_id(person),
        "insurerCode": insurer,
        "providerCouncil": counter.provider_council,
    }
    hid = counter.gateway.call("POST", "/eligibility/v1/hids", body=body).text("hid")
    counter.console.step(
        "P2b",
        "9-1-2",
        f"برگهٔ شباد چاپ شد: {hid}",
        f"HID slip printed: {hid}",
        hid=hid,
        barcode=code128_payload(hid),
    )
    if paper is not None:
        centre = counter.world.centre(counter.centre_key)
        slip = Slip(hid, centre.name_fa, _insurer(counter, insurer), counter.now())
        counter.console.note(
            f"برگه: {print_slip(slip, paper)}", "The slip is a page that prints without network."
        )
    return hid


def _insurer(counter: Counter, code: str) -> str:
    known = counter.world.insurers.get(code)
    return code if known is None else known.fa
