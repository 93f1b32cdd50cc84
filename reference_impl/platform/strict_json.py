"""Read JSON the way the profile demands: UTF-8, no BOM, no duplicate keys, depth at most 32."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from reference_impl.platform.problem import Refusal

MAX_DEPTH = 32
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(raw: bytes, *, allow_duplicates: bool = False) -> Any:
    """Parse bytes; raise Refusal BODY_NOT_JSON, BODY_DUPLICATE_KEY or BODY_TOO_DEEP.

    NaN, Infinity, numbers beyond the range of a double and lone surrogates are not JSON here.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Refusal("BODY_NOT_JSON", pointer="", detail="the body starts with a byte order mark")
    _refuse_depth(raw)
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=dict if allow_duplicates else _unique,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        # UnicodeError is a ValueError; the text of the parser names line and column only.
        raise Refusal("BODY_NOT_JSON", pointer="", detail=_reason(error)) from error
    return value


def _refuse_depth(raw: bytes) -> None:
    """Count nesting before parsing, so that a deep body costs neither stack nor time."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", raw)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > MAX_DEPTH:
            raise Refusal(
                "BODY_TOO_DEEP", pointer="", detail=f"nested deeper than {MAX_DEPTH} levels"
            )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Refusal(
                    "BODY_DUPLICATE_KEY", pointer="", detail=f'member "{name[:60]}" appears twice'
                )
            seen.add(name)
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 at byte {error.start}"
    if isinstance(error, UnicodeEncodeError):
        return "a text contains half of a surrogate pair"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)[:200]
