"""The copy of accepted documents for the record: outbox of the gateway, status at SEPAS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.kit.documents import document_bytes, sign_document
from reference_impl.gateway.outbox import Outcome
from tests.component.bench import Bench, bench
from tests.component.gateway_parts import outbox_of
from tests.unit.reference_platform.sealed_caller import Heard, SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def payloads(state: Path) -> Iterator[Bench]:
    """Only makes payloads; its own exchange is not called."""
    made = bench(state)
    yield made
    made.close()


@pytest.fixture
def caller(state: Path) -> Iterator[SealedCaller]:
    made = SealedCaller(state)
    yield made
    made.close()


def register(caller: SealedCaller, payloads: Bench) -> Heard:
    hid = caller.call(
        "POST",
        "/eligibility/v1/hids",
        {
            "patient": payloads.person_id("P01"),
            "insurerCode": "1",
            "providerCouncil": {"councilKind": "MD", "councilNumber": "990001"},
        },
        gateway=True,
    )
    assert hid.status == 201, hid
    payload = payloads.prescription(hid.json["hid"])
    signed = sign_document(
        "prescription", payload, caller.kit.identity("dr01"), issued_at=int(time.time())
    )
    heard = caller.call(
        "POST",
        "/purchaser/v1/prescriptions",
        document_bytes(signed),
        headers={"content-type": "application/jose+json"},
        gateway=True,
    )
    assert heard.status == 201, heard
    return heard


def status(caller: SealedCaller, registered: Heard, **who: Any) -> Heard:
    correlation = registered.request.header("ditas-correlation")
    return caller.call("GET", f"/sepas/v1/records/{correlation}", gateway=True, **who)


def settle(caller: SealedCaller) -> None:
    """Wait for the deliveries that were started beside requests."""

    async def all_of_them() -> None:
        outbox = outbox_of(caller.exchange)
        while outbox._tasks:
            await asyncio.gather(*outbox._tasks)

    caller.runner.run(all_of_them())


def test_an_accepted_document_reaches_the_record(caller: SealedCaller, payloads: Bench) -> None:
    registered = register(caller, payloads)
    settle(caller)
    heard = status(caller, registered)
    assert heard.status == 200, heard
    assert heard.json["state"] == "STORED"
    assert heard.json["documentId"] == registered.json["document"]["documentId"]


def test_another_centre_does_not_see_it(caller: SealedCaller, payloads: Bench) -> None:
    registered = register(caller, payloads)
    settle(caller)
    other = status(caller, registered, centre="office-2", person="dr02")
    assert (other.status, other.code) == (404, "NOT_FOUND")


def test_a_centre_cannot_write_into_the_record(caller: SealedCaller, payloads: Bench) -> None:
    registered = register(caller, payloads)
    submission = {
        "correlation": registered.request.header("ditas-correlation"),
        "service": "purchaser",
        "operation": "registerPrescription",
        "centre": caller.world.centre("office-1").siam_id,
        "receivedAt": "2026-11-21T10:00:00+03:30",
        "documentType": "erx.prescription",
        "document": {"payload": "e30", "protected": "e30", "signature": "e30"},
    }
    heard = caller.call("POST", "/sepas/v1/records", submission)
    assert (heard.status, heard.code) == (403, "ADMISSION_ROLE_NOT_ALLOWED")


def test_the_copy_waits_while_the_record_is_away(caller: SealedCaller, payloads: Bench) -> None:
    record = caller.exchange.services.pop("sepas")
    registered = register(caller, payloads)
    settle(caller)
    caller.exchange.services["sepas"] = record
    before = status(caller, registered)
    caller.runner.run(outbox_of(caller.exchange).deliver(urgent=True))
    after = status(caller, registered)
    assert (before.status, after.status) == (404, 200)


def test_a_refused_document_is_not_copied(caller: SealedCaller, payloads: Bench) -> None:
    signed = sign_document(
        "prescription",
        payloads.prescription("1W2AZVAKZQ"),
        caller.kit.identity("dr01"),
        issued_at=int(time.time()),
    )
    refused = caller.call(
        "POST",
        "/purchaser/v1/prescriptions",
        document_bytes(signed),
        headers={"content-type": "application/jose+json"},
        gateway=True,
    )
    settle(caller)
    assert refused.status == 422
    assert status(caller, refused).status == 404


def test_the_record_keeps_one_copy_of_a_document_delivered_twice(
    caller: SealedCaller, payloads: Bench
) -> None:
    """A crash between delivery and removal from the outbox delivers again."""
    outbox = outbox_of(caller.exchange)
    posted: list[bool] = []
    deliver = outbox._delivered

    async def twice(key: str, submission: dict[str, Any], behalf: Any) -> tuple[Outcome, str]:
        first = await deliver(key, submission, behalf)
        again = await deliver(f"{key}-again", submission, behalf)
        posted.append(first[0] is again[0] is Outcome.TAKEN)
        return first

    outbox._delivered = twice  # type: ignore[method-assign]  # stands for a second delivery
    registered = register(caller, payloads)
    settle(caller)
    assert posted == [True]
    assert status(caller, registered).status == 200
