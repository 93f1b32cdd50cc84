"""What only time does: leases, confirmations and prescriptions that end, repeats that fall due."""

from __future__ import annotations

from datetime import timedelta

from reference_impl.tour.acts import (
    PRESCRIPTIONS,
    basket,
    confirmed,
    expect,
    handed_over,
    leased,
    one_medicine,
    priced,
    release,
    written,
)
from reference_impl.tour.stage import Stage
from reference_impl.tour.writing import dispense_of, hid, patient, signed

PERSON, INSURER = "P03", "1"


def tell(stage: Stage) -> None:
    """Move the clock, weeks in seconds."""
    _lease(stage)
    _confirmation(stage)
    _repeats(stage)
    _validity(stage)


def _lease(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, PERSON)
    pharmacy, other = stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02")
    shown = written(office, who, hid(office, who["id"], INSURER), one_medicine(stage, 30))
    leased(pharmacy, shown)
    pharmacy.tell("D3", "9-2-3", "رزرو ۱۵ دقیقه‌ای.", "A lease of 15 minutes.")
    stage.advance(timedelta(minutes=16), "شانزده دقیقه گذشت.", "Sixteen minutes pass.")
    handed_over(stage, other, shown, {"1": 30})
    other.tell(
        "D3", "9-2-3", "رزرو پایان یافته بود؛ داروخانهٔ دیگر نسخه را پیچید.",
        "The lease had ended: another pharmacy dispenses.",
    )  # fmt: skip


def _confirmation(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, PERSON)
    pharmacy = stage.at("pharmacy-1", "ph01")
    shown = written(office, who, hid(office, who["id"], INSURER), one_medicine(stage, 30))
    secret = leased(pharmacy, shown)
    ready = basket(pharmacy, shown, priced(stage, pharmacy, shown, {"1": 30}), secret).json
    pharmacy.tell("D7", "9-2-6", "سبد آمادهٔ تأیید است.", "A basket waits for its confirmation.")
    stage.advance(timedelta(minutes=31), "سی‌ویک دقیقه گذشت.", "Thirty-one minutes pass.")
    pharmacy.refused(
        "DISPENSE_CONFIRMATION_EXPIRED", "POST",
        f"/purchaser/v1/dispenses/{ready['dispenseId']}/confirmation", body={},
    )  # fmt: skip
    stage.books.expired(ready["dispenseId"])
    pharmacy.tell(
        "D7", "9-2-6", "مهلت تأیید گذشته بود؛ مقدار آزاد شد.",
        "Too late to confirm: the quantity is free again.",
    )  # fmt: skip
    secret = leased(pharmacy, shown)
    lines = priced(stage, pharmacy, shown, {"1": 30})
    confirmed(pharmacy, basket(pharmacy, shown, lines, secret).json)
    pharmacy.tell("D7", "9-2-6", "بار دیگر آماده و تأیید شد.", "Prepared again and confirmed.")


def _repeats(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, PERSON)
    pharmacy = stage.at("pharmacy-1", "ph01")
    items = one_medicine(stage, 30, repeats=3, durationDays=15)
    shown = written(office, who, hid(office, who["id"], INSURER), items)
    handed_over(stage, pharmacy, shown, {"1": 30})
    pharmacy.tell("D7", "9-2-6", "بخش نخست داده شد.", "The first of four parts is given.")
    secret = leased(pharmacy, shown)
    early = dispense_of(pharmacy, shown, priced(stage, pharmacy, shown, {"1": 1}))
    target = f"{PRESCRIPTIONS}/{shown['prescriptionId']}/dispenses"
    pharmacy.refused(
        "DISPENSE_QUANTITY_EXCEEDED", "POST", target, lease=secret,
        document=signed(pharmacy, "dispense", early),
    )  # fmt: skip
    release(pharmacy, shown, secret)
    pharmacy.tell(
        "D7", "9-2-6", "پیش از سررسید داده نمی‌شود.", "The next part is not due yet: refused."
    )
    for part in (2, 3, 4):
        stage.advance(timedelta(days=15), "پانزده روز گذشت.", "Fifteen days pass.")
        handed_over(stage, pharmacy, shown, {"1": 30})
        pharmacy.tell(
            "D7", "9-2-6", f"بخش {part} از ۴ در سررسید داده شد.", f"Part {part} of 4, when due."
        )
    found = office.ask(f"{PRESCRIPTIONS}/{shown['prescriptionId']}")
    expect(found["state"], "DISPENSED", "a prescription whose repeats were all given")


def _validity(stage: Stage) -> None:
    office, who = stage.at("office-1", "dr01"), patient(stage, PERSON)
    pharmacy = stage.at("pharmacy-1", "ph01")
    shown = written(office, who, hid(office, who["id"], INSURER), one_medicine(stage, 30))
    handed_over(stage, pharmacy, shown, {"1": 10})
    stage.advance(timedelta(days=61), "شصت‌ویک روز گذشت.", "Sixty-one days pass.")
    pharmacy.refused(
        "PRESCRIPTION_STATE_CONFLICT", "POST", f"{PRESCRIPTIONS}/{shown['prescriptionId']}/lease",
        body={"basis": {"hid": shown["document"]["hid"]}},
    )  # fmt: skip
    found = office.ask(f"{PRESCRIPTIONS}/{shown['prescriptionId']}")
    expect(found["state"], "EXPIRED", "a prescription after its validity")
    office.tell(
        "D3", "9-2-3", "اعتبار نسخه تمام شد؛ باقی‌مانده داده نمی‌شود.",
        "Its validity is over: what remained is not given any more.",
    )  # fmt: skip
