"""The chapters in the order they are told; each is a module with `tell(stage)`."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.tour.chapters import (
    clockwork,
    dispensing,
    hids,
    hospital,
    identities,
    prescribing,
)
from reference_impl.tour.stage import Chapter


@dataclass(frozen=True)
class Title:
    """A chapter: what it is called, the clause it walks through, and its teller."""

    name: str
    fa: str
    en: str
    clause: str
    tell: Chapter


CHAPTERS: tuple[Title, ...] = (
    Title("prescribing", "تجویز، P1 تا P8", "Prescribing, P1 to P8", "9-1", prescribing.tell),
    Title("dispensing", "تحویل، D1 تا D9", "Dispensing, D1 to D9", "9-2", dispensing.tell),
    Title("identities", "هویت‌ها", "Who a person is", "7-1", identities.tell),
    Title("hids", "شباد و استحقاق", "HIDs and entitlement", "8-8", hids.tell),
    Title("hospital", "پیش، حین و پس از خدمت", "Before, during and after", "003", hospital.tell),
    Title("clockwork", "گذر زمان", "What time does", "9", clockwork.tell),
    Title("settlement", "پرداخت", "Payment", "9-1-8", hospital.settled),
)
