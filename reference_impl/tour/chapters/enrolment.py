"""Mobile signature (8-13): enrolment through the RA, a request, the telephone, the document."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from reference_impl.tour.acts import PRESCRIPTIONS, expect, one_medicine
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, hid, patient, prescription_of

ENROLMENTS, REQUESTS = "/esign/v1/enrolments", "/esign/v1/signature-requests"


class Telephone:
    """A physician's telephone; its key never leaves it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def request(self) -> str:
        """Return a request for a certificate (PKCS #10)."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "applicant")])
        made = x509.CertificateSigningRequestBuilder().subject_name(name)
        signed = made.sign(self._key, hashes.SHA256())
        return base64.b64encode(signed.public_bytes(Encoding.DER)).decode("ascii")

    def sign(self, digest: bytes) -> bytes:
        """Sign a digest; return r and s."""
        r, s = decode_dss_signature(self._key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256()))))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def tell(stage: Stage) -> None:
    """Tell enrolment, signature on the telephone, and a prescription signed by it."""
    office, telephone = stage.at("office-1", "dr01"), Telephone()
    person = stage.world.professional("dr01")
    enrolled = office.ask(
        ENROLMENTS,
        {
            "person": {"type": person.id_type, "value": person.id_value},
            **office.counter.provider_council,
            "phone": person.phone,
            "certificateRequest": telephone.request(),
        },
    )
    expect(enrolled["state"], "confirmed", "an enrolment")
    office.tell(
        "1", "6-4", f"مرجع ثبت نام ({enrolled['authority']}) هویت را تأیید کرد؛ گواهی صادر شد.",
        f"The registration authority ({enrolled['authority']}) confirms; a certificate is issued.",
    )  # fmt: skip
    _prescribed(stage, office, telephone, enrolled)
    _declined(office, telephone, enrolled)


def _asked(office: Actor, enrolled: Json, digest: bytes) -> str:
    asked = office.ask(
        REQUESTS,
        {
            "enrolmentId": enrolled["enrolmentId"],
            "documentType": "erx.prescription",
            "digest": base64.b64encode(digest).decode("ascii"),
            "displayText": "One prescription",
            "expiresInSeconds": 120,
        },
    )
    return str(asked["requestId"])


def _prescribed(stage: Stage, office: Actor, telephone: Telephone, enrolled: Json) -> None:
    who = patient(stage, "P02")
    payload = prescription_of(office, who, hid(office, who["id"], "2"), one_medicine(stage, 30))
    issuer = office.counter.signer.chain[1].public_bytes(Encoding.DER)
    header = {
        "alg": "ES256",
        "cty": "application/erx.prescription+json;v=1",
        "x5c": [enrolled["certificate"], base64.b64encode(issuer).decode("ascii")],
        "iat": int(stage.now().timestamp()),
        "jti": payload["documentId"],
    }
    parts = [_encoded(json.dumps(part).encode()) for part in (header, payload)]
    digest = hashlib.sha256(".".join(parts).encode("ascii")).digest()
    number = _asked(office, enrolled, digest)
    office.refused("SIGNATURE_PENDING", "GET", f"{REQUESTS}/{number}")
    office.tell("2", "8-13", "درخواست امضا به تلفن رفت.", "The request waits at the telephone.")
    proof = base64.b64encode(telephone.sign(digest)).decode("ascii")
    approval = {"requestId": number, "approved": True, "deviceProof": proof}
    office.ask(f"{REQUESTS}/{number}/approval", approval)
    raw = base64.b64decode(office.ask(f"{REQUESTS}/{number}")["signature"])
    document = {"protected": parts[0], "payload": parts[1], "signature": _encoded(raw)}
    shown = office.call("POST", PRESCRIPTIONS, document=json.dumps(document).encode()).json
    office.tell(
        "3", "8-13", "پزشک روی تلفن پذیرفت؛ نسخه با امضای همراه ثبت شد.",
        "Approved on the telephone: the prescription is registered with that signature.",
        trackingCode=shown["trackingCode"],
    )  # fmt: skip


def _declined(office: Actor, telephone: Telephone, enrolled: Json) -> None:
    number = _asked(office, enrolled, hashlib.sha256(b"another document").digest())
    digest = hashlib.sha256(f"declined:{number}".encode()).digest()
    proof = base64.b64encode(telephone.sign(digest)).decode("ascii")
    answer = {"requestId": number, "approved": False, "deviceProof": proof}
    office.ask(f"{REQUESTS}/{number}/approval", answer)
    office.refused("SIGNATURE_REQUEST_DECLINED", "GET", f"{REQUESTS}/{number}")
    office.tell("4", "8-13", "درخواستی دیگر رد شد.", "Another request is declined: no signature.")


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
