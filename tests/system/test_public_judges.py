"""Every published contract before public judges: validators, Spectral, a client generator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from fixtures import load_pack
from fixtures.lint_contracts import all_contracts
from tests.support import node_tools

Json = dict[str, Any]
CONTRACTS = [
    pytest.param(contract, id=file.removeprefix("contracts/"))
    for _, file, contract in all_contracts(load_pack())
]
PLANTED = "planted.json"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    folder = tmp_path / "contracts"
    folder.mkdir()
    for _, file, contract in all_contracts(load_pack()):
        name = file.removeprefix("contracts/").replace("/", ".").removesuffix(".yaml")
        (folder / f"{name}.openapi.json").write_text(json.dumps(contract), "utf-8")
    return folder


@pytest.mark.parametrize("contract", CONTRACTS)
def test_validators_accept_a_contract_and_each_of_its_schemas(contract: Json) -> None:
    assert [str(e) for e in OpenAPIV31SpecValidator(contract).iter_errors()] == []
    for schema in contract["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def _spoiled(contract: Json) -> Json:
    """Return a contract with one mistake for each of our rules and one for an OpenAPI rule."""
    bad: Json = json.loads(json.dumps(contract))
    issue, verify = (bad["paths"][p]["post"] for p in ("/hids", "/hids/verification"))
    issue["x-summary-fa"] = "english"
    issue["x-requirements"] = []
    issue["parameters"] = [
        p for p in issue["parameters"] if not p["$ref"].endswith(("IdempotencyKey", "DitasUser"))
    ]
    del issue["requestBody"]["content"]["application/json"]["examples"]
    del issue["responses"]["201"]["content"]["application/json"]["examples"]
    del issue["responses"]["422"]["content"]["application/problem+json"]["examples"]
    rows = verify["responses"]["200"]["content"]["application/json"]["examples"]
    rows["typical"]["value"] = {"valid": "perhaps"}
    bad["components"]["schemas"]["Forgotten"] = {"type": "string"}
    return bad


def _findings(folder: Path, programs: Path) -> Iterator[tuple[str, str, str]]:
    rules = node_tools.NODE / "spectral.yaml"
    done = node_tools.run(
        programs / "spectral", "lint", "--ruleset", rules, "--format", "json", "--quiet",
        "--fail-severity", "warn", f"{folder}/*.json",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr  # the planted mistakes at least
    for row in json.loads(done.stdout):
        yield Path(row["source"]).name, row["code"], f"{row['path']} {row['message']}"


@pytest.mark.slow
def test_spectral_finds_the_planted_mistakes_and_nothing_else(exported: Path) -> None:
    spoiled = _spoiled(load_pack().contracts["eligibility"])
    (exported / PLANTED).write_text(json.dumps(spoiled), "utf-8")
    found = list(_findings(exported, node_tools.installed()))
    assert [row for row in found if row[0] != PLANTED] == []
    assert {code for name, code, _ in found if name == PLANTED} == {
        "profile-persian-summary", "profile-requirements", "profile-idempotency",
        "profile-context", "profile-problem", "profile-success-example",
        "profile-request-example", "oas3-valid-media-example", "oas3-unused-component",
    }  # fmt: skip


@pytest.mark.slow
def test_generated_clients_compile(exported: Path, tmp_path: Path) -> None:
    programs = node_tools.installed()
    clients = tmp_path / "clients"
    clients.mkdir()
    made = node_tools.run("node", node_tools.NODE / "clients.mjs", exported, clients)
    assert made.returncode == 0, made.stderr
    counted = dict(line.split() for line in made.stdout.splitlines())
    assert len(counted) == len(list(exported.glob("*.json")))
    assert all(int(number) > 0 for number in counted.values())
    shutil.copy(node_tools.NODE / "tsconfig.json", clients)
    (clients / "package.json").write_text('{"type": "module"}', "utf-8")
    done = node_tools.run(programs / "tsc", "--project", clients)
    assert done.returncode == 0, done.stdout[:3000]

    wrong = clients / "eligibility.use.ts"
    wrong.write_text(wrong.read_text("utf-8").replace('["issueHid"]', '["issueHidd"]'), "utf-8")
    refused = node_tools.run(programs / "tsc", "--project", clients)
    assert refused.returncode != 0
    assert "issueHidd" in refused.stdout
