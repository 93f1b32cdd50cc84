"""What people attach is hostile: bounded, of a plain type, named so that nothing is moved."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fixtures import load_pack
from lab.campaign.attachments import (
    MAX_FILE_BYTES,
    MAX_FILES,
    NamedFile,
    escaped,
    named,
    read_files,
)
from lab.model.errors import UsageError
from lab.model.inspection import AttachmentKind
from lab.selection.inspections import items_of
from tests.support.inspected import PDF, PNG

ITEMS = {item.id: item for item in items_of(load_pack(), "purchaser_system")}
SCREEN, BOTH = ITEMS["INS-PROD-005"], ITEMS["INS-SUP-001"]


def refused(path: Path, *, inside: Path | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read_files(SCREEN, [NamedFile(path)], inside=inside)
    assert caught.value.code == "MFL-U080"
    return caught.value.sentence


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.png", PNG, "image/png"),
        ("a.JPG", b"\xff\xd8\xff\xe0" + b"\x00" * 9, "image/jpeg"),
        ("a.pdf", PDF, "application/pdf"),
        ("گزارش.log", "سطر ۱\n".encode(), "text/plain"),
    ],
)
def test_four_plain_types_are_kept_as_they_are(
    tmp_path: Path, name: str, content: bytes, media_type: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (file,) = read_files(SCREEN, [NamedFile(tmp_path / name)])
    assert (file.name, file.media_type, file.content) == (name, media_type, content)
    assert file.kind is AttachmentKind.SCREENSHOT, "the item asks for one kind only"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"<html><script>alert(1)</script>"),
        ("a.pdf", PNG),
        ("a.html", b"<p>plain text, but not under a usual ending"),
        ("a.txt", b"\x00\x01binary"),
        ("a.txt", b"\xff\xfe not utf-8"),
        ("a.txt", b"\x1b[2J clears the screen"),
        ("a.exe", b"MZ\x90\x00"),
        ("a.zip", b"PK\x03\x04"),
        ("noending", b"text"),
    ],
)
def test_what_does_not_fit_its_ending_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert "does not fit the ending" in refused(tmp_path / name)


def test_sizes_and_counts_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"")
    assert "0 bytes" in refused(path)
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    assert f"{MAX_FILE_BYTES + 1} bytes" in refused(path)
    path.write_bytes(b"x" * MAX_FILE_BYTES)
    assert len(read_files(SCREEN, [NamedFile(path)])) == 1
    path.write_bytes(b"x")
    assert len(read_files(SCREEN, [NamedFile(path)] * MAX_FILES)) == MAX_FILES
    with pytest.raises(UsageError, match=f"{MAX_FILES + 1} files"):
        read_files(SCREEN, [NamedFile(path)] * (MAX_FILES + 1))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    assert "no regular file" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    assert "no regular file" in refused(tmp_path / "pipe.txt")
    assert "cannot be read" in refused(tmp_path / "absent.txt")
    assert "cannot be read" in refused(Path("a\x00b.txt"))


def test_hostile_names_are_escaped(tmp_path: Path) -> None:
    name = "a\u202egnp\x1b[31m\n<script>.txt"
    (tmp_path / name).write_text("x")
    stray = os.fsdecode(b"stray-\xff.txt")
    (tmp_path / stray).write_text("x")
    first, second = read_files(SCREEN, [NamedFile(tmp_path / name), NamedFile(tmp_path / stray)])
    assert first.name.startswith("a⟨U+202E⟩gnp⟨U+001B⟩[31m")
    assert "\u202e" not in first.name + second.name
    assert second.name == "stray-⟨U+DCFF⟩.txt"
    second.name.encode("utf-8")


def test_a_form_attaches_only_what_lies_beside_it(tmp_path: Path) -> None:
    beside = tmp_path / "form"
    beside.mkdir()
    (tmp_path / "secret.txt").write_text("of the laboratory")
    (beside / "mine.txt").write_text("of the vendor")
    (beside / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert read_files(SCREEN, [NamedFile(Path("mine.txt"))], inside=beside)
    for path in ("../secret.txt", str(tmp_path / "secret.txt"), "link.txt", "/etc/passwd"):
        assert "outside the directory of the form" in refused(Path(path), inside=beside)


def test_the_kind_is_said_where_several_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(PDF)
    path = tmp_path / "a.pdf"
    with pytest.raises(UsageError, match="asks for several kinds") as caught:
        read_files(BOTH, [NamedFile(path)])
    assert "screenshot, contract" in caught.value.fix
    (file,) = read_files(BOTH, [named(f"contract={path}")])
    assert file.kind is AttachmentKind.CONTRACT
    assert named("x=y.pdf").path == Path("x=y.pdf"), "no kind of ours, so a name"


def test_escaping_cuts_and_keeps_persian() -> None:
    assert escaped("می\u200cشود", limit=20) == "می\u200cشود"
    assert escaped("x" * 30, limit=10) == "x" * 9 + "…"
