"""The citizen's side: referral with feedback, appointments, information, own data."""

from __future__ import annotations

from typing import Any

from reference_impl.tour.acts import expect
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, coded, drug, identifier, reason

CITIZEN = "/citizen/v1"
CHANNELS = {
    "prescriptions": ("web", "app", "ussd"),
    "costs": ("web", "app", "ussd", "sms"),
    "results": ("web", "app"),
    "accesses": ("web", "app"),
}


def tell(stage: Stage) -> None:
    """Tell referral, appointment with waiting list, information, drug finder, own data."""
    office = stage.at("office-1", "dr01")
    _referral(stage, office)
    _appointments(stage, office)
    _information(stage, office)
    _own_data(stage, office)


def _referral(stage: Stage, office: Actor) -> None:
    body: Json = {
        "person": identifier(stage, "P07"),
        "fromCentre": office.siam_id,
        "toLevel": "3",
        "specialty": coded("specialty", "cardiology"),
        "reason": reason("SPECIALIST_CARE"),
        "emergency": False,
    }
    office.refused("REFERRAL_LEVEL_INVALID", "POST", f"{CITIZEN}/referrals", body=body)
    office.tell(
        "1", "003", "سطح بعد را نمی‌توان جا انداخت مگر در فوریت.",
        "The map leads one level up; skipping one is refused unless it is an emergency.",
    )  # fmt: skip
    referral = office.ask(f"{CITIZEN}/referrals", {**body, "emergency": True})
    goal = next(
        key for key, one in stage.world.centres.items() if one.siam_id == referral["toCentre"]
    )
    office.tell(
        "2", "003", f"ارجاع به {goal} در سطح سه.", f"Referred along the map to {goal}, level three."
    )
    receiver = stage.at(goal, "dr02")
    answered = receiver.ask(
        f"{CITIZEN}/referrals/{referral['referralId']}/feedback", {"text": "seen, continue"}
    )
    expect(answered["state"], "answered", "a referral")
    shown = office.ask(f"{CITIZEN}/referrals/{referral['referralId']}")
    expect(shown["feedback"], "seen, continue", "the feedback")
    receiver.tell(
        "3", "003", "پسخوراند به مرکز ارجاع‌دهنده رسید.",
        "The feedback comes back to who referred.",
    )  # fmt: skip


def _appointments(stage: Stage, office: Actor) -> None:
    hospital = stage.at("hospital-1", "dr02")

    def booking(key: str, channel: str, **more: Any) -> Json:
        return {
            "person": identifier(stage, key), "phone": stage.person(key).phone,
            "centre": hospital.siam_id, "service": coded("service", "992102"), "slot": slot,
            "channel": channel, **more,
        }  # fmt: skip

    slot, target = stage.instant(days=2), f"{CITIZEN}/appointments"
    first = office.ask(target, booking("P01", "ivr"))
    office.refused("APPOINTMENT_SLOT_TAKEN", "POST", target, body=booking("P02", "web"))
    second = office.ask(target, booking("P02", "ussd", waiting=True))
    expect(second["waitingPosition"], 1, "a place on the waiting list")
    office.tell(
        "1", "003", "نوبت با تلفن گویا؛ نفر دوم در فهرست انتظار.",
        "Booked by telephone (IVR); the time is taken, so the second one waits (USSD).",
    )  # fmt: skip
    office.call("DELETE", f"{target}/{first['appointmentId']}")
    expect(office.ask(f"{target}/{second['appointmentId']}")["state"], "booked", "who waited")
    office.tell("2", "003", "لغو شد و نفر منتظر جای او را گرفت.", "Cancelled: who waited moves up.")


def _information(stage: Stage, office: Actor) -> None:
    told = office.ask(f"{CITIZEN}/centres/{office.siam_id}")
    expect(len(told["services"]), len(told["tariffs"]), "services with tariffs")
    office.tell(
        "1", "003", f"نشانی و {len(told['services'])} تعرفه خوانده شد.",
        f"Address and {len(told['services'])} services with tariffs are told.",
    )  # fmt: skip
    for channel in ("web", "app", "sms", "ussd"):
        found = office.ask(
            f"{CITIZEN}/drug-finder",
            {
                "drug": drug(stage, "99012"), "city": "Tehran", "channel": channel,
                "person": identifier(stage, "P01"), "quantity": 60,
            },
        )  # fmt: skip
        expect(len(found["centres"]) > 0, True, "pharmacies that have a medicine")
    office.tell(
        "2", "003", f"دارویاب: {len(found['centres'])} داروخانه، سهم بیمار {found['patientShare']}.",
        f"Drug finder: {len(found['centres'])} pharmacies, {found['patientShare']} rial to pay.",
    )  # fmt: skip


def _own_data(stage: Stage, office: Actor) -> None:
    who, phone = identifier(stage, "P01"), stage.person("P01").phone
    for kind, channels in CHANNELS.items():
        sizes = set()
        for channel in channels:
            told = office.ask(
                f"{CITIZEN}/own-data",
                {"person": who, "phone": phone, "channel": channel, "kind": kind},
            )
            sizes.add(len(told["entries"]))
        expect(len(sizes), 1, f"{kind} over all channels")
        office.tell(
            "3", "003", f"دادهٔ خود شهروند ({kind}) در {len(channels)} کانال.",
            f"Own {kind} through {', '.join(channels)}: the same everywhere.",
        )  # fmt: skip
    body = {"person": who, "phone": phone, "channel": "sms", "kind": "results"}
    office.refused("CHANNEL_NOT_SUPPORTED", "POST", f"{CITIZEN}/own-data", body=body)
    stranger = {**body, "channel": "app", "phone": "09900000000"}
    office.refused("CITIZEN_NOT_IDENTIFIED", "POST", f"{CITIZEN}/own-data", body=stranger)
    office.tell(
        "3", "003", "نتیجه با پیامک نمی‌رود؛ تلفن ناآشنا راه ندارد.",
        "Results never go by SMS; a telephone that is not the person's opens nothing.",
    )  # fmt: skip
