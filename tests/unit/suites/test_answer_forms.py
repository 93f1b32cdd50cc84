"""Answers by example: what differs is found at its place, what is the product's is left to it."""

from __future__ import annotations

from typing import Any

import pytest

from lab.model.roles import server_roles
from suites.answers.examples import examples_of
from suites.answers.forms import ABSENT, ANY, Form, difference, in_order
from suites.answers.words import counted, exactly

PAIR: dict[str, Any] = {"a": 1, "list": [{"id": "x", "n": 1}, {"id": "y", "n": 2}]}
EVEN = Form("an even number", lambda value: type(value) is int and value % 2 == 0)


def where(expected: Any, found: Any) -> str | None:
    problem = difference(expected, found)
    return None if problem is None else problem.pointer


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (PAIR, {**PAIR, "more": True}),
        ({"list": PAIR["list"]}, {"list": list(reversed(PAIR["list"]))}),
        ({"at": "2026-11-21T10:15:30+03:30"}, {"at": "2026-11-21T06:45:30.5Z"}),
        ({"n?": 1}, {}),
        ({"n": ABSENT}, {"n": None}),
        ({"n": EVEN}, {"n": 4}),
        ({"list": {"$among": [{"id": "y"}], "$distinct": "id"}}, PAIR),
        ({"list": {"$in_order": [{"id": "x"}, {"id": "y"}], "$rising": "n"}}, PAIR),
        ({"list": {"$perhaps": [{"id?": "z", "n": 9}, {"id": "y", "n": 2}]}}, PAIR),
        ({"list": exactly(PAIR["list"])}, PAIR),
    ],
)
def test_what_says_the_same_does_not_differ(expected: Any, found: Any) -> None:
    assert where(expected, found) is None


@pytest.mark.parametrize(
    ("expected", "found", "pointer"),
    [
        ({"a": 1}, {"a": True}, "/a"),
        ({"a": 1}, {"a": "1"}, "/a"),
        ({"a": ANY}, {}, "/a"),
        ({"n?": 1}, {"n": 2}, "/n"),
        ({"n": ABSENT}, {"n": 0}, "/n"),
        ({"n": EVEN}, {"n": 3}, "/n"),
        ({"at": "2026-11-21T10:15:30+03:30"}, {"at": "2026-11-21T10:15:30Z"}, "/at"),
        ({"list": [{"id": "x"}]}, {"list": [{"id": "z"}]}, "/list/0/id"),
        ({"list": PAIR["list"]}, {"list": PAIR["list"][:1]}, "/list"),
        ({"list": PAIR["list"]}, {"list": [{"id": "x", "n": 1}, {"id": "y", "n": 3}]}, "/list/1/n"),
        ({"list": {"$distinct": "id"}}, {"list": [{"id": "x"}, {"id": "x"}]}, "/list"),
        ({"list": {"$rising": "n"}}, {"list": [{"n": 2}, {"n": 1}]}, "/list"),
        ({"list": {"$rising": "n"}}, {"list": [{"n": 2}, {"n": None}]}, "/list"),
        ({"list": {"$every": {"n": 1}}}, PAIR, "/list/1/n"),
        ({"list": {"$in_order": [{"id": "y"}, {"id": "x"}]}}, PAIR, "/list/0/id"),
        ({"list": {"$perhaps": [{"id?": "y", "n": 3}]}}, PAIR, "/list/1/n"),
        ({"list": exactly(PAIR["list"][::-1])}, PAIR, "/list"),
        ({"list": []}, {"list": {}}, "/list"),
        (PAIR, [], ""),
    ],
)
def test_what_differs_is_found_at_its_place(expected: Any, found: Any, pointer: str) -> None:
    assert where(expected, found) == pointer


@pytest.mark.parametrize(
    ("row", "held"),
    [
        ({"calls": 4, "faults": 1, "errorShare": 0.25}, True),
        ({"calls": 4, "faults": 1, "errorShare": 0.5}, False),
        ({"calls": 0, "faults": 1}, False),
        ({"calls": "4"}, False),
        ({"calls": 1, "observedMs": {"p50": 1, "p95": 2, "p99": 3}, "within": True}, False),
        ("text", False),
    ],
)
def test_counters_agree_or_do_not(row: Any, *, held: bool) -> None:
    assert counted(None).fits(row) is held


def test_every_role_that_shares_the_common_cases_has_examples() -> None:
    assert [role.id for role in server_roles() if role.shared and not examples_of(role)] == []


def test_what_was_signed_is_compared_with_its_order() -> None:
    turned = {**PAIR, "list": PAIR["list"][::-1]}
    assert where(in_order(PAIR), PAIR) is None
    assert where(in_order(PAIR), turned) == "/list/0/id"
