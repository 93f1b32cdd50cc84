"""Faults of all servers are applied where they show something."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.model.errors import PackError
from lab.validation.corpus import load_subjects

ENTRY = """
id = "FLT-SRV-900"
point = "platform.seal.skip_nonce"
roles = "server"
kind = "security"
requirement = "ERX-11-B"
title = "Made up."
expected_cases = ["SEC-SEAL-001"]
"""


def written(tmp_path: Path, more: str) -> Path:
    folder = tmp_path / "platform"
    folder.mkdir()
    (folder / "FLT-SRV-900.toml").write_text(ENTRY + more, "utf-8")
    return tmp_path


def roles(place: Path) -> set[str]:
    asked = ("siam", "ttac", "maksa", "pharmacy_system")
    return {role for role in asked if "FLT-SRV-900" in {s.id for s in load_subjects(place, role)}}


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", {"siam", "ttac", "maksa"}),
        ('among = ["ttac"]', {"ttac"}),
        ('[without]\nttac = "It shows nothing there."', {"siam", "maksa"}),
    ],
)
def test_a_fault_of_all_servers_says_where_it_shows(
    tmp_path: Path, more: str, wanted: set[str]
) -> None:
    assert roles(written(tmp_path, more)) == wanted


def test_an_unknown_need_is_explained(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"FLT-SRV-900\.toml"):
        roles(written(tmp_path, 'needs = "luck"'))
