"""The shape of a declared fault point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Point:
    """A named place in the reference. `fault` breaks a requirement, `variant` stays conforming."""

    name: str
    sentence: str
    kind: Literal["fault", "variant"] = "fault"
