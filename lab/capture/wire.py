"""Faults the witness puts on the line, declared as data and applied at most once each.

A scenario file may hold `[[wire]]` tables:

    [[wire]]
    fault = "drop_answer"        # drop_answer | tamper_body | tamper_seal | delay
    method = "POST"
    target = "^/purchaser/v1/dispenses/[^/]+/confirmation$"
    occurrence = 1               # first matching exchange with a 2xx answer
    seconds = 0.0                # delay only

`drop_answer` forwards the request, lets the service act, then closes the connection to the client:
the answer is lost but the deed is done. `tamper_*` changes one byte that the response seal covers.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError

from lab.model.base import Frozen
from lab.model.errors import UsageError


class WireKind(StrEnum):
    """What can be done to one answer."""

    DROP_ANSWER = "drop_answer"
    TAMPER_BODY = "tamper_body"
    TAMPER_SEAL = "tamper_seal"
    DELAY = "delay"


class WireFault(Frozen):
    """One fault and the exchange it waits for."""

    fault: WireKind
    method: str = "POST"
    target: str
    occurrence: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.0, ge=0, le=60)


def load_wire_faults(path: Path) -> tuple[WireFault, ...]:
    """Read the `[[wire]]` tables of a scenario file; other tables are not the witness's concern.

    Raises UsageError naming the file and the wrong value.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        faults = tuple(WireFault.model_validate(row) for row in table.get("wire", ()))
        for fault in faults:
            re.compile(fault.target)
    except (OSError, ValueError, ValidationError, re.error) as error:
        raise UsageError(
            f"wire faults cannot be read: {error}",
            code="MFL-U021",
            where=str(path),
            fix="compare with the scenarios in suites/observed/scenarios",
        ) from error
    return faults


class WirePlan:
    """Which fault, if any, meets the next answer. Each fault strikes once."""

    def __init__(self, faults: tuple[WireFault, ...]) -> None:
        self._faults = [(fault, re.compile(fault.target)) for fault in faults]
        self._seen = [0] * len(faults)

    def meets(self, method: str, target: str, status: int) -> WireFault | None:
        """Return the fault due for this answer. Only answers of success count as occurrences."""
        if not 200 <= status < 300:  # noqa: PLR2004 - the class of success of HTTP
            return None
        for index, (fault, pattern) in enumerate(self._faults):
            if fault.method == method and pattern.search(target):
                self._seen[index] += 1
                if self._seen[index] == fault.occurrence:
                    return fault
        return None


def tampered_body(content: bytes) -> bytes:
    """Change one byte, keeping length and, where a digit exists, valid JSON."""
    for index in range(len(content) - 1, -1, -1):
        if content[index : index + 1].isdigit():
            other = b"7" if content[index : index + 1] != b"7" else b"3"
            return content[:index] + other + content[index + 1 :]
    return bytes([content[0] ^ 1]) + content[1:] if content else b"0"


def tampered_seal(value: str) -> str:
    """Change one character inside the base64 of a `signature` field, keeping its shape."""
    start = value.find(":") + 1
    if start == 0 or start >= len(value):
        return value + "A"
    other = "A" if value[start] != "A" else "B"
    return value[:start] + other + value[start + 1 :]
