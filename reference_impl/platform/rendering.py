"""Turn answers into bytes: JSON, problem details, headers, seal of the service, legal variants."""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from reference_impl.platform.careless_forms import careless_form
from reference_impl.platform.codings import Coded, coded
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.legal_forms import text_form, value_forms
from reference_impl.platform.legal_headers import dressed, spelled
from reference_impl.platform.message import Incoming
from reference_impl.platform.problem import Refusal
from reference_impl.platform.seal_forms import SealForms
from reference_impl.platform.sealing import content_digest
from reference_impl.platform.service import Answer

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A response ready to send."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Renderer:
    """Render the answers of one service."""

    def __init__(self, config: Configuration) -> None:
        self._config = config
        self._values = value_forms(config.faults)
        self._mistake = careless_form(config.faults)
        self._text = text_form(config.faults)
        self._seals = SealForms(config.sealer, config.faults)

    def problem(self, refusal: Refusal, correlation: str) -> Answer:
        """Return the answer that carries a refusal."""
        body = self._config.errors.render(refusal, correlation)
        if self._config.faults.on("variant.reasons_reworded"):
            body["title"] = f"Refused: {body['code']}"
            body["messageEn"] = f"This request cannot be accepted. {body['messageEn']}"
        if self._config.faults.on("variant.problem_extra_members"):
            body["instance"] = f"urn:uuid:{correlation}"
            body["documentation"] = f"https://exchange.invalid/errors/{body['code']}"
        if self._config.faults.on("variant.problem_in_persian"):
            body["title"] = body["messageFa"]
        if self._config.faults.on("variant.problem_detail"):
            body["detail"] = f"{body['messageEn']} {body['solutionEn']}"
            body["messageAr"] = "هذا الطلب لا يمكن قبوله."
        if self._config.faults.on("variant.problem_places_turned_round") and "errors" in body:
            body["errors"].reverse()
        return Answer(body["status"], body, {**refusal.headers, "content-type": PROBLEM})

    def render(
        self,
        answer: Answer,
        correlation: str,
        request_signature: bytes | None,
        incoming: Incoming,
    ) -> Rendered:
        """Return status, headers and body, sealed by the service."""
        faults = self._config.faults
        plain, media_type = self._content(answer)
        packed = coded(plain, incoming, faults)
        body, digested = packed.sent, packed.digested
        headers = self._fields(answer, media_type, packed, incoming)
        if incoming.method == "HEAD":
            # The fields are those of GET, the digest that of no content (RFC 9530, B.2).
            body = digested = b""
        if faults.on("platform.seal.unsealed_response"):
            headers["ditas-correlation"] = correlation
        else:
            echoed = correlation
            if faults.on("platform.http.other_correlation"):
                echoed = self._config.ids.uuid()
            headers |= self._seal(answer.status, digested, echoed, request_signature, headers)
        if faults.on("platform.seal.response_digest_wrong"):
            body += b" "
            headers["content-length"] = str(len(body))
        if answer.status == 204:  # noqa: PLR2004 - No Content has neither length nor type
            headers.pop("content-length")
        return Rendered(answer.status, spelled(headers, faults), body)

    def _fields(
        self, answer: Answer, media_type: str | None, packed: Coded, incoming: Incoming
    ) -> dict[str, str]:
        """Return the header fields of an answer but those of its seal."""
        faults, now = self._config.faults, self._config.clock.now()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if media_type is not None:
            headers["content-type"] = media_type
        if not faults.on("platform.http.cacheable"):
            headers["cache-control"] = "no-store"
        headers["date"] = format_datetime(now, usegmt=True)
        headers["content-length"] = str(len(packed.sent))
        if packed.coding:
            headers |= {"content-encoding": packed.coding, "vary": "accept-encoding"}
        if faults.on("variant.repr_digest"):
            # Of the representation as it is coded, also where HEAD sends none of it (RFC 9530, 3).
            headers["repr-digest"] = content_digest(packed.sent)
        return dressed(headers, faults, now, incoming.path.removeprefix("/ditas"))

    def _seal(
        self,
        status: int,
        body: bytes,
        correlation: str,
        request_signature: bytes | None,
        headers: dict[str, str],
    ) -> dict[str, str]:
        if self._seals.active:
            return self._seals.response(status, body, correlation, request_signature, headers)
        return self._config.sealer.response(status, body, correlation, request_signature)

    def _content(self, answer: Answer) -> tuple[bytes, str | None]:
        if answer.body is None:
            return b"", None
        media_type = answer.headers.get("content-type", "application/json")
        if media_type == PROBLEM:
            if self._config.faults.on("platform.problem.html_error"):
                page = f"<html><body><h1>Error {answer.status}</h1></body></html>"
                return page.encode(), "text/html; charset=utf-8"
            if self._config.faults.on("platform.problem.wrong_media_type"):
                media_type = "application/json"
        elif self._config.faults.on("platform.answer.declared_as_text"):
            media_type = "text/plain; charset=utf-8"
        mistaken = self._mistake is not None and media_type != PROBLEM
        value = self._mistake(answer.body) if self._mistake and mistaken else answer.body
        return self._json(value), media_type

    def _json(self, value: Any) -> bytes:
        faults = self._config.faults
        for change in self._values:
            value = change(value)
        if faults.on("variant.members_reversed"):
            value = _reversed(value)
        if self._text is not None:
            return str(self._text(value)).encode("utf-8")
        pretty = faults.on("variant.json_pretty")
        text = json.dumps(
            value,
            ensure_ascii=faults.on("variant.json_ascii"),
            indent=2 if pretty else None,
            separators=None if pretty else (",", ":"),
            allow_nan=False,
        )
        return text.encode("utf-8")


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(list(value))}
    if isinstance(value, list):
        return [_reversed(item) for item in value]
    return value
