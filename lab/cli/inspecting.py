"""Printing inspections: what to look at, how they stand, what was recorded just now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.cli.terminal import Terminal, visible
from lab.model.campaign import ResultDocument
from lab.model.inspection import Attestation, InspectionItem, InspectionResult
from lab.model.verdict import Selection
from lab.verdicts.inspection import count_inspections


def say_items(terminal: Terminal, items: Sequence[InspectionItem]) -> None:
    """Print the items of a role."""
    for item in items:
        terminal.say(f"{item.id:<14} {item.severity.value:<12} {visible(item.title.en)}")
        terminal.persian(f"{'':<14} {visible(item.title.fa)}")
    terminal.say(f"{len(items)} inspections")


def say_standing(terminal: Terminal, directory: Path, rows: Sequence[InspectionResult]) -> None:
    """Print every inspection with its verdict and what it waits for, then the sum."""
    for row in rows:
        item = row.item
        terminal.say(f"{_mark(terminal, row)}  {item.id:<14} {visible(item.title.en)}")
        terminal.persian(f"  {visible(item.title.fa)}")
        terminal.pair("weight", _weight(item))
        for one in row.missing:
            terminal.pair("missing", visible(one.en))
        if row.selection is Selection.NOT_APPLICABLE:
            terminal.pair("reason", visible(row.reason, limit=300))
    say_progress(terminal, directory, rows)


def say_progress(terminal: Terminal, directory: Path, rows: Sequence[InspectionResult]) -> None:
    """Print the counts that close and the next step."""
    counts = count_inspections(rows)
    waiting = [row.item.id for row in rows if row.is_open and row.item.is_required]
    terminal.say(
        f"{counts.planned} inspections = {counts.passed} pass + {counts.failed} fail + "
        f"{counts.open} open   ({counts.not_applicable} not applicable)",
        "bold",
    )
    terminal.persian(
        f"{counts.planned} بازرسی: {counts.passed} قبول، {counts.failed} رد، {counts.open} باز"
    )
    if waiting:
        terminal.say(f"{len(waiting)} of the open ones bar a certificate: {', '.join(waiting)}")
    if counts.open:
        terminal.say(f"Next: mafalab inspect form {directory} -o form.toml")


def say_result(terminal: Terminal, row: InspectionResult) -> None:
    """Print one inspection in full."""
    say_item(terminal, row.item)
    terminal.say(f"{_mark(terminal, row)}  {visible(row.reason, limit=300)}")
    for missing in row.missing:
        terminal.pair("missing", visible(missing.en))
        terminal.persian(f"  {visible(missing.fa)}")
    for one in row.attestations:
        say_attestation(terminal, one)


def say_item(terminal: Terminal, item: InspectionItem) -> None:
    """Print what an item asks, in both languages."""
    terminal.say(f"{item.id}   {item.title.en}", "bold")
    terminal.persian(visible(item.title.fa))
    terminal.say(visible(item.question.en))
    terminal.persian(visible(item.question.fa))
    terminal.pair("binds", ", ".join(item.requirements))
    terminal.pair("weight", _weight(item))
    if item.selected_if:
        terminal.pair("if", item.selected_if)
    for number, step in enumerate(item.look, 1):
        terminal.pair(f"look {number}", visible(step.en))
        terminal.persian(f"          {visible(step.fa)}")
    for one in item.attach:
        optional = " (optional)" if one.optional else ""
        terminal.pair("attach", visible(f"{one.kind.value}{optional}: {one.en}"))
        terminal.persian(f"          {visible(one.fa)}")
    terminal.pair("pass", visible(item.criterion.en))
    terminal.persian(f"          {visible(item.criterion.fa)}")
    terminal.pair("attests", " or ".join(one.words.en for one in item.attest))
    terminal.persian(f"          {' یا '.join(one.words.fa for one in item.attest)}")


def say_attestation(terminal: Terminal, one: Attestation) -> None:
    """Print one attestation; everything in it came from outside."""
    corrects = f", corrects {one.corrects}" if one.corrects else ""
    terminal.say(f"{one.id}  {one.verdict.value}  {one.at:%Y-%m-%d %H:%M} UTC{corrects}")
    terminal.pair("by", visible(f"{one.name}, {one.function.words.en}"))
    for line in one.note.splitlines():
        terminal.pair("note", visible(line))
    for file in one.attachments:
        where = f"{file.kind.value}  {file.name}  {file.body.size} bytes  "
        terminal.pair("file", visible(f"{where}sha256:{file.body.sha256}"))


def say_recorded(
    terminal: Terminal,
    directory: Path,
    done: Sequence[Attestation],
    rows: Sequence[InspectionResult],
    result: ResultDocument | None,
) -> None:
    """Print what was recorded, what it came to, and how the campaign stands."""
    by_item = {row.item.id: row for row in rows}
    for one in done:
        row = by_item[one.item]
        corrects = f", corrects {one.corrects}" if one.corrects else ""
        files = f"{len(one.attachments)} files"
        terminal.say(f"Recorded {one.id} of {one.item}: {one.verdict.value}, {files}{corrects}")
        terminal.pair("verdict", _mark(terminal, row))
        for missing in row.missing:
            terminal.pair("missing", visible(missing.en))
            terminal.persian(f"  {visible(missing.fa)}")
    say_progress(terminal, directory, rows)
    if result is None:
        terminal.say("The testing has not ended; the attestations count when it does.")
        return
    said = result.statement
    terminal.say(visible(f"{said.decision.value.replace('_', ' ')}: {said.reason_en}"))
    terminal.persian(visible(said.reason_fa))
    terminal.say(f"Report: {directory / 'report' / 'report.html'}")


def _mark(terminal: Terminal, row: InspectionResult) -> str:
    if row.selection is Selection.NOT_APPLICABLE:
        return "- not applicable"
    word = terminal.mark(row.verdict)
    return f"{word}, {'open' if not row.attestations else 'incomplete'}" if row.is_open else word


def _weight(item: InspectionItem) -> str:
    bars = ", a certificate needs it" if item.is_required else ""
    return f"{item.severity.value}{bars}"
