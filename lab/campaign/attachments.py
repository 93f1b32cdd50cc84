"""Files attached to an attestation: bounded, of a known type, kept by hash, never opened by us.

What a person attaches comes from outside and is hostile: its name is escaped, its type is read from
its bytes and must fit its ending, and only four plain types are taken.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.model.errors import UsageError
from lab.model.inspection import AttachmentKind, InspectionItem

MAX_FILES = 20
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_NAME = 120
_TEXT = ("txt", "log", "csv", "md", "json", "toml", "yaml", "yml", "xml", "conf", "ini")
_ENDINGS = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "application/pdf": ("pdf",),
    "text/plain": _TEXT,
}
_STARTS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
# Controls, line separators and bidi controls; ZWNJ is Persian spelling and stays.
_HOSTILE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200d-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff]"
)


@dataclass(frozen=True)
class NamedFile:
    """A file a person names, with the kind they say it is, or None."""

    path: Path
    kind: AttachmentKind | None = None


@dataclass(frozen=True)
class ReadFile:
    """A file that was read and found fit to be kept."""

    kind: AttachmentKind
    name: str
    media_type: str
    content: bytes


def escaped(text: str, *, limit: int) -> str:
    """Return text without controls, bidi tricks or stray bytes, cut at `limit` characters."""
    shown = _HOSTILE.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text.strip())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def named(text: str) -> NamedFile:
    """Read ``KIND=FILE`` or ``FILE``."""
    kind, sign, rest = text.partition("=")
    if sign and kind in {one.value for one in AttachmentKind}:
        return NamedFile(Path(rest), AttachmentKind(kind))
    return NamedFile(Path(text))


def read_files(
    item: InspectionItem, files: Sequence[NamedFile], *, inside: Path | None = None
) -> tuple[ReadFile, ...]:
    """Read the attached files; UsageError names the one that cannot be kept and why.

    With `inside`, a form's own directory, no file outside it is read: a form comes from outside and
    must not make the laboratory attach its own files.
    """
    if len(files) > MAX_FILES:
        raise _refused(f"{len(files)} files are attached, at most {MAX_FILES} are taken", item.id)
    return tuple(_read(item, file, inside) for file in files)


def _read(item: InspectionItem, file: NamedFile, inside: Path | None) -> ReadFile:
    path = file.path if inside is None else inside / file.path
    shown = escaped(str(file.path), limit=MAX_NAME)
    try:
        if inside is not None and not path.resolve().is_relative_to(inside.resolve()):
            raise _refused("it lies outside the directory of the form", shown)
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _refused("it is no regular file", shown)
        if not 0 < status.st_size <= MAX_FILE_BYTES:
            raise _refused(
                f"it has {status.st_size} bytes; 1 to {MAX_FILE_BYTES} bytes are taken", shown
            )
        with path.open("rb") as source:
            content = source.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _refused(f"it cannot be read: {error}", shown) from error
    if len(content) > MAX_FILE_BYTES:
        raise _refused(f"it grew beyond {MAX_FILE_BYTES} bytes", shown)
    return ReadFile(
        kind=file.kind or _only_kind(item, shown),
        name=escaped(path.name, limit=MAX_NAME),
        media_type=_media_type(path.name, content, shown),
        content=content,
    )


def _only_kind(item: InspectionItem, shown: str) -> AttachmentKind:
    kinds = list(dict.fromkeys(one.kind for one in item.attach))
    if len(kinds) == 1:
        return kinds[0]
    raise _refused(
        f"{item.id} asks for several kinds and it is not said which this is",
        shown,
        fix=f"Write --attach KIND=FILE with one of: {', '.join(one.value for one in kinds)}.",
    )


def _media_type(name: str, content: bytes, shown: str) -> str:
    found = next((kind for start, kind in _STARTS if content.startswith(start)), None)
    if found is None and content.startswith(b"%PDF-"):
        found = "application/pdf"
    if found is None and _is_text(content):
        found = "text/plain"
    ending = name.rpartition(".")[2].lower()
    if found is None or ending not in _ENDINGS[found]:
        what = found or "neither PNG, JPEG, PDF nor UTF-8 text"
        raise _refused(
            f'its content is {what}, which does not fit the ending ".{escaped(ending, limit=12)}"',
            shown,
            fix="Attach PNG, JPEG, PDF or plain text under its usual ending.",
        )
    return found


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(c) < 32 and c not in "\t\n\r" for c in text)  # noqa: PLR2004 - C0 controls


def _refused(sentence: str, where: str, *, fix: str = "") -> UsageError:
    return UsageError(
        f"the attachment is not taken: {sentence}",
        code="MFL-U080",
        where=where,
        fix=fix or "Attach fewer or smaller files, or a PDF made of them.",
        sentence_fa="پیوست پذیرفته نشد.",
    )
