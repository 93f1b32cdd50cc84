from __future__ import annotations

import io
import json

import pytest

from reference_impl.clients.console import Console, code128_payload, printable


def test_the_check_value_of_code_128_follows_the_worked_example() -> None:
    # The well-known worked example gives 54 with start code A (103); start code B is one more.
    assert code128_payload("PJJ123C") == "CODE128-B:PJJ123C:55"


@pytest.mark.parametrize("text", ["شباد", "a\nb"])
def test_characters_outside_the_set_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Code 128"):
        code128_payload(text)


def test_text_of_the_other_side_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in printable("\x1b[2Jgone")
    assert "\u202e" not in printable("a\u202eb")
    assert len(printable("x" * 10_000)) < 400


def test_json_lines_hold_clause_and_both_languages() -> None:
    sink = io.StringIO()
    Console(as_json=True, out=sink).step("D4", "9-2-4", "معتبر", "valid", hid="1")
    assert json.loads(sink.getvalue()) == {
        "step": "D4", "clause": "9-2-4", "fa": "معتبر", "en": "valid", "hid": "1",
    }  # fmt: skip
