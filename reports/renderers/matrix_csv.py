"""The requirement matrix as CSV that no spreadsheet program takes for a formula."""

from __future__ import annotations

import csv
import io

from lab.model.campaign import ResultDocument
from reports.view_models.matrix import build_matrix

_HEADER = (
    "requirement", "clause", "level", "verdict", "passed", "cases", "fa", "en",
    "inspection", "inspections",
)  # fmt: skip
_FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


def safe_cell(text: str) -> str:
    """Return `text` with an apostrophe before it when a spreadsheet would calculate it."""
    start = text.lstrip(" \"'\u00a0")
    return f"'{text}" if start[:1] and start[0] in _FORMULA else text


def render_matrix(result: ResultDocument) -> str:
    """Return one row per requirement, header first, all cells quoted, lines ended by CRLF."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(_HEADER)
    for row in build_matrix(result):
        cells = [row.id, row.clause, row.level, row.mark, str(row.passed), str(row.cases)]
        cells += [row.text.fa, row.text.en, row.inspection_mark, " ".join(row.inspections)]
        writer.writerow([safe_cell(c) for c in cells])
    return out.getvalue()
