"""Problem details (RFC 9457) from the error bank of the pack, and the exception that carries them.

`raise Refusal("PRESCRIPTION_NOT_FOUND", pointer="/hid", item_ref="2", rule_id="INS-03")`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One place in the request that is wrong: JSON Pointer and a sentence."""

    pointer: str
    detail: str


class Refusal(Exception):
    """A refusal with a code of the error bank; status and texts come from the bank.

    `headers` are added to the answer (for example `retry-after`); `extra` members are added to
    the body where the contract allows them.
    """

    def __init__(
        self,
        code: str,
        *,
        pointer: str | None = None,
        detail: str = "",
        errors: tuple[FieldError, ...] = (),
        item_ref: str | None = None,
        rule_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = (*errors, *((FieldError(pointer, detail),) if pointer is not None else ()))
        self.item_ref = item_ref
        self.rule_id = rule_id
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    @property
    def summary(self) -> str:
        """Code and places for the operator's log; never values of the message."""
        places = "; ".join(f"{error.pointer} {error.detail}" for error in self.errors[:5])
        return f"{self.code} {places}".strip()


class ErrorBank:
    """The error bank of the pack, rendered as problem details."""

    def __init__(self, errors: Mapping[str, Any]) -> None:
        self._errors = errors

    def status(self, code: str) -> int:
        """Return the HTTP status of a code; KeyError for a code the bank does not have."""
        return int(self._entry(code)["status"])

    def retryable(self, code: str) -> bool:
        """Say whether the same request may succeed later."""
        return bool(self._entry(code)["retryable"])

    def render(self, refusal: Refusal, correlation: str | None) -> dict[str, Any]:
        """Return the problem details of a refusal."""
        entry = self._entry(refusal.code)
        body: dict[str, Any] = {
            "type": f"urn:ir:mafa:erx:error:{refusal.code}",
            "title": entry["messageEn"],
            "status": int(entry["status"]),
            "code": refusal.code,
            "category": entry["category"],
            "severity": entry["severity"],
            "messageFa": entry["messageFa"],
            "messageEn": entry["messageEn"],
            "solutionFa": entry["solutionFa"],
            "solutionEn": entry["solutionEn"],
            "retryable": bool(entry["retryable"]),
            "correlation": correlation,
        }
        if refusal.item_ref is not None:
            body["itemRef"] = refusal.item_ref
        if refusal.rule_id is not None:
            body["ruleId"] = refusal.rule_id
        if refusal.errors:
            body["errors"] = [
                {"pointer": error.pointer, "detail": error.detail} for error in refusal.errors
            ]
        return {**body, **refusal.extra}

    def _entry(self, code: str) -> Mapping[str, Any]:
        entry: Mapping[str, Any] = self._errors[code]
        return entry
