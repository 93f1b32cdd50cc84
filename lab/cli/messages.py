"""Errors as people read them: level, code, a sentence that stands alone, place, way out, Persian.

The text is rendered from the fields of the error; nothing here adds a fact of its own.
"""

from __future__ import annotations

from lab.cli.terminal import Terminal, visible
from lab.model.errors import (
    EnvironmentFault,
    EvidenceDamaged,
    HarnessDefect,
    LabError,
    PackError,
    ProfileError,
    UsageError,
)

_PERSIAN: tuple[tuple[type[LabError], str, str], ...] = (
    (
        ProfileError,
        "پیکربندی",
        "پروندهٔ توصیف محصول قابل استفاده نیست؛ چیزی به محصول شما فرستاده نشد.",
    ),
    (UsageError, "فرمان", "فرمان یا گزینه درست نیست؛ چیزی به محصول شما فرستاده نشد."),
    (
        EvidenceDamaged,
        "شواهد",
        "شواهد ذخیره‌شده با زنجیرهٔ درهم‌سازی نمی‌خواند؛ به آن اعتماد نکنید.",
    ),
    (PackError, "آزمایشگاه", "بستهٔ استاندارد آسیب دیده است. تقصیری متوجه محصول شما نیست."),
    (
        EnvironmentFault,
        "آزمایشگاه",
        "چیزی در پیرامون آزمایشگاه از کار افتاد. تقصیری متوجه محصول شما نیست.",
    ),
    (HarnessDefect, "آزمایشگاه", "خطای خود آزمایشگاه است. تقصیری متوجه محصول شما نیست."),
    (LabError, "آزمایشگاه", "آزمایشگاه نتوانست کار را تمام کند. تقصیری متوجه محصول شما نیست."),
)
_LIMIT = 2000  # characters of a sentence that may hold text of a product


def render(error: LabError, terminal: Terminal) -> None:
    """Print an error in English and Persian with the same code and place."""
    head = f"{error.level}[{error.code}]"
    terminal.say(f"{terminal.styled(head, 'bold')} {_block(error.sentence)}")
    if error.where:
        terminal.pair("where", _block(error.where))
    fix = error.fix
    if isinstance(error, HarnessDefect) and not fix:
        fix = (
            "This is our defect. Run the same command with --traceback and send us what it prints."
        )
    if fix:
        terminal.pair("fix", _block(fix))
    word, general = _persian_of(error)
    terminal.persian(f"{word}: {visible(error.sentence_fa or general, limit=_LIMIT)}")
    terminal.persian(f"  کد      {error.code}")
    if error.where:
        terminal.persian(f"  جا      {_block(error.where)}")
    if fix:
        terminal.persian(f"  راه     {_block(fix)}")


def render_usage(message: str, terminal: Terminal, *, command: str = "mafalab") -> None:
    """Print a mistake on the command line."""
    error = UsageError(
        message if message.endswith((".", "?")) else f"{message}.",
        code="MFL-U001",
        fix=f"{command} --help shows what can be typed.",
    )
    render(error, terminal)


def _block(text: str) -> str:
    """Escape hostile text, keep our own line breaks as indented lines."""
    lines = [visible(line, limit=_LIMIT) for line in text.strip().split("\n")]
    return "\n          ".join(lines)


def _persian_of(error: LabError) -> tuple[str, str]:
    for kind, word, sentence in _PERSIAN:
        if isinstance(error, kind):
            return word, sentence
    raise AssertionError("LabError is the last row and matches every error")
