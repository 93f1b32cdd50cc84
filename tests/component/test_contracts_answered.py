"""Every service answers exactly its contract: schemathesis makes good and bad messages for all.

Held against the contract is each answer: its status and schema, or its declared code. A message the
contract forbids is refused with a status of 4xx; what is refused here for its business (a person
who is not known, say) is still an answer the contract names.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode

from fixtures import load_pack
from tests.component.bench import Answered
from tests.component.registry_bench import Contracted

PACK = load_pack()
POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
METHODS = ("get", "post", "put", "delete")
SERVER_FAULT, REFUSED = 500, 400
UNAVAILABLE = 503
EXAMPLES = settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = [
    (service, path, method)
    for service, contract in PACK.contracts.items()
    for path, item in contract["paths"].items()
    for method in METHODS
    if method in item
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contracted]:
    made = Contracted(tmp_path_factory.mktemp("state"))
    yield made
    made.close()


@cache
def unfolded(service: str) -> Any:
    """Return a contract with signed bodies replaced by what is signed, and without the seal."""
    contract: dict[str, Any] = copy.deepcopy(dict(PACK.contracts[service]))
    for item in contract["paths"].values():
        for method in METHODS:
            definition = item.get(method)
            if definition is None:
                continue
            definition["parameters"] = _open_parameters(definition, contract)
            if "x-ditas-document" in definition:
                definition["requestBody"] = {
                    "required": True,
                    "content": _signed(definition, contract),
                }
    return schemathesis.openapi.from_dict(contract)


def _open_parameters(definition: dict[str, Any], contract: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters in path and query; those in headers belong to the seal."""
    known = contract["components"]["parameters"]
    rows = definition.get("parameters", ())
    full = [known[row["$ref"].rsplit("/", 1)[1]] if "$ref" in row else row for row in rows]
    return [row for row in full if row["in"] in {"path", "query"}]


def can_be_wrong(service: str, path: str, method: str) -> bool:
    contract = dict(PACK.contracts[service])
    definition = contract["paths"][path][method]
    return "requestBody" in definition or bool(_open_parameters(definition, contract))


def _signed(definition: dict[str, Any], contract: dict[str, Any]) -> dict[str, Any]:
    (media,) = definition["requestBody"]["content"].values()
    name = media["schema"]["$ref"].rsplit("/", 1)[1]
    outer = contract["components"]["schemas"][name]
    return {"application/json": {"schema": outer["properties"]["payload"]["contentSchema"]}}


def send(table: Contracted, service: str, case: Any, kind: str | None) -> Answered:
    target = quote(f"/{service}/v1{case.formatted_path}", safe="/%:-._~")
    query = urlencode({name: str(value) for name, value in (case.query or {}).items()})
    body = case.body if isinstance(case.body, (dict, list, str, int, float, bool)) else None
    options: dict[str, Any] = {} if case.method.upper() == "GET" else {"body": body}
    if kind is not None and isinstance(body, dict):
        options = {"document": (kind, body, "dr01")}
    return table.call(case.method.upper(), f"{target}?{query}" if query else target, **options)


def exchanged(
    table: Contracted, where: tuple[str, str, str], mode: GenerationMode
) -> Iterator[Answered]:
    """Send what schemathesis makes in one mode and yield the answers, each held by the bench."""
    service, path, method = where
    kind = PACK.contracts[service]["paths"][path][method].get("x-ditas-document")
    answers: list[Answered] = []

    @EXAMPLES
    @given(case=unfolded(service)[path][method].as_strategy(generation_mode=mode))
    def once(case: Any) -> None:
        answers.append(send(table, service, case, kind))

    once()
    yield from answers


@pytest.mark.parametrize(("service", "path", "method"), OPERATIONS)
def test_messages_the_contract_allows_have_an_answer_it_names(
    table: Contracted, service: str, path: str, method: str
) -> None:
    statuses = [one.status for one in exchanged(table, (service, path, method), POSITIVE)]
    assert statuses
    assert [s for s in statuses if s >= SERVER_FAULT and s != UNAVAILABLE] == []


@pytest.mark.parametrize(
    ("service", "path", "method"), [where for where in OPERATIONS if can_be_wrong(*where)]
)
def test_messages_the_contract_forbids_are_refused(
    table: Contracted, service: str, path: str, method: str
) -> None:
    statuses = [one.status for one in exchanged(table, (service, path, method), NEGATIVE)]
    assert statuses
    assert [s for s in statuses if not REFUSED <= s < SERVER_FAULT] == []
