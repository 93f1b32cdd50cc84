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
