"""D1 to D9 of clause 9-2: whole, in part, substituted, taken back, raced for, asked about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from reference_impl.clients.channel import Refused
from reference_impl.clients.prescriber import VISITS, Wish
from reference_impl.clients.visit import statement
from reference_impl.tour.acts import (
    PRESCRIPTIONS,
    basket,
    claim_of,
    confirmed,
    dispensed,
    expect,
    leased,
    one_medicine,
    prescription,
    priced,
    release,
    split,
    take_back,
    written,
)
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, drug, hid, patient, reason

RACERS = 8


def tell(stage: Stage) -> None:
    """Tell the steps of clause 9-2 with their branches."""
    pharmacy = stage.at("pharmacy-1", "ph01")
    _in_parts(stage)
    _returned(stage)
    _not_authentic(stage, pharmacy)
    _substituted(stage, pharmacy)
    _abandoned(stage, pharmacy)
    _asked(stage, pharmacy)
    _race(stage)
    statement(pharmacy.counter, ("D9", "9-2-9"))


def _receipt(stage: Stage, wish: Wish | None = None) -> Json:
    return prescription(stage, stage.at("office-1", "dr01"), wish or VISITS["routine"])


def _in_parts(stage: Stage) -> None:
    pharmacy, other = stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02")
    receipt, who = _receipt(stage), patient(stage, "P01")
    first = dispensed(pharmacy, receipt, {"99012": 20, "99001": 0})
    claim_of(stage, pharmacy, receipt, first, who)
    rest = dispensed(other, receipt)
    claim_of(stage, other, receipt, rest, who)


def _returned(stage: Stage) -> None:
    pharmacy = stage.at("pharmacy-1", "ph01")
    receipt, who = _receipt(stage), patient(stage, "P01")
    given = dispensed(pharmacy, receipt)
    claim = claim_of(stage, pharmacy, receipt, given, who)
    take_back(pharmacy, given)
    shown = pharmacy.ask(f"/purchaser/v1/claims/{claim['claimId']}")
    found = {one["reason"]["code"] for one in shown["adjustments"]}
    expect((found, shown["accepted"]["total"]), ({"NOT_RENDERED"}, 0), "a claim taken back")
    pharmacy.tell(
        "D7", "9", "دارو برگشت؛ سند با اصلاحیهٔ «ارائه نشده» صفر شد.",
        "Taken back with a reason; the claim stands beside a counter-entry: not rendered.",
    )  # fmt: skip
    pharmacy.refused(
        "DISPENSE_STATE_CONFLICT", "POST", f"/purchaser/v1/dispenses/{given['dispenseId']}/void",
        body={"reason": reason("RETURNED_UNOPENED")},
    )  # fmt: skip
    again = dispensed(pharmacy, receipt)
    claim_of(stage, pharmacy, receipt, again, who)


def _not_authentic(stage: Stage, pharmacy: Actor) -> None:
    body = {"productCode": "9999999999999999", "type": "authenticity"}
    for code, verdict in (("99012", "UNKNOWN"), ("99001", "WRONG_PRODUCT")):
        asked = {**body, "product": drug(stage, code)}
        if verdict == "WRONG_PRODUCT":
            asked["productCode"] = "9910990120000001"
        found = pharmacy.ask("/ttac/v1/verifications", asked)["verdict"]
        expect(found, verdict, "a pack that is not authentic")
    pharmacy.tell(
        "D6", "9-2-7", "بستهٔ ناشناخته و بستهٔ داروی دیگر رد شدند.",
        "An unknown pack and the pack of another medicine are not handed over.",
    )  # fmt: skip
    recalls = pharmacy.ask("/ttac/v1/recalls?since=2020-01-01")["recalls"]
    pharmacy.tell(
        "D6", "8-11", f"{len(recalls)} فراخوان خوانده شد.", f"{len(recalls)} recalls are known."
    )


def _substituted(stage: Stage, pharmacy: Actor) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, "P03")
    items = one_medicine(stage, 30, "99001", substitutionAllowed=True)
    shown = written(office, who, hid(office, who["id"], "1"), items)
    secret = leased(pharmacy, shown)
    price = stage.world.product("99002").reference_price
    row = {"itemId": "1", "code": drug(stage, "99002"), "quantity": 30, "unitPrice": price}
    lines = [{**one, "substituted": True} for one in split(pharmacy, who["id"], [row])]
    ready = basket(pharmacy, shown, lines, secret).json
    confirmed(pharmacy, ready)
    pharmacy.tell(
        "D7", "9-2-6", "فرآوردهٔ دیگری از همان ژنریک به‌جای آن داده شد.",
        "Another product of the same generic is given instead, as the prescriber allowed.",
    )  # fmt: skip


def _abandoned(stage: Stage, pharmacy: Actor) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, "P03")
    shown = written(office, who, hid(office, who["id"], "1"), one_medicine(stage, 30))
    secret = leased(pharmacy, shown)
    ready = basket(pharmacy, shown, priced(stage, pharmacy, shown, {"1": 30}), secret).json
    ended = pharmacy.ask(
        f"/purchaser/v1/dispenses/{ready['dispenseId']}/abandonment",
        {"reason": reason("PATIENT_LEFT")},
    )
    expect(ended["state"], "ABANDONED", "a basket nobody took")
    release(pharmacy, shown, secret)
    pharmacy.tell(
        "D7", "9-2-6", "بیمار رفت؛ سبد با دلیل رها و نسخه آزاد شد.",
        "The patient left: the basket is abandoned with a reason, the prescription is free again.",
    )  # fmt: skip


def _asked(stage: Stage, pharmacy: Actor) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, "P03")
    shown = written(office, who, hid(office, who["id"], "1"), one_medicine(stage, 30))
    secret = leased(pharmacy, shown)
    body = {
        "prescriptionId": shown["prescriptionId"], "itemId": "1", "kind": "dose",
        "text": "twice a day?",
    }  # fmt: skip
    asked = pharmacy.ask("/purchaser/v1/questions", body)
    pharmacy.tell("D4", "9-2", "داروساز از تجویزگر پرسید.", "The pharmacist asks the prescriber.")
    answered = office.ask(
        f"/purchaser/v1/questions/{asked['questionId']}/answer", {"text": "yes, twice"}
    )
    expect(answered["state"], "answered", "a question of the pharmacist")
    office.tell("D4", "9-2", "تجویزگر پاسخ داد.", "The prescriber answers; both can read it.")
    lines = priced(stage, pharmacy, shown, {"1": 30})
    confirmed(pharmacy, basket(pharmacy, shown, lines, secret).json)


def _race(stage: Stage) -> None:
    """Pharmacies ask for one lease at the same moment; exactly one gets it."""
    office, who = stage.at("office-1", "dr01"), patient(stage, "P03")
    shown = written(office, who, hid(office, who["id"], "1"), one_medicine(stage, 30))
    target = f"{PRESCRIPTIONS}/{shown['prescriptionId']}/lease"
    body = {"basis": {"hid": shown["document"]["hid"]}}
    crowd = [
        stage.another(*pair)
        for pair in (("pharmacy-1", "ph01"), ("pharmacy-2", "ph02")) * (RACERS // 2)
    ]

    def grab(actor: Actor) -> tuple[str, str]:
        try:
            return actor.key, str(actor.call("POST", target, body=body).json["secret"])
        except Refused as refusal:
            expect(refusal.code, "LEASE_HELD", "who comes second")
            return actor.key, ""

    with ThreadPoolExecutor(RACERS) as pool:
        found = list(pool.map(grab, crowd))
    winners = {key for key, secret in found if secret}
    expect(len(winners), 1, "winners of a race")
    winner = next(a for a in (stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02"))
                  if a.key in winners)  # fmt: skip
    secrets = [secret for key, secret in found if secret]
    winner.tell(
        "D3", "9-2-3", f"{RACERS} درخواست هم‌زمان؛ تنها {winner.key} رزرو را گرفت.",
        f"{RACERS} requests at once: only {winner.key} gets the lease.",
    )  # fmt: skip
    lines = priced(stage, winner, shown, {"1": 30})
    confirmed(winner, basket(winner, shown, lines, secrets[-1]).json)
