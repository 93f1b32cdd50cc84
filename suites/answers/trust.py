"""Words of examples for certificates: what stands in one must be what is told about it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.kit import MISSING, Message, Reply, message_word
from lab.model.base import JsonValue
from suites.answers.forms import ANY, Form, instant

_SECOND = timedelta(seconds=1)


def _read(value: JsonValue) -> x509.Certificate | None:
    try:
        der = base64.b64decode(str(value), validate=True)
        # RFC 4648, 3.5: bits that pad are zero, so there is one way to write the bytes.
        written_so = base64.b64encode(der).decode() == value
        return x509.load_der_x509_certificate(der) if written_so else None
    except (ValueError, binascii.Error):
        return None


def _key(found: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    return found.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@message_word("certificate_for", memory=True)
def certificate_for(done: tuple[Message, Reply]) -> Form:
    """Return the form of a certificate of the key whose request was sent."""
    request = x509.load_der_x509_csr(base64.b64decode(str(done[0].body["certificateRequest"])))

    def fits(value: JsonValue) -> bool:
        found = _read(value)
        try:
            return found is not None and _key(found) == _key(request)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False  # a key nobody can read is not the one that was sent

    return Form("a certificate of the key that was sent", fits)


@message_word("certificate", memory=True)
def certificate(done: tuple[Message, Reply], issuer: str, serial: str, until: str) -> Form:
    """Return the form of a certificate of that key, saying itself what the answer says of it."""
    own_key = certificate_for(done)
    told = [done[1].find(pointer) for pointer in (issuer, serial)]
    end = instant(done[1].find(until))

    def fits(value: JsonValue) -> bool:
        found = _read(value)
        if found is None or end is None or not own_key.fits(value):
            return False
        named = [found.issuer.rfc4514_string(), f"{found.serial_number:x}"]
        return named == told and abs(found.not_valid_after_utc - end) < _SECOND

    return Form("a certificate of the key that was sent, as issuer, serial and end say", fits)


@message_word("token_id", memory=True)
def token_id(done: tuple[Message, Reply]) -> JsonValue:
    """Return the id of a token: UUIDv5 of the OID namespace over the hash of its certificate."""
    value = done[1].find("/certificate")
    if value is MISSING or _read(value) is None:
        return ANY  # the certificate is optional, and what is wrong with it is told by its own word
    digest = hashlib.sha256(base64.b64decode(str(value))).hexdigest()
    return str(uuid.uuid5(uuid.NAMESPACE_OID, digest))


@message_word("certified_until", memory=True)
def certified_until(done: tuple[Message, Reply]) -> JsonValue:
    """Return the last day of the certificate that was answered, as Iran counts days."""
    found = _read(done[1].find("/certificate"))
    if found is None:
        return ANY
    return found.not_valid_after_utc.astimezone(ZoneInfo("Asia/Tehran")).date().isoformat()
