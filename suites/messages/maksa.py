"""Releases of code systems, each with a code of its own and valid long after the case."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue

SECRETARIAT = Caller("coding-office")
DRUGS = "urn:ir:maksa:eRx-synthetic"
AHEAD = 400
"""Days until a release of a case is valid: no case that runs today sees another code change."""


def fresh_code(data: SyntheticData, label: str) -> str:
    """Return a code that no code system of the pack has: `X` and twelve hexadecimal digits."""
    return f"X{data.key(f'code {label}')[:12]}"


def addition(data: SyntheticData, label: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return the change that adds a medicine nobody has heard of."""
    code = fresh_code(data, label)
    return {
        "system": DRUGS,
        "code": code,
        "version": "1",
        "kind": "added",
        "displayFa": f"داروی آزمایشی {code}",
        "displayEn": f"trial medicine {code}",
        **changes,
    }


def release(data: SyntheticData, label: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return a release that adds one medicine; the label decides its name and its code."""
    return {
        "release": f"T-{data.key(f'release {label}')[:12]}",
        "validFrom": data.day(AHEAD),
        "noteEn": "A trial release of the laboratory.",
        "noteFa": "انتشار آزمایشی آزمایشگاه.",
        "changes": [addition(data, label)],
        **changes,
    }


@message_builder("maksa.release")
def publication(_sut: Sut, data: SyntheticData, label: str) -> Message:
    """Publish a release as the secretariat of the coding committee."""
    body = release(data, label)
    return Message("publishRelease", "maksa", SECRETARIAT, 201, body=body)
