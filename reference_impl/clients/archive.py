"""A stub of the picture archive (PACS) of an imaging centre: studies as folders of files.

A study is written once, then archived: a manifest with the digest of every image, after which
nothing can be added. The images are synthetic bytes, no picture of anybody.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from pathlib import Path

MANIFEST = "archived.json"
STUDY = "study.json"
IMAGE_BYTES = 512


class ArchiveRefuses(Exception):
    """The study is not there, not whole, or closed; the text says which."""


class PictureArchive:
    """Studies under one folder, each in a folder named by its uid."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def open_study(self, modality: str, accession: str) -> str:
        """Begin a study for an order (`accession`); return its uid (ISO 9834-8 root 2.25)."""
        uid = f"2.25.{uuid.uuid4().int}"
        place = self.folder / uid
        place.mkdir()
        about = {"uid": uid, "modality": modality, "accession": accession}
        (place / STUDY).write_text(json.dumps(about), "utf-8")
        return uid

    def store(self, uid: str, images: int) -> int:
        """Store so many images; return how many the study has. Raises ArchiveRefuses."""
        place = self._open(uid)
        have = len(list(place.glob("*.img")))
        for number in range(have + 1, have + images + 1):
            (place / f"{number:05d}.img").write_bytes(secrets.token_bytes(IMAGE_BYTES))
        return have + images

    def archive(self, uid: str) -> str:
        """Close a study; return the digest of its manifest. Raises ArchiveRefuses."""
        place = self._open(uid)
        images = sorted(place.glob("*.img"))
        if not images:
            raise ArchiveRefuses(f"study {uid} has no images")
        digests = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in images}
        text = json.dumps(digests, sort_keys=True)
        (place / MANIFEST).write_text(text, "utf-8")
        return hashlib.sha256(text.encode()).hexdigest()

    def is_whole(self, uid: str) -> bool:
        """Say whether a study is archived and its images are those of the manifest."""
        place = self.folder / uid
        if not (place / MANIFEST).is_file():
            return False
        known: dict[str, str] = json.loads((place / MANIFEST).read_text("utf-8"))
        return known == {
            one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in place.glob("*.img")
        }

    def _open(self, uid: str) -> Path:
        place = self.folder / uid
        if not (place / STUDY).is_file():
            raise ArchiveRefuses(f"there is no study {uid}")
        if (place / MANIFEST).exists():
            raise ArchiveRefuses(f"study {uid} is archived: nothing can be added")
        return place
