"""Structured field values (RFC 8941), as far as message signatures and digests need them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+\-.^_`|~]*")
MAX_LENGTH = 8192

Bare = bool | int | str | bytes


class MalformedField(ValueError):
    """A field value that does not follow RFC 8941."""


@dataclass(frozen=True, slots=True)
class Token:
    """An unquoted word."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A bare value with parameters in their order."""

    value: Bare | Token
    parameters: tuple[tuple[str, Bare | Token], ...] = ()


@dataclass(frozen=True, slots=True)
class InnerList:
    """A parenthesised list of items with parameters."""

    items: tuple[Item, ...]
    parameters: tuple[tuple[str, Bare | Token], ...] = ()


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """Parse a dictionary; later members win, as the RFC says. Raises MalformedField."""
    if len(text) > MAX_LENGTH:
        raise MalformedField(f"field longer than {MAX_LENGTH} characters")
    reader = _Reader(text.strip(" "))
    found: dict[str, Item | InnerList] = {}
    while not reader.at_end():
        key = reader.match(_KEY, "a key")
        found.pop(key, None)
        if reader.take("="):
            found[key] = reader.inner_list() if reader.peek("(") else reader.item()
        else:
            found[key] = Item(True, reader.parameters())
        reader.blanks()
        if reader.at_end():
            break
        if not reader.take(","):
            raise MalformedField(f"expected a comma at character {reader.position}")
        reader.blanks()
        if reader.at_end():
            raise MalformedField("ends with a comma")
    return found


def serialise(value: Item | InnerList) -> str:
    """Write an item or inner list in the one canonical way."""
    if isinstance(value, InnerList):
        inside = " ".join(serialise(item) for item in value.items)
        return f"({inside}){_parameters(value.parameters)}"
    return f"{_bare(value.value)}{_parameters(value.parameters)}"


def _parameters(parameters: tuple[tuple[str, Bare | Token], ...]) -> str:
    return "".join(
        f";{name}" if value is True else f";{name}={_bare(value)}" for name, value in parameters
    )


def _bare(value: Bare | Token) -> str:
    if isinstance(value, Token):
        return value.text
    if isinstance(value, bool):
        return f"?{int(value)}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def peek(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def take(self, character: str) -> bool:
        if self.peek(character):
            self.position += len(character)
            return True
        return False

    def blanks(self) -> None:
        while not self.at_end() and self.text[self.position] in " \t":
            self.position += 1

    def match(self, pattern: re.Pattern[str], wanted: str) -> str:
        found = pattern.match(self.text, self.position)
        if found is None:
            raise MalformedField(f"expected {wanted} at character {self.position}")
        self.position = found.end()
        return found.group()

    def inner_list(self) -> InnerList:
        self.take("(")
        items: list[Item] = []
        while True:
            while self.take(" "):
                pass
            if self.take(")"):
                return InnerList(tuple(items), self.parameters())
            items.append(self.item())
            if not (self.peek(" ") or self.peek(")")):
                raise MalformedField(f"inner list is broken at character {self.position}")

    def item(self) -> Item:
        return Item(self.bare(), self.parameters())

    def parameters(self) -> tuple[tuple[str, Bare | Token], ...]:
        found: dict[str, Bare | Token] = {}
        while self.take(";"):
            while self.take(" "):
                pass
            name = self.match(_KEY, "a parameter name")
            found.pop(name, None)
            found[name] = self.bare() if self.take("=") else True
        return tuple(found.items())

    def bare(self) -> Bare | Token:
        if self.peek('"'):
            quoted = self.match(_STRING, "a quoted text")[1:-1]
            return re.sub(r'\\(["\\])', r"\1", quoted)
        if self.peek(":"):
            try:
                return base64.b64decode(self.match(_BYTES, "bytes")[1:-1], validate=True)
            except binascii.Error as error:
                raise MalformedField("base64 is broken") from error
        if self.peek("?"):
            return self.match(_BOOLEAN, "a boolean")[1] == "1"
        if self.position < len(self.text) and self.text[self.position] in "-0123456789":
            return int(self.match(_INTEGER, "an integer"))
        return Token(self.match(_TOKEN, "a value"))
