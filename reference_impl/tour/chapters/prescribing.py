"""P1 to P8 of clause 9-1 with every branch: editing, warning, rejection, self-pay, approval."""

from __future__ import annotations

import tempfile
from pathlib import Path

from reference_impl.clients.counter import Stop
from reference_impl.clients.prescriber import VISITS, Wish, prescribe
from reference_impl.clients.slip import Slip, print_slip
from reference_impl.clients.visit import FLAVOURS
from reference_impl.tour.acts import PRESCRIPTIONS, expect, one_medicine, prescription, written
from reference_impl.tour.stage import Actor, Stage, TourBroken
from reference_impl.tour.writing import Json, block, drug, hid, identifier, patient, reason, sent

EVALUATIONS = "/insurance_rules/v1/evaluations"
UNIFIED = "/insurance_rules/v1/unified-evaluations"


def tell(stage: Stage) -> None:
    """Tell the steps of clause 9-1 with their branches."""
    office = stage.at("office-1", "dr01")
    prescribe(office.counter, VISITS["routine"], visit_service="992101")
    _printed(stage, office)
    prescription(stage, office, VISITS["amendment"])
    prescription(stage, office, VISITS["warning"])
    _rejected(office, VISITS["rejection"])
    _own_account(stage, office)
    _approval(stage, office)
    _both_kinds_of_rules(stage, office)
    _uncovered_medicine(stage, office)
    prescription(stage, office, Wish("P16", ({"code": "99012", "quantity": 30},)))
    _preferred(stage, office)
    _cancelled(stage, office)
    for name in ("clinic", "hospital", "phc"):
        flavour = FLAVOURS[name]
        actor = stage.at(flavour.centre, flavour.professional)
        prescribe(actor.counter, VISITS["routine"], visit_service=flavour.visit)


def _printed(stage: Stage, office: Actor) -> None:
    number = hid(office, identifier(stage, "P02"), "2")
    with tempfile.TemporaryDirectory(prefix="slip-") as folder:
        centre = stage.world.centre("office-1")
        slip = Slip(number, centre.name_fa, stage.world.insurers["2"].fa, office.counter.now())
        page = print_slip(slip, Path(folder)).read_text("utf-8")
    if number not in page or "<svg" not in page:
        raise TourBroken("the slip lacks the HID or its bar code")
    office.tell(
        "P2b", "9-1-2", f"شباد {number} با بارکد چاپ شد.",
        f"HID {number} printed in digits and as a Code 128 bar code.", hid=number,
    )  # fmt: skip


def _rejected(office: Actor, wish: Wish) -> None:
    try:
        prescribe(office.counter, wish)
    except Stop as stop:
        expect(stop.code, "RULE_REJECTED", "a specialist's item ordered by a generalist")
        office.tell("P4", "9-1-4", f"{stop.fa} نسخه ثبت نشد.", f"{stop.en}: nothing is registered.")
        return
    raise TourBroken("an item only a specialist may prescribe was not rejected")


def _own_account(stage: Stage, office: Actor) -> None:
    """RUL-006: what insurance rejects may be prescribed at the person's own expense."""
    who = patient(stage, "P01")
    visit = hid(office, who["id"], "37")
    items = one_medicine(stage, 30, "99025", selfPay=True)
    shown = written(office, who, visit, items)
    office.tell(
        "P5", "9-1-5", "قلم ردشده با هزینهٔ بیمار ثبت شد.",
        "The rejected item is registered at the person's own expense.", state=shown["state"],
    )  # fmt: skip


def question(actor: Actor, who: Json, visit: str, items: list[Json], position: str) -> Json:
    """Return a question to the rule services."""
    keep = ("itemId", "code", "quantity", "frequency", "approvalId", "overrides")
    return {
        "position": position,
        "patient": who,
        "prescriber": actor.counter.provider_council,
        "centre": actor.siam_id,
        "hid": visit,
        "items": [{name: one[name] for name in keep if name in one} for one in items],
    }


def _approval(stage: Stage, office: Actor) -> None:
    who = patient(stage, "P24")
    visit = hid(office, who["id"], "1")
    items = one_medicine(stage, 1, "99097")
    asked = office.ask(EVALUATIONS, question(office, who["id"], visit, items, "pre_prescription"))
    rules = [m["ruleId"] for m in asked["items"][0]["messages"] if m["kind"] == "warning"]
    expect((asked["outcome"], rules), ("warning", ["N18A"]), "a medicine that needs an approval")
    office.tell(
        "P4", "9-1-4", "این دارو تأیید قبلی می‌خواهد.", "The medicine needs a prior approval (N18A)."
    )
    items[0]["approvalId"] = "A-1401-1"
    asked = office.ask(EVALUATIONS, question(office, who["id"], visit, items, "pre_prescription"))
    expect(asked["outcome"], "approved", "a medicine with its approval")
    del items[0]["approvalId"]
    items[0]["ruleTrackingId"] = asked["items"][0]["trackingId"]
    rules_used = {
        "evaluationId": asked["evaluationId"], "wholeTrackingId": asked["wholeTrackingId"],
    }  # fmt: skip
    written(office, who, visit, items, rules=rules_used)
    office.tell(
        "P5", "9-1-5", "با شمارهٔ تأیید، شناسهٔ رهگیری گرفت و ثبت شد.",
        "With the approval it gets tracking ids and is registered.",
    )  # fmt: skip


def _both_kinds_of_rules(stage: Stage, office: Actor) -> None:
    who = identifier(stage, "P21")
    visit = hid(office, who, "1")
    pair = [
        *one_medicine(stage, 30, "99023"),
        {**one_medicine(stage, 10, "99042")[0], "itemId": "2"},
    ]
    asked = office.ask(UNIFIED, question(office, who, visit, pair, "pre_prescription"))
    paths = {one["path"] for one in asked["items"]}
    expect((asked["outcome"], paths), ("rejected", {"closed"}), "warfarin with ibuprofen")
    office.tell(
        "P4", "8-7", "قاعدهٔ سلامت وارفارین با ایبوپروفن را بست؛ راه پرداخت آزاد هم ندارد.",
        "A health rule closes warfarin with ibuprofen; no way at own expense either.",
    )  # fmt: skip


def _uncovered_medicine(stage: Stage, office: Actor) -> None:
    """Annex 9-17: what nobody covers is recorded all the same, at the person's expense."""
    who = patient(stage, "P11")
    visit = hid(office, who["id"], "2")
    price = stage.world.product("99058").reference_price
    row = {"itemId": "1", "code": drug(stage, "99058"), "quantity": 4, "unitPrice": price}
    share = office.counter.priced(who["id"], [row])
    expect((share["insurerShare"], share["patientShare"]), (0, 4 * price), "an uncovered medicine")
    written(office, who, visit, one_medicine(stage, 4, "99058"))
    office.tell(
        "P5", "9-17", "داروی خارج از پوشش با پرداخت آزاد ثبت شد.",
        "A medicine outside cover is recorded; the person pays all of it.",
    )  # fmt: skip


def _preferred(stage: Stage, office: Actor) -> None:
    pharmacy, other = stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02")
    who = patient(stage, "P29")
    visit = hid(office, who["id"], "1")
    shown = written(office, who, visit, one_medicine(stage, 20), preferredPharmacy=pharmacy.siam_id)
    query = {"patient": who["id"]}
    found = pharmacy.ask(f"{PRESCRIPTIONS}/query", query)["content"]
    expect(found["prescriptionId"], shown["prescriptionId"], "what the chosen pharmacy sees")
    elsewhere = other.ask(f"{PRESCRIPTIONS}/query", query)
    expect(elsewhere["content"], None, "what another pharmacy sees")
    pharmacy.tell(
        "D3", "9-2-3", "داروخانهٔ برگزیده با کد ملی می‌بیند؛ دیگری تنها سرفصل.",
        "The chosen pharmacy opens it by the person's code; another sees only that it exists.",
    )  # fmt: skip


def _cancelled(stage: Stage, office: Actor) -> None:
    who = patient(stage, "P29")
    shown = written(office, who, hid(office, who["id"], "1"), one_medicine(stage, 10))
    payload = {
        **office.counter.head(office.counter.now()),
        "prescriber": block(office),
        "prescriptionId": shown["prescriptionId"],
        "reason": reason("WRONG_ITEM"),
    }
    target = f"{PRESCRIPTIONS}/{shown['prescriptionId']}/cancellation"
    ended = sent(office, "POST", target, "cancellation", payload).json
    expect(ended["state"], "CANCELLED", "a cancelled prescription")
    pharmacy = stage.at("pharmacy-1", "ph01")
    pharmacy.refused(
        "PRESCRIPTION_STATE_CONFLICT", "POST", f"{PRESCRIPTIONS}/{shown['prescriptionId']}/lease",
        body={"basis": {"hid": shown["document"]["hid"]}},
    )  # fmt: skip
    office.tell(
        "P6", "9-1-6", "نسخه با دلیل باطل شد و دیگر نسخه‌پیچی نمی‌شود.",
        "Cancelled with a reason; no pharmacy can lease it any more.",
    )  # fmt: skip
