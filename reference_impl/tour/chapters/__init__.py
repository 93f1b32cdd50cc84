"""The chapters in the order they are told; each is a module with `tell(stage)`."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.tour.chapters import (
    citizen,
    clockwork,
    dispensing,
    hids,
    hospital,
    identities,
    prescribing,
    record,
    results,
    triage,
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
    Title("results", "نتایج و تصویربرداری", "Results and imaging", "9-2-8", results.tell),
    Title("citizen", "خدمات شهروند", "The citizen's side", "003", citizen.tell),
    Title("record", "پرونده", "The record and who may see it", "8-5", record.tell),
    Title("triage", "خطاهای سپاس", "Errors of submissions", "004", triage.tell),
    Title("support", "پشتیبانی", "Support, day and night", "14", triage.support),
    Title("clockwork", "گذر زمان", "What time does", "9", clockwork.tell),
    Title("settlement", "پرداخت", "Payment", "9-1-8", hospital.settled),
)
