"""Requirement x cases x faults x detection as one searchable page in Persian and English.

Works from disk without a network; without its script every row is there, only the search is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from lab.model.base import JsonValue
from reports.renderers.html import content_policy, environment, page_script, page_style
from reports.view_models.text import number, one_line

_MISSING = "—"
_TEXT = 600


@dataclass(frozen=True)
class CoverageRow:
    """One requirement; `caught` is None when nobody measured, `lower` a share between 0 and 1."""

    requirement: str
    title_fa: str
    title_en: str
    roles: tuple[str, ...]
    cases: tuple[str, ...]
    faults: tuple[str, ...]
    caught: int | None
    judged: int
    lower: float
    missed: tuple[str, ...]
    is_unproven: bool


def render_coverage(rows: Sequence[CoverageRow], suites: str, *, stale: bool = False) -> str:
    """Return the page. `suites` is the hash of the suites, `stale` says a proof was of others."""
    style, script = page_style("coverage.css"), page_script("coverage.js")
    return (
        environment()
        .get_template("coverage.html.j2")
        .render(
            csp=content_policy(style, script),
            style=Markup(style),  # noqa: S704 - our own asset, no data in it
            script=Markup(script),  # noqa: S704 - our own asset, no data in it
            suites=one_line(suites, 80),
            stale=stale,
            counts=_counts(rows),
            rows=[_row(row) for row in rows],
        )
    )


def _counts(rows: Sequence[CoverageRow]) -> dict[str, str]:
    seeded = sum(bool(row.faults) for row in rows)
    told = {
        "fa": f"{number(len(rows), 'fa')} الزام آزمون دارد و در برابر {number(seeded, 'fa')} "
        "الزام خطا کاشته شده است.",
        "en": f"{len(rows)} requirements have a case, {seeded} have faults seeded against them.",
    }
    if any(row.caught is not None for row in rows):
        bad = sum(row.is_unproven for row in rows)
        told["fa"] += f" برای {number(bad, 'fa')} الزام هیچ خطایی یافته نشده است."
        told["en"] += f" For {bad} of them no fault was caught."
    return told


def _row(row: CoverageRow) -> dict[str, JsonValue]:
    measured = row.caught is not None and row.judged > 0
    words = ("", "")
    if not row.faults:
        words = ("بی خطای کاشته", "no fault seeded")
    elif row.is_unproven and not measured:
        words = ("سنجیده‌نشده", "not judged")
    elif row.is_unproven:
        words = ("اثبات‌نشده", "unproven")
    return {
        "requirement": one_line(row.requirement, 60),
        "title_fa": one_line(row.title_fa, _TEXT),
        "title_en": one_line(row.title_en, _TEXT),
        "roles": [one_line(one, 60) for one in row.roles],
        "cases": [one_line(one, 80) for one in row.cases],
        "faults": [one_line(one, 80) for one in row.faults],
        "missed": [one_line(one, 80) for one in row.missed],
        "caught": f"{row.caught} / {row.judged}" if measured else _MISSING,
        "lower": f"≥ {row.lower:.0%}" if measured else _MISSING,
        "bad": row.is_unproven or not row.faults,
        "word_fa": words[0],
        "word_en": words[1],
    }
