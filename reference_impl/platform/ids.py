"""Identifiers made by the services."""

from __future__ import annotations

import secrets
import time
import uuid


class Ids:
    """Source of new identifiers; unpredictable, so that no client can guess another's."""

    def __init__(self, *, time_ordered: bool = False) -> None:
        self._time_ordered = time_ordered

    def uuid(self) -> str:
        """Return a random UUID in lower case."""
        return _version_7() if self._time_ordered else str(uuid.uuid4())

    def token(self, size: int = 18) -> str:
        """Return a URL-safe random text of `size` bytes (24 characters for 18)."""
        return secrets.token_urlsafe(size)

    def digits(self, count: int) -> str:
        """Return `count` random decimal digits, the first one not zero."""
        low = 10 ** (count - 1)
        return str(low + secrets.randbelow(9 * low))

    def below(self, bound: int) -> int:
        """Return a random integer from 0 to `bound` - 1."""
        return secrets.randbelow(bound)


def _version_7() -> str:
    """Return a UUID that starts with the time (RFC 9562, 5.7): 48 bits of milliseconds."""
    random = secrets.randbits(74)
    value = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | (random >> 62) << 64
    return str(uuid.UUID(int=value | 2 << 62 | random & ((1 << 62) - 1)))
