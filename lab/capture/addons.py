"""Addons of the witness: demand the client's certificate, forward it, record, disturb.

mitmproxy by itself hides mutual TLS: it asks for a client certificate but accepts any or none, and
shows its own certificate upstream. `DemandCertificate` closes that, `ForwardCertificate` hands the
caller's certificate on as `Client-Cert` [RFC 9440].
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import logging
import ssl
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from mitmproxy import ctx, http, tls
from OpenSSL import SSL

from lab.capture.captured import CapturedLog
from lab.capture.wire import WireFault, WireKind, WirePlan, tampered_body, tampered_seal
from lab.model.exchange import (
    Direction,
    Exchange,
    FailureKind,
    Header,
    ReceivedResponse,
    SentRequest,
    TransportFailure,
)

log = logging.getLogger("lab.witness")
GATEWAY_PREFIX = "/ditas"


class DemandCertificate:
    """Refuse the handshake of a client without a certificate of the health root."""

    def __init__(self, trust_file: str) -> None:
        self._trust_file = trust_file
        self.refused = 0

    def tls_start_client(self, data: tls.TlsData) -> None:
        """Tighten the connection that TlsConfig has just prepared."""
        connection = data.ssl_conn
        if connection is None:
            raise RuntimeError("DemandCertificate must be added after TlsConfig")
        connection.get_context().load_verify_locations(self._trust_file)
        connection.set_verify(
            SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT,
            lambda _connection, _certificate, _errno, _depth, chain_holds: bool(chain_holds),
        )

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """Count and report a refused handshake; no exchange exists for it."""
        self.refused += 1
        log.warning("handshake refused: %s", data.conn.error)


@dataclass(frozen=True)
class Caller:
    """Who opened the connection: hash of the certificate and its display name."""

    der: bytes | None

    @property
    def sha256(self) -> str | None:
        """Hash of the presented certificate."""
        return hashlib.sha256(self.der).hexdigest() if self.der else None


def caller_of(flow: http.HTTPFlow) -> Caller:
    """Return the certificate the client presented on this connection."""
    chain = flow.client_conn.certificate_list
    if not chain:
        return Caller(None)
    return Caller(ssl.PEM_cert_to_DER_cert(chain[0].to_pem().decode("ascii")))


class ForwardCertificate:
    """Hand the client's certificate to the gateway; a value the client sent itself is removed."""

    def request(self, flow: http.HTTPFlow) -> None:
        """Replace `Client-Cert` by what the handshake showed."""
        for name in ("client-cert", "client-cert-chain"):
            flow.request.headers.pop(name, None)
        der = caller_of(flow).der
        if der is not None:
            flow.request.headers["Client-Cert"] = f":{base64.b64encode(der).decode()}:"


@dataclass
class Sent:
    """The request as the client sent it, before the witness touched it."""

    request: SentRequest
    started_at: datetime
    clock: float


class RecordFlows:
    """Write every exchange to the log before its answer goes to the client, and apply faults.

    The recorded answer is what the client received; when that differs from what the service sent,
    `wire_fault` says so.
    """

    def __init__(self, sink: CapturedLog, case_id: str, listen: str, limit: int) -> None:
        self._sink = sink
        self._case_id = case_id
        self._listen = listen
        self._limit = limit
        self._sent: dict[str, Sent] = {}
        self._plan = WirePlan(())

    def disturb(self, faults: tuple[WireFault, ...]) -> None:
        """Arm the wire faults of the scenario."""
        self._plan = WirePlan(faults)

    def listens_at(self, url: str) -> None:
        """Tell the address under which clients reach the witness."""
        self._listen = url

    def request(self, flow: http.HTTPFlow) -> None:
        """Keep the request; beyond the limit of exchanges, close instead of recording half."""
        if self._sink.count + len(self._sent) >= self._limit:
            log.error("limit of %d exchanges reached, connection closed", self._limit)
            flow.kill()  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped
            return
        path = flow.request.path
        self._sent[flow.id] = Sent(
            request=SentRequest(
                method=flow.request.method,
                url=self._listen + path,
                target=path.removeprefix(GATEWAY_PREFIX),
                headers=_headers(flow.request.headers),
                body=self._sink.body(flow.request.raw_content or b""),
            ),
            started_at=datetime.now(UTC),
            clock=time.monotonic(),
        )

    async def response(self, flow: http.HTTPFlow) -> None:
        """Apply a due fault, record, then let the answer go."""
        sent = self._sent.pop(flow.id, None)
        response = flow.response
        if sent is None or response is None:
            return
        fault = self._plan.meets(sent.request.method, sent.request.target, response.status_code)
        if fault is not None:
            await _disturb(response, fault)
            log.warning("wire fault %s on %s", fault.fault.value, sent.request.target)
        if fault is not None and fault.fault is WireKind.DROP_ANSWER:
            detail = f"answer {response.status_code} withheld by the witness after forwarding"
            self._write(
                flow, sent, fault, None, TransportFailure(kind=FailureKind.RESET, detail=detail)
            )
            flow.kill()  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped
            return
        content = response.raw_content or b""
        received = ReceivedResponse(
            status=response.status_code,
            headers=_headers(response.headers),
            body=self._sink.body(content),
            wire_size=len(content),
        )
        self._write(flow, sent, fault, received, None)

    def error(self, flow: http.HTTPFlow) -> None:
        """Record an exchange that ended without an answer."""
        sent = self._sent.pop(flow.id, None)
        if sent is None:
            return
        message = flow.error.msg if flow.error else "connection lost"
        failure = TransportFailure(kind=FailureKind.RESET, detail=message[:500])
        self._write(flow, sent, None, None, failure)

    def _write(
        self,
        flow: http.HTTPFlow,
        sent: Sent,
        fault: WireFault | None,
        received: ReceivedResponse | None,
        failure: TransportFailure | None,
    ) -> None:
        number = self._sink.count + 1
        caller = caller_of(flow)
        self._sink.append(
            Exchange(
                id=f"EV-{number:06d}",
                case_id=self._case_id,
                attempt=1,
                ordinal=number - 1,
                direction=Direction.OBSERVED,
                step=f"{sent.request.method} {sent.request.target.partition('?')[0]}"[:200],
                identity=_name(flow),
                started_at=sent.started_at,
                elapsed_ms=round((time.monotonic() - sent.clock) * 1000, 3),
                request=sent.request,
                response=received,
                failure=failure,
                client_certificate=caller.sha256,
                wire_fault=fault.fault.value if fault else None,
            )
        )


class Announcer(Protocol):
    """What to do when the witness listens."""

    def __call__(self, port: int | None) -> None:
        """Receive the port that was bound, None when it could not be."""
        ...


class Announce:
    """Say that the witness is ready, with the port it got."""

    def __init__(self, when_ready: Announcer) -> None:
        self._when_ready = when_ready

    def running(self) -> None:
        """Find the bound port; mitmproxy has opened it when this event comes."""
        proxy = ctx.master.addons.get("proxyserver")  # type: ignore[no-untyped-call]  # as above
        addresses = proxy.listen_addrs()
        self._when_ready(int(addresses[0][1]) if addresses else None)


async def _disturb(response: http.Response, fault: WireFault) -> None:
    if fault.fault is WireKind.DELAY:
        await asyncio.sleep(fault.seconds)
    elif fault.fault is WireKind.TAMPER_BODY:
        response.raw_content = tampered_body(response.raw_content or b"")
    elif fault.fault is WireKind.TAMPER_SEAL:
        response.headers["signature"] = tampered_seal(response.headers.get("signature", ""))


def _headers(headers: http.Headers) -> tuple[Header, ...]:
    return tuple(
        Header(name=name.decode("latin-1"), value=value.decode("latin-1"))
        for name, value in headers.fields
    )


def _name(flow: http.HTTPFlow) -> str:
    chain = flow.client_conn.certificate_list
    return (chain[0].cn or "unnamed")[:200] if chain else "no certificate"


def announce_on_stdout(record: dict[str, object]) -> None:
    """Print one JSON line for the process that started the witness."""
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


__all__ = [
    "Announce",
    "DemandCertificate",
    "ForwardCertificate",
    "RecordFlows",
    "announce_on_stdout",
    "caller_of",
]
