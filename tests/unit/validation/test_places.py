"""Where mutants sit, and which findings name it."""

from __future__ import annotations

import pytest

from lab.model.finding import Finding
from lab.model.verdict import Blame, Severity, Verdict
from lab.validation.places import names_place, place_of, places_in, unaltered_in


def finding(pointer: str, observed: str = "o") -> Finding:
    return Finding(
        case_id="TC-A", requirement_id="R-1", verdict=Verdict.FAIL, blame=Blame.SUT,
        severity=Severity.MAJOR, title="t", expected="e", observed=observed, pointer=pointer,
        exchange_id=None, fix="f",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("drop /items/*/total", "/items/*/total"),
        ("status 201", "status"),
        ("no_header etag", "header:etag"),
        ("stale", ""),
        ("no_effect", ""),
    ],
)
def test_a_mutant_has_its_place_by_construction(change: str, place: str) -> None:
    assert place_of(f"siam.getCentre {change}") == place


@pytest.mark.parametrize(
    ("change", "pointer", "named"),
    [
        ("other /kind", "/kind", True),
        ("other /kind", "/kindred", False),
        ("other /kind", "/name", False),
        ("other /kind", "", False),
        ("retype /items/*/total", "/items/12/total", True),
        ("retype /items/*/total", "/items/*/total", True),
        ("retype /items/*/total", "/items/0", True),
        ("retype /items/*/total", "/items/x/total", False),
        ("retype /items/*/total", "/items/0/count", False),
        ("reverse /items", "/items/0/total", True),
        ("status 201", "status", True),
        ("status 201", "/status", False),
        ("no_header etag", "header:etag", True),
        ("no_header etag", "header:location", False),
        ("other /status", "status", False),
        ("stale", "/kind", False),
        ("no_effect", "", False),
    ],
)
def test_pointers_on_the_way_to_the_place_and_below_it_name_it(
    change: str, pointer: str, *, named: bool
) -> None:
    assert names_place(f"siam.getCentre {change}", finding(pointer)) is named


def test_a_missing_member_is_missed_at_the_body_and_has_to_be_said_by_name() -> None:
    mutant = "siam.getCentre drop /kind"
    assert names_place(mutant, finding("", '{..}: "kind" is a required property'))
    assert not names_place(mutant, finding("", '{..}: "kin" is a required property'))
    assert not names_place("siam.getCentre null /kind", finding("", '"kind" is wrong'))
    assert not names_place("siam.getCentre drop /a/kind", finding("", '"kind" is missing'))
    assert names_place("siam.getCentre drop /a/kind", finding("/a", "anything"))


def test_places_of_a_body_have_stars_for_indexes_and_some_changes_change_nothing_there() -> None:
    assert places_in({"a": [{"b": 1}, {"c": None}], "d": {}}) == {
        "/a", "/a/*", "/a/*/b", "/a/*/c", "/d",
    }  # fmt: skip
    assert unaltered_in({"a": [{"k": "Ab"}, {"k": "ab"}], "b": ["x"], "n": None}) >= {
        "reverse /b", "null /n", "other /n", "lower /n", "negate /a/*/k", "lower /b/*",
    }  # fmt: skip
    assert not unaltered_in({"a": [{"k": "Ab"}, {"k": "ab"}]}) & {
        "lower /a/*/k", "reverse /a", "empty /a", "twice /a", "fewer /a", "other /a/*/k",
    }  # fmt: skip
    assert places_in(None) == places_in("text") == frozenset()
