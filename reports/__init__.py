"""Views of the canonical result document: HTML, JUnit, CSV, console lines, certificate page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.model.campaign import ExchangeView, ResultDocument
from lab.model.errors import EnvironmentFault, UsageError
from reports.renderers.html import render_html
from reports.renderers.junit import render_junit
from reports.renderers.matrix_csv import render_matrix

FILES = {"html": "report.html", "junit": "junit.xml", "csv": "matrix.csv"}


def render(
    result: ResultDocument,
    exchanges: Mapping[str, ExchangeView],
    out: Path,
    formats: Iterable[str] = ("html", "junit", "csv"),
    *,
    place: str = "DIR",
) -> dict[str, Path]:
    """Write the views into `out` and return their paths by format.

    `exchanges` is keyed by exchange id, `place` is where the campaign lies. Raises UsageError for
    an unknown format and EnvironmentFault when a file cannot be written.
    """
    paths: dict[str, Path] = {}
    for name in formats:
        if name not in FILES:
            raise UsageError(
                f'There is no report format "{name}".',
                code="MFL-R004",
                fix=f"Use one or more of: {', '.join(FILES)}.",
            )
        text = _text(name, result, exchanges, place)
        path = out / FILES[name]
        try:
            out.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise EnvironmentFault(
                f"The report cannot be written: {error}.", code="MFL-R005", where=str(path)
            ) from error
        paths[name] = path
    return paths


def _text(
    name: str, result: ResultDocument, exchanges: Mapping[str, ExchangeView], place: str
) -> str:
    if name == "html":
        return render_html(result, exchanges, place)
    return render_junit(result) if name == "junit" else render_matrix(result)


__all__ = ["FILES", "render"]
