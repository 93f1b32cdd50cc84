"""Base of every value in the vocabulary: frozen, closed, JSON-round-trippable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

JsonValue = Any
"""A value that came out of a JSON parser. Parse it into a frozen model at once."""


class Frozen(BaseModel):
    """Immutable value object; unknown members are refused so that typing errors surface."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _aware_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = f'time "{value.isoformat()}" has no offset; give one, for example +03:30'
        raise ValueError(message)
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_aware_utc)]
"""A point in time; always held in UTC, whatever offset it arrived with."""


class Bilingual(Frozen):
    """One text in Persian and in English."""

    fa: str
    en: str
