"""Our own side before anything is sent: kit and clock. What is wrong here is no product's fault.

A certificate of ours that has expired, a root that is not that of our kit, a clock that is off: the
product would refuse us rightly, and every refusal would look like a finding.
"""

from __future__ import annotations

import email.utils
import http.client
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from lab.kit.credentials import CredentialKit, Identity
from lab.model.errors import EnvironmentFault, ProfileError
from lab.model.roles import role_of
from lab.model.sut import SutProfile

CLOCK_LIMIT_SECONDS = 300  # window of the seal, docs/wire.md
_STATUS_SECONDS = 5.0


def check_own_side(profile: SutProfile) -> None:
    """Raise ProfileError for an unusable kit, EnvironmentFault for a clock that is off."""
    kit = CredentialKit.load(Path(profile.ixit.credentials))
    for name in role_of(profile.role).identities:
        if name in kit.names() and kit.identity(name).state == "good":
            _check_identity(kit, kit.identity(name))
    if profile.ixit.status_url:
        _check_clock(profile.ixit.status_url)


def _check_identity(kit: CredentialKit, identity: Identity) -> None:
    leaf = x509.load_der_x509_certificate(identity.leaf_der)
    now = datetime.now(UTC)
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise _unusable(
            identity,
            f"is valid {leaf.not_valid_before_utc:%Y-%m-%d} to {leaf.not_valid_after_utc:%Y-%m-%d},"
            f" today is {now:%Y-%m-%d}",
        )
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if leaf.public_key().public_bytes(*form) != identity.key.public_key().public_bytes(*form):
        raise _unusable(identity, "does not belong to its private key")
    chain = [x509.load_der_x509_certificate(der) for der in identity.chain_der]
    if not any(_issued_by(chain[-1], root) for root in kit.anchors):
        raise _unusable(identity, f"does not lead to the root in {kit.trust_path.name}")


def _issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return certificate == root
    return True


def _unusable(identity: Identity, reason: str) -> ProfileError:
    return ProfileError(
        f'our own certificate "{identity.name}" {reason}; nothing was sent',
        code="MFL-P024",
        where=str(identity.certificate_path),
        fix="Let the exchange write its credential kit again, or set the clock of this machine.",
        sentence_fa="گواهی خود آزمایشگاه قابل استفاده نیست؛ چیزی فرستاده نشد.",
    )


def _check_clock(status_url: str) -> None:
    """Compare with the exchange; without an answer nothing is known, and the cases will say so."""
    address = urlsplit(status_url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port or 80, timeout=_STATUS_SECONDS
    )
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        theirs = email.utils.parsedate_to_datetime(answer.getheader("date") or "")
    except (OSError, http.client.HTTPException, ValueError):
        return
    finally:
        connection.close()
    offset = (theirs - datetime.now(UTC)).total_seconds()
    if abs(offset) > CLOCK_LIMIT_SECONDS:
        raise EnvironmentFault(
            f"the clock of this machine is {-offset:+.0f} s off the clock of the exchange; seals "
            f"allow {CLOCK_LIMIT_SECONDS} s; nothing was sent",
            code="MFL-E043",
            where=status_url,
            fix="Set both clocks by NTP.",
            sentence_fa="ساعت این رایانه با ساعت تبادل نمی‌خواند؛ چیزی فرستاده نشد.",
        )
