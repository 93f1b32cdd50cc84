"""Legal variants of what an answer says: other forms of the same JSON value and the same text.

Another conforming product could write its answers this way. Nothing that somebody else wrote is
touched: a signed document, a bundle and the condition of a rule are given back as they came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from reference_impl.platform.configuration import FaultSwitch

QUOTED = frozenset({"document", "bundle", "condition", "payload", "facts"})
"""Members whose value is another's word."""
UNORDERED = frozenset(
    {
        "accesses", "active", "activeMedicines", "allergies", "areas", "centres", "claims",
        "classes", "diagnoses", "dispenses", "entries", "errors", "former", "formulary", "hids",
        "insurers", "matches", "operations", "outages", "parts", "positions", "privileges",
        "questions", "recalls", "refusals", "reports", "results", "roles", "ruleIds", "rules",
        "sanctions", "scope", "services", "sources", "systems", "tariffs", "users",
    }
)  # fmt: skip
"""Arrays that neither contract nor profile puts in an order."""
_NAMED: Mapping[str, frozenset[str]] = {
    "messages": frozenset({"outcome"}),
    "items": frozenset({"dispenses", "preparedAt", "claimId"}),
    "adjustments": frozenset({"total"}),
}
"""Arrays without an order in rows that have one of these members."""
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "queryAccesses": frozenset({"operation"}),
    "getOutbox": frozenset({"oldestAt", "retryAt"}),
    "findLinks": frozenset({"linkedAt"}),
    "getReadiness": frozenset({"services"}),
    "getRuleApproval": frozenset({"itemId"}),
    "getToken": frozenset({"certificate"}),
    "verifyHid": frozenset({"centre", "validOn"}),
    "validateCertificate": frozenset({"certificateClass"}),
    "listOutages": frozenset({"areas"}),
}
"""Optional members that no clause asks for, by operation."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|.)")
_EAST, _WEST = timezone(timedelta(hours=5)), timezone(timedelta(hours=-11))

Change = Callable[[Any], Any]


def value_forms(faults: FaultSwitch) -> tuple[Change, ...]:
    """Return the changes that are switched on and concern the value of a body, in their order."""
    return tuple(change for name, change in _VALUES.items() if faults.on(name))


def text_form(faults: FaultSwitch) -> Change | None:
    """Return how JSON is written when it is not to be written as usual."""
    return next((write for name, write in _TEXTS.items() if faults.on(name)), None)


def open_operations(contract: Mapping[str, Any]) -> frozenset[str]:
    """Return the operations whose good answers may carry members that the contract does not name.

    `contract` is the OpenAPI document of one service.
    """
    schemas = contract.get("components", {}).get("schemas", {})
    found = set()
    for item in contract["paths"].values():
        for operation in (one for one in item.values() if isinstance(one, dict)):
            for status, told in operation.get("responses", {}).items():
                for content in told.get("content", {}).values():
                    name = str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
                    closed = schemas.get(name, {}).get("additionalProperties") is False
                    if str(status).startswith("2") and not closed:
                        found.add(str(operation["operationId"]))
    return frozenset(found)


def with_more(body: Any) -> Any:
    """Return an answer with members that the contract does not name."""
    return {"answeredBy": "node-2", **body, "furtherMembers": [{"any": None}]}


def without_optional(operation: str, body: Any) -> Any:
    """Return an answer without the optional members that no clause asks for."""
    dropped = LEFT_OUT.get(operation, frozenset())
    return mapped(body, lambda row: {k: v for k, v in row.items() if k not in dropped})


def mapped(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Apply `change` to every object of the service's own."""
    if isinstance(value, dict):
        kept = {k: v if k in QUOTED else mapped(v, change) for k, v in value.items()}
        return change(kept)
    if isinstance(value, list):
        return [mapped(one, change) for one in value]
    return value


def _sorted(value: Any) -> Any:
    return mapped(value, lambda row: {key: row[key] for key in sorted(row)})


def _turned_round(value: Any) -> Any:
    return mapped(
        value,
        lambda row: {
            key: one[::-1] if isinstance(one, list) and _is_unordered(key, row) else one
            for key, one in row.items()
        },
    )


def _is_unordered(member: str, row: Mapping[str, Any]) -> bool:
    # What the gateway heard stands in the order of time; what rules say has none. Balances of a
    # prescription, lines of a dispense and of a claim, and what the purchaser tells of deductions
    # name the item they are about; adjudication tells them in the order they were made.
    said_by = _NAMED.get(member, frozenset())
    return member in UNORDERED or not said_by.isdisjoint(row)


def _without_nulls(value: Any) -> Any:
    return mapped(value, lambda row: {k: v for k, v in row.items() if v is not None})


def _timed(write: Callable[[datetime], str]) -> Change:
    """Return the change that writes every instant of the service anew."""

    def told(value: Any) -> Any:
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            return write(datetime.fromisoformat(value))
        return value

    return lambda body: mapped(body, lambda row: {key: told(one) for key, one in row.items()})


def _utc(moment: datetime) -> str:
    precision = "microseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _zero_offset(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _fractions(digits: int) -> Callable[[datetime], str]:
    def write(moment: datetime) -> str:
        whole = moment.replace(microsecond=0).isoformat()
        return f"{whole[:19]}.{moment.microsecond:06d}"[: 20 + digits] + whole[19:]

    return write


_VALUES: Mapping[str, Change] = {
    "variant.lists_turned_round": _turned_round,
    "variant.utc_times": _timed(_utc),
    "variant.zero_offset_times": _timed(_zero_offset),
    "variant.eastern_times": _timed(lambda moment: moment.astimezone(_EAST).isoformat()),
    "variant.western_times": _timed(lambda moment: moment.astimezone(_WEST).isoformat()),
    "variant.tenths": _timed(_fractions(1)),
    "variant.fractional_seconds": _timed(_fractions(3)),
    "variant.microseconds": _timed(_fractions(6)),
    "variant.nulls_left_out": _without_nulls,
    "variant.members_sorted": _sorted,
}


def _escaped(value: Any) -> str:
    """Write every character beyond ASCII, and the solidus, as an escape with upper-case digits."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return _ESCAPE.sub(_upper, text).replace("/", "\\/")


def _upper(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else f"\\u{found[1].upper()}"


def _spaced(value: Any) -> str:
    """Write with tabs and line ends of another system, before, between and after."""
    text = json.dumps(
        value, ensure_ascii=False, indent="\t", separators=(" ,", "\t:\t"), allow_nan=False
    )
    return "\r\n" + text.replace("\n", "\r\n") + "\r\n"


_TEXTS: Mapping[str, Change] = {
    "variant.json_escapes": _escaped,
    "variant.json_spaced": _spaced,
}
