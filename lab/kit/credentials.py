"""The credential kit of the exchange: who the laboratory can be, from `DIR/kit.json`.

Reads only; keys stay in memory and are never printed. TLS contexts are built once per identity.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from lab.model.errors import EnvironmentFault, ProfileError


@dataclass(frozen=True)
class Identity:
    """One certificate with its key and what the certificate says about its holder."""

    name: str
    kind: str  # "class" in kit.json: ditas_token, centre_seal, professional, ...
    state: str  # good, expired, revoked, foreign
    subject: dict[str, str] = field(hash=False)
    certificate_path: Path
    chain_path: Path
    key_path: Path
    is_replica: bool = False  # public parts only; signs with a key that nobody trusts

    @cached_property
    def chain_der(self) -> tuple[bytes, ...]:
        """Leaf and intermediates, DER."""
        certificates = x509.load_pem_x509_certificates(_read(self.chain_path))
        return tuple(item.public_bytes(serialization.Encoding.DER) for item in certificates)

    @property
    def leaf_der(self) -> bytes:
        """The leaf, DER."""
        return self.chain_der[0]

    @cached_property
    def fingerprint(self) -> str:
        """Lower-case hex SHA-256 of the DER leaf; the `keyid` of seals."""
        return hashlib.sha256(self.leaf_der).hexdigest()

    @cached_property
    def key(self) -> EllipticCurvePrivateKey:
        """The P-256 private key."""
        if self.is_replica:
            return generate_private_key(SECP256R1())
        loaded = serialization.load_pem_private_key(_read(self.key_path), password=None)
        if not isinstance(loaded, EllipticCurvePrivateKey):
            raise EnvironmentFault(
                f'key of identity "{self.name}" is {type(loaded).__name__}, P-256 is needed',
                where=str(self.key_path),
                fix="Write the credential kit again.",
            )
        return loaded


def made_identity(
    name: str, kind: str, key: EllipticCurvePrivateKey, chain_der: tuple[bytes, ...]
) -> Identity:
    """Return an identity whose key a case made and whose certificate it was issued.

    Such a one may be revoked without harm to other cases. `chain_der`: leaf and intermediates.
    """
    nowhere = Path()
    made = Identity(name, kind, "good", {}, nowhere, nowhere, nowhere)
    made.__dict__.update(key=key, chain_der=chain_der)  # where the cached properties keep theirs
    return made


class CredentialKit:
    """All identities of one kit, by name, with their TLS client contexts."""

    def __init__(self, directory: Path, trust: Path, identities: dict[str, Identity]) -> None:
        self.directory = directory
        self.trust_path = trust
        self._identities = identities
        self._contexts: dict[str | None, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, directory: Path, *, is_replica: bool = False) -> CredentialKit:
        """Read `kit.json`; ProfileError with the key and the way out when it cannot be used.

        A replica (see `public_files`) has no private keys; what it signs is for replays only.
        """
        source = directory / "kit.json"
        try:
            document = json.loads(source.read_text(encoding="utf-8"))
            identities = {
                name: Identity(
                    name=name,
                    kind=row["class"],
                    state=row.get("state", "good"),
                    subject={key: str(value) for key, value in row.get("subject", {}).items()},
                    certificate_path=directory / row["certificate"],
                    chain_path=directory / row["chain"],
                    key_path=directory / row["key"],
                    is_replica=is_replica,
                )
                for name, row in document["identities"].items()
            }
            trust = directory / document["trust"]
        except FileNotFoundError:
            raise ProfileError(
                f'credentials "{directory}" holds no kit.json',
                code="MFL-P020",
                where=str(source),
                fix='Set [ixit] credentials to the "credentials" directory of the exchange.',
                sentence_fa="پروندهٔ kit.json در پوشهٔ گواهی‌ها نیست.",
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProfileError(
                f"kit.json cannot be read: {type(error).__name__}: {error}",
                code="MFL-P021",
                where=str(source),
                fix="Let the exchange write its credential kit again.",
                sentence_fa="پروندهٔ kit.json خوانا نیست.",
            ) from error
        return cls(directory, trust, identities)

    def names(self) -> tuple[str, ...]:
        """All identity names, sorted."""
        return tuple(sorted(self._identities))

    def identity(self, name: str) -> Identity:
        """Return one identity; EnvironmentFault when the kit lacks it."""
        try:
            return self._identities[name]
        except KeyError:
            raise EnvironmentFault(
                f'the credential kit has no identity "{name}"',
                where=str(self.directory / "kit.json"),
                fix=f"It has: {', '.join(self.names())}.",
            ) from None

    def public_files(self) -> dict[str, bytes]:
        """Return every public file of the kit by relative path, for judging again later."""
        paths = {self.directory / "kit.json", self.trust_path}
        paths |= {self.directory / "intermediate.pem"}
        for identity in self._identities.values():
            paths |= {identity.certificate_path, identity.chain_path}
        return {
            path.relative_to(self.directory).as_posix(): _read(path)
            for path in sorted(paths)
            if path.exists() and path.is_relative_to(self.directory)
        }

    @cached_property
    def anchors(self) -> tuple[x509.Certificate, ...]:
        """Roots of trust."""
        return tuple(x509.load_pem_x509_certificates(_read(self.trust_path)))

    @cached_property
    def intermediates(self) -> tuple[x509.Certificate, ...]:
        """Known intermediates; empty when the kit names none."""
        path = self.directory / "intermediate.pem"
        return tuple(x509.load_pem_x509_certificates(_read(path))) if path.exists() else ()

    @cached_property
    def revoked(self) -> frozenset[str]:
        """Fingerprints (hex SHA-256) of the certificates the kit calls revoked."""
        rows = self._identities.values()
        return frozenset(row.fingerprint for row in rows if row.state == "revoked")

    def tls_context(self, identity: Identity | None) -> ssl.SSLContext:
        """Return the cached client context that trusts the kit's root."""
        key = identity.name if identity else None
        with self._lock:
            context = self._contexts.get(key)
            if context is None:
                context = self._build(identity)
                self._contexts[key] = context
            return context

    def _build(self, identity: Identity | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_verify_locations(cafile=str(self.trust_path))
            if identity is not None:
                context.load_cert_chain(str(identity.chain_path), str(identity.key_path))
        except OSError as error:
            raise EnvironmentFault(
                f"TLS material cannot be loaded: {error}",
                where=str(identity.chain_path if identity else self.trust_path),
                fix="Let the exchange write its credential kit again.",
            ) from error
        return context


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(
            f"credential file cannot be read: {error.strerror}", where=str(path)
        ) from error
