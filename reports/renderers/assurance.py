"""The human form of the assurance statement: one page in Persian and English.

A number nobody measured is said to be missing; nothing is green by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup

from lab.model.base import JsonValue
from reports.renderers.html import content_policy, environment, page_style
from reports.view_models.calendar import moment
from reports.view_models.text import one_line

_MEASURES = {
    "sensitivity": ("خطاهای کاشته یافته‌شده", "seeded faults caught"),
    "attribution": ("به الزام درست", "for the right requirement"),
    "specificity": ("محصول سالم پذیرفته", "sound products accepted"),
    "null_panel": ("محصول پوچ بی‌امتیاز", "null products earned nothing"),
    "mechanical": ("جهش‌های مکانیکی یافته‌شده", "mechanical mutants caught"),
}
_MISSING = "—"


def render_assurance(payload: Mapping[str, JsonValue]) -> str:
    """Return the page of a statement's payload (shape: lab.certification.assurance)."""
    style = page_style("certificate.css")
    return (
        environment()
        .get_template("assurance.html.j2")
        .render(
            csp=content_policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own asset, no data in it
            version=one_line(str(payload["suiteVersion"]), 60),
            suites=one_line(str(payload["suiteHash"]), 80),
            sound=payload["sound"] is True,
            measured=moment(datetime.fromisoformat(str(payload["measuredAt"]))),
            heads=tuple(_MEASURES.values()),
            roles=[_role(row) for row in payload["roles"]],
            experiments=[_experiment(row) for row in payload["experiments"]],
            missing=[one_line(str(text), 600) for text in payload["notMeasured"]],
        )
    )


def _role(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "name": one_line(str(row["role"]), 60),
        "proven": row["proven"] is True,
        "complete": row["complete"] is True,
        "cells": [_cell(row[name]) for name in _MEASURES],
        "survivors": [one_line(str(one), 200) for one in row["survivors"]],
        "accused": [one_line(str(one), 200) for one in row["accused"]],
    }


def _cell(value: JsonValue) -> str:
    if value is None:
        return _MISSING
    return f"{value['hits']} / {value['trials']} (≥ {value['lowerBound']:.1%})"


def _experiment(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    concurrency, crash, flakes = (row.get(name) for name in ("concurrency", "crash", "flakes"))
    told: list[JsonValue] = []
    if concurrency is not None:
        told += [one_line(str(one), 300) for one in concurrency["differences"]]
    if crash is not None:
        told += [one_line(str(one), 300) for one in crash["differences"]]
    if flakes is not None:
        told += [one_line(str(one), 300) for one in flakes["unstable"]]
    return {
        "role": one_line(str(row["role"]), 60),
        "plan": one_line(str(row["plan"]), 60),
        "only": [one_line(str(one), 60) for one in row["only"]],
        "product": one_line(str(row["product"]), 120),
        "concurrency": concurrency,
        "crash": crash,
        "flakes": flakes,
        "bound": "" if flakes is None else f"{flakes['upper_bound']:.3%}",
        "differences": told,
    }
