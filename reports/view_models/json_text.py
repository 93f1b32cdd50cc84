"""Indents and colours JSON text without re-serialising it.

Order, duplicate names, number spellings and escapes stay exactly as they were received; only white
space outside strings changes. Text that is no JSON comes back unchanged.
"""

from __future__ import annotations

import json
import re

from markupsafe import Markup, escape

from reports.view_models.text import has_rtl, visible

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_MAX_DEPTH = 64
_NAME, _STRING = Markup("<b>{}</b>"), Markup("<i>{}</i>")
_DIGITS, _WORD = Markup("<s>{}</s>"), Markup("<u>{}</u>")
_NUMBER = re.compile(r"-?\d[\d.eE+-]*")


def indented(text: str) -> str | None:
    """Return `text` indented by two spaces, or None when it is not JSON or nests too deep."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    lines, depth, line = [], 0, ""
    pieces = _PIECE.findall(text)
    for index, piece in enumerate(pieces):
        if piece in "{[":
            depth += 1
            if depth > _MAX_DEPTH:
                return None
            line += piece
            if pieces[index + 1] not in "}]":
                lines.append(line)
                line = "  " * depth
        elif piece in "}]":
            depth -= 1
            if pieces[index - 1] not in "{[":
                lines.append(line)
                line = "  " * depth
            line += piece
        elif piece == ",":
            lines.append(line + ",")
            line = "  " * depth
        else:
            line += ": " if piece == ":" else piece
    return "\n".join([*lines, line])


def coloured(text: str) -> Markup:
    """Return indented JSON as HTML: names, strings and literals marked, everything escaped."""
    parts: list[Markup | str] = []
    end = 0
    for match in _PIECE.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        parts.append(_token(match.group(), text[end : end + 1] == ":"))
    parts.append(text[end:])
    return Markup("").join(parts)


def _token(piece: str, is_name: bool) -> Markup | str:
    if piece.startswith('"'):
        inner = escape(visible(piece))
        if has_rtl(piece):
            inner = Markup("<bdi>{}</bdi>").format(inner)
        return (_NAME if is_name else _STRING).format(inner)
    if piece in "{}[],:":
        return piece
    return (_DIGITS if _NUMBER.fullmatch(piece) else _WORD).format(visible(piece))
