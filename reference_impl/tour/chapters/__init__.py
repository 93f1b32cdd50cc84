"""The chapters in the order they are told; each is a module with `tell(stage)`."""

from __future__ import annotations

from dataclasses import dataclass

from reference_impl.tour.chapters import clockwork, dispensing, prescribing
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
    Title("clockwork", "گذر زمان", "What time does", "9", clockwork.tell),
)
