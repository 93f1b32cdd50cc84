"""Checks before a campaign that the laboratory can talk to what sut.toml describes.

They run in order and stop where the next one has no ground to stand on (no TLS without TCP). They
blame configuration, environment or product; they never give a verdict.
"""

from __future__ import annotations

import email.utils
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab.kit.credentials import CredentialKit, Identity
from lab.model.errors import LabError
from lab.model.roles import role_of
from lab.model.sut import SutProfile
from lab.model.verdict import Blame

CONNECT_SECONDS = 5.0
CLOCK_WARNING_SECONDS = 5
CLOCK_LIMIT_SECONDS = 300  # window of the seal, docs/wire.md
DAYS_OF_WARNING = 7
_STATUS_BYTES = 64 * 1024


class Grade(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One line of the pre-flight; `blame` says who mends it."""

    id: str
    grade: Grade
    detail: str
    blame: Blame | None = None
    fix: str = ""
    fix_fa: str = ""


@dataclass(frozen=True)
class Address:
    """Host and port of a URL with the key of sut.toml it came from."""

    key: str
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, key: str, url: str, scheme: str) -> Address | Check:
        """Split a URL; a Check with the fault when it cannot be used."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme != scheme or not parts.hostname:
            return Check(
                f"address:{key}",
                Grade.FAULT,
                f'[ixit] {key} "{url}" is not an {scheme} address',
                Blame.CONFIG,
                f'{key} = "{scheme}://host:port/..."',
                f"نشانی {key} باید با {scheme} آغاز شود.",
            )
        return cls(key, scheme, parts.hostname, port or (443 if scheme == "https" else 80))


def check_credentials(kit: CredentialKit, names: tuple[str, ...]) -> Iterator[Check]:
    """Check each identity: present, key fits certificate, not expired."""
    known = set(kit.names())
    for name in names:
        if name not in known:
            yield Check(
                f"credentials:{name}",
                Grade.FAULT,
                f'kit.json has no identity "{name}"',
                Blame.CONFIG,
                "Point [ixit] credentials to a complete kit, or let the exchange write it again.",
                "پوشهٔ گواهی‌ها کامل نیست.",
            )
            continue
        yield _one_identity(kit.identity(name))


def _one_identity(identity: Identity) -> Check:
    name = f"credentials:{identity.name}"
    try:
        certificate = x509.load_der_x509_certificate(identity.leaf_der)
        public = identity.key.public_key()
    except LabError as error:
        return Check(name, Grade.FAULT, error.sentence, Blame.CONFIG, error.fix)
    except (ValueError, IndexError, TypeError) as error:
        return Check(name, Grade.FAULT, f"cannot be read: {error}", Blame.CONFIG)
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*form) != public.public_bytes(*form):
        return Check(
            name, Grade.FAULT, "the private key does not belong to the certificate", Blame.CONFIG,
            "Copy certificate and key of one identity together.",
            "کلید خصوصی با گواهی نمی‌خواند.",
        )  # fmt: skip
    now = datetime.now(UTC)
    end = certificate.not_valid_after_utc
    if not certificate.not_valid_before_utc <= now <= end:
        return Check(
            name, Grade.FAULT,
            f"valid {certificate.not_valid_before_utc:%Y-%m-%d} to {end:%Y-%m-%d}, today is "
            f"{now:%Y-%m-%d}",
            Blame.CONFIG, "Renew the credential kit, or set the clock of this machine.",
            "گواهی در بازهٔ اعتبار خود نیست.",
        )  # fmt: skip
    if (end - now).days < DAYS_OF_WARNING:
        return Check(name, Grade.WARNING, f"ends on {end:%Y-%m-%d}", Blame.CONFIG)
    return Check(name, Grade.OK, f"key fits, valid to {end:%Y-%m-%d}")


def check_dns(address: Address) -> Check:
    """Resolve the host."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Check(
            f"dns:{address.key}", Grade.FAULT,
            f'host "{address.host}" has no address: {error.strerror}', Blame.CONFIG,
            f"Correct the host in [ixit] {address.key}, or your DNS.",
            f"نام میزبان در {address.key} نشانی ندارد.",
        )  # fmt: skip
    return Check(f"dns:{address.key}", Grade.OK, f"{address.host} is {found[0][4][0]}")


def check_tcp(address: Address, blame: Blame) -> Check:
    """Connect once."""
    place = f"{address.host}:{address.port}"
    try:
        with socket.create_connection((address.host, address.port), CONNECT_SECONDS):
            return Check(f"tcp:{address.key}", Grade.OK, f"{place} answers")
    except OSError as error:
        reason = error.strerror or f"no answer in {CONNECT_SECONDS:.0f} s"
        return Check(
            f"tcp:{address.key}", Grade.FAULT, f"{place} cannot be reached: {reason}", blame,
            f"Start the service behind [ixit] {address.key}, or correct the address.",
            f"سرویس پشت {address.key} پاسخ نمی‌دهد.",
        )  # fmt: skip


def check_tls(address: Address, kit: CredentialKit, identity: Identity, blame: Blame) -> Check:
    """Shake hands; the server certificate leads to the kit's root and carries the name."""
    name = f"tls:{address.key}"
    try:
        context = kit.tls_context(identity)
        with (
            socket.create_connection((address.host, address.port), CONNECT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as channel,
        ):
            der = channel.getpeercert(binary_form=True) or b""
            version = channel.version()
    except LabError as error:
        return Check(name, Grade.FAULT, error.sentence, Blame.CONFIG, error.fix)
    except ssl.SSLCertVerificationError as error:
        return Check(
            name, Grade.FAULT, f"server certificate refused: {error.verify_message}", blame,
            "Present a certificate of class service_tls that leads to trust.pem and names "
            f"{address.host}.",
            "گواهی سرور به ریشهٔ مورد اعتماد نمی‌رسد یا نام میزبان در آن نیست.",
        )  # fmt: skip
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
        return Check(
            name, Grade.FAULT, f"no TLS: {reason}", blame,
            f"Speak TLS 1.2 or newer on {address.host}:{address.port}.", "کانال TLS برقرار نشد.",
        )  # fmt: skip
    end = x509.load_der_x509_certificate(der).not_valid_after_utc
    return Check(name, Grade.OK, f"{version}, certificate valid to {end:%Y-%m-%d}")


def check_clock(source: str, date_header: str | None, at: float) -> Check:
    """Judge the offset of a `date` header against this machine; the seal allows 300 s."""
    name = f"clock:{source}"
    if date_header is None:
        return Check(name, Grade.WARNING, "the answer has no date header", Blame.SUT)
    try:
        offset = email.utils.parsedate_to_datetime(date_header).timestamp() - at
    except (ValueError, TypeError):
        return Check(name, Grade.WARNING, f'date header "{date_header[:40]}" is none', Blame.SUT)
    if abs(offset) <= CLOCK_WARNING_SECONDS:
        return Check(name, Grade.OK, f"offset {offset:+.0f} s")
    grade = Grade.FAULT if abs(offset) > CLOCK_LIMIT_SECONDS else Grade.WARNING
    return Check(
        name, grade, f"offset {offset:+.0f} s; seals allow {CLOCK_LIMIT_SECONDS} s",
        Blame.ENVIRONMENT, "Set both clocks by NTP.", "ساعت دو طرف را با NTP هماهنگ کنید.",
    )  # fmt: skip


def check_status(url: str) -> Iterator[Check]:
    """Ask the plain-HTTP side of the environment for readiness and its clock."""
    address = Address.parse("status_url", url, "http")
    if isinstance(address, Check):
        yield address
        return
    connection = http.client.HTTPConnection(address.host, address.port, timeout=CONNECT_SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        answer.read(_STATUS_BYTES)
    except (OSError, http.client.HTTPException) as error:
        yield Check(
            "environment:status_url", Grade.FAULT, f"{url} does not answer: {error}",
            Blame.ENVIRONMENT, "Start the exchange (mafalab exchange up) or correct status_url.",
            "تبادل مرجع روشن نیست یا status_url نادرست است.",
        )  # fmt: skip
        return
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        yield Check(
            "environment:status_url", Grade.FAULT, f"/ready answered {answer.status}",
            Blame.ENVIRONMENT, "Wait until the exchange is ready, then ask again.",
        )  # fmt: skip
        return
    yield Check("environment:status_url", Grade.OK, "the exchange is ready")
    yield check_clock("environment", answer.getheader("date"), time.time())


def required_identities(profile: SutProfile) -> tuple[str, ...]:
    """Return the identities without which no case of the role can act."""
    return role_of(profile.role).identities
