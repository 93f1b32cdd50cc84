"""What the coding service says of code systems, concepts and coded texts on a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from reference_impl.platform.codes import CodeBook, CodeRefused, Concept, display_matches
from reference_impl.platform.folding import folded


def system_row(system: Mapping[str, Any]) -> dict[str, Any]:
    """Write a code system; concepts are counted, not listed."""
    return {
        "system": system["system"],
        "version": str(system["version"]),
        "titleFa": system["title"]["fa"],
        "titleEn": system["title"]["en"],
        "concepts": len(system["concepts"]),
    }


def concept_row(concept: Concept, day: date) -> dict[str, Any]:
    """Write a concept with its state on a day."""
    state = "valid" if concept.in_force(day) else "future"
    if concept.valid_until is not None and day > concept.valid_until:
        state = "retired"
    return {
        "system": concept.system,
        "code": concept.code,
        "version": concept.version,
        "displayFa": concept.properties["fa"],
        "displayEn": concept.properties["en"],
        "validFrom": concept.valid_from.isoformat(),
        "validUntil": concept.valid_until.isoformat() if concept.valid_until else None,
        "state": state,
    }


def best_version(book: CodeBook, system: str, code: str, day: date) -> Concept | None:
    """Return the version in force, else the latest one, else None."""
    versions = book.versions(system, code)
    current = [one for one in versions if one.in_force(day)]
    if current:
        return current[-1]
    return versions[-1] if versions else None


def validate(book: CodeBook, coded: Mapping[str, str], day: date) -> dict[str, Any]:
    """Judge a coded text on a day: valid, or the code of the error bank that says why not."""
    try:
        concept = book.find(coded["system"], coded["code"], day, coded.get("version"))
    except CodeRefused as refused:
        known = best_version(book, coded["system"], coded["code"], day)
        shown = None if known is None else concept_row(known, day)
        return {"valid": False, "code": refused.reason, "concept": shown}
    if not display_matches(concept, coded["display"]):
        shown = concept_row(concept, day)
        return {"valid": False, "code": "CODE_DISPLAY_MISMATCH", "concept": shown}
    return {"valid": True, "code": None, "concept": concept_row(concept, day)}


def matches(
    book: CodeBook, system: str, text: str, day: date, *, whenever: bool = False
) -> list[Concept]:
    """Return the concepts in force whose code or texts hold every word; best ones first.

    Both sides are folded; a text typed with spaces where the term has joiners is found as well.
    `whenever` takes concepts out of force too; only a seeded fault does.
    """
    words = folded(text).split()
    found = []
    for concept in _in_force(book, system, day, whenever=whenever):
        haystack = [
            concept.code.casefold(),
            folded(str(concept.properties["fa"])),
            folded(str(concept.properties["en"])),
        ]
        if any(all(word in straw for word in words) for straw in haystack):
            found.append((_rank(haystack, " ".join(words)), concept.code, concept))
    return [concept for _, _, concept in sorted(found, key=lambda one: one[:2])]


def plain_matches(
    book: CodeBook, system: str, text: str, day: date, *, whenever: bool = False
) -> list[Concept]:
    """Search without folding; only a seeded fault does."""
    return [
        concept
        for concept in _in_force(book, system, day, whenever=whenever)
        if text in str(concept.properties["fa"]) or text in str(concept.properties["en"])
    ]


def _in_force(book: CodeBook, system: str, day: date, *, whenever: bool) -> Iterator[Concept]:
    for code in sorted({str(row["code"]) for row in book.systems[system]["concepts"]}):
        for concept in book.versions(system, code):
            if whenever or concept.in_force(day):
                yield concept


def _rank(haystack: list[str], text: str) -> int:
    if text in haystack:
        return 0
    return 1 if any(straw.startswith(text) for straw in haystack) else 2
