"""Moving the time of a product, where its vendor offers that ([ixit] clock_control).

The control is one address: GET tells `{"now": RFC 3339}`, POST `{"advance": SECONDS}` moves forward
and tells the same. The exchange around the product moves along, or seals would fall out of their
window; it offers the same at `/clock` of its status address. Nothing is ever moved back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from lab.kit.signals import Inconclusive
from lab.kit.transport import OutgoingRequest, Transport
from lab.model.base import JsonValue
from lab.model.sut import Ixit
from lab.model.verdict import Blame

INPROCESS = "https://inprocess.invalid"
_SECONDS = 10.0
_MOST = 64 * 1024
_SLACK = timedelta(seconds=60)


class ProductClock:
    """How far product and exchange are ahead of this machine, and the means to move them on."""

    def __init__(self, ixit: Ixit, transport: Callable[[], Transport]) -> None:
        self._ixit = ixit
        self._transport = transport

    @property
    def offered(self) -> bool:
        """Whether the vendor offers to move the time of the product."""
        return self._ixit.clock_control is not None

    def ahead(self) -> timedelta:
        """Return how far the product is ahead; nothing where its clock cannot be moved.

        Differences under a minute are not a moved clock. INCONCLUSIVE when the control is dead.
        """
        if self._ixit.clock_control is None:
            return timedelta()
        found = self._ask(self._ixit.clock_control, None, Blame.SUT)
        return found if found > _SLACK else timedelta()

    def advance(self, by: timedelta) -> None:
        """Move product and exchange forward. INCONCLUSIVE when one of them does not follow."""
        control = self._ixit.clock_control
        if control is None:
            raise Inconclusive(
                "the time of the product cannot be moved",
                blame=Blame.CONFIG,
                pointer="clock_control",
                expected="[ixit] clock_control",
                observed="not offered",
                fix="Offer an address that moves the clock, and name it in sut.toml.",
            )
        around = self._around(control)
        for address, blame in ((control, Blame.SUT), *around):
            before = self._ask(address, None, blame)
            moved = self._ask(address, {"advance": by.total_seconds()}, blame) - before
            if abs(moved - by) > _SLACK:
                raise _unmoved(address, f"moved by {moved} instead of {by}", blame)

    def _around(self, control: str) -> tuple[tuple[str, Blame], ...]:
        status = self._ixit.status_url
        if status is None or self._ixit.asgi is not None:
            return ()
        address = f"{status.rstrip('/')}/clock"
        return () if address == control else ((address, Blame.ENVIRONMENT),)

    def _ask(self, address: str, body: JsonValue, blame: Blame) -> timedelta:
        """Return how far the clock at an address is ahead of this machine."""
        content = None if body is None else json.dumps(body).encode()
        try:
            told = json.loads(self._send(address, content))
            moment = datetime.fromisoformat(told["now"])
            return moment - datetime.now(UTC)
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise _unmoved(address, f"{type(error).__name__}: {error}"[:200], blame) from error

    def _send(self, address: str, content: bytes | None) -> bytes:
        """Ask over the transport of the campaign: its bounds hold here too, and no redirects."""
        parts = urlsplit(address)
        headers: tuple[tuple[str, str], ...] = ()
        if content is not None:
            size = str(len(content))
            headers = (("content-type", "application/json"), ("content-length", size))
        outcome = self._transport().send(
            OutgoingRequest(
                method="GET" if content is None else "POST",
                url=address if parts.scheme else INPROCESS + address,
                target=parts.path,
                headers=headers,
                body=content or b"",
                identity=None,
                deadline_seconds=_SECONDS,
                max_response_bytes=_MOST,
                ordinal=0,
                step="clock",
            )
        )
        if outcome.response is None:
            raise OSError(outcome.failure.detail if outcome.failure else "no answer")
        if outcome.response.status != HTTPStatus.OK:
            raise OSError(f"status {outcome.response.status}")
        return outcome.response.content


def _unmoved(address: str, observed: str, blame: Blame) -> Inconclusive:
    return Inconclusive(
        f"the clock at {address} does not answer as it should",
        blame=blame,
        pointer="clock_control",
        expected='{"now": ...} that follows {"advance": SECONDS}',
        observed=observed,
        fix="Start the exchange with --clock-control, and let the product answer at clock_control.",
    )
