"""The catalogue joins register, suites and faults, and hides no gap."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lab.cli.catalogue import Catalogue, read_catalogue
from lab.cli.children import mafalab
from lab.cli.coverage import measure
from lab.cli.sut import ICS
from lab.model.roles import load_roles


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return read_catalogue()


def test_every_case_names_requirements_of_the_register(known: Catalogue) -> None:
    assert len(known.cases) >= 60
    strangers = {r for c in known.cases for r in c.requirements} - set(known.requirements)
    assert not strangers


def test_every_claim_a_case_asks_for_is_in_the_form(known: Catalogue) -> None:
    asked = {(c.role, c.selected_if) for c in known.cases if c.selected_if}
    offered = {(role, item.key) for role, items in ICS.items() for item in items}
    assert asked <= offered


def test_coverage_counts_close_and_a_gap_is_exit_1(known: Catalogue) -> None:
    done = mafalab("catalogue", "coverage", "--json")
    found = json.loads(done.out)
    assert done.code == (1 if found["gaps"] else 0), done.err
    for role, row in found["roles"].items():
        covered = {r for c in known.cases if c.role == role for r in c.requirements}
        assert not covered & set(row["withoutCase"])
        assert len(row["withoutCase"]) <= row["testable"]
    assert found["faultsWithoutCase"] == []
    assert found["casesWithoutFault"] == []


def test_every_kind_of_gap_is_counted(known: Catalogue) -> None:
    sound = measure(known, ("siam",))
    case = next(c for c in known.cases if c.role == "siam" and c.id in known.faults_of)
    without_case = replace(known, cases=tuple(c for c in known.cases if c.id != case.id))
    assert any(case.id in text for text in measure(without_case, ("siam",)).stray_faults)
    unproven = replace(known, faults=())
    assert case.id in measure(unproven, ("siam",)).roles[0].without_fault
    assert measure(unproven, ("siam",)).gaps > sound.gaps
    clients = measure(unproven, ("pharmacy_system",))
    assert clients.roles[0].without_fault
    assert clients.gaps == 0


def test_search_folds_arabic_letters_and_misses_are_1() -> None:
    one = mafalab("catalogue", "search", "رهگیری")
    other = mafalab("catalogue", "search", "رهگيري")
    assert one.code == other.code == 0
    assert one.out == other.out
    assert mafalab("catalogue", "search", "zzzz").code == 1


def test_show_joins_requirement_and_case(known: Catalogue) -> None:
    case = known.cases[0]
    shown = mafalab("catalogue", "show", case.requirements[0])
    assert shown.code == 0
    assert case.id in shown.out
    assert mafalab("catalogue", "show", "nothing").code == 2


def test_show_computes_cases_conditions_and_reasons(known: Catalogue) -> None:
    case = next(case for case in known.cases if case.selected_if)
    shown = json.loads(mafalab("catalogue", "show", case.requirements[0], "--json").out)
    assert case.id in shown["cases"]
    assert case.selected_if in shown["conditions"]
    assert shown["severity"] in {"major", "minor", "observation"}
    assert shown["notTested"] is None
    other = json.loads(mafalab("catalogue", "show", "RM-POL-REG", "--json").out)
    assert other["cases"] == []
    assert "documents are read" in other["notTested"]


def test_inspections_are_counted_and_a_missing_item_is_a_gap(known: Catalogue) -> None:
    roles = tuple(load_roles())
    found = measure(known, roles)
    seen = found.inspections
    assert seen.without_item == ()
    assert seen.with_item + seen.with_reason == seen.requirements
    assert seen.pairs == len(
        {(key, item.role) for item in known.items for key in item.requirements}
    )
    lost = replace(known, items=tuple(i for i in known.items if i.id != "INS-NET-001"))
    worse = measure(lost, roles)
    assert [text.split()[0] for text in worse.inspections.without_item] == [
        "ERX-2-SHAMS-A", "ERX-11-A",
    ]  # fmt: skip
    assert worse.gaps == found.gaps + 2
    one = measure(known, ("siam",)).inspections
    assert (one.items, one.with_item, one.without_item) == (2, 3, ())


def test_an_inspection_is_shown_with_its_roles_and_found_by_its_words() -> None:
    shown = mafalab("catalogue", "show", "INS-NET-001")
    assert shown.code == 0
    assert "gateway: ERX-2-SHAMS-A, ERX-11-A" in shown.out
    assert "شمس" in shown.out
    joined = json.loads(mafalab("catalogue", "show", "ERX-11-A", "--json").out)
    assert joined["inspections"] == ["INS-NET-001"]
    assert "INS-NET-001" in mafalab("catalogue", "search", "شبکه ملي سلامت").out
