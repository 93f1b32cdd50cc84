from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.platform.problem import Refusal
from reference_impl.platform.strict_json import MAX_DEPTH, read_json

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(PLAIN, st.booleans())
def test_what_a_good_sender_writes_is_read_back(value: object, ascii_only: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "BODY_NOT_JSON"),
        (b"{", "BODY_NOT_JSON"),
        (b"{} {}", "BODY_NOT_JSON"),
        (b"{'a':1}", "BODY_NOT_JSON"),
        (b'{"a":1,}', "BODY_NOT_JSON"),
        (b'{"a":NaN}', "BODY_NOT_JSON"),
        (b'{"a":-Infinity}', "BODY_NOT_JSON"),
        (b'{"a":1e400}', "BODY_NOT_JSON"),
        (b"9" * 5000, "BODY_NOT_JSON"),
        (b'"\xff"', "BODY_NOT_JSON"),
        ('"\u06cc"'.encode("utf-16"), "BODY_NOT_JSON"),
        (b"\xef\xbb\xbf{}", "BODY_NOT_JSON"),
        (b'"\\ud800"', "BODY_NOT_JSON"),
        (b'"\x01"', "BODY_NOT_JSON"),
        (b'{"a":1,"a":2}', "BODY_DUPLICATE_KEY"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "BODY_DUPLICATE_KEY"),
        (b"[" * 100_000, "BODY_TOO_DEEP"),
    ],
)
def test_what_is_not_strict_json_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_json(raw)
    assert refused.value.code == code


def test_depth_counts_brackets_outside_of_texts_only() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_json(deepest)
    with pytest.raises(Refusal, match="BODY_TOO_DEEP"):
        read_json(b"[" + deepest + b"]")
    wide = b"[" + b",".join([b"[]"] * 100) + b"]"
    assert len(read_json(wide)) == 100
    assert read_json(b'"' + b"[" * 500 + b'\\"{"') is not None


def test_a_fault_point_lets_the_last_of_two_names_win() -> None:
    assert read_json(b'{"a":1,"a":2}', allow_duplicates=True) == {"a": 2}
