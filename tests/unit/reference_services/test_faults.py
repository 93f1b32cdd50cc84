from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import reference_impl
from reference_impl.faults import nulls
from reference_impl.faults.points import (
    NO_FAULTS,
    POINTS,
    FaultSet,
    UndeclaredPoint,
    catalogue,
    resolve,
)

SOURCE = Path(reference_impl.__file__).parent
ENTRIES = {
    name: one
    for name, one in catalogue().items()
    # null implementations that can stand for any server name no single role
    if one.get("role") == "purchaser_system" or (one["kind"] == "null" and one.get("roles"))
}


def test_an_undeclared_name_raises() -> None:
    with pytest.raises(UndeclaredPoint, match=r"purchaser\.nothing"):
        NO_FAULTS.on("purchaser.nothing")
    with pytest.raises(UndeclaredPoint, match="not declared"):
        FaultSet(frozenset({"purchaser.nothing"}))
    with pytest.raises(UndeclaredPoint, match="FLT-PUR-999"):
        resolve(["FLT-PUR-999"])


def test_catalogue_ids_and_point_names_resolve_alike() -> None:
    point = ENTRIES["FLT-PUR-001"]["point"]
    assert resolve(["FLT-PUR-001"]) == resolve([point]) == FaultSet(frozenset({point}))
    assert resolve([]) == NO_FAULTS
    assert not NO_FAULTS


def test_every_declared_point_is_asked_somewhere() -> None:
    asked = "\n".join(
        path.read_text("utf-8")
        for path in SOURCE.rglob("*.py")
        if not path.is_relative_to(SOURCE / "faults")
    )
    silent = [name for name in POINTS if f'"{name}"' not in asked]
    assert silent == []


def test_every_asked_point_is_declared() -> None:
    pattern = re.compile(r'"((?:purchaser|platform|gateway|variant)\.[a-z_]+(?:\.[a-z_]+)?)"')
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(SOURCE / "clients"):
            continue
        for line in path.read_text("utf-8").splitlines():
            if ".on(" in line:
                for name in pattern.findall(line):
                    assert name in POINTS, f"{path}: {name}"


def test_faults_switch_fault_points_and_variants_variant_points() -> None:
    for name, entry in ENTRIES.items():
        if entry["kind"] == "null":
            assert entry["point"] in nulls.KINDS
        else:
            wanted = "variant" if name.startswith("VAR-") else "fault"
            assert POINTS[entry["point"]].kind == wanted, name


def test_the_catalogue_is_as_large_as_promised() -> None:
    kinds: dict[str, int] = {}
    for entry in ENTRIES.values():
        kinds[entry["kind"]] = kinds.get(entry["kind"], 0) + 1
    for kind in ("contract", "property", "workflow", "semantic", "security"):
        assert kinds[kind] >= 4
    assert kinds["variant"] >= 8
    assert kinds["null"] == len(nulls.KINDS) == 5


def exchange(kind: str, body: bytes = b'{"a":1}', **options: str) -> list[dict[str, Any]]:
    """Call a null implementation once and return the messages it sent."""
    application = nulls.create(kind, **options)
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if waiting:
            return waiting.pop()
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "headers": [(b"ditas-correlation", b"c-1")]}

    async def once() -> None:
        await application(scope, receive, send)

    asyncio.run(once())
    return sent


@pytest.mark.parametrize(
    ("kind", "status", "member"),
    [
        ("always_200", 200, None),
        ("echo", 200, "a"),
        ("always_refuse", 403, "code"),
        ("static_replay", 201, "trackingCode"),
    ],
)
def test_null_implementations_answer(kind: str, status: int, member: str | None) -> None:
    start, body = exchange(kind)
    assert start["status"] == status
    parsed = json.loads(body["body"])
    assert member in parsed if member else parsed == {}


def test_the_silent_one_ends_without_an_answer() -> None:
    assert exchange("silent", seconds="0.05") == []


@pytest.mark.parametrize("kind", sorted(nulls.KINDS))
def test_null_implementations_start_and_stop_like_any_server(kind: str) -> None:
    phases = ["lifespan.shutdown", "lifespan.startup"]
    sent: list[str] = []

    async def receive() -> Any:
        return {"type": phases.pop()}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def live() -> None:
        await nulls.create(kind)({"type": "lifespan"}, receive, send)

    asyncio.run(live())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_an_unknown_null_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="always_200"):
        nulls.create("nothing")
