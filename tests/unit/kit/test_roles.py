"""Roles are data: every file describes one, and its services, prefixes and operations fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import load_pack
from lab.cli.sut import reference_address
from lab.model.errors import HarnessDefect
from lab.model.roles import load_roles, role_of, server_roles

SERVERS = {
    "eligibility_service", "insured_db", "insurance_rule_service", "health_rule_service",
    "adjudication_service", "complementary_insurer_system", "siam", "maksa", "ttac",
    "irimc_registry", "esign_service", "health_ca", "registration_authority",
    "identity_authority", "tax_terminal_registry", "ehr", "ehr_viewer", "sepas_monitor",
    "citizen_service", "support_portal", "vas_gateway", "gateway", "exchange_centre",
    "licensing_system", "issue_tracker", "purchaser_system",
}  # fmt: skip


def test_every_server_role_is_described_and_every_described_role_is_known() -> None:
    assert {role.id for role in server_roles()} >= SERVERS
    assert set(load_roles()) <= set(load_pack("erx-1401").roles)


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_services_and_operations_of_a_role_are_published(name: str) -> None:
    pack, role = load_pack("erx-1401"), role_of(name)
    published: set[str] = set()
    for service in role.services:
        sources = [pack.contract_sources.get(service), pack.further_sources.get(service)]
        assert any(sources), service
        published |= {
            operation["operationId"]
            for source in sources
            if source
            for item in source["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }
    named = {one for operations in role.operations.values() for one in operations}
    assert named <= published
    assert role.id in pack.schemes


def test_two_roles_never_share_a_prefix(tmp_path: Path) -> None:
    text = 'id = "{id}"\nprefix = "ABC"\nside = "server"\nservices = ["siam"]\nplan = "p"\n'
    (tmp_path / "roles").mkdir()
    for name in ("one", "two"):
        (tmp_path / "roles" / f"{name}.toml").write_text(text.format(id=name), "utf-8")
    with pytest.raises(HarnessDefect, match="ABC"):
        load_roles(tmp_path)


@pytest.mark.parametrize(
    "change", ['prefix = "abc"', 'side = "server"\nservices = []', "unknown = 1"]
)
def test_a_file_that_is_no_role_is_named(tmp_path: Path, change: str) -> None:
    base = {"id": '"odd"', "prefix": '"ODD"', "side": '"client"', "plan": '"p"'}
    for line in change.splitlines():
        key, _, value = line.partition(" = ")
        base[key] = value
    (tmp_path / "roles").mkdir()
    text = "".join(f"{key} = {value}\n" for key, value in base.items())
    (tmp_path / "roles" / "odd.toml").write_text(text, "utf-8")
    with pytest.raises(HarnessDefect, match=r"odd\.toml"):
        load_roles(tmp_path)


def test_addresses_of_the_reference() -> None:
    assert reference_address("siam") == "https://127.0.0.1:8444/siam/v1"
    assert reference_address("gateway") == "https://127.0.0.1:8443/ditas/{service}/v1"
    both = reference_address("registration_authority")
    assert both == "https://127.0.0.1:8444/{service}/v1"


def test_a_shared_service_is_limited_to_what_a_role_answers_for() -> None:
    role = role_of("insured_db")
    assert role.answers_for("eligibility", "inquireEligibility")
    assert not role.answers_for("eligibility", "bindHid")
    assert not role.answers_for("siam", "listCentres")
