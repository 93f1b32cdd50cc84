"""Sending the very same bytes again: what a client does that has lost an answer."""

from __future__ import annotations

import threading

from lab.kit import Draft, Mutation, Stage


def same_bytes() -> Mutation:
    """Let every call with this mutation carry the body of the first one, byte by byte.

    A document signed twice has two signatures; a repeated message has one.
    """
    first: list[bytes] = []
    turn = threading.Lock()

    def change(draft: Draft) -> None:
        with turn:
            if not first:
                first.append(draft.body)
            draft.body = first[0]

    return Mutation("same-bytes", Stage.BODY, change, "the body of the first call")
