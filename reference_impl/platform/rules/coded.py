"""Checks of coded texts in a request to a rule service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reference_impl.platform.codes import CodeBook, CodeRefused, Concept, display_matches
from reference_impl.platform.problem import Refusal
from reference_impl.platform.rules.facts import DIAGNOSES, item_facts


class Reader:
    """Reads requests of one day; `root` is where the request stands in the body.

    `any_text` leaves the text of codes unread, as a faulty service does.

    Refuses with CODE_UNKNOWN, CODE_RETIRED, CODE_NOT_YET_VALID or CODE_DISPLAY_MISMATCH, and with
    SCHEMA_VIOLATION two items under one id: nobody could tell whose verdict is whose.
    """

    def __init__(
        self, book: CodeBook, day: date, root: str = "", *, any_text: bool = False
    ) -> None:
        self.book = book
        self.day = day
        self.root = root
        self.any_text = any_text

    def items(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the facts of every asked item."""
        seen: set[str] = set()
        for index, one in enumerate(asked["items"]):
            if one["itemId"] in seen:
                raise Refusal(
                    "SCHEMA_VIOLATION",
                    pointer=f"{self.root}/items/{index}/itemId",
                    detail="the id of an earlier item; give every item its own",
                )
            seen.add(one["itemId"])
        return [
            item_facts(one, self._concept(one["code"], f"/items/{index}/code").properties)
            for index, one in enumerate(asked["items"])
        ]

    def diagnoses(self, asked: Mapping[str, Any]) -> list[str]:
        """Return the codes of the diagnoses of the request."""
        return [
            self._concept(one, f"/diagnoses/{index}").code
            for index, one in enumerate(asked.get("diagnoses", ()))
        ]

    def active(self, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the facts of every medicine said to be taken, each with `ended`."""
        stated = asked.get("facts", {}).get("active", ())
        return [
            item_facts(one, self._concept(one["code"], f"/facts/active/{index}/code").properties)
            | {"ended": one["ended"]}
            for index, one in enumerate(stated)
        ]

    def check_conditions(self, asked: Mapping[str, Any]) -> None:
        """Refuse a stated condition that is no diagnosis."""
        stated = asked.get("facts", {}).get("patient", {}).get("conditions", ())
        for index, code in enumerate(stated):
            self._find(DIAGNOSES, code, None, f"/facts/patient/conditions/{index}")

    def _concept(self, coded: Mapping[str, Any], pointer: str) -> Concept:
        concept = self._find(
            coded["system"], coded["code"], coded.get("version"), f"{pointer}/code"
        )
        if not self.any_text and not display_matches(concept, coded["display"]):
            raise Refusal("CODE_DISPLAY_MISMATCH", pointer=f"{self.root}{pointer}/display")
        return concept

    def _find(self, system: str, code: str, version: str | None, pointer: str) -> Concept:
        try:
            return self.book.find(system, code, self.day, version)
        except CodeRefused as refused:
            raise Refusal(refused.reason, pointer=f"{self.root}{pointer}") from refused
