"""The human form of the assurance statement: one page in Persian and English.

A number nobody measured is said to be missing; nothing is green by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup

from lab.model.base import JsonValue
from reports.renderers.html import content_policy, environment, page_style
from reports.view_models.assurance import (
    MEASURES,
    OPTIONAL,
    cell,
    experiment,
    missing,
    power_rows,
    role_view,
    subject_groups,
)
from reports.view_models.calendar import moment
from reports.view_models.text import one_line


def render_assurance(payload: Mapping[str, JsonValue]) -> str:
    """Return the page of a statement's payload (shape: lab.certification.assurance)."""
    style = f"{page_style('certificate.css')}\n{page_style('assurance.css')}"
    roles = [role_view(row) for row in payload["roles"]]
    total, https = payload.get("total") or {}, payload.get("https")
    rows = (*payload["roles"], total)
    shown = [m for m in MEASURES if m not in OPTIONAL or any(row.get(m) for row in rows)]
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
            heads=[MEASURES[name] for name in shown],
            shown=shown,
            total={name: cell(total.get(name)) for name in shown},
            roles=roles,
            proven=sum(row["proven"] for row in roles),
            named=[row for row in roles if row["open"]],
            https=None
            if https is None
            else {
                "cell": cell(https),
                "differing": [one_line(str(one), 300) for one in https["differing"]],
            },
            powers=power_rows(payload.get("requirements") or ()),
            groups=subject_groups(payload["roles"]),
            experiments=[experiment(row) for row in payload["experiments"]],
            missing=[missing(str(text)) for text in payload["notMeasured"]],
        )
    )
