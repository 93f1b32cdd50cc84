"""Ways to a situation around signatures: requests for certificates, enrolments, telephones.

Keys are derived from the case, so a replay makes the same ones; they are synthetic and sign nothing
outside a case.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from lab.kit import Caller, Inconclusive, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from lab.model.verdict import Blame
from suites import record_journeys as record

DIGEST = hashlib.sha256(b"a signing input of a case").digest()
HALF = 32
CREATED = 201
OFFICE = record.OFFICE
STRANGER = record.SECOND
SERVICE = Caller("office-1", token="esign.seal", seal="esign.seal")  # noqa: S106 - identity name


def key(data: SyntheticData, label: str) -> ec.EllipticCurvePrivateKey:
    """Return a P-256 key of the case."""
    number = int.from_bytes(hashlib.sha256(data.uuid(f"key {label}").encode()).digest())
    return ec.derive_private_key(number >> 1, ec.SECP256R1())


def request_for(owner: ec.EllipticCurvePrivateKey, serial_number: str = "") -> str:
    """Return a PKCS #10 request in Base64."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "applicant")]
    if serial_number:
        names.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial_number))
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    der = made.sign(owner, hashes.SHA256()).public_bytes(Encoding.DER)
    return base64.b64encode(der).decode()


def spoiled(request: str) -> str:
    """Return the request with one bit of its signature turned."""
    der = bytearray(base64.b64decode(request))
    der[-1] ^= 1
    return base64.b64encode(bytes(der)).decode()


def certificate_of(sut: Sut, name: str) -> str:
    """Return the certificate of an identity of the kit, Base64 DER."""
    return base64.b64encode(sut.kit.identity(name).leaf_der).decode()


def serial_of(sut: Sut, name: str) -> str:
    """Return the serial number of an identity of the kit as the interface writes it."""
    certificate = x509.load_der_x509_certificate(sut.kit.identity(name).leaf_der)
    return f"{certificate.serial_number:x}"


def named(certificate: JsonValue) -> dict[str, JsonValue]:
    """Return issuer and serial of a certificate; INCONCLUSIVE when it cannot be read."""
    try:
        read = x509.load_der_x509_certificate(base64.b64decode(str(certificate)))
    except ValueError as error:
        raise Inconclusive(
            "a certificate that was issued cannot be read",
            blame=Blame.SUT,
            pointer="/certificate",
            expected="Base64 of a certificate in DER",
            observed=str(error)[:200],
            fix="Issue certificates that can be read.",
        ) from error
    return {"issuer": read.issuer.rfc4514_string(), "serial": f"{read.serial_number:x}"}


# The signer's telephone


@dataclass(frozen=True)
class Telephone:
    """The signer's device: a key that never leaves it."""

    key: ec.EllipticCurvePrivateKey

    def sign(self, digest: bytes) -> str:
        """Sign a digest, raw r and s in Base64."""
        der = self.key.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        r, s = decode_dss_signature(der)
        return base64.b64encode(r.to_bytes(HALF) + s.to_bytes(HALF)).decode()

    def declines(self, request_id: JsonValue) -> str:
        """Sign the refusal of a request."""
        return self.sign(hashlib.sha256(f"declined:{request_id}".encode()).digest())

    def signed(self, signature: JsonValue, digest: bytes) -> bool:
        """Say whether this telephone signed the digest."""
        if not isinstance(signature, str):
            return False
        raw = base64.b64decode(signature)
        parts = int.from_bytes(raw[:HALF]), int.from_bytes(raw[HALF:])
        method = ec.ECDSA(Prehashed(hashes.SHA256()))
        try:
            self.key.public_key().verify(encode_dss_signature(*parts), digest, method)
        except InvalidSignature:
            return False
        return True


def application(
    data: SyntheticData, owner: ec.EllipticCurvePrivateKey, who: str = "dr01", **more: JsonValue
) -> dict[str, JsonValue]:
    """Return the application of a member of the Medical Council."""
    member = data.professional(who)
    return {
        "person": {"type": member.id_type, "value": member.id_value},
        "councilKind": member.council_kind,
        "councilNumber": member.council_number,
        "phone": member.phone,
        "certificateRequest": request_for(owner),
        **more,
    }


def enrol(sut: Sut, body: JsonValue, step: str = "preamble: enrol a signer") -> Reply:
    """Enrol a signer at office-1."""
    return record.ask(sut, "esign", "enrolSigner", body=body, caller=OFFICE, step=step)


def asked(
    sut: Sut, enrolment: Reply, step: str = "preamble: ask", caller: Caller = OFFICE
) -> Reply:
    """Ask for a signature under an enrolment."""
    body = {
        "enrolmentId": enrolment.required("/enrolmentId"),
        "documentType": "erx.prescription",
        "digest": base64.b64encode(DIGEST).decode(),
        "displayText": "One prescription",
        "expiresInSeconds": 120,
    }
    return sut.call("requestSignature", body=body, caller=caller, step=step)


def waiting(sut: Sut, data: SyntheticData) -> tuple[Telephone, Reply, Reply]:
    """Return a telephone, its enrolment and a request that waits for it."""
    telephone = Telephone(key(data, "telephone"))
    enrolment = enrol(sut, application(data, telephone.key))
    return telephone, enrolment, asked(sut, enrolment)


def answered(sut: Sut, request: Reply, proof: str, step: str, *, approved: bool = True) -> Reply:
    """Answer a request as a telephone does."""
    request_id = str(request.required("/requestId"))
    return sut.call(
        "answerSignatureRequest",
        path={"requestId": request_id},
        body={"requestId": request_id, "approved": approved, "deviceProof": proof},
        caller=OFFICE,
        step=step,
    )


def collected(sut: Sut, request: Reply, step: str, caller: Caller = OFFICE) -> Reply:
    """Collect a signature."""
    path = {"requestId": str(request.required("/requestId"))}
    return sut.call("collectSignature", path=path, caller=caller, step=step)


# Certificates


def renewed(
    sut: Sut, request: str, step: str, name: str = "office-1.seal", caller: Caller = OFFICE
) -> Reply:
    """Renew the certificate of an identity of the kit; the old one stays as it is."""
    return record.ask(
        sut,
        "pki",
        "renewCertificate",
        path={"serial": serial_of(sut, name)},
        body={"certificateRequest": request},
        caller=caller,
        step=step,
    )


def fresh(sut: Sut, data: SyntheticData, label: str) -> JsonValue:
    """Return a new certificate of office-1 that a case may revoke."""
    step = "preamble: a certificate of office-1"
    return renewed(sut, request_for(key(data, label)), step).required("/certificate")


def revoke(sut: Sut, body: JsonValue, step: str, caller: Caller = OFFICE) -> Reply:
    """Revoke a certificate."""
    return sut.call("revokeCertificate", body=body, caller=caller, step=step)


def validated(sut: Sut, certificate: JsonValue, step: str, **more: JsonValue) -> Reply:
    """Ask for the state of a certificate."""
    body = {"certificate": certificate, **more}
    return record.ask(sut, "pki", "validateCertificate", body=body, caller=OFFICE, step=step)
