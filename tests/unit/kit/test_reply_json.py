from __future__ import annotations

import pytest

from lab.kit.reply import MISSING, JsonProblem, look_up, parse_json, same_json, shown


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "Infinity"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b"[" * 70 + b"]" * 70, "deeper"),
        (b"[" * 200_000, "deeper"),
        (b"<html>", "line 1"),
        (b"", "line 1"),
        (b'{"a":"\\ud800"}', "surrogate"),
        (b"1" * 500, "digits"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(JsonProblem, match=reason):
        parse_json(content)


def test_size_is_bounded() -> None:
    with pytest.raises(JsonProblem, match="more than"):
        parse_json(b'"' + b"x" * 100 + b'"', limit=50)


def test_brackets_inside_strings_are_not_depth() -> None:
    assert parse_json(b'{"a":"' + b"[" * 500 + b'\\"{"}') == {"a": "[" * 500 + '"{'}


def test_whole_surrogate_pairs_are_text() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_pointer_leads_to_values_or_to_missing() -> None:
    document = {"a": [{"b/c": 1}, None], "": 2, "m~n": 3}
    assert look_up(document, "/a/0/b~1c") == 1
    assert look_up(document, "/a/1") is None
    assert look_up(document, "/m~0n") == 3
    assert look_up(document, "") == document
    for pointer in ("/a/2", "/a/-1", "/a/01", "/x", "/a/0/b~1c/d"):
        assert look_up(document, pointer) is MISSING
    assert not MISSING


def test_true_is_not_one() -> None:
    assert not same_json(True, 1)
    assert not same_json([0], [False])
    assert same_json({"a": [1.0, "x"]}, {"a": [1, "x"]})
    assert not same_json([1], [1, 2])


def test_values_are_shown_bounded() -> None:
    assert shown(MISSING) == "nothing there"
    assert shown("نسخه") == '"نسخه"'
    assert len(shown("x" * 10_000)) < 250
