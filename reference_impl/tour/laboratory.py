"""The laboratory as the tour plays it: writes the register of certified software into a folder.

Written from the published form (docs/wire.md, "Register of software"), with the laboratory's own
identity of the kit. A certificate of a real campaign is issued by `mafalab certificate issue`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.synthetic.model import Software
from reference_impl.clients.credentials import Identity

CERTIFICATE, STATUS = "mafa-certificate+jwt", "mafa-certificate-status+jwt"
PACK = "erx-1401"
FRESH, VALID = timedelta(days=7), timedelta(days=730)
EMPTY = "only = false\n"


class PlayedLaboratory:
    """One laboratory with one certificate and its signed list of what became of it."""

    def __init__(self, folder: Path, signer: Identity) -> None:
        self._folder = folder
        self._signer = signer
        self._lines: list[str] = []
        self._certificate = str(uuid.uuid4())

    def list_product(self, software: Software) -> None:
        """List a product; from now on the folder alone decides about it."""
        rows = {
            "software_id": software.software_id,
            "vendor": software.vendor_legal_id,
            "product": software.name_en,
            "version": software.version,
        }
        lines = [f"{name} = {json.dumps(text)}" for name, text in rows.items()]
        self._write("products.toml", "\n".join([EMPTY, "[[product]]", *lines, ""]))

    def unlist(self) -> None:
        """Leave the product to the register of the synthetic world again."""
        self._write("products.toml", EMPTY)

    def issue(self, software: Software, role: str, at: datetime) -> None:
        """Publish a certificate, and its first line in the list."""
        content = {
            "id": self._certificate,
            "product": {
                "vendor": software.vendor_legal_id,
                "product": software.name_en,
                "version": software.version,
            },
            "role": role,
            "pack": PACK,
            "issued_at": _instant(at),
            "valid_until": _instant(at + VALID),
        }
        # The list comes first: what the folder holds must be known to it.
        self.note("issued", at)
        self._write("certificate.jws", self._signed(content, CERTIFICATE, at))

    def note(self, event: str, at: datetime) -> None:
        """Add what happened to the certificate to the signed list."""
        before = self._lines[-1].encode("ascii") if self._lines else None
        entry = {
            "seq": len(self._lines) + 1,
            "previous": hashlib.sha256(before).hexdigest() if before else "0" * 64,
            "certificate_id": self._certificate,
            "event": event,
            "reason": "tour",
            "person": "Negar",
            "at": _instant(at),
            "fresh_until": _instant(at + FRESH),
        }
        self._lines.append(self._signed(entry, STATUS, at))
        self._write("status.jwsl", "\n".join([*self._lines, ""]))

    def _signed(self, content: dict[str, Any], kind: str, at: datetime) -> str:
        chain = [c.public_bytes(Encoding.DER) for c in self._signer.chain[:2]]
        header = {
            "alg": "ES256",
            "typ": kind,
            "iat": int(at.timestamp()),
            "x5c": [base64.b64encode(one).decode("ascii") for one in chain],
        }
        parts = ".".join(_encoded(json.dumps(one).encode()) for one in (header, content))
        der = self._signer.key.sign(parts.encode("ascii"), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(der)
        return f"{parts}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def _write(self, name: str, text: str) -> None:
        """Replace a file at once, so that nobody reads half of it."""
        fresh = self._folder / f".{name}.new"
        fresh.write_text(text, "utf-8")
        fresh.replace(self._folder / name)


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
