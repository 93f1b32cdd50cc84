"""Admission at the gateway, forwarding, message log, trust in proxies and in the responder."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.kit.mutation import Draft
from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.clock import MovableClock
from tests.component.bench import Bench
from tests.component.gateway_parts import log_of
from tests.unit.reference_platform.sealed_caller import Heard, SealedCaller

CENTRES = "/siam/v1/centres?kind=office"
PRICE = "/purchaser/v1/price"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def exchange(state: Path) -> Iterator[SealedCaller]:
    caller = SealedCaller(state)
    yield caller
    caller.close()


def header(name: str, value: str) -> Any:
    return lambda draft: draft.set_header(name, value)


STRANGER = str(uuid.UUID(int=7))
# name -> centre, person, method, target, changes, code, fault point
REFUSALS: dict[str, tuple[str, str, str, str, Any, str, str]] = {
    "licence lapsed": (
        "imaging-2", "dr01", "GET", CENTRES, None,
        "ADMISSION_CENTRE_INACTIVE", "gateway.admission.skip_licence",
    ),
    "software locked": (
        "hospital-2", "dr05", "GET", CENTRES, None,
        "ADMISSION_SOFTWARE_LOCKED", "gateway.admission.skip_software",
    ),
    "software expired": (
        "clinic-1", "dr01", "GET", CENTRES, None,
        "ADMISSION_SOFTWARE_NOT_CERTIFIED", "gateway.admission.skip_software",
    ),
    "software never certified": (
        "physio", "dr01", "GET", CENTRES, None,
        "ADMISSION_SOFTWARE_NOT_CERTIFIED", "gateway.admission.skip_software",
    ),
    "user of another centre": (
        "office-1", "ph01", "GET", CENTRES, None,
        "ADMISSION_USER_UNKNOWN", "gateway.admission.skip_user",
    ),
    "unknown user": (
        "office-1", "dr01", "GET", CENTRES, header("ditas-user", STRANGER),
        "ADMISSION_USER_UNKNOWN", "gateway.admission.skip_user",
    ),
    "office prepares a dispense": (
        "office-1", "dr01", "POST", f"/purchaser/v1/dispenses/{STRANGER}/confirmation", None,
        "ADMISSION_ROLE_NOT_ALLOWED", "gateway.admission.skip_role",
    ),
}  # fmt: skip


def perform(caller: SealedCaller, name: str) -> Heard:
    centre, person, method, target, before, _, _ = REFUSALS[name]
    body = {} if method == "POST" else b""
    return caller.call(
        method, target, body, centre=centre, person=person, before=before, gateway=True
    )


@pytest.mark.parametrize("name", REFUSALS)
def test_admission_refuses_with_its_code(exchange: SealedCaller, name: str) -> None:
    control = exchange.call("GET", CENTRES, gateway=True)
    heard = perform(exchange, name)
    assert control.status == 200, control
    assert (heard.status, heard.code) == (403, REFUSALS[name][5])


@pytest.mark.parametrize("name", REFUSALS)
def test_its_fault_point_admits(state: Path, name: str) -> None:
    caller = SealedCaller(state, REFUSALS[name][6])
    try:
        assert perform(caller, name).code != REFUSALS[name][5]
    finally:
        caller.close()


def test_a_centre_nobody_licensed_is_unknown(exchange: SealedCaller) -> None:
    # Every centre of the kit is known; the registry is asked by the name in the seal.
    heard = exchange.call("GET", f"/siam/v1/centres/{STRANGER}", gateway=True)
    assert (heard.status, heard.code) == (404, "NOT_FOUND")


def test_admission_tells_roles_and_operations(exchange: SealedCaller) -> None:
    office = exchange.call("GET", "/gateway/v1/admission", gateway=True).json
    pharmacy = exchange.call(
        "GET", "/gateway/v1/admission", gateway=True, centre="pharmacy-1", person="ph01"
    ).json
    assert office["roles"] == ["prescribing"]
    assert pharmacy["roles"] == ["dispensing"]
    assert "registerPrescription" in office["operations"]
    assert "registerPrescription" not in pharmacy["operations"]
    assert "prepareDispense" in pharmacy["operations"]


def test_the_catalogue_lists_every_service(exchange: SealedCaller) -> None:
    listed = exchange.call("GET", "/gateway/v1/catalogue", gateway=True).json["services"]
    assert {row["name"] for row in listed} == set(exchange.exchange.services)
    ready = exchange.call("GET", "/gateway/v1/readiness", gateway=True).json
    assert ready["ready"] is True


@pytest.mark.parametrize("target", ["/unknown/v1/x", "/purchaser/v2/price", "/", "/purchaser"])
def test_an_unknown_service_is_a_sealed_404(exchange: SealedCaller, target: str) -> None:
    heard = exchange.call("GET", target, gateway=True)
    assert (heard.status, heard.code) == (404, "NOT_FOUND")
    assert 'tag="ditas-response"' in heard.headers["signature-input"]


def test_the_seal_is_checked_before_the_service_hears(exchange: SealedCaller) -> None:
    def spoil(draft: Draft) -> None:
        draft.body += b" "

    before = dict(log_of(exchange.exchange).counters)
    heard = exchange.call("POST", PRICE, {}, gateway=True, after=spoil)
    assert heard.code == "SEAL_DIGEST_MISMATCH"
    assert dict(log_of(exchange.exchange).counters) == before


def test_answers_of_the_service_pass_unchanged(exchange: SealedCaller) -> None:
    direct = exchange.call("GET", CENTRES)
    forwarded = exchange.call("GET", CENTRES, gateway=True)
    assert direct.body == forwarded.body
    seal = base64.b64decode(forwarded.headers["ditas-certificate"].strip(":"))
    assert read_certificate(seal).unit == "siam"
    refused = exchange.call("POST", PRICE, {}, gateway=True)
    assert (refused.status, refused.code) == (422, "SCHEMA_VIOLATION")


def test_a_message_sent_through_the_gateway_cannot_be_replayed_at_the_service(
    exchange: SealedCaller,
) -> None:
    first = exchange.call("GET", CENTRES, gateway=True)
    token = exchange.kit.identity("office-1.token")
    again = exchange.runner.run(
        exchange._exchanged(
            exchange.exchange.services_app, first.request, first.request.target, token
        )
    )
    assert (first.status, again.code) == (200, "SEAL_NONCE_REPLAYED")


def test_the_message_log_is_for_the_centre_that_asked(exchange: SealedCaller) -> None:
    path = f"/purchaser/v1/prescriptions/{STRANGER}"
    heard = exchange.call("GET", path, gateway=True)
    correlation = heard.request.header("ditas-correlation")
    log = f"/gateway/v1/messages/{correlation}"
    mine = exchange.call("GET", log, gateway=True)
    theirs = exchange.call("GET", log, gateway=True, centre="office-2", person="dr02")
    assert mine.status == 200
    assert [(m["method"], m["path"], m["status"]) for m in mine.json["messages"]] == [
        ("GET", "/purchaser/v1/prescriptions/{prescriptionId}", heard.status)
    ]
    assert theirs.status == 404


def forwarded_certificate(caller: SealedCaller, name: str) -> str:
    encoded = base64.b64encode(caller.kit.identity(name).leaf_der).decode()
    return f":{encoded}:"


def test_client_cert_is_believed_from_the_configured_proxy_only(state: Path) -> None:
    trusting = SealedCaller(state, trusted_proxies=("witness.proxy",))
    plain = SealedCaller(state)
    try:
        good = header("client-cert", forwarded_certificate(trusting, "office-1.token"))
        other = header("client-cert", forwarded_certificate(trusting, "pharmacy-1.token"))
        proxy: dict[str, Any] = {"token": "witness.proxy", "gateway": True}
        assert trusting.call("GET", CENTRES, before=good, **proxy).status == 200
        assert trusting.call("GET", CENTRES, before=other, **proxy).code == (
            "TRANSPORT_CENTRE_MISMATCH"
        )
        assert trusting.call("GET", CENTRES, **proxy).code == (
            "TRANSPORT_CLIENT_CERTIFICATE_REQUIRED"
        )
        revoked = header("client-cert", forwarded_certificate(trusting, "office-1.token-revoked"))
        assert trusting.call("GET", CENTRES, before=revoked, **proxy).code == (
            "TRANSPORT_CLIENT_CERTIFICATE_REFUSED"
        )
        assert plain.call("GET", CENTRES, before=good, **proxy).code == (
            "TRANSPORT_CLIENT_CERTIFICATE_REFUSED"
        )
        # A centre cannot borrow another's channel by naming it.
        borrowed = plain.call("GET", CENTRES, before=good, token="pharmacy-1.token", gateway=True)
        assert borrowed.code == "TRANSPORT_CENTRE_MISMATCH"
    finally:
        trusting.close()
        plain.close()


def test_a_revocation_answer_is_kept_for_an_hour_at_most(state: Path) -> None:
    clock = MovableClock()
    table = Bench(state, clock=clock)
    asked = 0
    source = table.exchange._status
    ask = source._ask

    async def counting(request: bytes) -> bytes:
        nonlocal asked
        asked += 1
        return await ask(request)

    source._ask = counting
    try:
        assert table.call("GET", CENTRES).status == 200
        first = asked
        assert table.call("GET", CENTRES).status == 200
        again = asked
        clock.advance(timedelta(minutes=55))
        assert table.call("GET", CENTRES).status == 200
        later = asked
        clock.advance(timedelta(minutes=6))
        table.call("GET", CENTRES)
        assert first > 0
        assert (again, later) == (first, first)
        assert asked > first
    finally:
        table.close()


def test_without_the_responder_nobody_is_let_in(state: Path) -> None:
    caller = SealedCaller(state)

    async def unreachable(_request: bytes) -> bytes:
        raise ConnectionRefusedError

    caller.exchange._status._ask = unreachable
    try:
        heard = caller.call("GET", CENTRES)
        assert (heard.status, heard.code) == (503, "DEPENDENCY_UNAVAILABLE")
    finally:
        caller.close()


def test_a_service_that_is_away_is_named_unavailable(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        caller.exchange.services.pop("maksa")
        heard = caller.call("GET", "/maksa/v1/systems", gateway=True)
        assert (heard.status, heard.code) == (503, "DEPENDENCY_UNAVAILABLE")
    finally:
        caller.close()


def test_a_defect_is_answered_without_its_details(state: Path) -> None:
    caller = SealedCaller(state)

    async def broken(_call: Any) -> Any:
        raise RuntimeError("secret of the house")

    try:
        kernel: Any = caller.exchange.services["siam"]
        for declared in kernel._operations.values():
            object.__setattr__(declared, "handler", broken)
        heard = caller.call("GET", CENTRES)
        assert (heard.status, heard.code) == (500, "INTERNAL_FAULT")
        assert b"secret" not in heard.body
    finally:
        caller.close()
