"""Identifiers made by the services."""

from __future__ import annotations

import secrets
import uuid


class Ids:
    """Source of new identifiers; unpredictable, so that no client can guess another's."""

    def uuid(self) -> str:
        """Return a random UUID in lower case."""
        return str(uuid.uuid4())

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
