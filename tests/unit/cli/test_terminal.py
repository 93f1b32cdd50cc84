"""Colour rules, escaping of hostile text, and streams that cannot carry everything."""

from __future__ import annotations

import io

import pytest

from lab.cli.messages import render
from lab.cli.terminal import Color, Terminal, animation_wanted, colour_wanted, visible
from lab.model.errors import HarnessDefect, ProfileError
from lab.model.verdict import Verdict


class Screen(io.TextIOWrapper):
    def __init__(self, *, tty: bool = False, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, write_through=True)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        ("\x1b[2J", "1B"), ("a\rb", "0D"), ("\x9b31m", "9B"), ("\u202eabc", "202E"),
        ("\u2066x\u2069", "2066"), ("\u200fx", "200F"), ("a\nb", "0A"), ("\x00", "00"),
        ("\ud800", "D800"), ("\ufeff", "FEFF"), ("\u2028", "2028"), ("\u061c", "061C"),
    ],
)  # fmt: skip
def test_controls_become_visible(hostile: str, code: str) -> None:
    shown = visible(hostile)
    assert f"⟨U+{code.rjust(4, '0')}⟩" in shown
    assert all(ch.isprintable() for ch in shown)


def test_persian_with_zwnj_stays_as_it_is() -> None:
    assert visible("نسخه‌پیچی ۱۲۳") == "نسخه‌پیچی ۱۲۳"


def test_long_text_says_what_is_missing() -> None:
    assert visible("x" * 30, limit=10) == "x" * 10 + " … 20 more characters"


def test_precedence_of_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    assert colour_wanted(Screen(tty=True))
    assert not colour_wanted(Screen())
    monkeypatch.setenv("TERM", "dumb")
    assert not colour_wanted(Screen(tty=True))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colour_wanted(Screen())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour_wanted(Screen(tty=True))
    assert colour_wanted(Screen(), Color.ALWAYS)
    monkeypatch.delenv("NO_COLOR")
    assert not colour_wanted(Screen(tty=True), Color.NEVER)


def test_forced_colour_never_forces_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not animation_wanted(Screen())
    assert animation_wanted(Screen(tty=True))
    monkeypatch.setenv("CI", "true")
    assert not animation_wanted(Screen(tty=True))


def test_verdict_is_a_word_and_not_only_a_colour() -> None:
    assert Terminal(Screen()).mark(Verdict.FAIL) == "✗ fail"
    assert Terminal(Screen(encoding="ascii")).mark(Verdict.FAIL) == "FAIL fail"
    assert Terminal(Screen()).mark(Verdict.NONE) == "· not run"


def test_an_ascii_stream_gets_no_persian_and_no_failure() -> None:
    screen = Screen(encoding="ascii")
    terminal = Terminal(screen)
    terminal.persian("فارسی")
    terminal.say("نسخه")
    assert screen.text() == "\\u0646\\u0633\\u062e\\u0647\n"


def test_long_lines_are_not_cut_in_a_pipe() -> None:
    screen = Screen()
    Terminal(screen).say("x" * 500)
    assert screen.text() == "x" * 500 + "\n"


def test_message_has_level_code_place_fix_and_persian() -> None:
    screen = Screen()
    error = ProfileError(
        'base_url "htp://x" is not an https address.',
        code="MFL-P014",
        where="sut.toml:31 [ixit] base_url",
        fix='base_url = "https://x"',
        sentence_fa="نشانی با https آغاز نمی‌شود.",
    )
    render(error, Terminal(screen))
    assert screen.text().splitlines() == [
        'PROFILE[MFL-P014] base_url "htp://x" is not an https address.',
        "  where   sut.toml:31 [ixit] base_url",
        '  fix     base_url = "https://x"',
        "پیکربندی: نشانی با https آغاز نمی‌شود.",
        "  کد      MFL-P014",
        "  جا      sut.toml:31 [ixit] base_url",
        '  راه     base_url = "https://x"',
    ]


def test_hostile_value_in_a_message_is_escaped() -> None:
    screen = Screen()
    render(ProfileError('product is "\x1b]0;owned\x07"'), Terminal(screen))
    assert "\x1b" not in screen.text()
    assert "⟨U+001B⟩" in screen.text()


def test_our_defect_says_how_to_report_it() -> None:
    screen = Screen()
    render(HarnessDefect("KeyError: 'x'"), Terminal(screen))
    assert "--traceback" in screen.text()
    assert "محصول شما" in screen.text()
