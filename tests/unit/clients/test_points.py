from __future__ import annotations

import tomllib

import pytest

from reference_impl.clients.points import CATALOGUE, POINTS, Faults, UnknownFault, resolve


def test_every_point_has_a_catalogue_entry_and_every_entry_a_point() -> None:
    named = [tomllib.loads(path.read_text("utf-8"))["point"] for path in CATALOGUE.glob("*.toml")]
    assert sorted(named) == sorted(POINTS)


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
