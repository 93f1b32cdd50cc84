"""Words of examples for events of the record: what a document or a result becomes [RUL-087]."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from cryptography import x509

from lab.kit import Message, Reply, look_up, message_word, same_json
from lab.kit.documents import decode_document, document_bytes, encode_base64url
from lab.kit.seal import verify_raw
from lab.model.base import JsonValue
from suites.answers.forms import ABSENT, ANY, Form
from suites.answers.words import exactly


def _payload(body: JsonValue) -> Mapping[str, JsonValue]:
    text = str(body["document"]["payload"])
    found: Mapping[str, JsonValue] = json.loads(
        base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    )
    return found


def signed_with(payload: JsonValue) -> Form:
    """Return the form of a signed document with this payload, whoever kept it."""

    def fits(value: JsonValue) -> bool:
        try:
            document = decode_document(document_bytes(value))
            leaf = x509.load_der_x509_certificate(
                base64.b64decode(str(document.protected["x5c"][0]))
            )
            holds = verify_raw(leaf.public_key(), document.signature, document.signing_input)
        except (LookupError, TypeError, ValueError):
            return False  # what cannot be read is not what was signed
        # RFC 7515, 2: base64url has one way to write bytes; a changed bit that pads is a change.
        written_so = encode_base64url(document.signature) == value["signature"]
        return holds is None and written_so and same_json(document.payload, payload)

    return Form("the signed document as it was registered", fits)


def _kind(payload: Mapping[str, JsonValue]) -> str:
    if "provider" in payload:
        return "service"
    return "prescription" if "patient" in payload else "cancellation"


@message_word("event", memory=True)
def event(done: tuple[Message, Reply]) -> JsonValue:
    """Return the event that a submitted document becomes: `$event record`."""
    body = done[0].body
    known = done[0].known
    payload = known["payload"] if known else _payload(body)
    signer = payload.get("prescriber") or payload.get("provider") or {}
    lines = payload.get("items") or payload.get("services") or []
    return {
        "documentId?": payload["documentId"],
        "recordId": ANY,
        "kind": _kind(payload),
        "centre": payload["centre"]["siamId"],
        "startedAt": payload.get("startedAt", payload["issuedAt"]),
        "endedAt": payload.get("endedAt", payload["issuedAt"]),
        "reason?": payload.get("reason", ABSENT),
        "provider?": {name: signer[name] for name in ("councilKind", "councilNumber")},
        "items?": [line["code"] for line in lines],
        "diagnoses?": list(payload.get("diagnoses", [])),
        "cost?": payload.get("cost", ABSENT),
        "version?": 1,
        "state?": "current",
        "document?": signed_with(payload) if known else body["document"],
    }


@message_word("result", memory=True)
def result(done: tuple[Message, Reply], bundle: str = "") -> JsonValue:
    """Return the event that a result becomes: `$result laboratory`.

    With a further word, its bundle is there as it was sent.
    """
    told = {name: done[1].required(f"/{name}") for name in ("recordId", "kind", "centre")}
    report = done[0].body["bundle"]["entry"][0]["resource"]
    row: dict[str, JsonValue] = {
        **told,
        "startedAt": report["effectiveDateTime"],
        "endedAt": report["issued"],
        "items?": done[1].find("/items") or [],
        "version?": 1,
        "state?": "current",
    }
    if bundle:
        row["bundle?"] = exactly(done[0].body["bundle"])
    return row


@message_word("document_id", memory=True)
def document_id(done: tuple[Message, Reply], pointer: str = "") -> JsonValue:
    """Return the id of a document that was submitted."""
    return _payload(look_up(done[0].body, pointer))["documentId"]


@message_word("newest", memory=True)
def newest(done: tuple[Message, Reply], kind: str, member: str = "") -> JsonValue:
    """Return the last entry of a kind that counts in an answered history, or a member of it."""
    rows = done[1].required("/entries")
    entries = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    counting = [row for row in entries if row.get("state") != "cancelled"]
    found = [row for row in counting if row.get("kind") == kind]
    row = found[-1] if found else {}
    return row.get(member, "") if member else row
