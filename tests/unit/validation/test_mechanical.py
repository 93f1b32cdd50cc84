"""Mechanical mutants: enumerable by the thousand, each changes what it says and nothing else."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest

from lab.model.errors import PackError
from lab.model.roles import server_roles
from lab.validation.corpus import SubjectKind
from lab.validation.equivalents import equivalence, load_equivalents
from lab.validation.mechanical import enumerate_mutants, sample
from lab.validation.places import unaltered_in
from reference_impl.topology.changes import VALUES, Answered, Change

BODY = {
    "kind": "office", "n": 3, "on": True, "at": "2026-11-21T10:15:30+03:30",
    "day": "2026-11-21", "list": [{"id": "a1"}, {"id": "b2"}],
}  # fmt: skip


def changed(text: str, body: Any = BODY) -> Any:
    answer = Answered(200, (("etag", '"1"'),), json.dumps(body).encode())
    return json.loads(Change.parse(text).apply(answer).body)


@pytest.mark.parametrize(
    ("text", "member", "value"),
    [
        ("null /kind", "kind", None),
        ("retype /kind", "kind", ["office"]),
        ("other /kind", "kind", "officf"),
        ("one_more /n", "n", 4),
        ("one_less /n", "n", 2),
        ("retype /n", "n", "3"),
        ("negate /on", "on", False),
        ("later /at", "at", "2026-11-22T10:15:30+03:30"),
        ("later /day", "day", "2026-11-22"),
        ("empty /list", "list", []),
        ("fewer /list", "list", [{"id": "b2"}]),
        ("reverse /list", "list", [{"id": "b2"}, {"id": "a1"}]),
        ("drop /list/*/id", "list", [{}, {}]),
        ("other /list/*/id", "list", [{"id": "a2"}, {"id": "b3"}]),
    ],
)
def test_a_change_touches_its_member_only(text: str, member: str, value: object) -> None:
    assert changed(text) == {**BODY, member: value}


def test_dropped_members_are_gone_and_absent_ones_leave_the_bytes_alone() -> None:
    assert "kind" not in changed("drop /kind")
    answer = Answered(200, (), b'{ "a": 1 }')
    assert Change.parse("drop /b").apply(answer) is answer


@pytest.mark.parametrize(
    "change", ["other", "lower", "empty", "twice", "fewer", "reverse", "later", "negate"]
)
def test_a_value_of_another_type_than_the_change_is_for_stays(change: str) -> None:
    """A product that dies of its mutation would be caught for nothing."""
    answer = Answered(200, (), b'{"a": null, "b": {"c": 1}}')
    assert Change.parse(f"{change} /a").apply(answer) is answer
    assert Change.parse(f"{change} /b").apply(answer) is answer


def test_what_the_laboratory_calls_unaltered_is_left_alone_by_the_change() -> None:
    body = {"s": "aB", "l": "ab", "e": "", "n": 1, "o": True, "z": None, "a": [1, 1], "b": [1, 2]}
    answer = Answered(200, (), json.dumps(body).encode())
    told = unaltered_in(body)
    for change, value in ((name, key) for name in VALUES for key in body):
        if change == "later":
            continue  # for texts that are dates
        text = f"{change} /{value}"
        assert (Change.parse(text).apply(answer) is answer) is (text in told), text


def test_what_would_change_nothing_is_no_mutant() -> None:
    assert changed("later /at", {"at": None}) == {"at": None}
    assert changed("other /kind", {"kind": None}) == {"kind": None}
    assert changed("drop /kind", {"kind": None}) == {}
    every = enumerate_mutants("citizen_service")
    assert "citizen.createReferral other /toLevel" in every
    assert "citizen.createReferral lower /toLevel" not in every  # all its values are digits


def test_changes_of_the_answer_as_a_whole() -> None:
    one, two = (Answered(200, (("etag", '"1"'),), text) for text in (b"1", b"2"))
    assert Change.parse("status 201").apply(one).status == 201
    assert Change.parse("no_header etag").apply(one).headers == ()
    stale = Change.parse("stale")
    assert stale.apply(one) == one
    assert stale.apply(two) == one
    idle = Change.parse("no_effect")
    assert idle.instead() is None
    idle.apply(one)
    assert idle.instead() == one


@pytest.mark.parametrize("text", ["", "drop", "drop kind", "status", "explode /kind", "stale /x"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no change"):
        Change.parse(text)


def test_more_than_a_thousand_can_be_enumerated_and_every_one_is_readable() -> None:
    every = {mutant for role in server_roles() for mutant in enumerate_mutants(role.id)}
    assert len(every) >= 1000
    for mutant in every:
        Change.parse(mutant.partition(" ")[2])


def test_a_seed_draws_the_same_mutants_again() -> None:
    first, again, other = (sample(["siam"], 8, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len({one.id for one in first}) == 8
    assert {one.kind for one in first} == {SubjectKind.MECHANICAL}


def test_a_sample_of_several_roles_names_its_role() -> None:
    drawn = sample(["siam", "ttac", "pharmacy_system"], 40, 1)
    assert {one.role for one in drawn} == {"siam", "ttac"}
    assert {one.id.split("-")[1] for one in drawn} == {"SIA", "TTA"}


def test_every_documented_equivalent_is_a_mutant_with_a_reason() -> None:
    every = {mutant for role in server_roles() for mutant in enumerate_mutants(role.id)}
    unknown = [e.mutant for e in load_equivalents() if not fnmatch.filter(every, e.mutant)]
    assert not unknown


def test_an_equivalent_is_named_by_pattern_and_only_for_mutants(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="equivalents"):
        load_equivalents(tmp_path / "equivalents.toml")
    (tmp_path / "equivalents.toml").write_text('[[equivalent]]\nmutant = "a.b *"\nreason = "x"\n')
    with pytest.raises(PackError, match="equivalents"):
        load_equivalents(tmp_path / "equivalents.toml")
    [mutant] = sample(["ttac"], 1, 1)
    fault = mutant.model_copy(update={"kind": SubjectKind.FAULT})
    assert not equivalence(fault)
