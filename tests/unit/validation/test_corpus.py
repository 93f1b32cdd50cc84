"""Faults of all servers are applied where they show something."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lab.model.errors import PackError
from lab.model.roles import load_roles
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


def test_every_server_role_has_a_case_that_asks_a_peer_or_says_why_not() -> None:
    """MIS-012, the exchange that is down, is tried wherever somebody could notice it."""
    faults = Path(__file__).resolve().parents[3] / "fixtures" / "faults"
    entry = tomllib.loads((faults / "misconfigurations" / "MIS-012.toml").read_text("utf-8"))
    servers = {role.id for role in load_roles().values() if role.is_server}
    assert set(entry["cases"]) | set(entry["without"]) == servers
    assert not set(entry["cases"]) & set(entry["without"])
    assert all(entry["without"].values())
    for role in servers:
        tried = [s for s in load_subjects(faults, role) if s.id == "MIS-012"]
        assert [list(s.expected_cases) for s in tried] == (
            [entry["cases"][role]] if role in entry["cases"] else []
        )
