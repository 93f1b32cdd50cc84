"""Parts of the gateway that a test looks at from inside; the gateway must live in this process."""

from __future__ import annotations

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
