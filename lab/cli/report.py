"""``mafalab report DIR``: write the views of a finished campaign again from its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from lab.cli.terminal import out, visible
from lab.evidence.reader import RESULT, EvidenceReader, open_evidence
from lab.kit.documents import decode_base64url, decode_document
from lab.kit.reply import JsonProblem
from lab.model import stored
from lab.model.campaign import CaseResult, ExchangeView, ResultDocument
from lab.model.errors import UsageError
from lab.model.evidence import RecordKind
from lab.model.exchange import BodyRef, Exchange
from lab.model.verdict import Verdict
from reports import FILES, render
from reports.document import parse_result
from reports.renderers.console import summary_lines

SHOWN = 64 * 1024  # characters of one body; the rest stays in the evidence under its hash
PER_CASE = 200  # exchanges of one case that are read for the report

app = typer.Typer(help="Write the report of a campaign again (HTML fa/en, JUnit, CSV).")


@app.command("report")
def report(
    directory: Annotated[
        Path, typer.Argument(help="Campaign directory (run --out) or its bundle.zip.")
    ],
    formats: Annotated[
        str, typer.Option("--format", "-f", help="Comma-separated: html, junit, csv.")
    ] = "html,junit",
    target: Annotated[
        Path | None, typer.Option("--out", help="Where to write; default DIR/report.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the summary: en or fa.")] = "en",
) -> None:
    """Write the report of a campaign again and print where it is."""
    result, paths = write_report(directory, formats=_wanted(formats), out_directory=target)
    terminal = out()
    for line in summary_lines(result, lang):
        terminal.say(visible(line))
    for name, path in paths.items():
        terminal.pair(name, str(path))


def write_report(
    directory: Path,
    *,
    formats: Iterable[str] = ("html", "junit"),
    out_directory: Path | None = None,
) -> tuple[ResultDocument, dict[str, Path]]:
    """Read result and evidence of a campaign and write the views; returns their paths.

    Raises UsageError when the campaign is not finished, EvidenceDamaged for a damaged body.
    """
    reader = open_evidence(directory)
    try:
        content = reader.document(RESULT)
        if content is None:
            raise UsageError(
                "The campaign has no result yet.",
                sentence_fa="کارزار هنوز نتیجه ندارد.",
                code="MFL-R006",
                where=str(directory / RESULT),
                fix=f"mafalab resume {directory}",
            )
        result = parse_result(content.decode("utf-8", "replace"), where=f"{directory}/{RESULT}")
        exchanges = collect_exchanges(reader, result)
    finally:
        reader.close()
    beside = directory if directory.is_dir() else directory.parent
    target = out_directory if out_directory is not None else beside / "report"
    return result, render(result, exchanges, target, formats, place=str(directory))


def collect_exchanges(reader: EvidenceReader, result: ResultDocument) -> dict[str, ExchangeView]:
    """Read the exchanges of every case that did not pass, bodies as bounded text."""
    wanted = {key for case in result.cases if _is_shown(case) for key in _ids(case)}
    if not wanted:
        return {}
    views = {}
    for record in reader.records():
        if record.kind is RecordKind.EXCHANGE and record.data.get("id") in wanted:
            exchange = stored.exchange_of(record.data)
            views[exchange.id] = view_of(reader, exchange)
    return views


def view_of(reader: EvidenceReader, exchange: Exchange) -> ExchangeView:
    """Return one exchange with its bodies as text of at most SHOWN characters."""
    request = _content(reader, exchange.request.body)
    answer = exchange.response.body if exchange.response is not None else None
    response = _content(reader, answer) if answer is not None else b""
    return ExchangeView(
        exchange=exchange,
        request_text=_text(request),
        response_text=_text(response),
        truncated=max(len(request), len(response)) > SHOWN,
        document=_document(exchange, request),
    )


def _wanted(formats: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in formats.split(",") if name.strip()))
    if not names:
        raise UsageError(
            f'"{formats}" names no report format.',
            code="MFL-R004",
            fix=f"Use one or more of: {', '.join(FILES)}.",
        )
    return names


def _is_shown(case: CaseResult) -> bool:
    return case.verdict in {Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR}


def _ids(case: CaseResult) -> tuple[str, ...]:
    named = [f.exchange_id for f in case.findings if f.exchange_id is not None]
    return (*case.exchange_ids[:PER_CASE], *named)


def _content(reader: EvidenceReader, ref: BodyRef) -> bytes:
    return reader.read_body(ref) if ref.size else b""


def _text(content: bytes) -> str:
    """Return UTF-8 text, or hexadecimal for what is none; head and tail when it is long."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        shown = content[:4096]
        lines = [shown[i : i + 16].hex(" ") for i in range(0, len(shown), 16)]
        return f"[{len(content)} bytes, not UTF-8, in hexadecimal]\n" + "\n".join(lines)
    if len(text) <= SHOWN:
        return text
    half = SHOWN // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"


def _document(exchange: Exchange, content: bytes) -> str | None:
    """Return the payload of a signed request as it was signed, None when there is none."""
    kinds = [h.value for h in exchange.request.headers if h.name.lower() == "content-type"]
    if not any("jose" in kind for kind in kinds) or len(content) > SHOWN * 16:
        return None
    try:
        signed = decode_document(content).signing_input.decode("ascii")
        return _text(decode_base64url(signed.partition(".")[2]))
    except (JsonProblem, ValueError):
        return None  # the report shows the body as it was sent
