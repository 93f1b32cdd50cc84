"""Wrong looks at codes that only seeded faults ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reference_impl.maksa.domain import concept_row, system_row
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import FaultSwitch

PRIVATE = {
    "system": "urn:ir:maksa:ward-synthetic",
    "version": "1",
    "title": {"fa": "کدهای خصوصی", "en": "Private codes"},
    "concepts": [],
}


def verdict(
    faults: FaultSwitch,
    book: CodeBook,
    coded: Mapping[str, str],
    day: date,
    right: dict[str, Any],
) -> dict[str, Any]:
    """Spoil the verdict on a coded text as far as a seeded fault asks for it."""
    code = right["code"]
    if code == "CODE_RETIRED" and faults.on("maksa.validate.newest_only") and "version" in coded:
        return right | {"code": "CODE_UNKNOWN"}
    taken = (
        (code == "CODE_RETIRED" and faults.on("maksa.validate.retired_valid"))
        or (code == "CODE_NOT_YET_VALID" and faults.on("maksa.validate.announced_valid"))
        or (code == "CODE_DISPLAY_MISMATCH" and faults.on("maksa.validate.text_ignored"))
    )
    if taken:
        return right | {"valid": True, "code": None}
    if code == "CODE_UNKNOWN" and faults.on("maksa.validate.any_system"):
        found = [one for name in book.systems for one in book.versions(name, coded["code"])]
        if found:
            return {"valid": True, "code": None, "concept": concept_row(found[-1], day)}
    concept = right["concept"]
    if code is not None or not faults.on("maksa.validate.text_unfolded"):
        return right
    same = coded["display"] in {concept["displayFa"], concept["displayEn"]}
    return right if same else right | {"valid": False, "code": "CODE_DISPLAY_MISMATCH"}


def systems(faults: FaultSwitch, book: CodeBook) -> list[dict[str, Any]]:
    """List the systems, with those a seeded fault adds or keeps old."""
    rows = [system_row(one) for one in book.systems.values()]
    if faults.on("maksa.systems.codes_once"):
        for row in rows:
            held = book.systems[row["system"]]["concepts"]
            row["concepts"] = len({str(one["code"]) for one in held})
    if faults.on("maksa.systems.private_one"):
        rows.append(system_row(PRIVATE))
    if faults.on("maksa.systems.old_release"):
        rows = [{**row, "version": "1404.01"} for row in rows]
    return rows


def code_of(faults: FaultSwitch, code: str) -> str:
    """Read a code as text, or as a number when a seeded fault asks for it."""
    return code.lstrip("0") if faults.on("maksa.concept.by_number") else code
