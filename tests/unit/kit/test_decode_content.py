from __future__ import annotations

import gzip
import zlib

import pytest

from lab.kit.transport import DecodingProblem, decode_content
from lab.model.exchange import FailureKind

LIMIT = 8 * 1024 * 1024


def test_plain_and_gzip_and_deflate() -> None:
    assert decode_content(b"abc", "", LIMIT) == b"abc"
    assert decode_content(gzip.compress(b"abc", mtime=0), "gzip", LIMIT) == b"abc"
    assert decode_content(zlib.compress(b"abc"), "Deflate", LIMIT) == b"abc"


TWICE = gzip.compress(gzip.compress(b"abc", mtime=0), mtime=0)


@pytest.mark.parametrize(
    ("raw", "encoding", "kind"),
    [
        (gzip.compress(b"0" * 200_000_000, mtime=0), "gzip", FailureKind.TOO_LARGE),
        (gzip.compress(b"0" * 20_000_000, 1, mtime=0), "gzip", FailureKind.TOO_LARGE),
        (gzip.compress(b"abc", mtime=0)[:-4], "gzip", FailureKind.DECODING),
        (gzip.compress(b"abc", mtime=0) + b"tail", "gzip", FailureKind.DECODING),
        (b"no gzip", "gzip", FailureKind.DECODING),
        (b"abc", "br", FailureKind.DECODING),
        (TWICE, "gzip, gzip", FailureKind.DECODING),
    ],
)
def test_bombs_and_broken_codings_are_failures(
    raw: bytes, encoding: str, kind: FailureKind
) -> None:
    with pytest.raises(DecodingProblem) as caught:
        decode_content(raw, encoding, LIMIT)
    assert caught.value.failure.kind is kind
