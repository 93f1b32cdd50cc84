"""The printed HID slip: what a scanner reads is what stands beside the bars."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from reference_impl.clients.counter import TEHRAN
from reference_impl.clients.slip import Slip, page, print_slip
from tests.support import chromium

WHEN = datetime(2026, 11, 28, 9, 30, tzinfo=TEHRAN)
RECEIPT_PRINTER_DPI = 203


@pytest.mark.browser
@pytest.mark.parametrize("hid", ["1GAGD2S0QN", "9ZZZZZZZZ0", "1234567890123456"])
def test_a_public_decoder_reads_the_hid_from_the_printed_slip(hid: str, tmp_path: Path) -> None:
    slip = print_slip(Slip(hid, "درمانگاه آزمایشی", "بیمهٔ آزمایشی", WHEN), tmp_path)
    chromium.pdf(slip, tmp_path / "slip.pdf")
    subprocess.run(
        ["pdftoppm", "-r", str(RECEIPT_PRINTER_DPI), "-f", "1", "-l", "1", "-png",
         str(tmp_path / "slip.pdf"), str(tmp_path / "slip")],
        check=True,
    )  # fmt: skip
    (picture,) = tmp_path.glob("slip-*.png")
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", str(picture)], capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == hid


def test_the_slip_says_the_day_in_both_calendars_and_needs_no_network() -> None:
    text = page(Slip("1GAGD2S0QN", "مرکز", "بیمه", WHEN))
    assert "1405/09/07" in text
    assert "2026-11-28" in text
    assert 'dir="rtl"' in text
    assert "src=" not in text
    assert "href=" not in text.replace("xlink:href", "")


def test_hostile_names_stay_text() -> None:
    text = page(Slip("1GAGD2S0QN", "<script>alert(1)</script>", "<img src=x>", WHEN))
    assert "<script>" not in text
    assert "<img" not in text


@pytest.mark.parametrize("hid", ["", "../../x", "1gagd2s0qn", "1GAGD2S0Q", "<b>AAAAAAA"])
def test_what_is_no_hid_is_not_printed(hid: str) -> None:
    with pytest.raises(ValueError, match="not the text of a HID"):
        Slip(hid, "c", "i", WHEN)
