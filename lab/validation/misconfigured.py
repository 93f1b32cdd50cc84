"""Mistakes of configuration and environment, made on purpose: nothing of it is the product's fault.

The product is the sound exchange over real HTTPS. Each point changes `sut.toml`, the credential kit
it names, or this process, in the way an operator would get it wrong.
"""

from __future__ import annotations

from pathlib import Path

from lab.validation.corpus import Subject


def misconfigure(subject: Subject, sut: Path, state: Path) -> None:
    """Apply the mistake `subject.point` to a profile and this process; LookupError if unknown."""
    raise LookupError(subject.point)
