"""Coding (000, 8-10): a release is published, announced, and decides from its first day."""

from __future__ import annotations

from datetime import timedelta

from reference_impl.tour.acts import expect
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json

DRUGS = "urn:ir:maksa:eRx-synthetic"
RELEASE, FRESH, RETIRED = "1405.90", "99777", "99015"
CHANGES = [
    {
        "system": DRUGS, "code": FRESH, "version": "1", "kind": "added",
        "displayFa": "داروی تازهٔ آزمایشی", "displayEn": "fresh test tablet",
    },
    {
        "system": DRUGS, "code": RETIRED, "version": "1", "kind": "retired", "replacedBy": FRESH,
    },
]  # fmt: skip


def tell(stage: Stage) -> None:
    """Tell the propagation of a release to the systems of the points of care."""
    source, office = stage.at("coding-office", "dr07"), stage.at("office-1", "dr01")
    body = {
        "release": RELEASE,
        "validFrom": stage.day(14),
        "noteEn": "A release of the tour.",
        "noteFa": "انتشار نمایشی.",
        "changes": CHANGES,
    }
    target = "/maksa/v1/releases/publications"
    soon = {**body, "validFrom": stage.day(13)}
    source.refused("CODE_RELEASE_TOO_SOON", "POST", target, body=soon)
    source.ask(target, body)
    source.tell(
        "1", "8-10", "انتشار تازه با چهارده روز مهلت اعلام شد.",
        "A release is published, fourteen days ahead; thirteen are refused.",
    )  # fmt: skip
    named = [one["release"] for one in office.ask("/maksa/v1/releases")["releases"]]
    told = office.ask(f"/maksa/v1/releases/{RELEASE}/changes")["changes"]
    expect((RELEASE in named, len(told)), (True, 2), "the update service")
    office.tell(
        "2", "8-10", "سامانهٔ مطب تغییرها را گرفت.", "The office's system fetches the changes."
    )
    fresh, old = _judged(office, FRESH, "fresh test tablet"), _judged(office, RETIRED, None)
    expect((fresh, old), ("CODE_NOT_YET_VALID", "valid"), "codes before the first day")
    office.tell("3", "8-10", "هنوز کدهای پیشین معتبرند.", "Until then the earlier codes hold.")
    stage.advance(timedelta(days=14), "چهارده روز گذشت.", "Fourteen days pass.")
    fresh, old = _judged(office, FRESH, "fresh test tablet"), _judged(office, RETIRED, None)
    expect((fresh, old), ("valid", "CODE_RETIRED"), "codes from the first day on")
    found = office.ask("/maksa/v1/search", {"system": DRUGS, "text": "fresh tablet", "limit": 5})
    expect([one["code"] for one in found["concepts"]], [FRESH], "the search")
    office.tell(
        "4", "8-10", "کد تازه معتبر و کد کهنه بازنشسته شد.",
        "From its first day the new code holds and the old one is retired, with its successor.",
    )  # fmt: skip


def _judged(actor: Actor, code: str, display: str | None) -> str:
    if display is None:
        display = str(actor.counter.world.product(code).concept.en)
    coded: Json = {"system": DRUGS, "code": code, "display": display}
    answer = actor.ask("/maksa/v1/validation", {"coded": coded})
    return "valid" if answer["valid"] else str(answer["code"])
