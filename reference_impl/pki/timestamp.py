"""Time-stamp authority (RFC 3161): signed proof that a hash existed at a time."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.pki.kit import Authority
from reference_impl.platform.clock import Clock, SystemClock

POLICY = "1.3.6.1.4.1.99999.2.1"
"""Time-stamping policy below the private synthetic arc."""
MAX_REQUEST_BYTES = 4096
_DIGEST_SIZES = {"sha256": 32, "sha384": 48, "sha512": 64}


class _Rejected(Exception):
    def __init__(self, failure: str) -> None:
        super().__init__(failure)
        self.failure = failure


class TimeStampAuthority:
    """Answer time-stamp requests with the key of the identity "tsa"."""

    def __init__(self, authority: Authority, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        credential = authority.credential("tsa")
        self._key = credential.key
        self._certificate = asn1_x509.Certificate.load(credential.der)
        self._intermediate = asn1_x509.Certificate.load(
            authority.intermediate.certificate.public_bytes(serialization.Encoding.DER)
        )
        self._fingerprint = hashlib.sha256(credential.der).digest()

    def respond(self, request: bytes) -> bytes:
        """Return a DER TimeStampResp; bad requests get a rejection, never an exception."""
        try:
            return self._grant(_parsed(request))
        except _Rejected as rejected:
            return _rejection(rejected.failure)

    def stamp(self, algorithm: str, digest: bytes) -> tuple[bytes, datetime]:
        """Return a DER time-stamp token with its certificates, and the time it states."""
        imprint = tsp.MessageImprint(
            {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest}
        )
        info, now = self._info(imprint)
        token = self._signed(tsp.TSTInfo(info), now, with_certificates=True)
        return bytes(token.dump()), now

    def _info(self, imprint: tsp.MessageImprint) -> tuple[dict[str, Any], datetime]:
        now = self._clock.now().astimezone(UTC).replace(microsecond=0)
        return {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(63),
            "gen_time": now,
            "accuracy": {"seconds": 1},
            "ordering": False,
        }, now

    def _grant(self, asked: tsp.TimeStampReq) -> bytes:
        info, now = self._info(asked["message_imprint"])
        if asked["nonce"].native is not None:
            info["nonce"] = asked["nonce"].native
        content = tsp.TSTInfo(info)
        token = self._signed(content, now, with_certificates=bool(asked["cert_req"].native))
        response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})
        return bytes(response.dump())

    def _signed(
        self, content: tsp.TSTInfo, now: datetime, *, with_certificates: bool
    ) -> cms.ContentInfo:
        attributes = self._attributes(content.dump(), now)
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        signer = {
            "version": "v1",
            "sid": cms.IssuerAndSerialNumber(
                {
                    "issuer": self._certificate.issuer,
                    "serial_number": self._certificate.serial_number,
                }
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": signature,
        }
        data = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {
                "content_type": "tst_info",
                "content": core.ParsableOctetString(content.dump()),
            },
            "signer_infos": [signer],
        }
        if with_certificates:
            data["certificates"] = [self._certificate, self._intermediate]
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)})

    def _attributes(self, content: bytes, now: datetime) -> cms.CMSAttributes:
        essence = tsp.ESSCertIDv2(
            {
                "hash_algorithm": {"algorithm": "sha256"},
                "cert_hash": self._fingerprint,
            }
        )
        return cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "signing_time", "values": [cms.Time({"utc_time": now})]},
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
                {
                    "type": "signing_certificate_v2",
                    "values": [tsp.SigningCertificateV2({"certs": [essence]})],
                },
            ]
        )


def _parsed(request: bytes) -> tsp.TimeStampReq:
    if len(request) > MAX_REQUEST_BYTES:
        raise _Rejected("bad_data_format")
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        algorithm: str = asked["message_imprint"]["hash_algorithm"]["algorithm"].native
        digest: bytes = asked["message_imprint"]["hashed_message"].native
        policy = asked["req_policy"].native
        known_version = asked["version"].native == "v1"
        asked["nonce"].native, asked["cert_req"].native  # parsed lazily: make it fail here
    except (ValueError, TypeError, KeyError) as error:
        raise _Rejected("bad_data_format") from error
    if algorithm not in _DIGEST_SIZES:
        raise _Rejected("bad_alg")
    if not known_version or len(digest) != _DIGEST_SIZES[algorithm]:
        raise _Rejected("bad_data_format")
    if policy not in (None, POLICY):
        raise _Rejected("unaccepted_policy")
    return asked


def _rejection(failure: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {failure}}).dump()
    # The library insists on a token although RFC 3161 makes it optional; a short sequence is
    # written by hand (content far below 128 bytes).
    return b"\x30" + bytes([len(status)]) + bytes(status)
