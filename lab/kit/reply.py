"""What a case may see of an answer: bounded, strictly parsed, never indexed raw."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, NoReturn

from lab.kit.signals import Inconclusive
from lab.model.base import JsonValue
from lab.model.exchange import Exchange, FailureKind, TransportFailure
from lab.model.verdict import Blame

MAX_DEPTH = 64
MAX_JSON_BYTES = 8 * 1024 * 1024
SHOWN = 160

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class Missing(Enum):
    """Type of MISSING, the answer for a pointer that leads nowhere."""

    MISSING = "MISSING"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


class JsonProblem(ValueError):
    """The body is not the strict JSON that may be looked into; the text says why."""


def parse_json(content: bytes, limit: int = MAX_JSON_BYTES) -> JsonValue:
    """Parse strict JSON: UTF-8 without BOM, no duplicate keys, no NaN, bounded depth and size.

    Raises JsonProblem with the reason.
    """
    if len(content) > limit:
        raise JsonProblem(f"{len(content)} bytes are more than the {limit} that are looked into")
    if content.startswith(b"\xef\xbb\xbf"):
        raise JsonProblem("the text starts with a byte order mark")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonProblem(f"byte {error.start} is not UTF-8") from error
    _check_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_constant, parse_int=_integer
        )
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise JsonProblem(f"line {error.lineno} column {error.colno}: {error.msg}") from error
    except UnicodeEncodeError as error:
        raise JsonProblem("a string holds half a surrogate pair") from error
    except RecursionError as error:
        raise JsonProblem(f"nested deeper than {MAX_DEPTH}") from error
    return value


def _check_depth(text: str) -> None:
    depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonProblem(f"nested deeper than {MAX_DEPTH}")
        elif character in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result: dict[str, JsonValue] = {}
    for key, value in pairs:
        if key in result:
            raise JsonProblem(f'member "{key[:80]}" stands twice in one object')
        result[key] = value
    return result


def _constant(name: str) -> NoReturn:
    raise JsonProblem(f"{name} is not JSON")


def _integer(text: str) -> int:
    if len(text) > 400:  # noqa: PLR2004 - well above any amount, well below the conversion cost
        raise JsonProblem(f"a number of {len(text)} digits")
    return int(text)


def look_up(document: JsonValue, pointer: str) -> JsonValue | Missing:
    """Resolve a JSON Pointer (RFC 6901); MISSING when it leads nowhere."""
    if pointer == "":
        return document
    node = document
    for raw in pointer.split("/")[1:]:
        part = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict):
            if part not in node:
                return MISSING
            node = node[part]
        elif isinstance(node, list):
            if not _INDEX.fullmatch(part) or int(part) >= len(node):
                return MISSING
            node = node[int(part)]
        else:
            return MISSING
    return node


def same_json(left: JsonValue, right: JsonValue) -> bool:
    """Equality of JSON values: true is not 1, everything else as usual."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same_json(a, b) for a, b in pairs)
    return bool(left == right)


def shown(value: object, limit: int = SHOWN) -> str:
    """Return a value as bounded text for findings."""
    if value is MISSING:
        return "nothing there"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


@dataclass(frozen=True)
class Reply:
    """An answer, or the failure that came instead of it. Status 0 means: no answer."""

    exchange: Exchange
    content: bytes
    service: str
    operation: str
    environment: bool = False  # an answer of our own surroundings, not of the product
    encoded: bytes | None = None  # the body before content decoding, when there was any
    _parsed: list[JsonValue] = field(default_factory=list, repr=False, compare=False)

    @property
    def exchange_id(self) -> str:
        """Id of the recorded exchange, EV-nnnnnn."""
        return self.exchange.id

    @property
    def failure(self) -> TransportFailure | None:
        """Why no usable answer came, if none came."""
        return self.exchange.failure

    @property
    def blame(self) -> Blame:
        """Who has to act when this answer is not what was needed."""
        if self.environment:
            return Blame.ENVIRONMENT
        if self.failure is not None and self.failure.kind is FailureKind.CONNECT:
            return Blame.CONFIG
        return Blame.SUT

    @property
    def way_out(self) -> str:
        """What to do when the product could not be reached at all, "" when it could."""
        if self.blame is not Blame.CONFIG:
            return ""
        return "Start the product, or correct [ixit] base_url; mafalab doctor --sut tells which."

    @property
    def status(self) -> int:
        """HTTP status, 0 when there was no answer."""
        return self.exchange.response.status if self.exchange.response else 0

    def header(self, name: str) -> str | None:
        """Value of a header (repeated lines joined by a comma), None when absent."""
        if self.exchange.response is None:
            return None
        wanted = name.lower()
        values = [h.value for h in self.exchange.response.headers if h.name.lower() == wanted]
        return ", ".join(values) if values else None

    @property
    def wire_content(self) -> bytes:
        """The body before content decoding; what a digest covers."""
        return self.content if self.encoded is None else self.encoded

    @property
    def media_type(self) -> str:
        """Content type without parameters, lower case."""
        return (self.header("content-type") or "").split(";", 1)[0].strip().lower()

    def parse(self) -> JsonValue:
        """Parse the body once; raises JsonProblem with the reason."""
        if not self._parsed:
            if self.failure is not None:
                raise JsonProblem(f"no answer: {self.failure.kind.value}: {self.failure.detail}")
            self._parsed.append(parse_json(self.content))
        return self._parsed[0]

    @property
    def json(self) -> JsonValue | Missing:
        """The parsed body, MISSING when it is not strict JSON."""
        try:
            return self.parse()
        except JsonProblem:
            return MISSING

    def find(self, pointer: str) -> JsonValue | Missing:
        """Value at a JSON Pointer, MISSING when the body or the member is not there."""
        try:
            return look_up(self.parse(), pointer)
        except JsonProblem:
            return MISSING

    def required(self, pointer: str) -> JsonValue:
        """Value at a pointer that the case cannot go on without; INCONCLUSIVE when absent."""
        value = self.find(pointer)
        if value is MISSING:
            raise Inconclusive(
                f"{self.operation}: {pointer} is needed to go on",
                blame=self.blame,
                pointer=pointer,
                exchange_id=self.exchange_id,
                expected=f"{pointer} in the answer of {self.operation}",
                observed=self.summary(),
                fix=self.way_out,
            )
        return value

    @property
    def problem_code(self) -> str | None:
        """`code` of a problem-details answer, None when there is none."""
        value = self.find("/code")
        return value if isinstance(value, str) else None

    def summary(self) -> str:
        """One bounded line on what came back, for findings."""
        if self.failure is not None:
            return f"no answer ({self.failure.kind.value}: {self.failure.detail})"
        code = self.problem_code
        if code is not None:
            return f"status {self.status}, code {code[:80]}"
        try:
            self.parse()
        except JsonProblem as problem:
            kind = self.media_type or "no content type"
            size = len(self.content)
            if size == 0:
                return f"status {self.status}, empty body"
            return f"status {self.status}, {size} bytes of {kind[:60]}, not JSON: {problem}"
        return f"status {self.status}"
