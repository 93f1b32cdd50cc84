"""What a service reads of an answer that came coded unasked: whole content within bounds."""

from __future__ import annotations

import gzip

import pytest

from reference_impl.platform.codings import uncoded

BODY = b'{"a":1}'


def test_plain_and_coded_answers_are_the_same_content() -> None:
    assert uncoded(BODY, "", 100) == BODY
    assert uncoded(gzip.compress(BODY), "gzip", 100) == BODY
    assert uncoded(gzip.compress(b"0" * 100), " GZip", 100) == b"0" * 100


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (BODY, "br"),
        (BODY, "gzip"),
        (gzip.compress(BODY)[:-9], "gzip"),
        (gzip.compress(b"0" * 101), "gzip"),
    ],
    ids=["another coding", "not coded", "cut off", "too long"],
)
def test_what_cannot_be_read_whole_is_refused(body: bytes, coding: str) -> None:
    with pytest.raises(ValueError, match="content"):
        uncoded(body, coding, 100)
