"""Fault points of the shared platform: channel, seal, documents, admission, idempotency."""

from __future__ import annotations

from reference_impl.faults.declared import Point

# The platform's engineer appends here; one Point per place in the code.
PLATFORM_POINTS: tuple[Point, ...] = ()
