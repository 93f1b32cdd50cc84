from __future__ import annotations

import csv
import hashlib
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

import reports
from lab.model.campaign import ExchangeView, ResultDocument
from lab.model.errors import EnvironmentFault, UsageError
from reports.document import EXPORTED, load_result, schema_text
from reports.renderers.console import findings_lines, summary_lines
from reports.renderers.html import render_html
from reports.renderers.junit import render_junit
from reports.renderers.matrix_csv import render_matrix, safe_cell
from reports.view_models.matrix import build_matrix
from reports.view_models.page import build_page
from reports.view_models.statement import build_statement
from tests.support.hostile import PAYLOADS, hostile_result
from tests.support.results import conforming, exchange_view, failing, finding, outcome_of

REPORTS = Path(reports.__file__).parent
VOID = {"meta", "input", "br", "link", "img", "base"}
Made = tuple[ResultDocument, dict[str, ExchangeView]]


class Outline(HTMLParser):
    """Elements, ids and nesting of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        self.attributes |= values.keys()
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values.get("href")))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs).keys()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    return parser


@pytest.fixture(scope="module")
def failed() -> Made:
    return failing()


@pytest.fixture(scope="module")
def page(failed: Made) -> str:
    return render_html(*failed)


def test_the_page_is_well_formed_and_every_link_leads_somewhere(page: str) -> None:
    found = outline(page)
    assert found.faults == []
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    missing = {link for link in found.links if link.startswith("#")} - {f"#{i}" for i in found.ids}
    assert missing == set()
    assert all(link.startswith("#") for link in found.links)


def test_decision_first_and_both_languages(page: str) -> None:
    first = page.index('<h1 id="fa-h1">')
    assert "نامنطبق با نمایهٔ" in page[first : first + 200]
    assert "Not conforming to the profile of a" in page
    assert page.index('class="doc" lang="fa" dir="rtl"') < page.index(
        'class="doc" lang="en" dir="ltr"'
    )
    assert page.startswith('<!DOCTYPE html><html lang="fa" dir="rtl"')


def test_expected_and_observed_stand_in_a_real_table(page: str) -> None:
    assert '<th scope="col">انتظار</th><th scope="col">مشاهده</th>' in page
    assert "<mark>1250000</mark>" in page
    assert "<mark>1249999</mark>" in page


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    assert "default-src 'none'" in unescape(page)
    style = page.split("<style>")[1].split("</style>", maxsplit=1)[0]
    body = page.replace(style, "")
    assert not re.search(r"""(?:src|href)=["']?(?!#)[a-z/]""", body)
    assert "unsafe-inline" not in page
    assert " style=" not in body


def test_the_policy_admits_exactly_our_script(page: str) -> None:
    import base64  # noqa: PLC0415 - only here

    script = page.split("<script>")[1].split("</script>", maxsplit=1)[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'".replace("'", "&#39;") in page
    assert page.count("<script") == 1


def test_every_planned_case_has_a_place(failed: Made, page: str) -> None:
    for item in failed[0].cases:
        for lang in ("fa", "en"):
            assert f'id="{lang}-{item.case.id}"' in page


def test_counts_close_on_the_page(failed: Made) -> None:
    view = build_statement(failed[0])
    assert view.closes
    assert sum(row.number for row in view.counts) == failed[0].counts.planned
    broken = failed[0].counts.model_copy(update={"passed": 1})
    assert not build_statement(failed[0].model_copy(update={"counts": broken})).closes


def test_matrix_marks_not_run_and_not_applicable_apart_from_verdicts(failed: Made) -> None:
    rows = {row.id: row for row in build_matrix(failed[0])}
    uncovered = failed[0].requirements[11].requirement.id
    assert rows[uncovered].mark == "none"
    assert rows["ERX-7-10-F"].mark == "fail"
    assert rows["ERX-7-10-F"].links[0] == "TC-PUR-CON-023"


def test_budget_without_evidence() -> None:
    result, _ = conforming()
    many = [outcome_of(c.case.model_copy(update={"id": f"TC-PUR-WF-{i:04d}"}))
            for i, c in enumerate(result.cases * 42)]  # fmt: skip
    big = result.model_copy(update={"cases": tuple(many)})
    assert len(render_html(big, {}).encode()) <= 2 * 1024 * 1024


def test_a_long_body_is_shown_by_head_and_tail() -> None:
    result, _ = conforming()
    first = result.cases[0].case
    body = "H" * 40_000 + "M" * 4_000_000 + "T" * 40_000
    view = exchange_view(1, first.id, response=body)
    said = finding(first.id, first.requirements[0], exchange_id="EV-000001", observed=body)
    case = outcome_of(first, result.cases[0].verdict.FAIL, findings=(said,),
                      exchange_ids=("EV-000001",))  # fmt: skip
    html = render_html(result.model_copy(update={"cases": (case, *result.cases[1:])}),
                       {"EV-000001": view})  # fmt: skip
    assert len(html) < 500_000
    assert "HHHH" in html
    assert "TTTT" in html
    assert "⟨… " in html


def test_a_flood_of_findings_is_bounded_and_said() -> None:
    result, _ = conforming()
    said = finding("x", result.cases[0].case.requirements[0], observed="y" * 100_000)
    flood = [
        c.model_copy(
            update={
                "case": c.case.model_copy(update={"id": f"TC-PUR-WF-{i:05d}"}),
                "verdict": c.verdict.FAIL,
                "findings": (said,) * 30,
            }
        )
        for i, c in enumerate(result.cases * 40)
    ]
    html = render_html(result.model_copy(update={"cases": tuple(flood)}), {})
    assert len(html) < 12_000_000
    assert "more findings in result.json" in html


def test_hostile_text_makes_no_element(tmp_path: Path) -> None:
    made = hostile_result(len(PAYLOADS) * 3)
    found = outline(render_html(*made))
    clean = outline(render_html(*failing()))
    assert set(found.tags) <= set(clean.tags)
    assert found.attributes <= clean.attributes
    assert found.faults == []


@pytest.mark.parametrize("make", [failing, conforming, hostile_result])
def test_junit_has_one_testcase_per_case_and_parses(make: Callable[[], Made]) -> None:
    result, _ = make()
    root = ET.fromstring(render_junit(result))  # noqa: S314 - our own output
    cases = root.findall("./testsuite/testcase")
    assert {c.get("name") for c in cases} == {c.case.id for c in result.cases}
    assert len(root.findall(".//failure")) == result.counts.failed
    assert len(root.findall(".//skipped")) == result.counts.not_applicable
    red = result.counts.error + result.counts.inconclusive + result.counts.not_run
    assert len(root.findall(".//error")) == red
    assert root.get("tests") == str(len(result.cases))


def test_skipped_cases_state_their_reason() -> None:
    root = ET.fromstring(render_junit(failing()[0]))  # noqa: S314 - our own output
    reasons = [node.get("message") for node in root.findall(".//skipped")]
    assert reasons == ['ICS item "purchaser.void" is declared "no"'] * 3


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@x", " =1", '"=1', "\t=1", "\uff1d1", "\r=x", "'=1"]
)
def test_no_cell_is_calculated(cell: str) -> None:
    assert safe_cell(cell).startswith("'")


def test_the_csv_matrix_reads_back() -> None:
    result, _ = failing()
    rows = list(csv.reader(io.StringIO(render_matrix(result))))
    assert [row[0] for row in rows[1:]] == [r.requirement.id for r in result.requirements]


def test_console_lines_carry_no_control_characters_and_close() -> None:
    result, _ = hostile_result()
    lines = findings_lines(result) + summary_lines(result) + summary_lines(result, "fa")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", "".join(lines))
    counts = result.counts
    assert f"{counts.planned} planned = {counts.passed} pass + {counts.failed} fail" in lines[-5]
    assert any("more in the report" in line for line in lines)


def test_render_writes_what_was_asked_and_refuses_the_rest(tmp_path: Path) -> None:
    result, views = failing()
    assert set(reports.render(result, views, tmp_path)) == {"html", "junit", "csv"}
    with pytest.raises(UsageError, match='no report format "pdf"'):
        reports.render(result, views, tmp_path, ["pdf"])
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        reports.render(result, views, tmp_path / "file")


@pytest.mark.parametrize("name", EXPORTED)
def test_committed_schemas_are_current_and_valid(name: str) -> None:
    committed = (REPORTS / "schemas" / f"{name}.schema.json").read_text("utf-8")
    assert committed == schema_text(name), "write them again: python -m reports.document"
    import json  # noqa: PLC0415 - only here

    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


def test_a_result_round_trips_and_a_damaged_one_says_where(tmp_path: Path) -> None:
    result, _ = failing()
    path = tmp_path / "result.json"
    path.write_text(result.model_dump_json(indent=2), encoding="utf-8")
    assert load_result(path) == result
    path.write_text(result.model_dump_json().replace('"planned":57', '"planned":"many"'))
    with pytest.raises(UsageError, match="/counts/planned"):
        load_result(path)
    for text in ("", "[]", "[" * 100_000, '{"a":'):
        path.write_text(text)
        with pytest.raises(UsageError, match="not a result document"):
            load_result(path)
    with pytest.raises(EnvironmentFault):
        load_result(tmp_path / "absent.json")


def test_style_knows_no_left_and_no_right() -> None:
    css = "".join(path.read_text("utf-8") for path in (REPORTS / "assets").glob("*.css"))
    physical = re.findall(
        r"(?:margin|padding|border|text-align|float|inset)[a-z-]*(?:-|:\s*)(?:left|right)\b", css
    )
    assert physical == []
    assert not re.search(r"[;{](?:left|right|width|height):", css)


def test_vendored_files_are_those_of_the_table() -> None:
    vendor = REPORTS / "assets" / "vendor"
    table = (vendor / "README.md").read_text("utf-8")
    digest = hashlib.sha256((vendor / "Vazirmatn-subset.woff2").read_bytes()).hexdigest()
    assert f"| 33.0.3 | `{digest}` | SIL OFL 1.1" in table


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_contrast_in_light_and_dark() -> None:
    css = (REPORTS / "assets" / "report.css").read_text("utf-8")
    for block in re.findall(r":root\{(--bg[^}]*)\}", css):
        colours = dict(re.findall(r"--([a-z]+):(#[0-9a-f]{3,6})\b", block))
        full = {k: v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:])
                for k, v in colours.items()}  # fmt: skip
        back = _luminance(full["bg"])
        for name in ("ink", "dim", "link", "pass", "fail", "inconclusive", "error", "na"):
            front = _luminance(full[name])
            ratio = (max(front, back) + 0.05) / (min(front, back) + 0.05)
            assert ratio >= 4.5, (name, full[name], ratio)


def test_sequence_folds_equal_calls_and_keeps_the_blamed() -> None:
    result, _ = conforming()
    first = result.cases[0].case
    views = {f"EV-{i:06d}": exchange_view(i, first.id) for i in range(1, 200)}
    said = finding(first.id, first.requirements[0], exchange_id="EV-000150")
    case = outcome_of(first, result.cases[0].verdict.FAIL, findings=(said,),
                      exchange_ids=tuple(views))  # fmt: skip
    page = build_page(result.model_copy(update={"cases": (case, *result.cases[1:])}), views)
    sequence = page.cases[0].sequence
    assert sequence is not None
    assert [a.folded for a in sequence.arrows] == [149, 1, 49]
    assert [a.failing for a in sequence.arrows] == [False, True, False]
    assert sequence.arrows[0].request.startswith("1: 149 x POST ")
    assert all(a.request.isascii() and a.answer.isascii() for a in sequence.arrows)
    assert "EV-000150" in page.panes.ids
    assert page.panes.hidden == 199 - 40
