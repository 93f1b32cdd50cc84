"""The slip the patient takes along: the HID in digits and as a Code 128 bar code [9-1-2 note].

One HTML page that needs no network and prints on a receipt printer of 80 mm; the bar code inside is
an SVG of the same text, so that a scanner reads exactly what a person reads.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from barcode import Code128
from barcode.writer import SVGWriter

from reference_impl.clients.calendar import jalali

HID_TEXT = re.compile(r"[0-9A-Z]{10}|[0-9]{16}")
MODULE_MM = 0.35
BAR_HEIGHT_MM = 14.0
QUIET_ZONE_MM = 6.0


@dataclass(frozen=True)
class Slip:
    """What stands on the paper. `valid_on` is the one day of the HID, in Tehran."""

    hid: str
    centre: str
    insurer: str
    valid_on: datetime

    def __post_init__(self) -> None:
        if not HID_TEXT.fullmatch(self.hid):
            raise ValueError(f'"{self.hid[:40]}" is not the text of a HID')


def bar_code_svg(text: str) -> str:
    """Return the bar code as an `<svg>` element, without text: that is printed beside it."""
    made = io.BytesIO()
    options = {
        "write_text": False,
        "module_width": MODULE_MM,
        "module_height": BAR_HEIGHT_MM,
        "quiet_zone": QUIET_ZONE_MM,
    }
    Code128(text, writer=SVGWriter()).write(made, options)
    document = made.getvalue().decode("utf-8")
    return document[document.index("<svg") :]


def page(slip: Slip) -> str:
    """Return the slip as a self-contained page, Persian first, English below."""
    day = slip.valid_on.date()
    spaced = " ".join(slip.hid[i : i + 5] for i in range(0, len(slip.hid), 5))
    rows = (
        ("مرکز", "Centre", escape(slip.centre)),
        ("بیمه", "Insurer", escape(slip.insurer)),
        ("تاریخ اعتبار", "Valid on", f"{jalali(day)} — {day.isoformat()}"),
    )
    table = "".join(
        f'<tr><th>{fa}<br><small lang="en">{en}</small></th><td><bdi>{value}</bdi></td></tr>'
        for fa, en, value in rows
    )
    return (
        '<!doctype html>\n<html lang="fa" dir="rtl"><head><meta charset="utf-8">'
        f"<title>شباد {slip.hid}</title><style>{_STYLE}</style></head><body>"
        '<h1>شناسهٔ برگهٔ ارائهٔ خدمت (شباد)<br><small lang="en">Health service id (HID)</small></h1>'
        f'<div class="bars">{bar_code_svg(slip.hid)}</div>'
        f'<p class="hid" dir="ltr"><bdi>{spaced}</bdi></p><table>{table}</table>'
        '<p>داده‌ها ساختگی است. <bdi lang="en">Synthetic data.</bdi></p></body></html>\n'
    )


def print_slip(slip: Slip, folder: Path) -> Path:
    """Write the slip to `folder` and return the file. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"hid-{slip.hid}.html"
    path.write_text(page(slip), "utf-8")
    return path


_STYLE = (
    "@page{size:80mm auto;margin:4mm}body{font:11pt Vazirmatn,Tahoma,sans-serif;width:72mm;"
    "margin:0 auto;color:#000;background:#fff}h1{font-size:12pt;text-align:center}small{color:#333}"
    ".bars svg{display:block;margin:0 auto;max-width:100%}.hid{font:bold 16pt monospace;"
    "text-align:center;letter-spacing:.1em}table{width:100%;border-collapse:collapse}"
    "th{text-align:start;font-weight:normal}td{text-align:end}tr{border-top:1px dotted #999}"
)
