"""Aliases of lenient mode, and the ways from one code system into another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reference_impl.maksa.domain import best_version
from reference_impl.platform.codes import CodeBook, Concept
from reference_impl.platform.problem import Refusal

URN = "urn:ir:maksa:"
LABORATORY, IMAGING, SERVICES, DIAGNOSES = (
    f"{URN}loinc-laboratory-synthetic",
    f"{URN}loinc-imaging-synthetic",
    f"{URN}service-synthetic",
    f"{URN}icd10-synthetic",
)


@dataclass(frozen=True)
class Translated:
    """A concept, and whether an alias led to it."""

    concept: Concept
    alias_used: bool


class Translator:
    """Reads codes of the pack and, leniently, the names clients in the field use for them."""

    def __init__(self, book: CodeBook, aliases: Mapping[str, Any]) -> None:
        self._book = book
        self._systems = {URN + row["alias"]: URN + row["target"] for row in aliases["systems"]}
        self._codes = {
            (URN + row["system"], str(row["alias"])): str(row["target"]) for row in aliases["codes"]
        }
        self._patterns = [
            (URN + row["system"], re.compile(row["pattern"]), row["target"])
            for row in aliases["patterns"]
        ]

    def translate(
        self, coded: Mapping[str, str], target: str, day: date, *, lenient: bool
    ) -> Translated:
        """Return the concept of `target` that a coded text means.

        Raises Refusal with the CODE_ code that says which step failed.
        """
        system, system_alias = self._system(coded["system"], lenient=lenient)
        if target not in self._book.systems:
            raise Refusal("CODE_SYSTEM_UNKNOWN", pointer="/target")
        code, code_alias = self._code(system, coded["code"], lenient=lenient)
        concept = best_version(self._book, system, code, day)
        if concept is None:
            raise Refusal("CODE_UNKNOWN", pointer="/coded/code")
        if system != target:
            concept = self._across(concept, target, day)
        return Translated(concept, system_alias or code_alias)

    def _system(self, name: str, *, lenient: bool) -> tuple[str, bool]:
        if name in self._book.systems:
            return name, False
        target = self._systems.get(name)
        if target is None:
            raise Refusal("CODE_SYSTEM_UNKNOWN", pointer="/coded/system")
        if not lenient:
            raise Refusal("CODE_ALIAS_REFUSED", pointer="/coded/system")
        return target, True

    def _code(self, system: str, code: str, *, lenient: bool) -> tuple[str, bool]:
        if self._book.versions(system, code):
            return code, False
        target = self._codes.get((system, code))
        for owner, pattern, replacement in self._patterns:
            if target is None and owner == system and pattern.fullmatch(code):
                target = pattern.sub(replacement, code)
        if target is None:
            general = any(
                str(row["code"]).startswith(f"{code}.")
                for row in self._book.systems[system]["concepts"]
            )
            raise Refusal("CODE_TOO_GENERAL" if general else "CODE_UNKNOWN", pointer="/coded/code")
        if not lenient:
            raise Refusal("CODE_ALIAS_REFUSED", pointer="/coded/code")
        return target, True

    def _across(self, concept: Concept, target: str, day: date) -> Concept:
        """Follow `serviceCode` from a test to its service, or back from the service."""
        wanted = concept.properties.get("serviceCode") if target == SERVICES else None
        if wanted is None and concept.system == SERVICES:
            rows = self._book.systems[target]["concepts"]
            wanted = next(
                (r["code"] for r in rows if str(r.get("serviceCode")) == concept.code), None
            )
        found = None if wanted is None else best_version(self._book, target, str(wanted), day)
        if found is None:
            raise Refusal("CODE_TRANSLATION_MISSING", pointer="/target")
        return found
