from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.view_models.calendar import moment
from reports.view_models.json_text import coloured, indented
from reports.view_models.labels import LABELS
from reports.view_models.text import (
    ascii_only,
    changed_parts,
    clipped,
    number,
    one_line,
    percent,
    prose,
    visible,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\u202eabc", "⟨U+202E⟩abc"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("\x9b", "⟨U+009B⟩"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("نسخه\u200cپیچ", "نسخه\u200cپیچ"),
        ("a\tb\nc", "a\tb\nc"),
        ("\U000e0041", "⟨U+E0041⟩"),
    ],
)
def test_hidden_characters_become_visible_codes(raw: str, shown: str) -> None:
    assert visible(raw) == shown


@given(st.text(max_size=300))
def test_one_line_is_one_short_line(text: str) -> None:
    line = one_line(text, 40)
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) <= 41


def test_clipped_keeps_head_and_tail_and_says_what_is_missing() -> None:
    text = "a" * 1000 + "z" * 1000
    cut = clipped(text, 300)
    assert cut.startswith("aaa")
    assert cut.endswith("zzz")
    assert "1700" in cut


def test_persian_digits_live_in_prose_only() -> None:
    assert prose("از 57 آزمون، 4 آزمون TC-PUR-001 و ERX-7-10-F و 4.2.1 رد شد.") == (
        "از ۵۷ آزمون، ۴ آزمون TC-PUR-001 و ERX-7-10-F و 4.2.1 رد شد."
    )


def test_numbers_in_both_languages() -> None:
    assert number(1234567, "en") == "1,234,567"
    assert number(1234567, "fa") == "۱٬۲۳۴٬۵۶۷"
    assert number(0.4156, "fa") == "۰٫۴۱۶"
    assert percent(0.987, "fa") == "۹۸٫۷٪"


def test_jalali_date_and_tehran_time() -> None:
    when = moment(datetime(2026, 11, 21, 10, 25, tzinfo=UTC))
    assert when.fa == "۳۰ آبان ۱۴۰۵، ساعت ۱۳:۵۵ تهران"
    assert when.en == "21 Nov 2026, 13:55 Tehran (30 Aban 1405)"
    assert (when.iso, when.day) == ("2026-11-21T10:25:00Z", "2026-11-21")
    assert moment(datetime(2026, 3, 20, 20, 29, tzinfo=UTC)).en_day.endswith("(29 Esfand 1404)")
    assert moment(datetime(2026, 3, 20, 20, 31, tzinfo=UTC)).en_day.endswith("(1 Farvardin 1405)")


def test_svg_labels_are_ascii() -> None:
    assert ascii_only("نسخه/x\x1b") == "????/x?"
    assert len(ascii_only("a" * 99, 20)) == 20


def test_changed_parts_mark_only_what_differs() -> None:
    expected, observed = changed_parts('/a = "D-1"', '/a = "D-2"')
    assert [text for text, changed in expected if changed] == ["1"]
    assert "".join(text for text, _ in observed) == '/a = "D-2"'


@given(st.text(max_size=80), st.text(max_size=80))
def test_changed_parts_lose_nothing(left: str, right: str) -> None:
    expected, observed = changed_parts(left, right)
    assert "".join(text for text, _ in expected) == left
    assert "".join(text for text, _ in observed) == right


def test_json_is_indented_without_being_rewritten() -> None:
    text = '{"b":1.50,"a":[{},[],"x,y"],"b":1E400}'
    pretty = indented(text)
    assert pretty is not None
    assert "".join(pretty.split()) == text
    assert pretty.count("\n") == 8
    assert '"a": [' in pretty


@pytest.mark.parametrize("text", ["", "<html>", '{"a":1', "[" * 5000 + "]" * 5000, "nul"])
def test_what_is_no_json_stays_as_it_is(text: str) -> None:
    assert indented(text) is None


def test_json_colours_escape_everything() -> None:
    html = str(coloured('{\n  "<b>": "<script>\u202e"\n}'))
    assert "<script>" not in html
    assert "⟨U+202E⟩" in html
    assert html.startswith("{\n  <b>&#34;&lt;b&gt;&#34;</b>: <i>")


def test_both_languages_have_the_same_labels() -> None:
    assert LABELS["fa"].keys() == LABELS["en"].keys()
    assert all(text.strip() for table in LABELS.values() for text in table.values())
    methods = set(dir(dict))
    assert not methods & LABELS["fa"].keys(), "Jinja would print the method instead"
