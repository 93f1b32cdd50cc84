"""The list of cases is collected again as soon as any file it could depend on is another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from fixtures.kept import Kept
from lab.model.roles import SUITES
from lab.selection import collecting


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Suites that were really collected; the answer is an empty list of cases."""
    made: list[Path] = []

    def collect(suites: Path) -> bytes:
        made.append(suites)
        return b"[]"

    monkeypatch.setattr(collecting, "Kept", partial(Kept, home=tmp_path))
    monkeypatch.setattr(collecting, "_collected", collect)
    return made


def test_the_same_files_are_collected_once(collected: list[Path]) -> None:
    assert collecting.collect_catalogue() == collecting.collect_catalogue() == ()
    assert collected == [SUITES]


def test_other_files_are_collected_again(
    collected: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = iter(("a", "b", "a", "a", "a"))
    monkeypatch.setattr(collecting, "content_key", lambda _name, _places: next(keys))
    collecting.collect_catalogue()  # somebody was writing meanwhile: not kept
    collecting.collect_catalogue()
    collecting.collect_catalogue()
    assert collected == [SUITES] * 2


def test_suites_of_another_place_are_never_kept(collected: list[Path], tmp_path: Path) -> None:
    for _ in range(2):
        collecting.collect_catalogue(tmp_path)
    assert collected == [tmp_path] * 2
