"""Printing of the recall list: what a change of the suites means, by urgency, and what is next.

Exit codes: 0 everything is as it was, 1 a certificate is at risk or a verdict changed, 2 there is
no campaign, 4 nothing changed where it could be judged, but something could not be judged.
"""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

from lab.campaign.recall import Desk, Notice, Recall, Recalled, recall
from lab.certification.held import Cabinet
from lab.cli.terminal import Terminal, err, out, print_json, visible
from lab.model.errors import UsageError

SHOWN = 8  # differences of one campaign; the rest is in --json


def recall_all(root: Path, *, as_json: bool, trust: Path | None, status: Path | None) -> int:
    """Judge all campaigns below `root` again, print the list, return the exit code."""
    cabinet = Cabinet(trust=trust, status=status, at=datetime.now(UTC))

    def progress(directory: Path) -> None:
        err().say(f"judging {directory}")

    found = recall(root, Desk(held=cabinet.held, progress=progress))
    if not found.campaigns:
        raise UsageError(
            f'there is no campaign at or below "{root}"',
            code="MFL-U081",
            where=str(root),
            fix="Name the folder in which the campaigns are stored.",
            sentence_fa="در این پوشه هیچ آزمونی ذخیره نشده است.",
        )
    if as_json:
        print_json(_document(found))
    else:
        _say(found)
    return exit_code(found)


def exit_code(found: Recall) -> int:
    """Return 1 for a risk or a change, else 4 where something was not judged, else 0."""
    standings = {row.standing for row in found.campaigns}
    if standings & {"at risk", "changed"}:
        return 1
    return 0 if standings == {"unaffected"} else 4


def _document(found: Recall) -> dict[str, object]:
    rows = [
        {**row.model_dump(mode="json"), "next": list(next_commands(row))} for row in found.campaigns
    ]
    return {
        "suites": found.suites,
        "campaigns": rows,
        "counts": _counts(found),
        "toNotify": [one.model_dump(mode="json") for one in found.to_notify],
    }


def _counts(found: Recall) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in found.campaigns:
        counts[row.standing] = counts.get(row.standing, 0) + 1
    return counts


def _say(found: Recall) -> None:
    terminal = out()
    for row in found.campaigns:
        _say_row(terminal, row)
    counts = ", ".join(f"{number} {name}" for name, number in _counts(found).items())
    terminal.say(f"{len(found.campaigns)} campaigns with suites {found.suites[:12]}: {counts}")
    if not found.to_notify:
        terminal.pair("notify", "nobody")
    for notice in found.to_notify:
        _say_notice(terminal, notice)


def _say_row(terminal: Terminal, row: Recalled) -> None:
    held = row.certificate
    kind = f"{held.state} certificate {held.id}".rstrip() if held else "no certificate"
    who = f"{row.product.vendor}, {row.product.product} {row.product.version}"
    head = f"{row.standing.upper():<11} {kind}  {who}  {row.role}"
    terminal.say(visible(head.rstrip(), limit=300))
    terminal.pair("where", visible(f"{row.directory}  {row.campaign}", limit=300))
    if held and held.note:
        terminal.pair("note", visible(held.note, limit=300))
    if row.reason:
        terminal.pair("reason", visible(row.reason, limit=300))
    if row.decided != row.decision and row.decided and row.decision:
        terminal.pair("rule", f"{row.decided.value} -> {row.decision.value}")
    for one in row.differences[:SHOWN]:
        terminal.say(
            visible(f"  {one.case_id}: {one.before} -> {one.now}   {one.detail}", limit=300)
        )
        if one.is_unfit:
            terminal.say(
                "    the case asks for other things than were recorded; a new test decides"
            )
            continue
        for finding in one.findings[:2]:
            said = f"    {finding.requirement_id} {finding.pointer}: expected {finding.expected}, "
            terminal.say(visible(f"{said}observed {finding.observed}", limit=400))
    if len(row.differences) > SHOWN:
        terminal.say(f"  ... {len(row.differences) - SHOWN} more, all in --json")
    for command in next_commands(row):
        terminal.pair("next", visible(command, limit=600))


def next_commands(row: Recalled) -> tuple[str, ...]:
    """Return what an analyst would type next, the first thing first."""
    directory = shlex.quote(row.directory)
    again = (
        f"mafalab run --sut {shlex.quote(row.source or 'sut.toml')} --plan {row.plan or 'PLAN'} "
        "--kind witnessed --out NEW"
    )
    if row.standing == "at risk":
        return (*_looks(row), _suspend(row), again)
    if row.standing == "test again":
        return (again,)
    if row.standing == "running":
        return ("wait until it has ended, then rejudge again",)
    if "never finished" in row.reason:
        return (f"mafalab resume {directory}",) if row.same_suites else (again,)
    return _looks(row)


def _looks(row: Recalled) -> tuple[str, ...]:
    directory = shlex.quote(row.directory)
    if not row.intact:
        return (f"mafalab verify {directory}",)
    first = next((one.case_id for one in row.differences), "")
    return (f"mafalab show {directory} {first}",) if first else ()


def _suspend(row: Recalled) -> str:
    held = row.certificate
    if held is None:
        return ""
    why = f"lost on re-judging: {', '.join(row.lost[:3])}" if row.lost else "evidence not intact"
    act = "withdraw" if held.state == "suspended" else "suspend"
    said = f"mafalab certificate {act} {shlex.quote(held.path)} --credentials KIT"
    return f"{said} --by NAME --reason {shlex.quote(why)}"


def _say_notice(terminal: Terminal, notice: Notice) -> None:
    contact = ", ".join(notice.contacts) or "no contact in the campaign (contact= in sut.toml)"
    text = f"{notice.vendor} <{contact}>  {notice.standing}: {', '.join(notice.products)}"
    ids = ", ".join(one for one in notice.certificates if one)
    terminal.pair("notify", visible(f"{text}  {ids}".rstrip(), limit=500))
