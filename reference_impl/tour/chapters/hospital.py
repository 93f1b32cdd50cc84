"""Insurance before, during and after the service: a stay, adjudication, second payer, money."""

from __future__ import annotations

from datetime import timedelta

from reference_impl.clients.his import STAY_PLANS, stay
from reference_impl.clients.visit import jalali_month
from reference_impl.tour.acts import expect, service, visit_line
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, coded, hid, identifier, patient

STAYS, CLAIMS = "/purchaser/v1/stays", "/adjudication/v1/claims"
POLICY = "99000000001"
CONTRACT_TARIFF = 500_000


def tell(stage: Stage) -> None:
    """Tell the three stages of 003 part 3."""
    scene = stage.narrator.scene
    scene("بستری با معرفی‌نامه (HIS)", "A stay with a guarantee letter, at a hospital (HIS)")
    stay(stage.at("hospital-1", "dr02").counter, STAY_PLANS["stay"], invoice=False)
    scene("نظارت در حین خدمت", "Watched during the service")
    _stay(stage)
    scene("رسیدگی، کسر و اعتراض", "Adjudication, deduction, objection")
    _adjudicated(stage)
    scene("دو پرداخت‌کننده", "Two payers")
    _two_payers(stage)


def submission(claim: Json, admission: str = "outpatient") -> Json:
    """Return what is asked of adjudication for a claim."""
    return {
        "claimId": claim["claimId"],
        "insurerCode": claim["insurerCode"],
        "admission": admission,
        "documents": [claim["documentId"]],
        "cost": {name: claim[name] for name in ("total", "insurerShare", "patientShare")},
    }


def _stay(stage: Stage) -> None:
    hospital, who = stage.at("hospital-1", "dr02"), patient(stage, "P20")
    visit = hid(hospital, who["id"], "1")

    def event(kind: str, **more: object) -> Json:
        return {"hid": visit, "kind": kind, "at": hospital.counter.instant(), **more}

    opened = hospital.ask(STAYS, event("admitted"))
    events = f"{STAYS}/{opened['stayId']}/events"
    hospital.tell("before", "003", "بیمار بستری شد؛ پوشش تأیید شد.", "Admitted under cover.")
    hospital.ask(events, event("transferred", ward="ICU"))
    hospital.ask(events, event("service", service=coded("service", "992112")))
    watched = hospital.ask(
        events, event("protocol_deviation", note="longer than the protocol says")
    )
    expect(watched["deviations"], 1, "surveillance of a stay")
    hospital.tell(
        "during", "003", "انتقال، خدمت و یک انحراف از پروتکل دیده شد.",
        "Watched during the stay: a transfer, a service, one deviation from the protocol.",
    )  # fmt: skip
    line = visit_line("992112", 300_000, percent=10)
    claim = service(hospital, who, visit, [line])
    expect(claim["admission"], "inpatient", "a service of a stay")
    ended = hospital.ask(events, event("discharged"))
    expect(ended["state"], "discharged", "a stay that ended")
    decided = hospital.ask(CLAIMS, submission(claim, "inpatient"))
    expect(decided["state"], "ADJUDICATED", "a sound inpatient claim")
    hospital.tell(
        "after", "9-2-9", "ترخیص شد؛ سند بستری با سهم ده درصد بیمار رسیدگی شد.",
        "Discharged: the inpatient claim, ten per cent for the patient, is adjudicated.",
    )  # fmt: skip


def _adjudicated(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr02"), patient(stage, "P34")
    sessions = coded("service", "992110")
    unit = 400_000
    own = 12 * unit * 30 // 100
    total = 12 * unit
    line = {
        "itemId": "1", "code": sessions, "quantity": 12, "unitPrice": unit,
        "cost": {"total": total, "insurerShare": total - own, "patientShare": own},
    }  # fmt: skip
    claim = service(office, who, hid(office, who["id"], "1"), [line])
    decided = office.ask(CLAIMS, submission(claim))
    found = [(one["reason"]["code"], one["itemRef"]) for one in decided["adjustments"]]
    expect((decided["state"], found), ("ADJUSTED", [("QUANTITY_ABOVE_LIMIT", "1")]), "12 sessions")
    office.tell(
        "after", "9-1-8", "دوازده جلسه؛ دو جلسه بیش از سقف کسر شد.",
        f"Twelve sessions claimed; {decided['adjustments'][0]['amount']} rial are deducted.",
    )  # fmt: skip
    office.refused("CLAIM_DUPLICATE", "POST", CLAIMS, body=submission(claim))
    heard = office.ask(
        f"{CLAIMS}/{claim['claimId']}/objections",
        {"itemRef": "1", "text": "medically needed after surgery"},
    )
    codes = [one["reason"]["code"] for one in heard["adjustments"]]
    office.tell(
        "after", "9-1-8", "اعتراض شد و پاسخ گرفت.", f"Objected; the answer: {', '.join(codes)}.",
        accepted=heard["accepted"],
    )  # fmt: skip


def _two_payers(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, "P26")
    letter = office.ask(
        "/complementary/v1/guarantees",
        {
            "person": who["id"], "policy": POLICY, "services": [],
            "validUntil": stage.day(10),
        },
    )  # fmt: skip
    office.tell(
        "before", "11-3", f"معرفی‌نامه تا سقف {letter['ceiling']} ریال صادر شد.",
        f"The second insurer guarantees {letter['percent']} % up to {letter['ceiling']} rial.",
    )  # fmt: skip
    claim = service(office, who, hid(office, who["id"], "1"), [visit_line("992101", 500_000)])
    base = office.ask(CLAIMS, submission(claim))
    second = office.ask(
        "/complementary/v1/claims",
        {
            "claimId": claim["claimId"], "policy": POLICY, "guaranteeId": letter["guaranteeId"],
            "baseResult": base, "patientPart": base["accepted"]["patientShare"],
        },
    )  # fmt: skip
    parts = base["accepted"]["insurerShare"] + second["complementaryShare"] + second["patientShare"]
    expect(parts, base["accepted"]["total"], "base, second and patient's part together")
    office.tell(
        "after", "9-2-9", "پایه، تکمیلی و بیمار با هم برابر کل‌اند.",
        f"Base {base['accepted']['insurerShare']}, second {second['complementaryShare']}, "
        f"patient {second['patientShare']}: the whole of {parts} rial.",
    )  # fmt: skip


def settled(stage: Stage) -> None:
    """Let 46 days pass: what was accepted is paid. A chapter of its own, near the end."""
    office = stage.at("office-1", "dr01")
    month = jalali_month(office.counter.now())
    claim = service(
        office, patient(stage, "P04"), hid(office, identifier(stage, "P04"), "1"),
        [visit_line("992101", 500_000)],
    )  # fmt: skip
    office.ask(CLAIMS, submission(claim))
    before = office.ask(f"/purchaser/v1/payments/{month}")
    stage.advance(timedelta(days=46), "چهل‌وشش روز گذشت.", "Forty-six days pass.")
    shown = office.ask(f"{CLAIMS}/{claim['claimId']}/result")
    expect(shown["state"], "SETTLED", "a claim after its term")
    after = office.ask(f"/purchaser/v1/payments/{month}")
    expect(after["paid"] >= before["paid"] + int(claim["insurerShare"]), True, "what was paid")
    office.tell(
        "after", "9-1-8", f"پرداخت شد: {after['paid']} ریال؛ مانده {after['receivable']} ریال.",
        f"Paid: {after['paid']} rial; receivable {after['receivable']}; "
        f"adjusted {after['adjusted']}.",
    )  # fmt: skip
    _statement(office, month)


def _statement(office: Actor, month: str) -> None:
    shown = office.ask(f"/purchaser/v1/statements/{month}")
    states = sorted({one["state"] for one in shown["claims"]})
    office.tell(
        "P8", "9-1-8", f"صورت‌حساب {month}: {len(shown['claims'])} سند.",
        f"Statement {month}: {len(shown['claims'])} claims, {', '.join(states)}.",
    )  # fmt: skip
