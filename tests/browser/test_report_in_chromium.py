"""The pages as a person's browser builds them: from disk, without a network."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

import reports
from lab.model.certificate import Act, Certificate
from reports.renderers.certificate import render_certificate
from tests.support.chromium import dom, pdf, screenshot
from tests.support.hostile import PAYLOADS, hostile_result
from tests.support.results import START, campaign_of, conforming, failing

pytestmark = pytest.mark.browser  # without a browser these fail: a skipped look is no look


class Elements(HTMLParser):
    """Names of elements and attributes of a page as the browser built it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return reports.render(*failing(), tmp_path_factory.mktemp("report"), ["html"])["html"]


def test_a_thousand_cases_of_hostile_text_make_no_element(tmp_path: Path) -> None:
    assert len(PAYLOADS) >= 200
    path = reports.render(*hostile_result(1000), tmp_path, ["html"])["html"]
    built = dom(path, "#l=en")
    assert 'data-l="en"' in built[:3000], "our own script ran"
    found = Elements()
    found.feed(built)
    clean = Elements()
    clean.feed(dom(reports.render(*failing(), tmp_path / "clean", ["html"])["html"], "#l=en"))
    assert found.attributes - clean.attributes == set()
    assert set(found.tags) - set(clean.tags) == set()
    assert found.tags.count("script") == 1
    assert "⟨U+202E⟩" in built
    assert "\u202e" not in built
    assert "\x1b" not in built


def test_language_is_chosen_by_the_address(page: Path) -> None:
    persian, english = dom(page), dom(page, "#l=en")
    assert re.search(r'<html lang="fa" dir="rtl"[^>]*class="js"', persian)
    assert re.search(r'<html lang="en" dir="ltr"[^>]*class="js"', english)
    assert "<title>✗ Not conforming to the profile of a" in english
    assert "<title>✗ نامنطبق" in persian


def test_filters_live_in_the_address(page: Path) -> None:
    built = dom(page, "#l=en&v=fail")
    assert "2 of 12 requirements" in built
    assert "۲ از ۱۲ الزام" in built
    assert 'data-value="fail" aria-pressed="true"' in built
    rows = re.findall(r'<tr id="en-[^"]*" data-v="(\w+)"[^>]*?( hidden="")?>', built)
    assert {mark for mark, hidden in rows if not hidden} == {"fail"}
    assert "printed with this filter: fail" in built


def test_search_knows_arabic_spelling_and_says_when_nothing_is_found(page: Path) -> None:
    found = dom(page, "#l=en&q=" + quote("كد رهگيري"))
    assert "2 of 12 requirements" in found
    assert "0 of 12 requirements" in dom(page, "#l=en&q=zzzz")


@pytest.mark.parametrize(
    ("fragment", "opened"),
    [
        ("#EV-000003", "EV-000003"),
        ("#l=en&at=EV-000003", "EV-000003"),
        ("#TC-PUR-PROP-001/EV-000003//items/0", "EV-000003"),
        ("#en-TC-PUR-CON-023", "en-TC-PUR-CON-023"),
        ("#TC-PUR-CON-023", "fa-TC-PUR-CON-023"),
    ],
)
def test_permanent_links_open_what_they_name(page: Path, fragment: str, opened: str) -> None:
    assert re.search(rf'<details class="\w+" id="{opened}" open', dom(page, fragment))


def test_the_report_reads_without_script(page: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.html"
    html = page.read_text("utf-8")
    bare.write_text(html[: html.index("<script>")] + "</body></html>", "utf-8")
    built = dom(bare)
    drawn = screenshot(page, tmp_path / "with.png"), screenshot(bare, tmp_path / "without.png")
    assert min(len(picture) for picture in drawn) > 60_000
    assert 'class="js"' not in built
    assert built.index('class="doc" lang="fa"') < built.index('class="doc" lang="en"')
    assert "hidden" not in re.findall(r"<div class=\"doc\"[^>]*>", built)[0]


def test_both_languages_are_drawn(page: Path, tmp_path: Path) -> None:
    persian = screenshot(page, tmp_path / "fa.png", "#l=fa")
    english = screenshot(page, tmp_path / "en.png", "#l=en")
    assert min(len(persian), len(english)) > 60_000, "an empty page compresses to a few KiB"
    assert persian != english


def test_the_report_prints(page: Path, tmp_path: Path) -> None:
    printed = pdf(page, tmp_path / "report.pdf")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 60


def test_the_certificate_is_one_page(tmp_path: Path) -> None:
    result, _ = conforming()
    campaign = campaign_of(result.cases)
    certificate = Certificate(
        id="CERT-1405-0123456789ab",
        product=campaign.profile.product,
        role="purchaser_system",
        scheme="purchaser_system",
        level="basic",
        pack="erx-1401",
        pack_hash="5d" * 32,
        suite_version="0.1.0",
        suite_hash="7e" * 32,
        campaign_id="CMP-0042",
        campaign_kind="witnessed",
        evidence_head="9f" * 32,
        evidence_records=1234,
        result_sha256="3c" * 32,
        decision_rule="DR-1",
        acts=tuple(
            Act(kind=kind, person=name, at=START)
            for kind, name in (
                ("evaluation", "سارا <b>آزمایشی</b>"),
                ("review", "بابک نمونه"),
                ("decision", "نگار فرضی"),
            )
        ),
        issued_at=START,
        valid_until=START.replace(year=2028),
        laboratory="Conformance laboratory",
        limits=("Availability over months is monitored, not certified.", "بار آزموده نشد.") * 3,
    )
    path = tmp_path / "certificate.html"
    path.write_text(render_certificate(certificate, "a.b.c"), encoding="utf-8")
    printed = pdf(path, tmp_path / "certificate.pdf")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    built = dom(path)
    assert "<b>آزمایشی" not in built
    assert "urn:ir:mafa:erx:certificate:CERT-1405-0123456789ab#k=" in unescape(built)
    assert path.stat().st_size < 120_000
