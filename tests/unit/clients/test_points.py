from __future__ import annotations

import tomllib

import pytest

from reference_impl.clients.care_points import CARE
from reference_impl.clients.points import CATALOGUE, CATALOGUED, POINTS, Faults, UnknownFault, resolve


def test_every_catalogued_point_has_an_entry_and_every_entry_a_point() -> None:
    named = [tomllib.loads(path.read_text("utf-8"))["point"] for path in CATALOGUE.glob("*.toml")]
    assert sorted(named) == sorted(CATALOGUED)


@pytest.mark.parametrize("program", ["prescriber", "lis", "ris", "his"])
def test_every_program_has_points_of_its_own(program: str) -> None:
    own = [name for name in CARE if name.startswith(f"{program}.")]
    assert len(own) >= 6
    assert set(own) <= set(POINTS)


def test_catalogue_ids_and_names_mean_the_same() -> None:
    assert resolve(["FLT-PHA-001"]) == resolve(["pharmacy.validation.skipped"])


@pytest.mark.parametrize("wrong", ["FLT-PHA-999", "pharmacy.nothing", "../escape", ""])
def test_unknown_faults_are_refused(wrong: str) -> None:
    with pytest.raises(UnknownFault):
        resolve([wrong])


def test_asking_for_an_undeclared_point_is_a_defect() -> None:
    with pytest.raises(UnknownFault):
        Faults().on("pharmacy.typo")


def test_everything_is_off_by_default() -> None:
    assert not any(Faults().on(name) for name in POINTS)
