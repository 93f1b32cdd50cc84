"""Outage (12): declared, paper written, entered afterwards, once; deprived areas."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from reference_impl.tour.acts import expect, handed_over, one_medicine
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, hid, patient, prescription_of, reason, signed

OUTAGES = "/emergency/v1/outages"
PAPER = "/purchaser/v1/paper-prescriptions"


def tell(stage: Stage) -> None:
    """Tell an outage from its declaration to the last sheet of paper."""
    office = stage.at("office-1", "dr01")
    number = _declared(stage)
    sheet = _sheet(stage, office, outageNumber=number, cause=reason("GATEWAY_DOWN"))
    entered = office.ask(PAPER, sheet)
    expect(entered["state"], "REGISTERED", "a sheet of paper")
    office.tell(
        "3", "12", f"برگهٔ {sheet['serial']} پس از قطعی ثبت شد.",
        f"Sheet {sheet['serial']} is entered afterwards and is a prescription like any other.",
    )  # fmt: skip
    expect(office.ask(PAPER, sheet)["prescriptionId"], entered["prescriptionId"], "the same sheet")
    second = {**_sheet(stage, office, outageNumber=number, cause=sheet["cause"])}
    second["serial"] = sheet["serial"]
    office.refused("PAPER_SERIAL_USED", "POST", PAPER, body=second)
    office.tell(
        "4", "12", "همان سریال برای نسخه‌ای دیگر رد شد.",
        "The same serial for another prescription is refused: nothing is given twice.",
    )  # fmt: skip
    pharmacy = stage.at("pharmacy-1", "ph01")
    handed_over(stage, pharmacy, entered, {"1": 30})
    pharmacy.tell("5", "12", "دارو از روی آن داده شد.", "A pharmacy dispenses from it.")
    _deprived(stage)
    _late(stage, office, number)


def _declared(stage: Stage) -> str:
    ministry, office = stage.at("ministry-1", "dr02"), stage.at("office-1", "dr01")
    begun = ministry.ask(
        OUTAGES,
        {"cause": reason("GATEWAY_DOWN"), "areas": [], "startedAt": stage.instant(hours=-6)},
    )
    ministry.tell(
        "1", "12", f"قطعی اعلام شد: {begun['number']}", f"An outage is declared: {begun['number']}."
    )
    ended = ministry.ask(f"{OUTAGES}/{begun['outageId']}/end", {"endedAt": stage.instant(hours=-1)})
    listed = {one["number"] for one in office.ask(OUTAGES)["outages"]}
    expect(begun["number"] in listed, True, "the list of outages")
    ministry.tell(
        "2", "12", "پایان یافت؛ ۷۲ ساعت برای ثبت برگه‌ها.",
        f"It is over; paper of that time may be entered until {ended['paperUntil']}.",
    )  # fmt: skip
    return str(begun["number"])


def _sheet(stage: Stage, actor: Actor, **more: object) -> Json:
    who = patient(stage, "P23")
    payload = prescription_of(actor, who, hid(actor, who["id"], "2"), one_medicine(stage, 30))
    return {
        "serial": f"PS-{uuid.uuid4().hex[:8]}",
        "writtenAt": stage.instant(hours=-3),
        "document": json.loads(signed(actor, "prescription", payload)),
        **more,
    }


def _deprived(stage: Stage) -> None:
    rural = stage.at("phc-rural", "dr01")
    areas = rural.ask("/emergency/v1/areas")["areas"]
    sheet = _sheet(stage, rural, cause=reason("DEPRIVED_AREA"))
    expect(rural.ask(PAPER, sheet)["state"], "REGISTERED", "paper of a deprived area")
    rural.tell(
        "6", "annex 1", f"منطقهٔ محروم ({len(areas)} منطقه در فهرست)؛ برگهٔ بی‌شماره پذیرفته شد.",
        f"A deprived area, one of {len(areas)} listed: paper without an outage is accepted.",
    )  # fmt: skip


def _late(stage: Stage, office: Actor, number: str) -> None:
    stage.advance(timedelta(hours=73), "هفتادوسه ساعت گذشت.", "Seventy-three hours pass.")
    late = _sheet(stage, office, outageNumber=number, cause=reason("GATEWAY_DOWN"))
    late["writtenAt"] = stage.instant(hours=-76)
    office.refused("PAPER_ENTRY_LATE", "POST", PAPER, body=late)
    office.tell(
        "7", "12", "برگه پس از مهلت پذیرفته نشد.", "A sheet that comes after that is refused."
    )
