"""JUnit XML: one testcase per planned case, so that nothing of the plan disappears in a CI."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from lab.model.campaign import CaseResult, ResultDocument
from lab.model.errors import HarnessDefect
from lab.model.verdict import Verdict
from reports.view_models.text import clipped, one_line
from reports.view_models.wording import mark

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_LIMIT = 4_000


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda m: f"⟨U+{ord(m.group()):04X}⟩", clipped(text, _TEXT_LIMIT))


def render_junit(result: ResultDocument) -> str:
    """Return the XML. Not applicable is skipped; not run and inconclusive are errors, never green.

    An open inspection is skipped with what is missing: it waits for a person, a CI cannot mend it.
    Raises HarnessDefect when the text does not parse back to one testcase per case and inspection.
    """
    root = ET.Element("testsuites", name=_xml(result.campaign.id))
    ordered = sorted(result.cases, key=lambda c: str(c.case.suite.value))
    totals = [0, 0, 0, 0]
    for suite, group in groupby(ordered, key=lambda c: str(c.case.suite.value)):
        cases = list(group)
        node = ET.SubElement(root, "testsuite", name=suite)
        counts = _fill(node, cases)
        node.set("timestamp", f"{result.campaign.started_at:%Y-%m-%dT%H:%M:%S}")
        node.set("time", f"{sum(c.seconds for c in cases):.3f}")
        totals = [a + b for a, b in zip(totals, counts, strict=True)]
    if result.inspections:
        node = ET.SubElement(root, "testsuite", name="inspection")
        totals = [a + b for a, b in zip(totals, _inspections(node, result), strict=True)]
    _set_counts(root, totals)
    ET.indent(root)
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    _parse_back(text, len(result.cases) + len(result.inspections))
    return text


def _set_counts(node: ET.Element, counts: list[int]) -> None:
    for name, value in zip(("tests", "failures", "errors", "skipped"), counts, strict=True):
        node.set(name, str(value))


def _fill(node: ET.Element, cases: list[CaseResult]) -> list[int]:
    counts = [len(cases), 0, 0, 0]
    for outcome in cases:
        case = outcome.case
        item = ET.SubElement(
            node,
            "testcase",
            classname=_xml(case.module),
            name=_xml(case.id),
            time=f"{outcome.seconds:.3f}",
        )
        properties = ET.SubElement(item, "properties")
        for requirement in case.requirements:
            ET.SubElement(properties, "property", name="requirement", value=_xml(requirement))
        kind = mark(outcome)
        if kind == "na":
            ET.SubElement(item, "skipped", message=_xml(one_line(outcome.reason)))
            counts[3] += 1
        elif kind == "fail":
            _problem(item, "failure", kind, outcome)
            counts[1] += 1
        elif kind != "pass":
            _problem(item, "error", kind, outcome)
            counts[2] += 1
    _set_counts(node, counts)
    return counts


def _inspections(node: ET.Element, result: ResultDocument) -> list[int]:
    counts = [len(result.inspections), 0, 0, 0]
    for row in result.inspections:
        item = ET.SubElement(
            node, "testcase", classname="inspection", name=_xml(row.item.id), time="0.000"
        )
        last = row.current
        if row.verdict is Verdict.FAIL and last is not None:
            said = f"{last.id} by {last.name}, {last.function.words.en}: {last.note}"
            ET.SubElement(item, "failure", type="fail", message=_xml(one_line(said)))
            counts[1] += 1
        elif row.verdict is not Verdict.PASS:
            missing = "; ".join(one.en for one in row.missing) or row.reason
            state = "open" if row.is_open else "not applicable"
            ET.SubElement(item, "skipped", message=_xml(one_line(f"{state}: {missing}")))
            counts[3] += 1
    _set_counts(node, counts)
    return counts


def _problem(item: ET.Element, tag: str, kind: str, outcome: CaseResult) -> None:
    first = outcome.findings[0] if outcome.findings else None
    message = first.title if first is not None else (outcome.note or outcome.reason or kind)
    node = ET.SubElement(item, tag, type=kind, message=_xml(one_line(message)))
    node.text = "\n\n".join(
        _xml(
            f"{f.requirement_id} {f.title}\nexpected: {f.expected}\nobserved: {f.observed}\n"
            f"where: {f.pointer} in {f.exchange_id or '-'}\nfix: {f.fix}\n{f.fix_fa}".rstrip()
        )
        for f in outcome.findings[:20]
    )


def _parse_back(text: str, cases: int) -> None:
    """Read our own file again, because a writer that is never read loses tests silently."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - text written above, no entities
    except ET.ParseError as error:
        raise HarnessDefect(f"The JUnit file cannot be read back: {error}.") from error
    found = len(root.findall("./testsuite/testcase"))
    if found != cases:
        raise HarnessDefect(f"The JUnit file has {found} testcases for {cases} cases.")
