"""Every refusal of a signed document, and the fault point that removes it.

Each row is one mistake in a document whose message is otherwise right. The clean purchaser refuses
it with the code; with the fault point on, it must not, or the point is dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.kit.documents import document_bytes, sign_document
from reference_impl.platform.clock import SystemClock, written
from tests.unit.reference_platform.sealed_caller import Heard, SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def clean(state: Path) -> Iterator[SealedCaller]:
    caller = SealedCaller(state)
    yield caller
    caller.close()


def prescription(caller: SealedCaller) -> dict[str, Any]:
    person = caller.world.person("P01")
    doctor = caller.world.professional("dr01")
    return {
        "documentId": "0b0f5a9c-6b5e-4c35-9d83-2f1a0a3f0001",
        "testData": True,
        "issuedAt": written(SystemClock().now()),
        "centre": {"siamId": caller.world.centre("office-1").siam_id},
        "userId": caller.world.user_id("dr01", "office-1"),
        "softwareId": caller.world.software_of("office-1").software_id,
        "prescriber": {
            "councilKind": doctor.council_kind,
            "councilNumber": doctor.council_number,
            "givenName": doctor.given_name_fa,
            "familyName": doctor.family_name_fa,
            "specialty": {
                "system": "urn:ir:maksa:specialty-synthetic",
                "code": "general",
                "display": "General practice",
            },
            "phone": doctor.phone,
        },
        "kind": "drug",
        "hid": "1W2AZVAKZQ",
        "patient": {
            "id": {"type": person.id_type, "value": person.id_value},
            "givenName": person.given_name_fa,
            "familyName": person.family_name_fa,
            "birthDate": person.birth_date.isoformat(),
            "sex": person.sex,
            "phone": person.phone,
        },
        "diagnoses": [],
        "items": [
            {
                "itemId": "1",
                "code": {
                    "system": "urn:ir:maksa:eRx-synthetic",
                    "code": "99012",
                    "display": "losartan 50 mg tablet",
                },
                "quantity": 60,
                "frequency": {
                    "system": "urn:ir:maksa:frequency-synthetic",
                    "code": "BD",
                    "display": "twice daily",
                },
                "route": {
                    "system": "urn:ir:maksa:route-synthetic",
                    "code": "oral",
                    "display": "oral",
                },
            }
        ],
    }


@dataclass(frozen=True)
class Paper:
    """A mistake in a document."""

    code: str
    point: str = ""
    signer: str = "dr01"
    kind: str = "prescription"
    header: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    after: Callable[[dict[str, Any]], None] | None = None


def other_payload(document: dict[str, Any]) -> None:
    document["payload"] = document["payload"][:-4] + "AAAA"


def other_signature(document: dict[str, Any]) -> None:
    document["signature"] = "A" * len(document["signature"])


def empty_signature(document: dict[str, Any]) -> None:
    document["signature"] = "AA"


PAPERS: dict[str, Paper] = {
    "alg none": Paper(
        "DOCUMENT_ALGORITHM_REFUSED",
        "platform.document.accept_none",
        header={"alg": "none"},
        after=empty_signature,
    ),
    "alg HS256": Paper("DOCUMENT_ALGORITHM_REFUSED", header={"alg": "HS256"}),
    "alg RS256": Paper("DOCUMENT_ALGORITHM_REFUSED", header={"alg": "RS256"}),
    "PS256 with an EC key": Paper("DOCUMENT_ALGORITHM_REFUSED", header={"alg": "PS256"}),
    "header kid": Paper("DOCUMENT_MALFORMED", header={"kid": "1"}),
    "header crit": Paper("DOCUMENT_MALFORMED", header={"crit": ["b64"]}),
    "no x5c": Paper("DOCUMENT_MALFORMED", header={"x5c": None}),
    "from the future": Paper("DOCUMENT_MALFORMED", header={"iat": int(time.time()) + 3600}),
    "other jti": Paper(
        "DOCUMENT_MALFORMED", header={"jti": "0b0f5a9c-6b5e-4c35-9d83-2f1a0a3f9999"}
    ),
    "dispense sent as prescription": Paper("DOCUMENT_TYPE_MISMATCH", kind="dispense"),
    "other signature": Paper(
        "DOCUMENT_SIGNATURE_INVALID", "platform.document.skip_signature", after=other_signature
    ),
    "expired signer": Paper(
        "DOCUMENT_CERTIFICATE_EXPIRED", "platform.trust.accept_expired", signer="dr01-expired"
    ),
    "revoked signer": Paper(
        "DOCUMENT_CERTIFICATE_REVOKED", "platform.document.skip_revocation", signer="dr04"
    ),
    "foreign signer": Paper(
        "DOCUMENT_CERTIFICATE_UNTRUSTED",
        "platform.trust.accept_foreign_root",
        signer="dr01-foreign",
    ),
    "another doctor": Paper(
        "DOCUMENT_SIGNER_MISMATCH", "platform.document.skip_signer_match", signer="dr02"
    ),
    "signed by the centre": Paper(
        "DOCUMENT_SIGNER_CLASS", "platform.document.skip_signer_class", signer="office-1.seal"
    ),
    "not test data": Paper("DOCUMENT_NOT_TEST_DATA", payload={"testData": False}),
    "schema of the payload": Paper("SCHEMA_VIOLATION", payload={"items": []}),
}


def submit(caller: SealedCaller, paper: Paper) -> Heard:
    signer = caller.kit.identity(paper.signer)
    payload = {**prescription(caller), **paper.payload}
    document = sign_document(
        paper.kind, payload, signer, issued_at=int(time.time()), overrides=paper.header
    )
    if paper.after is not None:
        paper.after(document)
    return caller.call(
        "POST",
        "/purchaser/v1/prescriptions",
        document_bytes(document),
        headers={"content-type": "application/jose+json"},
    )


def test_a_right_document_reaches_the_rules_of_business(clean: SealedCaller) -> None:
    # The HID was never issued, so business refuses; all that the platform checks has held.
    assert submit(clean, Paper("")).code == "HID_INVALID"


@pytest.mark.parametrize("name", PAPERS)
def test_the_document_is_refused_with_its_code(name: str, clean: SealedCaller) -> None:
    assert submit(clean, PAPERS[name]).code == PAPERS[name].code


@pytest.mark.parametrize("name", [name for name, paper in PAPERS.items() if paper.point])
def test_its_fault_point_lets_the_document_pass(name: str, state: Path) -> None:
    caller = SealedCaller(state, PAPERS[name].point)
    try:
        assert submit(caller, PAPERS[name]).code != PAPERS[name].code
    finally:
        caller.close()
