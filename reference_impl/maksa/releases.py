"""Releases: those of the pack and those published since, and the code systems they make together.

A release changes nothing before its first day; a published concept has its validity in its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from reference_impl.platform.problem import Refusal

URN = "urn:ir:maksa:"
ANNOUNCED_BEFORE = timedelta(days=14)
"""A release is announced at least this long before it is valid. [RUL-013]."""

METADATA = MetaData()
published = Table(
    "release",
    METADATA,
    Column("release", String(20), primary_key=True),
    Column("valid_from", String(10), nullable=False),
    Column("announced_on", String(10), nullable=False),
    Column("note_en", String(400), nullable=False),
    Column("note_fa", String(400), nullable=False),
    Column("changes", JSON, nullable=False),
)

Systems = dict[str, Mapping[str, Any]]


def of_pack(releases: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Read the releases of the pack, the baseline first."""
    baseline = releases["baseline"]
    found = [{"release": baseline["release"], "validFrom": baseline["validFrom"], "changes": []}]
    for row in releases["releases"]:
        changes = [
            {
                "system": URN + change["system"],
                **{n: change[n] for n in ("code", "version", "kind", "replacedBy") if n in change},
            }
            for change in row["changes"]
        ]
        found.append(
            {
                "release": row["release"],
                "validFrom": row["validFrom"],
                "announcedOn": row["announcedOn"],
                "noteEn": row["note"]["en"],
                "noteFa": row["note"]["fa"],
                "changes": changes,
            }
        )
    return found


def count(rows: Connection) -> int:
    """Return how many releases were published here."""
    return int(rows.execute(select(func.count()).select_from(published)).scalar_one())


def of_store(rows: Connection) -> list[dict[str, Any]]:
    """Read the releases published here, in the order in which they become valid."""
    query = select(published).order_by(published.c.valid_from, published.c.release)
    return [
        {
            "release": row["release"],
            "validFrom": row["valid_from"],
            "announcedOn": row["announced_on"],
            "noteEn": row["note_en"],
            "noteFa": row["note_fa"],
            "changes": row["changes"],
        }
        for row in rows.execute(query).mappings()
    ]


def publish(rows: Connection, asked: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Store a release; raise Refusal when the name is taken."""
    values = {
        "release": asked["release"],
        "valid_from": asked["validFrom"],
        "announced_on": today.isoformat(),
        "note_en": asked["noteEn"],
        "note_fa": asked["noteFa"],
        "changes": asked["changes"],
    }
    try:
        rows.execute(insert(published).values(**values))
    except IntegrityError as error:
        raise Refusal("CODE_RELEASE_KNOWN", pointer="/release") from error
    return {**asked, "announcedOn": today.isoformat()}


def row_of(release: Mapping[str, Any]) -> dict[str, Any]:
    """Write a release without its changes."""
    names = ("release", "validFrom", "announcedOn", "noteEn", "noteFa")
    return {name: release[name] for name in names if name in release}


def changes_of(release: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write the changes of a release."""
    names = ("system", "code", "version", "kind", "replacedBy")
    return [{n: change[n] for n in names if n in change} for change in release["changes"]]


def amended(systems: Systems, release: Mapping[str, Any]) -> Systems:
    """Return the code systems with a release laid over them; the given ones stay as they are."""
    changed = dict(systems)
    for change in release["changes"]:
        system = changed[change["system"]]
        concepts = [dict(row) for row in system["concepts"]]
        _apply(concepts, change, date.fromisoformat(release["validFrom"]))
        changed[change["system"]] = {**system, "concepts": concepts}
    return changed


def check(systems: Systems, release: Mapping[str, Any]) -> None:
    """Refuse a release that contradicts the code systems it would change."""
    for index, change in enumerate(release["changes"]):
        pointer = f"/changes/{index}"
        system = systems.get(change["system"])
        if system is None:
            raise Refusal("CODE_SYSTEM_UNKNOWN", pointer=f"{pointer}/system")
        known = [row for row in system["concepts"] if str(row["code"]) == change["code"]]
        versions = {str(row.get("version", "1")) for row in known}
        named = "displayFa" in change and "displayEn" in change
        fits = {
            "added": not known and named,
            "changed": bool(known) and named and change["version"] not in versions,
            "retired": change["version"] in versions,
        }
        last = max((str(row["validFrom"]) for row in known), default="")
        if not fits[change["kind"]] or last >= release["validFrom"]:
            raise Refusal("CODE_RELEASE_CONTRADICTS", pointer=f"{pointer}/code")


def _apply(concepts: list[dict[str, Any]], change: Mapping[str, Any], first: date) -> None:
    eve = (first - timedelta(days=1)).isoformat()
    properties: dict[str, Any] = {}
    for row in concepts:
        if str(row["code"]) != change["code"]:
            continue
        properties = row
        if not row.get("validUntil") or str(row["validUntil"]) > eve:
            row["validUntil"] = eve
            if "replacedBy" in change:
                row["replacedBy"] = change["replacedBy"]
    if change["kind"] != "retired":
        fresh = {name: value for name, value in properties.items() if name != "validUntil"}
        fresh |= {
            "code": change["code"],
            "version": change["version"],
            "fa": change["displayFa"],
            "en": change["displayEn"],
            "validFrom": first.isoformat(),
        }
        concepts.append(fresh)
