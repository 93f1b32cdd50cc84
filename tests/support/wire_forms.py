"""The form of answers on the wire: what stays when identifiers, times and signatures are set aside.

Two runs of one implementation give equal forms; two implementations that write differently do not.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from email.utils import parsedate_to_datetime
from itertools import count
from pathlib import Path

import pytest

from lab.kit import Expect, Sut, SyntheticData, header_set
from lab.kit.asgi import AsgiTransport
from lab.kit.case import registered
from lab.kit.contract import fill_path, with_query
from lab.kit.documents import document_bytes
from lab.kit.messages import role_messages
from lab.kit.transport import Outcome, OutgoingRequest
from lab.model.roles import role_of
from reference_impl.platform import kernel
from reference_impl.platform.ids import Ids
from suites import journeys
from tests.support import case_bench

LATE_SECONDS = 30
GZIP = header_set("accept-encoding", "gzip")
BESIDE = ("HEAD", "OPTIONS")
_PAUSES = frozenset({kernel.SLOW_SECONDS, *kernel.UNEVEN_SECONDS})
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d((?:\.\d+)?)(Z|[+-]\d\d:\d\d)")
_SHORT_CODE = re.compile(r'("shortCode": ?)"00\d{3}"')
_BYTES = re.compile(r":[A-Za-z0-9+/=]{20,}:")
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_NONCE = re.compile(r'nonce="([^"]+)"')
_LONG = re.compile(r"(?<![\w-])(?=[\w-]*\d)[A-Za-z0-9_-]{20,}(?![\w-])")
_SECRET = re.compile(r'("secret": ?)"([\w-]+)"')  # chance may give it no digit at all
_SERIAL = re.compile(r'("serial": ?)"[0-9a-f]{32,40}"')  # the first digits may be zero: left out
_HID = re.compile(r'"[0-9U][0-9A-Z]{7,15}"')
_BASE64 = re.compile(r'"[A-Za-z0-9+/]{40,}={0,2}"')


def form(status: int, headers: tuple[tuple[str, str], ...], content: bytes) -> str:
    """Return the form of one answer."""
    lines = [f"{name}: {_plain(value)}" for name, value in headers]
    seal = "late seal" if _is_late(headers) else ""
    return "\n".join([str(status), seal, *lines, _plain(content.decode("utf-8", "replace"))])


def _plain(text: str) -> str:
    text = _HTTP_DATE.sub("DATE", text)
    text = _NONCE.sub(lambda m: "HEX" if re.fullmatch("[0-9A-F]+", m[1]) else "NONCE", text)
    text = _UUID.sub(lambda m: f"<uuid {_named(m[1])}>", text)
    text = _INSTANT.sub(lambda m: f"<instant {_named(str(len(m[1])))} {_named(m[2])}>", text)
    text = _SECRET.sub(lambda m: f"{m[1]}<{_named(str(len(m[2]) // 50))}>", text)
    text = _SERIAL.sub(r"\1<serial>", text)
    text = _SHORT_CODE.sub(r"\1<low>", text)
    text = _HID.sub("<hid>", _BYTES.sub("::", _BASE64.sub("<base64>", text)))
    text = _LONG.sub(lambda m: f"<{_named(str(len(m[0]) // 50))}>", text)
    return re.sub(r"\d+", "0", text)


def _named(text: str) -> str:
    """Write digits as letters, so that they stay when numbers are set aside."""
    return text.translate({ord("0") + digit: ord("a") + digit for digit in range(10)})


def _is_late(headers: tuple[tuple[str, str], ...]) -> bool:
    """Say whether a seal was made long before the answer it stands on."""
    told = {name.lower(): value for name, value in headers}
    created = re.search(r"created=(\d+)", told.get("signature-input", ""))
    if created is None or "date" not in told:
        return False
    return parsedate_to_datetime(told["date"]).timestamp() - int(created[1]) > LATE_SECONDS


def _purchase(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Register, look up, lease twice, price, ask badly."""
    rx = journeys.register(sut, data)
    expect.status(journeys.read(sut, rx), 200)
    first = journeys.register(sut, data, "first of two", person="P33")
    journeys.register(sut, data, "second of two", person="P33")
    journeys.dispense(sut, data, first, {"1": 10})
    for caller in (journeys.OTHER_PHARMACY, journeys.PHARMACY):
        body = {"patient": data.person_id("P33")}
        sut.call("queryPrescriptions", body=body, caller=caller, step="by person")
        journeys.take_lease(sut, rx, caller)
    for _ in range(2):
        body = journeys.price_body(data, [("1", "99012", 30, 1900)], person="P08")
        sut.call("price", body=body, caller=journeys.PHARMACY, key=data.key("twice"), step="price")
    sut.call("price", body={}, caller=journeys.PHARMACY, step="nothing asked")
    payload = journeys.draft(sut, data, "twice")
    document = document_bytes(sut.signed("prescription", payload, "dr01"))
    for _ in range(2):
        sut.call(
            "registerPrescription",
            body=document,
            headers={"content-type": "application/jose+json"},
            key=data.key("again"),
            caller=journeys.OFFICE,
            step="twice",
        )
    address = f"/prescriptions/{rx.id}"
    for method in ("DELETE", *BESIDE):
        sut.send(method, address, caller=journeys.OFFICE, step="no such method")
    packed = journeys.price_body(data, [("1", "99012", 30, 1900)])
    sut.call("price", body=packed, caller=journeys.PHARMACY, mutate=GZIP, step="takes gzip")


def _everything(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Send every honest message of the role, one of them twice and one without its body."""
    role = sut.role
    for one in role_messages(role).recipes:
        message = one.make(sut, data, one.operation.id)
        reply = message.send(sut, f"honest {one.operation.id}", mutate=GZIP)
        expect.status(reply, one.success)
    for need in ("change", "body"):
        probe = role_messages(role).probe(need)
        if probe is not None:
            message = probe.make(sut, data, f"once more, {need}")
            for _ in range(2):
                message.send(sut, "the same again", key=data.key(need))
            if message.body is not None:
                message.changed(body={}).send(sut, "empty")
    service = role.services[0]
    sut.send("GET", "/nothing", service=service, step="no such address")
    address = role_messages(role).recipes[0].operation
    sut.send("DELETE", address.path, service=service, step="no such method")
    reading = next((o for o in role_messages(role).recipes if o.operation.method == "GET"), None)
    if reading is not None:
        message = reading.make(sut, data, "beside the contract")
        target = with_query(fill_path(reading.operation.path, message.path or {}), message.query)
        for method in BESIDE:
            sut.send(
                method,
                target,
                service=message.service,
                caller=message.caller,
                headers=message.headers,
                step=f"beside the contract: {method}",
            )


def forms_of(
    role: str, state: Path, fault: str, monkeypatch: pytest.MonkeyPatch, also: str = ""
) -> frozenset[str]:
    """Return the forms of all answers of a role's service to a fixed set of messages.

    `also` is a case that is played too.
    """
    found: set[str] = set()
    send: Callable[[AsgiTransport, OutgoingRequest], Outcome] = AsgiTransport.send
    services = tuple(f"/{name}/v1/" for name in role_of(role).services)
    pause = asyncio.sleep

    def heard(self: AsgiTransport, request: OutgoingRequest) -> Outcome:
        outcome = send(self, request)
        answer = outcome.response
        if answer is not None and any(one in request.url for one in services):
            found.add(form(answer.status, answer.headers, answer.content))
        return outcome

    numbers, make = count(), Ids.uuid

    def ascending(self: Ids) -> str:
        """Make ids that rise, so that what happens in one second is listed as it was made."""
        return f"{next(numbers):08x}{make(self)[8:]}"

    async def sleep(seconds: float, *rest: object) -> None:
        if seconds in _PAUSES:  # other sleeps are of work beside the answers, as long as it takes
            found.add(f"pause of {seconds}")
        await pause(0 if seconds < 1 else seconds, *rest)

    row = registered(f"TC-{role_of(role).prefix}-WF-SANITY-001")
    play = _everything if role_of(role).shared else _purchase
    case = replace(row, function=play, parameters=("sut", "data", "expect"))
    subject = ",".join(role_of(role).services)
    app = f"reference_impl.topology.inprocess:create?state={state}&subject={subject}"
    with monkeypatch.context() as patched:
        patched.setattr(AsgiTransport, "send", heard)
        patched.setattr(Ids, "uuid", ascending)
        patched.setattr("reference_impl.platform.kernel.asyncio.sleep", sleep)
        rows = [case, *([registered(also)] if also else [])]
        sessions = case_bench.played(role, rows, state, f"{app}&fault={fault}")
    problems = [one.observed for session in sessions for one in session.findings]
    if problems:
        raise AssertionError(f"{role} {fault}: {problems}")
    return frozenset(found)
