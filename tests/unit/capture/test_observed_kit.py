"""Captured traffic as cases see it: routes, decoding without trust, what counts as answered."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from lab.kit import Inconclusive, ObservedCall, Traffic
from lab.kit.contract import load_contracts
from lab.kit.observed import Routes, observed_call
from lab.kit.reply import MISSING
from lab.model.exchange import (
    BodyRef,
    Direction,
    Exchange,
    FailureKind,
    Header,
    ReceivedResponse,
    SentRequest,
    TransportFailure,
)

ROUTES = Routes(load_contracts("erx-1401"), ("purchaser", "ttac", "eligibility"))
PREPARE = "/purchaser/v1/prescriptions/abc/dispenses"


class Bodies:
    """Bodies by hash, in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def keep(self, content: bytes) -> BodyRef:
        name = hashlib.sha256(content).hexdigest()
        self.found[name] = content
        return BodyRef(sha256=name, size=len(content))

    def read_body(self, ref: BodyRef) -> bytes:
        return self.found[ref.sha256]


def call(
    body: bytes = b"{}", *, target: str = PREPARE, method: str = "POST", status: int | None = 201,
    answer: bytes = b"{}", media: str = "application/json", wire_fault: str | None = None,
    index: int = 0,
) -> ObservedCall:  # fmt: skip
    bodies = Bodies()
    response = None
    if status is not None:
        response = ReceivedResponse(
            status=status, headers=(), body=bodies.keep(answer), wire_size=len(answer)
        )
    failure = TransportFailure(kind=FailureKind.RESET, detail="-") if response is None else None
    exchange = Exchange(
        id=f"EV-{index + 1:06d}", case_id="SCN-X", attempt=1, ordinal=index,
        direction=Direction.OBSERVED, step="-", identity="-", started_at=datetime.now(UTC),
        elapsed_ms=1, response=response, failure=failure, wire_fault=wire_fault,
        request=SentRequest(
            method=method, url="-", target=target, body=bodies.keep(body),
            headers=(Header(name="Content-Type", value=media),),
        ),
    )  # fmt: skip
    return observed_call(exchange, index, bodies, ROUTES, None)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_path_and_method_name_the_operation() -> None:
    found = call()
    assert (found.service, found.operation) == ("purchaser", "prepareDispense")
    assert found.path_values == {"prescriptionId": "abc"}


@pytest.mark.parametrize(
    "target", ["/purchaser/v1/nothing", "/purchaser/v1/prescriptions/a/b/dispenses", "/", "x"]
)
def test_calls_outside_the_contract_keep_method_and_path(target: str) -> None:
    assert call(target=target).operation.startswith("POST ")


def test_a_document_is_decoded_but_not_believed() -> None:
    body = json.dumps({
        "payload": encoded({"hid": "1X", "items": [{"quantity": 2}, "rubbish"]}),
        "protected": encoded({"alg": "none"}), "signature": "AAAA",
    }).encode()  # fmt: skip
    found = call(body, media="application/jose+json")
    assert found.is_document
    assert found.find("/hid") == "1X"
    assert found.items() == [{"quantity": 2}]
    assert found.protected == {"alg": "none"}
    assert found.signer is None
    with pytest.raises(Inconclusive):
        found.signature_problem()


@pytest.mark.parametrize("body", [b"", b"\xff", b'{"a":1,"a":2}', b"[" * 500, b'{"payload":3}'])
def test_hostile_bodies_are_missing_values(body: bytes) -> None:
    found = call(body, media="application/jose+json")
    assert not found.is_document
    assert found.find("/hid") is MISSING
    assert found.items() == []


@pytest.mark.parametrize(
    ("status", "fault", "accepted", "answered"),
    [
        (201, None, True, True),
        (201, "delay", True, True),
        (201, "tamper_body", True, False),
        (None, "drop_answer", True, False),
        (None, None, False, False),
        (422, None, False, False),
    ],
)
def test_lost_and_changed_answers_were_accepted_but_not_answered(
    status: int | None, fault: str | None, accepted: bool, answered: bool
) -> None:
    found = call(status=status, wire_fault=fault)
    assert (found.accepted, found.answered) == (accepted, answered)


def test_traffic_finds_calls_by_order_and_operation() -> None:
    first = call(index=0, target="/ttac/v1/verifications")
    second = call(index=1, wire_fault="tamper_body")
    traffic = Traffic("x", [first, second])
    assert traffic.before(second, "ttac", "verifyProduct") == (first,)
    assert traffic.after(first, "purchaser") == (second,)
    assert traffic.struck("tamper_body") is second
    with pytest.raises(Inconclusive):
        traffic.struck("drop_answer")
    with pytest.raises(Inconclusive):
        traffic.required("purchaser", "confirmDispense")
    with pytest.raises(Inconclusive):
        Traffic("x", []).seen()
