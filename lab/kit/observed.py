"""Captured traffic as a suite author sees it: calls of the IUT in order, decoded, never trusted.

An observed case takes `traffic: Traffic` (exchanges of one scenario, recorded by the witness) and
`expect`. Nothing is sent; the same evidence always gives the same calls, so a re-judgement needs
neither the product nor the exchange.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol
from urllib.parse import unquote

from lab.kit.contract import Contracts
from lab.kit.documents import DecodedDocument, decode_document
from lab.kit.observed_seal import RequestSealVerifier, SealFacts, seal_facts, subject_of
from lab.kit.reply import MISSING, JsonProblem, Missing, Reply, look_up, parse_json
from lab.kit.signals import Inconclusive
from lab.model.base import JsonValue
from lab.model.evidence import ReplaySource
from lab.model.exchange import BodyRef, Exchange
from lab.model.verdict import Blame

JOSE = "application/jose+json"
_SUCCESS = range(200, 300)


def scenario_case_id(scenario: str) -> str:
    """Case id under which the traffic of a scenario stands in the evidence."""
    return f"SCN-{scenario.upper()}"


class BodySource(Protocol):
    """Where the bytes of recorded bodies come from."""

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of a stored body."""
        ...


@dataclass(frozen=True)
class ObservedCall:
    """One request the IUT sent, with the answer it received. Everything in it is hostile input."""

    exchange: Exchange
    index: int  # place in the traffic of the scenario, from 0
    service: str
    operation: str  # operationId, or "METHOD /path" outside the contract
    path_values: dict[str, str]
    body: bytes
    reply: Reply
    verifier: RequestSealVerifier | None = None

    @property
    def exchange_id(self) -> str:
        """Id of the recorded exchange."""
        return self.exchange.id

    @property
    def at(self) -> datetime:
        """When the request reached the witness, by the laboratory's clock."""
        return self.exchange.started_at

    @property
    def target(self) -> str:
        """Path and query of the service, as sent."""
        return self.exchange.request.target

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.exchange.request.method

    def header(self, name: str) -> str | None:
        """Value of a request header (repeated lines joined by a comma), None when absent."""
        values = [h.value for h in self.exchange.request.headers if h.name.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def accepted(self) -> bool:
        """Whether the exchange acted on the call: a 2xx answer, also one lost on the wire."""
        if self.exchange.wire_fault == "drop_answer":
            return True
        return self.exchange.response is not None and self.exchange.response.status in _SUCCESS

    @property
    def answered(self) -> bool:
        """Whether the IUT received a success it may rely on: 2xx, not lost, not tampered with."""
        return self.accepted and self.exchange.wire_fault in {None, "delay"}

    @cached_property
    def json(self) -> JsonValue | Missing:
        """The request body as strict JSON, MISSING when it is none."""
        try:
            return parse_json(self.body)
        except JsonProblem:
            return MISSING

    @cached_property
    def _decoded(self) -> DecodedDocument | None:
        try:
            return decode_document(self.body)
        except JsonProblem:
            return None

    @property
    def is_document(self) -> bool:
        """Whether the body is sent as a signed document."""
        media_type = (self.header("content-type") or "").split(";", 1)[0].strip().lower()
        return media_type == JOSE and self._decoded is not None

    @property
    def document(self) -> JsonValue | Missing:
        """Payload of the signed document; without a signature, the body itself."""
        return self._decoded.payload if self._decoded else self.json

    @property
    def protected(self) -> dict[str, JsonValue]:
        """Protected header of the signed document, empty when there is none."""
        return self._decoded.protected if self._decoded else {}

    def find(self, pointer: str) -> JsonValue | Missing:
        """Value at a JSON Pointer in the document (or the plain body)."""
        document = self.document
        return MISSING if document is MISSING else look_up(document, pointer)

    def items(self, pointer: str = "/items") -> list[dict[str, JsonValue]]:
        """Objects of a list in the document; empty when there is no such list."""
        found = self.find(pointer)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def signer(self) -> str | None:
        """KIND-NUMBER in the certificate that signed the document; nothing is verified."""
        return subject_of(self._decoded) if self._decoded else None

    @property
    def seal(self) -> SealFacts | None:
        """What the seal of the request says (nothing is verified), None without one."""
        return seal_facts(self.exchange.request.headers)

    def seal_problem(self) -> str | None:
        """Return None when the centre's seal on this request holds, else what is wrong.

        Judged at the time the witness saw the request. INCONCLUSIVE without a credential kit.
        """
        if self.verifier is None:
            raise Inconclusive(
                "there is no credential kit, so no seal can be verified",
                blame=Blame.CONFIG,
                pointer="header:signature",
            )
        return self.verifier.request_problem(self.exchange, self.body)

    def signature_problem(self) -> str | None:
        """Return None when the professional's signature on the document holds."""
        if self.verifier is None:
            raise Inconclusive(
                "there is no credential kit, so no signature can be verified",
                blame=Blame.CONFIG,
                pointer="document",
            )
        if self._decoded is None or not self.is_document:
            kind = self.header("content-type") or "no content type"
            return f"the body is not a signed document ({kind[:60]})"
        return self.verifier.document_problem(self._decoded, self.at)


class Traffic:
    """The calls of one scenario in the order the witness saw them."""

    def __init__(self, scenario: str, calls: Sequence[ObservedCall]) -> None:
        self.scenario = scenario
        self._calls = tuple(calls)

    def __iter__(self) -> Iterator[ObservedCall]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def seen(self) -> tuple[ObservedCall, ...]:
        """Return every call; INCONCLUSIVE when the IUT sent nothing at all."""
        if not self._calls:
            raise Inconclusive(
                f"the IUT sent nothing in scenario {self.scenario}",
                blame=Blame.SUT,
                pointer="traffic",
                expected="calls at the gateway address of the witness",
                observed="no exchange",
                fix="Point the product to the gateway address that the scenario gave.",
            )
        return self._calls

    def calls(self, service: str | None = None, *operations: str) -> tuple[ObservedCall, ...]:
        """All calls, those of a service, or those of some of its operations."""
        return tuple(
            call
            for call in self._calls
            if (service is None or call.service == service)
            and (not operations or call.operation in operations)
        )

    def accepted(self, service: str, *operations: str) -> tuple[ObservedCall, ...]:
        """Return the calls of an operation that the exchange acted on."""
        return tuple(call for call in self.calls(service, *operations) if call.accepted)

    def required(self, service: str, operation: str) -> tuple[ObservedCall, ...]:
        """Return calls a case cannot judge without; INCONCLUSIVE when the IUT sent none."""
        found = self.calls(service, operation)
        if not found:
            raise Inconclusive(
                f"the IUT never called {service} {operation} in scenario {self.scenario}",
                blame=Blame.SUT,
                pointer="traffic",
                expected=f"at least one call of {operation}",
                observed=f"{len(self._calls)} calls, none of them {operation}",
                fix="Let the product carry the scenario out to its end.",
            )
        return found

    def before(
        self, call: ObservedCall, service: str, *operations: str
    ) -> tuple[ObservedCall, ...]:
        """Return the calls of an operation that came before another call."""
        return tuple(c for c in self.calls(service, *operations) if c.index < call.index)

    def after(self, call: ObservedCall, service: str, *operations: str) -> tuple[ObservedCall, ...]:
        """Return the calls of an operation that came after another call."""
        return tuple(c for c in self.calls(service, *operations) if c.index > call.index)

    def struck(self, fault: str) -> ObservedCall:
        """Return the call whose answer the witness disturbed; INCONCLUSIVE if none was."""
        found = next((c for c in self._calls if c.exchange.wire_fault == fault), None)
        if found is None:
            raise Inconclusive(
                f"scenario {self.scenario} never reached the answer the witness was to disturb",
                blame=Blame.SUT,
                pointer="traffic",
                expected=f"one answer disturbed ({fault})",
                observed=f"{len(self._calls)} calls, none disturbed",
                fix="Let the product carry the scenario out to its end.",
            )
        return found


class Routes:
    """Finds the operation of the contract that a method and a path mean."""

    def __init__(self, contracts: Contracts, services: Sequence[str]) -> None:
        self._routes = [
            (operation.method, _pattern(f"/{service}/v1{operation.path}"), service, operation.id)
            for service in services
            for operation in contracts.operations(service)
        ]

    def of(self, method: str, target: str) -> tuple[str, str, dict[str, str]]:
        """Return service, operation and path values; unknown ones keep method and path."""
        path = target.partition("?")[0]
        for known, pattern, service, operation in self._routes:
            match = pattern.fullmatch(path) if known == method else None
            if match is not None:
                values = {name: unquote(value) for name, value in match.groupdict().items()}
                return service, operation, values
        service = path.split("/")[1] if path.count("/") > 1 else ""
        return service[:40], f"{method[:10]} {path[:200]}", {}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", path)
    built = "".join(
        f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.compile(built)


def load_traffic(
    scenario: str,
    source: ReplaySource,
    attempt: int,
    routes: Routes,
    verifier: RequestSealVerifier | None,
) -> Traffic:
    """Build the traffic of a scenario from stored evidence."""
    exchanges = source.exchanges_of(scenario_case_id(scenario), attempt)
    calls = [
        observed_call(exchange, index, source, routes, verifier)
        for index, exchange in enumerate(exchanges)
    ]
    return Traffic(scenario, calls)


def observed_call(
    exchange: Exchange,
    index: int,
    source: BodySource,
    routes: Routes,
    verifier: RequestSealVerifier | None,
) -> ObservedCall:
    """Decode one recorded exchange."""
    service, operation, values = routes.of(exchange.request.method, exchange.request.target)
    response = exchange.response
    content = source.read_body(response.body) if response else b""
    return ObservedCall(
        exchange=exchange,
        index=index,
        service=service,
        operation=operation,
        path_values=values,
        body=source.read_body(exchange.request.body),
        reply=Reply(exchange=exchange, content=content, service=service, operation=operation),
        verifier=verifier,
    )
