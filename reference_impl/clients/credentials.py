"""Reads the credential kit: whose token, seal and signature this program uses."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key


class KitUnusable(ValueError):
    """The kit lacks an identity, or a file of it cannot be read."""


@dataclass(frozen=True)
class Identity:
    """One certificate with its key. `chain` is leaf first; paths are for the TLS library."""

    name: str
    subject: dict[str, str]
    key: EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]
    chain_path: Path
    key_path: Path

    @property
    def der(self) -> bytes:
        """The leaf certificate."""
        return self.chain[0].public_bytes(Encoding.DER)

    @property
    def key_id(self) -> str:
        """Lower-case hex SHA-256 of the leaf, the `keyid` of seals."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True)
class Kit:
    """A credential kit on disk."""

    directory: Path
    trust: tuple[x509.Certificate, ...]
    trust_pem: str
    entries: dict[str, dict[str, object]]

    def identity(self, name: str) -> Identity:
        """Load one identity; raises KitUnusable with the names that exist."""
        entry = self.entries.get(name)
        if entry is None:
            known = ", ".join(sorted(self.entries))
            raise KitUnusable(f'no identity "{name}" in {self.directory}/kit.json; it has {known}')
        chain_path = self.directory / str(entry["chain"])
        key_path = self.directory / str(entry["key"])
        key = load_pem_private_key(key_path.read_bytes(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise KitUnusable(f"{key_path} does not hold an elliptic-curve key")
        subject = entry.get("subject")
        return Identity(
            name=name,
            subject={k: str(v) for k, v in subject.items()} if isinstance(subject, dict) else {},
            key=key,
            chain=tuple(x509.load_pem_x509_certificates(chain_path.read_bytes())),
            chain_path=chain_path,
            key_path=key_path,
        )


def load_kit(directory: Path) -> Kit:
    """Read `kit.json` and the trust anchors of the health root."""
    path = directory / "kit.json"
    try:
        kit = json.loads(path.read_text("utf-8"))
        pem = (directory / kit["trust"]).read_text("ascii")
    except (OSError, ValueError, KeyError) as error:
        raise KitUnusable(f"{path} cannot be used: {error}") from error
    intermediate = directory / "intermediate.pem"
    if intermediate.is_file():
        pem += intermediate.read_text("ascii")
    return Kit(
        directory=directory,
        trust=tuple(x509.load_pem_x509_certificates(pem.encode("ascii"))),
        trust_pem=pem,
        entries=kit["identities"],
    )
