"""Inputs that one campaign of a calibration drew, for the laws of the others.

All campaigns of a calibration against one role have the same seed, so hypothesis draws the same
inputs in all of them as long as the laws hold, and drawing costs more than sending. The clean
reference writes down what it drew where a law held over all of it; other subjects are tried on
exactly these inputs. Only plain JSON is kept; a law over anything else is drawn anew, and so is
everything in a case once a law of it has been refuted. A refuted input is not shrunk then: this is
for subjects of which only whether a law holds is asked. Nothing else than a calibration uses it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Rehearsal:
    """Drawn inputs as JSON texts by the key of a law; `recording` while they are being drawn."""

    recording: bool
    drawn: dict[str, list[str]] = field(default_factory=dict)

    def inputs(self, key: str) -> list[dict[str, Any]] | None:
        """Return fresh copies of what was drawn for a law, None when nothing was kept."""
        texts = None if self.recording else self.drawn.get(key)
        return None if texts is None else [json.loads(text) for text in texts]

    def keep(self, key: str, inputs: Collection[str | None]) -> None:
        """Keep the inputs of a law that held over all of them; None among them: not plain JSON."""
        texts = [text for text in inputs if text is not None]
        if self.recording and len(texts) == len(inputs):
            self.drawn[key] = texts

    def write(self, path: Path) -> None:
        """Write everything that was kept, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(self.drawn), "utf-8")
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> Rehearsal | None:
        """Read what a reference kept; None when there is nothing, then all is drawn."""
        try:
            found = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        return cls(recording=False, drawn=found)


def plain(values: Mapping[str, object]) -> str | None:
    """Return the values as JSON, None where reading it back would not give the same."""
    try:
        text = json.dumps(values)
    except (TypeError, ValueError):
        return None
    return text if _same(json.loads(text), values) else None


def _same(read: Any, value: Any) -> bool:
    """Compare with types: tuples come back as lists, and 1 is no True."""
    if type(read) is not type(value):
        return False
    if isinstance(value, dict):
        return list(read) == list(value) and all(_same(read[k], value[k]) for k in value)
    if isinstance(value, list):
        return len(read) == len(value) and all(
            _same(*pair) for pair in zip(read, value, strict=True)
        )
    return bool(read == value)
