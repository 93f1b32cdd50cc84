"""Printing one case, requirement or exchange of a campaign; everything of a product is escaped."""

from __future__ import annotations

from pathlib import Path

from lab.cli.inspecting import say_result
from lab.cli.report import view_of
from lab.cli.terminal import Terminal, out, print_json, visible
from lab.evidence.reader import RESULT, EvidenceReader, open_evidence
from lab.model import stored
from lab.model.campaign import CaseResult, RequirementResult
from lab.model.errors import UsageError
from lab.model.evidence import RecordKind

SHOWN = 4000


def show_item(path: Path, item: str, *, as_json: bool) -> None:
    """Print an item by its id; UsageError when the campaign has none of that name."""
    reader = open_evidence(path)
    try:
        if item.startswith("EV-"):
            _show_exchange(reader, item, as_json=as_json)
            return
        content = reader.document(RESULT)
    finally:
        reader.close()
    if content is None:
        raise UsageError(
            "the campaign is not finished",
            code="MFL-U017",
            where=str(path),
            fix=f"mafalab resume {path}",
        )
    result = stored.RESULT.read(content, f"{path}/{RESULT}")
    case = next((row for row in result.cases if row.case.id == item), None)
    requirement = next((row for row in result.requirements if row.requirement.id == item), None)
    inspection = next((row for row in result.inspections if row.item.id == item), None)
    if inspection is not None:
        if as_json:
            print_json(inspection.model_dump(mode="json"))
        else:
            say_result(out(), inspection)
    elif case is not None:
        print_json(case.model_dump(mode="json")) if as_json else _show_case(out(), case)
    elif requirement is not None:
        if as_json:
            print_json(requirement.model_dump(mode="json"))
        else:
            _show_requirement(out(), requirement)
    else:
        raise _unknown(item, path)


def _unknown(item: str, path: Path) -> UsageError:
    return UsageError(
        f'the campaign has no "{item}"',
        code="MFL-U018",
        where=str(path),
        fix="Give the id of a case (TC-...), a requirement (ERX-...), an exchange (EV-...) or an "
        "inspection (INS-...).",
        sentence_fa="چنین شناسه‌ای در این آزمون نیست.",
    )


def _show_case(terminal: Terminal, row: CaseResult) -> None:
    terminal.say(f"{row.case.id}  {terminal.mark(row.verdict)}  {visible(row.case.purpose)}")
    terminal.pair("verifies ", ", ".join(row.case.requirements))
    terminal.pair("reason", visible(row.reason))
    if row.note:
        terminal.pair("note", visible(row.note))
    terminal.pair("judged", f"{row.expectations} expectations, attempt {row.attempts}")
    for finding in row.findings:
        terminal.say(
            f"FINDING[{finding.requirement_id}] {visible(finding.title, limit=300)}"
            f"   {finding.severity.value.upper()} · blame {finding.blame.value}"
        )
        terminal.pair("expected ", visible(finding.expected, limit=600))
        terminal.pair("observed ", visible(finding.observed, limit=600))
        terminal.pair("where", visible(f"{finding.pointer}  {finding.exchange_id or '-'}"))
        if finding.fix:
            terminal.pair("fix", visible(finding.fix, limit=600))
        if finding.fix_fa:
            terminal.persian(f"  {visible(finding.fix_fa, limit=600)}")
    terminal.pair("seen", " ".join(row.exchange_ids[:40]))


def _show_requirement(terminal: Terminal, row: RequirementResult) -> None:
    requirement = row.requirement
    terminal.say(f"{requirement.id}  {terminal.mark(row.verdict)}  clause {requirement.clause}")
    terminal.say(f"  {visible(requirement.text.en)}")
    terminal.persian(f"  {visible(requirement.text.fa)}")
    terminal.pair("cases", ", ".join(row.case_ids) or row.reason)
    if row.inspection_ids:
        mark = terminal.mark(row.inspection)
        terminal.pair("inspect", f"{', '.join(row.inspection_ids)}  {mark}")


def _show_exchange(reader: EvidenceReader, item: str, *, as_json: bool) -> None:
    for record in reader.records():
        if record.kind is RecordKind.EXCHANGE and record.data.get("id") == item:
            view = view_of(reader, stored.exchange_of(record.data))
            break
    else:
        raise _unknown(item, Path(reader.where))
    if as_json:
        print_json(view.model_dump(mode="json"))
        return
    terminal, exchange = out(), view.exchange
    terminal.say(
        f"{exchange.id}  {exchange.case_id} attempt {exchange.attempt}  {visible(exchange.step)}"
    )
    terminal.say(f"{exchange.request.method} {visible(exchange.request.url)}")
    for header in exchange.request.headers:
        terminal.say(visible(f"  {header.name}: {header.value}", limit=300))
    _say_body(terminal, view.document or view.request_text)
    if exchange.response is None:
        failure = exchange.failure
        text = f"{failure.kind.value}: {failure.detail}" if failure else "nothing"
        terminal.say(visible(f"-> no answer: {text}"))
        return
    terminal.say(f"-> {exchange.response.status} after {exchange.elapsed_ms:.1f} ms")
    for header in exchange.response.headers:
        terminal.say(visible(f"  {header.name}: {header.value}", limit=300))
    _say_body(terminal, view.response_text)


def _say_body(terminal: Terminal, text: str) -> None:
    for line in text[:SHOWN].splitlines():
        terminal.say(f"  | {visible(line)}")
    if len(text) > SHOWN:
        terminal.say(f"  | ... {len(text) - SHOWN} more characters")
