"""Coded texts of requests that are no signed documents, judged by the pack's code systems."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fixtures import Pack
from reference_impl.platform.codes import CodeBook, CodeRefused, Concept, display_matches
from reference_impl.platform.problem import Refusal

REASONS = "urn:ir:maksa:reason-synthetic"


class Coding:
    """All code systems, asked for one coded text at a time."""

    def __init__(self, pack: Pack) -> None:
        self.book = CodeBook(pack.codes.values())

    def known(
        self, coded: Mapping[str, Any], day: date, systems: tuple[str, ...]
    ) -> Concept | None:
        """Return the concept in force on a day, if the text names one of these systems rightly."""
        if coded["system"] not in systems:
            return None
        try:
            concept = self.book.find(coded["system"], coded["code"], day, coded.get("version"))
        except CodeRefused:
            return None
        return concept if display_matches(concept, coded["display"]) else None

    def require(self, coded: Mapping[str, Any], day: date, pointer: str, *systems: str) -> Concept:
        """Return the concept; raise Refusal CODE_UNKNOWN when the text names none."""
        concept = self.known(coded, day, systems)
        if concept is None:
            raise Refusal("CODE_UNKNOWN", pointer=f"{pointer}/code")
        return concept

    def reason(self, coded: Mapping[str, Any], day: date, *groups: str) -> bool:
        """Say whether the text is a coded reason of one of the groups."""
        concept = self.known(coded, day, (REASONS,))
        return concept is not None and concept.properties["group"] in groups
