"""Replay: the recorded answers of a finished campaign stand in for the product.

A request is matched by its ordinal in the attempt and must have the recorded step, method and
target. Anything else means that the case walked another path than it did with the same evidence,
which is the laboratory's defect and never the product's.
"""

from __future__ import annotations

import hashlib
import json

from lab.kit.documents import MEDIA_TYPE
from lab.kit.signals import HarnessProblem
from lab.kit.transport import IncomingResponse, Outcome, OutgoingRequest
from lab.model.base import JsonValue
from lab.model.evidence import ReplaySource
from lab.model.exchange import Exchange

_SIGNED = frozenset({"payload", "protected", "signature"})


class ReplayTransport:
    """Answers from the evidence of one attempt at one case."""

    def __init__(self, source: ReplaySource, case_id: str, attempt: int) -> None:
        self._source = source
        self._case_id = case_id
        self._exchanges = {
            exchange.ordinal: exchange for exchange in source.exchanges_of(case_id, attempt)
        }

    def recorded(self, ordinal: int) -> Exchange | None:
        """Return the recorded exchange with this ordinal, if any."""
        return self._exchanges.get(ordinal)

    def send(self, request: OutgoingRequest) -> Outcome:
        """Return what was recorded; HarnessProblem when the case diverges from the evidence."""
        exchange = self._exchanges.get(request.ordinal)
        if exchange is None:
            raise HarnessProblem(
                f"{self._case_id}: the replay asks for exchange {request.ordinal} "
                f'("{request.step}"), the evidence has {len(self._exchanges)}',
                pointer="replay",
            )
        asked = (request.step, request.method, request.target)
        recorded = (exchange.step, exchange.request.method, exchange.request.target)
        if asked != recorded:
            raise HarnessProblem(
                f"{self._case_id}: exchange {request.ordinal} diverges: the replay sends {asked}, "
                f"{exchange.id} was {recorded}",
                pointer="replay",
            )
        self._check_body(request, exchange)
        if exchange.response is None:
            return Outcome(None, exchange.failure, exchange.elapsed_ms)
        content = self._source.read_body(exchange.response.body)
        encoded = exchange.response.encoded
        raw = content if encoded is None else self._source.read_body(encoded)
        headers = tuple((header.name, header.value) for header in exchange.response.headers)
        response = IncomingResponse(
            exchange.response.status, headers, raw, content, exchange.response.wire_size
        )
        return Outcome(response, None, exchange.elapsed_ms)

    def _check_body(self, request: OutgoingRequest, exchange: Exchange) -> None:
        """Compare plain bodies byte for byte; signed ones hold a random signature."""
        kinds = [value for name, value in request.headers if name.lower() == "content-type"]
        if MEDIA_TYPE in kinds:
            return
        if hashlib.sha256(request.body).hexdigest() == exchange.request.body.sha256:
            return
        if _unsigned(request.body) != _unsigned(self._source.read_body(exchange.request.body)):
            raise HarnessProblem(
                f"{self._case_id}: exchange {request.ordinal} diverges: another body than in "
                f'{exchange.id} ("{exchange.step}")',
                pointer="replay",
            )

    def close(self) -> None:
        """Nothing to give back."""


def _unsigned(body: bytes) -> JsonValue:
    """Return a JSON body without the signatures of the documents inside, other bytes as they are.

    Paper that is entered after an outage carries its signed document as a member.
    """
    try:
        return json.loads(body, object_hook=_without_signature)
    except ValueError:
        return body


def _without_signature(row: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {key: row[key] for key in row if key != "signature"} if row.keys() >= _SIGNED else row
