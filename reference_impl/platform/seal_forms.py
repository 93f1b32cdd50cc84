"""Legal variants of the seal of an answer: RFC 9421 leaves label, order and more to the signer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.sealing import (
    ALGORITHM,
    REQUEST_SIGNATURE,
    RESPONSE_COMPONENTS,
    RESPONSE_TAG,
    Sealer,
    byte_sequence,
    content_digest,
)
from reference_impl.platform.structured import serialise

BEHIND_SECONDS = 45
"""How much the clock of a legal variant is late; the window is 300 s."""
COVERABLE = ("content-type", "cache-control", "date")
POINTS = (
    "variant.seal_label",
    "variant.seal_turned_round",
    "variant.seal_covers_more",
    "variant.seal_expires",
    "variant.seal_beside_another",
    "variant.seal_lines_split",
    "variant.seal_clock_behind",
    "variant.seal_nonce_in_hex",
)


class SealForms:
    """Seals answers in the forms that are switched on; `active` says whether any is."""

    def __init__(self, sealer: Sealer, faults: FaultSwitch) -> None:
        self._sealer = sealer
        self._on = frozenset(point for point in POINTS if faults.on(point))
        self.active = bool(self._on)

    def response(
        self,
        status: int,
        body: bytes,
        correlation: str,
        request_signature: bytes | None,
        headers: Mapping[str, str],
    ) -> dict[str, str]:
        """Return the headers that seal a response, as `Sealer.response`; `headers` are the rest."""
        sealed = {
            "content-digest": content_digest(body),
            "ditas-correlation": correlation,
            "ditas-certificate": self._sealer.header,
        }
        known = {**headers, **sealed, "@status": str(status)}
        names = list(RESPONSE_COMPONENTS)
        if "variant.seal_covers_more" in self._on:
            names += [name for name in COVERABLE if name in headers]
        lines = {f'"{name}"': known[name] for name in names}
        if request_signature is not None:
            lines[serialise(REQUEST_SIGNATURE)] = byte_sequence(request_signature)
        label = "purchaser-node-2" if "variant.seal_label" in self._on else "seal"
        made = self._signed(label, lines)
        split = "variant.seal_lines_split" in self._on
        if split or "variant.seal_beside_another" in self._on:
            # What a proxy of the same house puts beside the seal; it says nothing of the message.
            other = self._signed("proxy", {'"@status"': str(status)}, tag="proxy-note")
            between = "\n" if split else ", "
            made = {name: f"{value}{between}{other[name]}" for name, value in made.items()}
        return {**sealed, **made}

    def _signed(
        self, label: str, lines: dict[str, str], *, tag: str = RESPONSE_TAG
    ) -> dict[str, str]:
        created = self._sealer.moment()
        if "variant.seal_clock_behind" in self._on:
            created -= BEHIND_SECONDS
        in_hex = "variant.seal_nonce_in_hex" in self._on
        nonce = secrets.token_hex(24).upper() if in_hex else secrets.token_urlsafe(18)
        parameters = [
            f";created={created}",
            f';nonce="{nonce}"',
            f';keyid="{self._sealer.keyid}"',
            f';alg="{ALGORITHM}"',
            f';tag="{tag}"',
        ]
        if "variant.seal_expires" in self._on:
            parameters.insert(1, f";expires={created + 300}")
        rows = list(lines.items())
        if "variant.seal_turned_round" in self._on:
            parameters.reverse()
            rows.reverse()
        covered = f"({' '.join(name for name, _ in rows)}){''.join(parameters)}"
        base = [f"{name}: {value}" for name, value in rows]
        base.append(f'"@signature-params": {covered}')
        raw = self._sealer.sign("\n".join(base).encode("utf-8"))
        return {
            "signature-input": f"{label}={covered}",
            "signature": f"{label}={byte_sequence(raw)}",
        }
