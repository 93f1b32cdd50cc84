"""Every refusal of channel, seal and kernel, and the fault point that removes it.

Each row is one mistake of a client. The clean purchaser must refuse it with the code; with the
fault point on, it must not, or the point is dead. Seals come from the judging side's own code.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.kit.mutation import Draft
from tests.unit.reference_platform.sealed_caller import Heard, SealedCaller, certificate_header

PRICE = "/purchaser/v1/price"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def clean(state: Path) -> Iterator[SealedCaller]:
    caller = SealedCaller(state)
    yield caller
    caller.close()


def price_body() -> dict[str, Any]:
    item = {
        "itemId": "1",
        "code": {
            "system": "urn:ir:maksa:eRx-synthetic",
            "code": "99012",
            "display": "losartan 50 mg tablet",
        },
        "quantity": 1,
        "unitPrice": 1000,
    }
    return {
        "patient": {"type": "NC", "value": "9900000013"},
        "centreKind": {"kind": "office", "sector": "private"},
        "items": [item],
    }


@dataclass(frozen=True)
class Row:
    """A mistake: what to change, which code answers it, which point lets it pass."""

    code: str
    point: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    target: str = PRICE
    body: Any = None


def header(name: str, value: str) -> Callable[[Draft], None]:
    return lambda draft: draft.set_header(name, value)


def parameter(name: str, value: str | int) -> Callable[[Draft], None]:
    return lambda draft: draft.seal_parameters.update({name: value})


def created(seconds: int) -> Callable[[Draft], None]:
    """Move the time of sealing, counted from the call: rows are built long before they are sent."""
    return lambda draft: draft.seal_parameters.update({"created": int(time.time()) + seconds})


def uncovered(name: str) -> Callable[[Draft], None]:
    return lambda draft: draft.seal_components_dropped.add(name)


def unsealed(draft: Draft) -> None:
    draft.drop_header("signature")
    draft.drop_header("signature-input")


def spoilt_body(draft: Draft) -> None:
    draft.body += b" "


def spoilt_signature(draft: Draft) -> None:
    value = draft.header("signature") or ""
    middle = len(value) // 2
    other = "A" if value[middle] != "A" else "B"
    draft.set_header("signature", value[:middle] + other + value[middle + 1 :])


OTHER_CENTRE = "14378704-7b18-57b6-ac60-6afc0314ca9a"
WITH_DUPLICATE = json.dumps(price_body())[:-1].encode() + b',"items":[]}'
UNKNOWN_MEMBER = {**price_body(), "discount": 5}
DEEP = b"[" * 40 + b"]" * 40
FOREIGN_SEAL = {"seal": "office-1.seal-foreign"}

ROWS: dict[str, Row] = {
    "no client certificate": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REQUIRED",
        "platform.tls.accept_without_certificate",
        {"token": None},
    ),
    "revoked token": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
        "platform.tls.skip_revocation",
        {"token": "office-1.token-revoked"},
    ),
    "expired token": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
        "platform.trust.accept_expired",
        {"token": "office-1.token-expired"},
    ),
    "foreign token": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
        "platform.trust.accept_foreign_root",
        {"token": "office-1.token-foreign"},
    ),
    "seal certificate on the channel": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REFUSED", "", {"token": "office-1.seal"}
    ),
    "professional on the channel": Row(
        "TRANSPORT_CLIENT_CERTIFICATE_REFUSED", "", {"token": "dr01"}
    ),
    "unknown proxy": Row("TRANSPORT_CLIENT_CERTIFICATE_REFUSED", "", {"token": "witness.proxy"}),
    "other centre's token": Row(
        "TRANSPORT_CENTRE_MISMATCH", "platform.binding.skip_channel", {"token": "pharmacy-1.token"}
    ),
    "no seal": Row("SEAL_MISSING", "platform.seal.optional", {"after": unsealed}),
    "body changed": Row(
        "SEAL_DIGEST_MISMATCH", "platform.seal.skip_digest", {"after": spoilt_body}
    ),
    "signature changed": Row(
        "SEAL_SIGNATURE_INVALID", "platform.seal.skip_signature", {"after": spoilt_signature}
    ),
    "other target sealed": Row(
        "SEAL_TARGET_MISMATCH",
        "platform.seal.skip_target",
        {"before": header("ditas-target", "/purchaser/v1/prescriptions/query")},
    ),
    "sealed six minutes ago": Row(
        "SEAL_WINDOW_EXCEEDED",
        "platform.seal.skip_window",
        {"before": created(-360)},
    ),
    "sealed in the future": Row(
        "SEAL_WINDOW_EXCEEDED",
        "platform.seal.skip_window",
        {"before": created(+400)},
    ),
    "software not covered": Row(
        "SEAL_COVERAGE_INSUFFICIENT",
        "platform.seal.skip_coverage",
        {"before": uncovered("ditas-software")},
    ),
    "key not covered": Row(
        "SEAL_COVERAGE_INSUFFICIENT",
        "platform.seal.skip_coverage",
        {"before": uncovered("idempotency-key")},
    ),
    "other algorithm": Row(
        "SEAL_ALGORITHM_REFUSED", "", {"before": parameter("alg", "hmac-sha256")}
    ),
    "short nonce": Row("SEAL_MALFORMED", "", {"before": parameter("nonce", "abc")}),
    "other tag": Row("SEAL_MALFORMED", "", {"before": parameter("tag", "ditas-response")}),
    "other keyid": Row("SEAL_MALFORMED", "", {"before": parameter("keyid", "00" * 32)}),
    "certificate is no certificate": Row(
        "SEAL_MALFORMED", "", {"before": header("ditas-certificate", ":AAAA:")}
    ),
    "foreign seal": Row(
        "SEAL_CERTIFICATE_UNTRUSTED", "platform.trust.accept_foreign_root", FOREIGN_SEAL
    ),
    "expired seal": Row(
        "SEAL_CERTIFICATE_EXPIRED",
        "platform.trust.accept_expired",
        {"seal": "office-1.seal-expired"},
    ),
    "revoked seal": Row(
        "SEAL_CERTIFICATE_REVOKED",
        "platform.seal.skip_revocation",
        {"seal": "office-1.seal-revoked"},
    ),
    "sealed with a token": Row("SEAL_CERTIFICATE_CLASS", "", {"seal": "office-1.token"}),
    "sealed by a professional": Row("SEAL_CERTIFICATE_CLASS", "", {"seal": "dr01"}),
    "another centre named": Row(
        "SEAL_CENTRE_MISMATCH",
        "platform.binding.skip_centre",
        {"before": header("ditas-centre", OTHER_CENTRE)},
    ),
    "unknown path": Row("NOT_FOUND", "", target="/purchaser/v1/nothing"),
    "other method": Row("METHOD_NOT_ALLOWED", "", method="PUT"),
    "no idempotency key": Row(
        "IDEMPOTENCY_KEY_MISSING",
        "platform.idempotency.key_optional",
        {"before": lambda draft: draft.drop_header("idempotency-key")},
    ),
    "short idempotency key": Row(
        "PARAMETER_INVALID", "", {"before": header("idempotency-key", "short")}
    ),
    "text/plain": Row(
        "CONTENT_TYPE_UNSUPPORTED",
        "platform.http.any_content_type",
        {"before": header("content-type", "text/plain")},
    ),
    "compressed": Row(
        "CONTENT_TYPE_UNSUPPORTED", "", {"before": header("content-encoding", "gzip")}
    ),
    "not JSON": Row("BODY_NOT_JSON", body=b"{"),
    "empty body": Row("BODY_NOT_JSON", body=b""),
    "byte order mark": Row("BODY_NOT_JSON", body=b"\xef\xbb\xbf{}"),
    "NaN": Row("BODY_NOT_JSON", body=b'{"items": NaN}'),
    "too deep": Row("BODY_TOO_DEEP", body=DEEP),
    "too large": Row("BODY_TOO_LARGE", body=b" " * (1024 * 1024 + 1)),
    "duplicate key": Row(
        "BODY_DUPLICATE_KEY", "platform.json.accept_duplicate_keys", body=WITH_DUPLICATE
    ),
    "unknown member": Row(
        "SCHEMA_VIOLATION", "platform.json.accept_unknown_members", body=UNKNOWN_MEMBER
    ),
    "schema": Row("SCHEMA_VIOLATION", "platform.json.skip_schema", body={}),
    "path parameter": Row(
        "PARAMETER_INVALID", method="GET", target="/purchaser/v1/prescriptions/not-a-uuid"
    ),
    "query parameter": Row(
        "PARAMETER_INVALID",
        method="GET",
        target="/purchaser/v1/statements/1405-08?format=pdf",
    ),
}


def perform(caller: SealedCaller, row: Row) -> Heard:
    body = row.body if row.body is not None else price_body() if row.method == "POST" else b""
    return caller.call(row.method, row.target, body, **row.options)


@pytest.mark.parametrize("name", ROWS)
def test_the_mistake_is_refused_with_its_code(name: str, clean: SealedCaller) -> None:
    control = clean.call("POST", PRICE, price_body())
    heard = perform(clean, ROWS[name])
    assert control.status == 200, control
    assert heard.code == ROWS[name].code, heard.json
    assert heard.status == clean.exchange._errors.status(ROWS[name].code)
    assert heard.headers["content-type"] == "application/problem+json"
    assert heard.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.point])
def test_its_fault_point_lets_the_mistake_pass(name: str, state: Path) -> None:
    caller = SealedCaller(state, ROWS[name].point)
    try:
        heard = perform(caller, ROWS[name])
        assert heard.code != ROWS[name].code
    finally:
        caller.close()


def test_a_method_that_is_not_allowed_names_those_that_are(clean: SealedCaller) -> None:
    assert perform(clean, ROWS["other method"]).headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("point", "second"), [("", "SEAL_NONCE_REPLAYED"), ("platform.seal.skip_nonce", None)]
)
def test_the_same_sealed_message_is_taken_once(state: Path, point: str, second: str | None) -> None:
    caller = SealedCaller(state, *([point] if point else []))
    try:
        draft = caller.draft("GET", "/purchaser/v1/statements/1405-08")
        first = caller.runner.run(caller.send(draft))
        kept = Draft(draft.method, draft.url, draft.target, list(draft.headers), draft.body)
        token = caller.kit.identity("office-1.token")
        again = caller.runner.run(
            caller._exchanged(caller.exchange.services_app, kept, kept.target, token)
        )
        assert first.status == 200, first
        assert again.code == second
    finally:
        caller.close()


def test_a_refused_message_does_not_use_up_its_nonce(clean: SealedCaller) -> None:
    nonce = parameter("nonce", "once-and-only-once-0001")
    other = header("ditas-target", "/purchaser/v1/other")

    def both(draft: Draft) -> None:
        nonce(draft)
        other(draft)

    refused = clean.call("POST", PRICE, price_body(), before=both)
    accepted = clean.call("POST", PRICE, price_body(), before=nonce)
    assert (refused.code, accepted.status) == ("SEAL_TARGET_MISMATCH", 200)


def test_a_repeated_context_header_does_not_hide_a_second_centre(clean: SealedCaller) -> None:
    heard = clean.call(
        "POST",
        PRICE,
        price_body(),
        after=lambda draft: draft.headers.append(("ditas-centre", OTHER_CENTRE)),
    )
    assert heard.code == "SEAL_SIGNATURE_INVALID"


def test_identities_of_the_kit_differ(clean: SealedCaller) -> None:
    kit = clean.kit
    ours, foreign = kit.identity("office-1.seal"), kit.identity("office-1.seal-foreign")
    assert certificate_header(ours) != certificate_header(foreign)
    assert ours.subject == foreign.subject
