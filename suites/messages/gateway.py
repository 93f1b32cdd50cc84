"""Messages about tokens: every one is about a token made for it, so no other case loses its own."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from suites import token_journeys as tokens

CREATED, OK = 201, 200


@message_builder("gateway.issue")
def issue(sut: Sut, data: SyntheticData, label: str) -> Message:  # noqa: ARG001 - shape of builders
    """Return the order of a token for pharmacy-1."""
    body = tokens.order(data, label)
    return Message("issueToken", "gateway", tokens.CENTRE, CREATED, body=body)


def _step(operation: str, sut: Sut, data: SyntheticData, label: str, *before: str) -> Message:
    token = tokens.issued(sut, data, label)
    for one in before:
        tokens.stepped(sut, data, token, one, f"preamble: {one}")
    path = {"tokenId": str(token.required("/tokenId"))}
    body = None if operation == "getToken" else {"reason": data.reason("KEY_COMPROMISED")}
    return Message(operation, "gateway", tokens.CENTRE, OK, path=path, body=body)


@message_builder("gateway.read")
def read(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the question for a token."""
    return _step("getToken", sut, data, label)


@message_builder("gateway.suspend")
def suspend(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the suspension of a token."""
    return _step("suspendToken", sut, data, label)


@message_builder("gateway.lock")
def lock(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the lock of a token."""
    return _step("lockToken", sut, data, label)


@message_builder("gateway.revoke")
def revoke(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the revocation of a token."""
    return _step("revokeToken", sut, data, label)


@message_builder("gateway.reinstate")
def reinstate(sut: Sut, data: SyntheticData, label: str) -> Message:
    """Return the reinstatement of a suspended token."""
    return _step("reinstateToken", sut, data, label, "suspendToken")
