"""Parts of the gateway that a test looks at from inside; the gateway must live in this process."""

from __future__ import annotations

from typing import Any

from reference_impl.gateway.forwarding import Forwarding
from reference_impl.gateway.outbox import Outbox
from reference_impl.gateway.records import MessageLog
from reference_impl.topology.exchange import Exchange


def forwarding_of(exchange: Exchange) -> Forwarding:
    assert exchange.forwarding is not None
    return exchange.forwarding


def outbox_of(exchange: Exchange) -> Outbox:
    return forwarding_of(exchange)._outbox


def log_of(exchange: Exchange) -> MessageLog:
    assert exchange.log is not None
    return exchange.log


def queues_of(exchange: Exchange) -> list[Any]:
    """Return what delivers beside requests: outbox and notices, each with its running `_tasks`."""
    owners = [getattr(work, "__self__", None) for work in exchange._background]
    return [one for one in owners if hasattr(one, "_tasks")]
