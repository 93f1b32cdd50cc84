from __future__ import annotations

from typing import Any

import pytest

from fixtures import load_pack
from reference_impl.platform.contract import contract_of, path_and_query, pointer
from reference_impl.platform.message import Incoming
from reference_impl.platform.problem import Refusal

PACK = load_pack()
PURCHASER = contract_of(PACK, "purchaser")
ID = "0b0f5a9c-6b5e-4c35-9d83-2f1a0a3f0001"


@pytest.mark.parametrize("service", sorted(PACK.contracts))
def test_every_operation_of_every_contract_is_found_by_its_own_path(service: str) -> None:
    contract = contract_of(PACK, service)
    for route in contract.routes:
        example = route.template.replace("{", "").replace("}", "")
        assert contract.match(route.method, example)[0].operation_id == route.operation_id


def test_a_contract_is_compiled_once() -> None:
    assert contract_of(PACK, "purchaser") is PURCHASER


@pytest.mark.parametrize(
    "path", ["/prescriptions/", "/prescription", "/", "", "/prescriptions/a/b", "/price/"]
)
def test_other_paths_are_not_found(path: str) -> None:
    with pytest.raises(Refusal, match="NOT_FOUND"):
        PURCHASER.match("POST", path)


def test_other_methods_are_named() -> None:
    with pytest.raises(Refusal) as refused:
        PURCHASER.match("PATCH", f"/prescriptions/{ID}/lease")
    assert refused.value.headers == {"allow": "DELETE, POST"}


def parameters(
    method: str, path: str, query: str = "", service: str = "purchaser", **headers: str
) -> tuple[dict[str, str], dict[str, Any]]:
    route, raw = contract_of(PACK, service).match(method, path)
    target = f"/{service}/v1{path}" + (f"?{query}" if query else "")
    return path_and_query(route, raw, Incoming(method, target, (), headers=headers))


def test_parameters_are_read_and_percent_decoded() -> None:
    assert parameters("GET", f"/prescriptions/{ID.replace('-', '%2D')}")[0] == {
        "prescriptionId": ID
    }
    assert parameters("GET", "/centres", "kind=office", "siam")[1] == {"kind": "office"}


@pytest.mark.parametrize(
    ("path", "query", "service", "place"),
    [
        ("/prescriptions/x", "", "purchaser", "path:prescriptionId"),
        ("/prescriptions/%FF", "", "purchaser", "path:prescriptionId"),
        ("/statements/1405-13", "", "purchaser", "path:period"),
        ("/centres", "kind=office&kind=office", "siam", "query:kind"),
        ("/centres", "sort=up", "siam", "query:sort"),
        ("/centres", "kind=%FF", "siam", "query:"),
    ],
)
def test_wrong_parameters_are_refused_by_place(
    path: str, query: str, service: str, place: str
) -> None:
    with pytest.raises(Refusal, match="PARAMETER_INVALID") as refused:
        parameters("GET", path, query, service)
    assert place in {error.pointer for error in refused.value.errors}


def test_pointers_escape_as_rfc_6901_says() -> None:
    assert pointer(["a/b", "~", 0]) == "/a~1b/~0/0"


def test_messages_of_the_schema_never_show_the_value() -> None:
    route, _ = PURCHASER.match("POST", "/price")
    assert route.body is not None
    secret = "9900000013-secret"
    errors = route.body.errors({"patient": {"type": "NC", "value": secret}, "items": secret})
    assert errors
    assert all(secret not in error.detail for error in errors)
