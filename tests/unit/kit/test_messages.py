"""Honest messages as data: every table fits a contract, every place can be filled."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from fixtures import load_pack
from lab.kit.filling import LABELLED, MEMORY, WORDS, fill
from lab.kit.messages import NEEDS, caller_of, recipe, role_messages
from lab.kit.sut import Caller
from lab.model.errors import HarnessDefect
from lab.model.roles import SUITES, role_of

FILES = sorted((SUITES / "messages").glob("*.toml"))


def places(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for item in value.values() for one in places(item)]
    if isinstance(value, list):
        return [one for item in value for one in places(item)]
    return [value] if isinstance(value, str) and value.startswith("$") else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_table_is_an_operation_and_every_word_is_known(path: Path) -> None:
    tables = tomllib.loads(path.read_text("utf-8"))
    assert tables
    for operation, table in tables.items():
        made = recipe("erx-1401", path.stem, operation)
        assert made.operation.id == operation
        assert 200 <= made.success < 300
        for what in table.get("first", {}).values():
            assert recipe("erx-1401", *what.split(".")).operation.id == what.split(".")[1]
        for place in places(table):
            assert place[1:].split()[0] in {*WORDS, *LABELLED, *MEMORY}, place


def test_a_word_nobody_knows_and_a_message_nobody_wrote_are_named() -> None:
    with pytest.raises(HarnessDefect, match="nonsense"):
        fill("$nonsense 1", None, "label", {})  # type: ignore[arg-type]  # never looked at
    with pytest.raises(HarnessDefect, match=r"purchaser\.price"):
        recipe("erx-1401", "purchaser", "price")


def test_probes_have_what_they_are_asked_for() -> None:
    messages = role_messages(role_of("eligibility_service"))
    body = messages.probe("body")
    assert body is not None
    assert body.has_body
    change = messages.probe("change")
    assert change is not None
    assert change.success == 201
    assert change.operation.changes_state
    assert messages.traits <= set(NEEDS)


def test_a_role_of_a_service_without_contract_has_no_messages_yet() -> None:
    for name in ("siam", "health_ca"):
        role = role_of(name)
        mounted = set(role.services) & set(load_pack("erx-1401").contracts)
        assert bool(role_messages(role).operations) == bool(mounted)


def test_callers_are_short_or_in_full() -> None:
    assert caller_of("office-1") == Caller("office-1")
    assert caller_of("office-1:dr02") == Caller("office-1", person="dr02")
    service = {"centre": "office-1", "token": "gateway.seal", "seal": "gateway.seal"}
    assert caller_of(service).seal == "gateway.seal"
