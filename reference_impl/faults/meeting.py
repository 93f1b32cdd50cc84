"""Where requests that look before they act wait for each other.

A service that looks, and changes later by what it saw, goes wrong only when two requests come
between look and change of one another. As a seeded fault that must not be luck: under it a request
that has looked waits until another one has looked at the same thing too. Alone it goes on after
`PATIENCE` and does nothing wrong, so that only requests that really come together show the fault.
"""

from __future__ import annotations

import asyncio

PATIENCE = 1.5  # seconds; parallel requests of a case look within milliseconds of each other


class Meeting:
    """The place of one such fault; two requests at a time meet there by what they looked at."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    async def meet(self, thing: str) -> None:
        """Return when another request has looked at the thing, or nobody came."""
        other = self._waiting.pop(thing, None)
        if other is not None:
            other.set()
            return
        mine = self._waiting[thing] = asyncio.Event()
        try:
            async with asyncio.timeout(PATIENCE):
                await mine.wait()
        except TimeoutError:
            if self._waiting.get(thing) is mine:
                del self._waiting[thing]
