"""Write and read the state of the authority and the credential kit handed to clients (wire.md).

State directory: `pki/` (authority keys, register of certificates; for the owner only)
and `credentials/` (kit.json, trust.pem, intermediate.pem, one folder per identity). Both are made
once and reused; leaves are issued anew when the status address they point to has changed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.pki.authority import Issuer, create_intermediate, create_root, issue, new_key
from reference_impl.pki.identities import Identity

ROOT_NAME = "Synthetic Health Root CA"
INTERMEDIATE_NAME = "Synthetic Health Issuing CA"
REGISTER_VERSION = 1
_PEM = serialization.Encoding.PEM


class DamagedState(Exception):
    """The state directory cannot be used; the message says what and how to mend it."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate in the register."""

    name: str
    serial: int
    state: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """Certificate and key of one identity."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        """The certificate as DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True, slots=True)
class Authority:
    """The whole health PKI of one state directory."""

    directory: Path
    root: Issuer
    intermediate: Issuer
    register: Mapping[int, Issued]
    status_url: str

    @property
    def credentials(self) -> Path:
        """Folder of the credential kit."""
        return self.directory / "credentials"

    def credential(self, name: str) -> Credential:
        """Read one identity of the kit; raise DamagedState when it is missing or unreadable."""
        folder = self.credentials / name
        return Credential(
            _read_certificate(folder / "cert.pem"),
            _read_key(folder / "key.pem"),
        )


def open_authority(
    directory: Path,
    identities: tuple[Identity, ...],
    status_url: str | None,
    now: datetime | None = None,
) -> Authority:
    """Open the PKI of a state directory, creating what is missing.

    `status_url` None accepts whatever address the existing certificates name. Safe to call from
    several processes at once. Raises DamagedState, OSError.
    """
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    with _locked(directory):
        store = directory / "pki"
        if not (store / "register.json").exists():
            _create_authorities(store, moment, status_url or "http://127.0.0.1:1")
        elif status_url is not None and _recorded(store)["statusUrl"] != status_url:
            _renew(store, moment, status_url)
        authority = _load(directory)
        names = {entry.name for entry in authority.register.values()}
        if names != {identity.name for identity in identities}:
            _issue_all(authority, identities, moment)
            authority = _load(directory)
    return authority


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".pki.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _create_authorities(store: Path, now: datetime, status_url: str) -> None:
    store.mkdir(mode=0o700, exist_ok=True)
    root = create_root(ROOT_NAME, now)
    # The foreign authority has the same names: only the keys tell it from ours.
    foreign_root = create_root(ROOT_NAME, now, "foreign-root")
    for issuer in (root, foreign_root):
        _write_issuer(store, issuer)
    for parent, name in ((root, "intermediate"), (foreign_root, "foreign-intermediate")):
        _write_issuer(store, create_intermediate(parent, INTERMEDIATE_NAME, now, status_url, name))
    _write_register(store, status_url, {})


def _renew(store: Path, now: datetime, status_url: str) -> None:
    """Keep the root; everything below names the status address, so it is issued anew."""
    for parent_name, name in (("root", "intermediate"), ("foreign-root", "foreign-intermediate")):
        parent = _read_issuer(store, parent_name)
        _write_issuer(store, create_intermediate(parent, INTERMEDIATE_NAME, now, status_url, name))
    _write_register(store, status_url, {})


def _issue_all(authority: Authority, identities: tuple[Identity, ...], now: datetime) -> None:
    store, credentials = authority.directory / "pki", authority.credentials
    credentials.mkdir(exist_ok=True)
    foreign = _read_issuer(store, "foreign-intermediate")
    register: dict[int, Issued] = {}
    kit: dict[str, Any] = {}
    for identity in identities:
        issuer = foreign if identity.state == "foreign" else authority.intermediate
        key = new_key()
        certificate = issue(issuer, identity, key.public_key(), now, authority.status_url)
        revoked_at = now if identity.state == "revoked" else None
        register[certificate.serial_number] = Issued(
            identity.name, certificate.serial_number, identity.state, revoked_at
        )
        _write_identity(credentials / identity.name, certificate, issuer, key)
        kit[identity.name] = _kit_entry(identity)
    (credentials / "trust.pem").write_bytes(authority.root.certificate.public_bytes(_PEM))
    (credentials / "intermediate.pem").write_bytes(
        authority.intermediate.certificate.public_bytes(_PEM)
    )
    _write_json(credentials / "kit.json", {"version": 1, "trust": "trust.pem", "identities": kit})
    # Written last: a register without the kit would look complete after a crash.
    _write_register(store, authority.status_url, register)


def _kit_entry(identity: Identity) -> dict[str, Any]:
    return {
        "certificate": f"{identity.name}/cert.pem",
        "chain": f"{identity.name}/chain.pem",
        "key": f"{identity.name}/key.pem",
        "class": identity.kind,
        "subject": dict(identity.subject),
        "state": identity.state,
    }


def _write_identity(
    folder: Path, certificate: x509.Certificate, issuer: Issuer, key: ec.EllipticCurvePrivateKey
) -> None:
    folder.mkdir(exist_ok=True)
    leaf = certificate.public_bytes(_PEM)
    (folder / "cert.pem").write_bytes(leaf)
    (folder / "chain.pem").write_bytes(leaf + issuer.certificate.public_bytes(_PEM))
    _write_key(folder / "key.pem", key)


def _write_issuer(store: Path, issuer: Issuer) -> None:
    (store / f"{issuer.name}.cert.pem").write_bytes(issuer.certificate.public_bytes(_PEM))
    _write_key(store / f"{issuer.name}.key.pem", issuer.key)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(pem)


def _write_register(store: Path, status_url: str, register: dict[int, Issued]) -> None:
    rows = [
        {
            "name": entry.name,
            "serial": f"{entry.serial:x}",
            "state": entry.state,
            "revokedAt": entry.revoked_at.isoformat() if entry.revoked_at else None,
        }
        for entry in register.values()
    ]
    _write_json(
        store / "register.json",
        {"version": REGISTER_VERSION, "statusUrl": status_url, "issued": rows},
    )


def _write_json(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False), "utf-8")
    os.replace(temporary, path)  # noqa: PTH105 - Path.replace hides that this is the atomic step


def _recorded(store: Path) -> dict[str, Any]:
    path = store / "register.json"
    try:
        recorded = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise DamagedState(f"{path}: {error}. {_MEND}") from error
    if not isinstance(recorded, dict) or recorded.get("version") != REGISTER_VERSION:
        raise DamagedState(f"{path}: not a register of version {REGISTER_VERSION}. {_MEND}")
    return recorded


_MEND = "Choose another --state directory, or delete this one to have everything made anew."


def _load(directory: Path) -> Authority:
    store = directory / "pki"
    recorded = _recorded(store)
    try:
        register = {
            int(row["serial"], 16): Issued(
                str(row["name"]),
                int(row["serial"], 16),
                str(row["state"]),
                datetime.fromisoformat(row["revokedAt"]) if row["revokedAt"] else None,
            )
            for row in recorded["issued"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedState(f"{store / 'register.json'}: {error!r}. {_MEND}") from error
    return Authority(
        directory,
        _read_issuer(store, "root"),
        _read_issuer(store, "intermediate"),
        register,
        str(recorded["statusUrl"]),
    )


def _read_issuer(store: Path, name: str) -> Issuer:
    return Issuer(
        name, _read_certificate(store / f"{name}.cert.pem"), _read_key(store / f"{name}.key.pem")
    )


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (ValueError, OSError) as error:
        raise DamagedState(f"{path}: {error}. {_MEND}") from error


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, OSError) as error:
        raise DamagedState(f"{path}: {error}. {_MEND}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise DamagedState(f"{path}: not an elliptic-curve key. {_MEND}")
    return key
