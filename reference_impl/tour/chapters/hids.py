"""HIDs beyond the ordinary visit, and what insurers report of their insured."""

from __future__ import annotations

from typing import Any

from reference_impl.tour.acts import expect, one_medicine, service, visit_line, written
from reference_impl.tour.stage import Stage
from reference_impl.tour.writing import Json, hid, identifier, patient, reason

HIDS = "/eligibility/v1/hids"


def tell(stage: Stage) -> None:
    """Tell urgent, reserved, bound, cancelled HIDs, and the upload of covers."""
    _urgent(stage)
    _reserved(stage)
    _cancelled(stage)
    _uploaded(stage)
    _provider(stage)


def _urgent(stage: Stage) -> None:
    hospital = stage.at("hospital-1", "dr01")
    body = {"insurerCode": "37", "providerCouncil": hospital.counter.provider_council}
    issued = hospital.ask(f"{HIDS}/urgent", body)
    hospital.tell(
        "P2",
        "9-1-2",
        "شباد فوری بدون هویت بیمار.",
        "An urgent HID, before anybody knows who it is.",
    )
    who = identifier(stage, "U01")
    bound = hospital.ask(
        f"{HIDS}/bindings", {"hid": issued["hid"], "patient": who, "servedAt": stage.instant()}
    )
    expect(bound["state"], "bound", "an urgent HID")
    written(hospital, patient(stage, "U01"), issued["hid"], one_medicine(stage, 10))
    hospital.tell(
        "P5", "9-1-5", "به بیمار ناشناس پیوند و نسخه ثبت شد.",
        "Bound to the unknown person, and a prescription is registered under it.",
    )  # fmt: skip


def _reserved(stage: Stage) -> None:
    rural = stage.at("phc-rural", "dr01")
    batch = rural.ask(
        f"{HIDS}/batches", {"insurerCode": "2", "count": 3, "validUntil": stage.day(1)}
    )
    expect(len(batch["hids"]), 3, "a reserved batch")
    rural.tell(
        "P2", "12", "سه شباد برای روز بی‌ارتباط رزرو شد.",
        "Three HIDs are reserved for a day without a line.",
    )  # fmt: skip
    number, who = batch["hids"][0], patient(stage, "P02")
    served: Json = {"hid": number, "patient": who["id"], "servedAt": stage.instant(minutes=-5)}
    rural.ask(f"{HIDS}/bindings", served)
    other = {**served, "patient": identifier(stage, "P08")}
    rural.refused("HID_ALREADY_BOUND", "POST", f"{HIDS}/bindings", body=other)
    service(rural, who, number, [visit_line("992101", 500_000)])
    stage.eventually(
        lambda: rural.ask(f"{HIDS}/{number}/use")["state"], "used", "a HID after its visit"
    )
    rural.tell(
        "P7", "9-1-7", "یک شباد رزرو به ویزیت پیوند خورد و یک بار مصرف شد.",
        "One is bound to a visit afterwards, once, and the visit is registered under it.",
    )  # fmt: skip
    rural.ask(f"{HIDS}/cancellations", {"hid": batch["hids"][1], "reason": reason("BATCH_UNUSED")})
    rural.tell("P2", "12", "شباد مصرف‌نشده پس داده شد.", "An unused one is given back.")


def _cancelled(stage: Stage) -> None:
    office = stage.at("office-1", "dr01")
    who = identifier(stage, "P01")
    number = hid(office, who, "1")
    body: dict[str, Any] = {"hid": number, "reason": reason("VISIT_NOT_HELD")}
    expect(office.ask(f"{HIDS}/cancellations", body)["state"], "cancelled", "a HID given up")
    told = office.ask(f"{HIDS}/verification", {"hid": number, "patient": who})
    expect((told["valid"], told["state"]), (False, "CANCELLED"), "a cancelled HID")
    office.tell(
        "P2", "9-1-2", "ویزیت انجام نشد؛ شباد با دلیل باطل شد و دیگر معتبر نیست.",
        "The visit did not take place: the HID is cancelled with a reason and no longer holds.",
    )  # fmt: skip


def _uploaded(stage: Stage) -> None:
    insurer, office = stage.at("insurer-1", "dr07"), stage.at("office-1", "dr01")
    who = identifier(stage, "P16")
    cover = {
        "person": who, "insurerCode": "1", "fund": "main", "validFrom": stage.day(-1),
        "validUntil": stage.day(300), "sequence": 1, "ended": False,
    }  # fmt: skip
    upload = "/eligibility/v1/cover-updates"
    expect(insurer.ask(upload, {"updates": [cover]})["accepted"], 1, "an upload")
    insurer.refused("COVER_UPDATE_STALE", "POST", upload, body={"updates": [cover]})
    asked = {"patient": who, "centre": office.siam_id}
    expect(office.ask("/eligibility/v1/inquiries", asked)["entitled"], True, "a newly insured")
    insurer.tell(
        "P2", "8-8", "بیمه‌گر بیمه‌شدهٔ تازه را برخط فرستاد؛ در پذیرش دیده شد.",
        "A newly insured person is uploaded and seen at once; the same report again is stale.",
    )  # fmt: skip
    ended = {**cover, "sequence": 2, "ended": True}
    insurer.ask(upload, {"updates": [ended]})
    expect(office.ask("/eligibility/v1/inquiries", asked)["entitled"], False, "one who left")
    insurer.tell(
        "P2", "8-8", "پایان پوشش هم فوری اثر کرد.", "The end of a cover counts at once, too."
    )


def _provider(stage: Stage) -> None:
    office, other = stage.at("office-1", "dr01"), stage.at("office-2", "dr02")
    verdicts = []
    for actor in (office, other):
        body = {**actor.counter.provider_council, "insurerCode": "1", "day": stage.day()}
        told = actor.ask("/eligibility/v1/providers/check", body)
        verdicts.append((told["licensed"], told["contracted"]))
    expect(verdicts, [(True, True), (True, False)], "entitlement of two providers")
    office.tell(
        "P2", "003", "استحقاق ارائه‌دهنده: یکی قرارداد دارد، دیگری نه.",
        "Entitlement of providers: one has a contract, the other only a licence.",
    )  # fmt: skip
