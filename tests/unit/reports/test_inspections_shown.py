"""Inspections in HTML, CSV and JUnit: bilingual, escaped, open ones never green and never red."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from lab.model.base import Bilingual
from lab.model.campaign import ResultDocument
from lab.model.exchange import BodyRef
from lab.model.inspection import (
    Attachment,
    AttachmentKind,
    Attestation,
    AttestedVerdict,
    Attester,
    InspectionItem,
    InspectionResult,
    WantedAttachment,
)
from lab.model.verdict import Selection, Severity, Verdict
from lab.verdicts.inspection import count_inspections
from reports.renderers.html import render_html
from reports.renderers.junit import render_junit
from reports.renderers.matrix_csv import render_matrix
from tests.support.hostile import PAYLOADS
from tests.support.results import conforming

EVIL = "<script>alert(1)</script>\x1b[31m\u202e"


def item(number: int, requirement: str) -> InspectionItem:
    text = Bilingual(fa="متن", en="text")
    return InspectionItem(
        id=f"INS-TEST-{number:03d}",
        role="purchaser_system",
        requirements=(requirement,),
        severity=Severity.MAJOR,
        title=Bilingual(fa=f"بازرسی {number}", en=f"Inspection {number}"),
        question=text,
        look=(text,),
        attach=(WantedAttachment(kind=AttachmentKind.CONTRACT, fa="قرارداد", en="the contract"),),
        attest=(Attester.ANALYST,),
        criterion=text,
    )


def attested(number: int, verdict: str, note: str = "seen", name: str = "Sara") -> Attestation:
    return Attestation(
        id=f"ATT-{number:04d}", item=f"INS-TEST-{number:03d}", verdict=AttestedVerdict(verdict),
        name=name, function=Attester.ANALYST, note=note, at=datetime(2026, 11, 21, tzinfo=UTC),
        attachments=(
            Attachment(kind=AttachmentKind.CONTRACT, name=name, media_type="application/pdf",
                       body=BodyRef(sha256="ab" * 32, size=7)),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def result() -> ResultDocument:
    base = conforming()[0]
    requirement = base.requirements[0].requirement.id
    missing = (Bilingual(fa="اظهار تحلیلگر", en="attestation by: laboratory analyst"),)
    rows = (
        (Verdict.PASS, Selection.SELECTED, (), (attested(1, "pass"),)),
        (Verdict.FAIL, Selection.SELECTED, (), (attested(2, "fail", EVIL, EVIL),)),
        (Verdict.INCONCLUSIVE, Selection.SELECTED, missing, ()),
        (Verdict.NONE, Selection.NOT_APPLICABLE, (), ()),
    )
    inspections = tuple(
        InspectionResult(item=item(n, requirement), selection=selection, reason="because",
                         verdict=verdict, missing=lacking, attestations=given)
        for n, (verdict, selection, lacking, given) in enumerate(rows, 1)
    )  # fmt: skip
    first = base.requirements[0].model_copy(
        update={
            "inspection": Verdict.FAIL,
            "inspection_ids": tuple(row.item.id for row in inspections),
        }
    )
    return base.model_copy(
        update={
            "inspections": inspections,
            "inspection_counts": count_inspections(inspections),
            "requirements": (first, *base.requirements[1:]),
        }
    )


def test_the_page_shows_them_in_both_languages(result: ResultDocument) -> None:
    html = render_html(result, {})
    for lang in ("fa", "en"):
        assert f'<section id="{lang}-inspections"' in html
        assert f'href="#{lang}-INS-TEST-002"' in html, "the matrix leads to the inspection"
    assert "attestation by: laboratory analyst" in html
    assert "اظهار تحلیلگر" in html
    assert "? باز" in html
    assert "sha256:" + "ab" * 32 in html
    assert "3 inspections = 1 pass + 1 fail + 1 open" in html
    assert "۳ بازرسی = ۱ قبول + ۱ رد + ۱ باز" in html


def test_a_report_without_inspections_has_no_section() -> None:
    assert "fa-inspections" not in render_html(*conforming())


def test_what_people_write_is_escaped(result: ResultDocument) -> None:
    html = render_html(result, {})
    assert html.count("<script") == 1
    assert "\u202e" not in html
    assert "\x1b" not in html
    for payload in PAYLOADS[::20]:
        said = attested(2, "fail", payload[:3000] or "-", payload[:150] or "-")
        row = result.inspections[1].model_copy(update={"attestations": (said,)})
        page = render_html(result.model_copy(update={"inspections": (row,)}), {})
        assert page.count("<script") == 1


def test_junit_skips_open_ones_and_fails_failed_ones(result: ResultDocument) -> None:
    root = ET.fromstring(render_junit(result))  # noqa: S314 - our own text
    suite = root.find("./testsuite[@name='inspection']")
    assert suite is not None
    found = {case.get("name"): [child.tag for child in case] for case in suite}
    assert found == {
        "INS-TEST-001": [],
        "INS-TEST-002": ["failure"],
        "INS-TEST-003": ["skipped"],
        "INS-TEST-004": ["skipped"],
    }
    messages = [node.get("message", "") for node in suite.iter("skipped")]
    assert messages[0] == "open: attestation by: laboratory analyst"
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
    assert int(root.get("tests", "0")) == len(result.cases) + 4


def test_the_csv_has_the_verdict_of_the_inspections(result: ResultDocument) -> None:
    rows = list(csv.DictReader(io.StringIO(render_matrix(result))))
    assert rows[0]["inspection"] == "fail"
    assert rows[0]["inspections"].split() == [row.item.id for row in result.inspections]
    assert rows[1]["inspection"] == "none"
