"""Licences (8-9): a centre is closed by its licensing body and opened again."""

from __future__ import annotations

from datetime import timedelta

from reference_impl.tour.acts import expect
from reference_impl.tour.stage import Actor, Stage

ADMISSION = timedelta(seconds=61)
QUESTION = "/siam/v1/centres?kind=office"


def tell(stage: Stage) -> None:
    """Tell the events of a licence, and what admission makes of them."""
    body, centre = stage.at("licensing-1", "dr07"), stage.at("dialysis", "dr02")
    centre.ask(QUESTION)
    after = body.ask("/siam/v1/changes?after=0")["next"]
    _reported(stage, body, "closed", 1)
    changes = body.ask(f"/siam/v1/changes?after={after}")["changes"]
    expect([one["kind"] for one in changes], ["closed"], "the feed of changes")
    body.tell(
        "1", "8-9", "پروانهٔ مرکز دیالیز لغو و در سیام ثبت شد.",
        "The licence of a dialysis centre is closed; the registry's feed tells it.",
    )  # fmt: skip
    stage.advance(ADMISSION, "یک دقیقه گذشت.", "A minute passes.")
    centre.refused("ADMISSION_CENTRE_INACTIVE", "GET", QUESTION)
    centre.tell(
        "2", "principle 7", "درگاه مرکز بسته را راه نمی‌دهد.", "The gateway refuses the centre."
    )
    _reported(stage, body, "active", 2)
    stage.advance(ADMISSION, "یک دقیقه گذشت.", "A minute passes.")
    centre.ask(QUESTION)
    centre.tell("3", "8-9", "بازگشایی شد.", "Reopened, and admitted again.")
    stranger = stage.at("licensing-2", "dr07")
    stranger.refused(
        "LICENSING_SOURCE_REFUSED", "POST", "/siam/v1/licence-events",
        body=_event(stage, stranger, "closed", 3),
    )  # fmt: skip
    stranger.tell(
        "4", "8-9", "سامانهٔ پروانهٔ داروخانه دربارهٔ آن حقی ندارد.",
        "The licensing system of pharmacies has no say about it.",
    )  # fmt: skip


def _event(stage: Stage, body: Actor, state: str, sequence: int) -> dict[str, object]:
    place = stage.world.centre("dialysis")
    return {
        "source": stage.world.centre(body.key).represents,
        "licence": place.licence_number,
        "state": state,
        "centreKind": {"kind": place.kind, "sector": place.sector},
        "validUntil": stage.day(900),
        "sequence": sequence,
    }


def _reported(stage: Stage, body: Actor, state: str, sequence: int) -> None:
    body.ask("/siam/v1/licence-events", _event(stage, body, state, sequence))
