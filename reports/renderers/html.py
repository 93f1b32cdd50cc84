"""One self-contained HTML file in Persian and English; works from disk, without a network."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Mapping
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lab.model.campaign import ExchangeView, ResultDocument
from reports.view_models import wording
from reports.view_models.labels import LABELS
from reports.view_models.page import build_page
from reports.view_models.text import number

_ASSETS = resources.files("reports") / "assets"


@functools.cache
def page_style(name: str) -> str:
    """Return a style sheet of ours with the font inside."""
    font = (_ASSETS / "vendor" / "Vazirmatn-subset.woff2").read_bytes()
    css = (_ASSETS / name).read_text(encoding="utf-8")
    return css.replace("@@FONT@@", base64.b64encode(font).decode("ascii")).strip()


@functools.cache
def page_script(name: str) -> str:
    """Return a script of ours."""
    return (_ASSETS / name).read_text(encoding="utf-8").strip()


def content_policy(style: str, script: str) -> str:
    """Return the Content-Security-Policy that admits exactly this style and this script."""
    sources = {
        "style-src": style,
        "script-src": script,
    }
    rules = ["default-src 'none'", "img-src data:", "font-src data:", "base-uri 'none'"]
    rules.append("form-action 'none'")
    for directive, text in sources.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
        rules.append(f"{directive} 'sha256-{digest}'" if text else f"{directive} 'none'")
    return "; ".join(rules)


@functools.cache
def environment() -> Environment:
    """Return the template environment: autoescape always on, an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["num"] = number
    return made


def render_html(
    result: ResultDocument, exchanges: Mapping[str, ExchangeView], place: str = "DIR"
) -> str:
    """Return the report. Every text of the product goes through autoescape and `visible`."""
    page = build_page(result, exchanges, place)
    style, script = page_style("report.css"), page_script("report.js")
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            page=page,
            marks={row.mark for row in page.matrix},
            labels=LABELS,
            verdicts=wording.VERDICTS,
            levels=wording.LEVELS,
            languages=("fa", "en"),
            dirs={"fa": "rtl", "en": "ltr"},
            csp=content_policy(style, script),
            style=Markup(style),  # noqa: S704 - our own asset, no data in it
            script=Markup(script),  # noqa: S704 - our own asset, no data in it
        )
    )
