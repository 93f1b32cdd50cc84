"""How to see a finding again by hand: the campaign command, and the requests of each finding.

A seal is good for 300 s and once, an id is registered once. So what is printed is no recording but
what `mafalab repeat` makes anew of it: `lab.kit.repetition` says what changes and what does not.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from lab.campaign.repetitions import NotByHand, Recorded, recorded, repetition
from lab.cli.terminal import out
from lab.evidence.reader import RESULT, EvidenceReader, open_evidence
from lab.kit.credentials import CredentialKit
from lab.kit.repeating import Performer, Shown
from lab.kit.repetition import Repetition, Step
from lab.kit.signals import Inconclusive
from lab.model.campaign import Campaign, CaseResult
from lab.model.errors import LabError, UsageError
from lab.model.exchange import Exchange
from reports.document import parse_result

app = typer.Typer(help="Send the requests of a finding again (printed by show --reproduce).")
_EXIT = {Shown.NOT: 0, Shown.AGAIN: 1, Shown.UNDECIDED: 4}
MAX_SCRIPT = 16 * 1024 * 1024


@app.command("repeat")
def repeat(
    source: Annotated[
        Path | None, typer.Argument(help="File with the requests; standard input by default.")
    ] = None,
) -> None:
    """Send the requests of one finding again, sealed anew, and say whether it shows.

    Exit: 1 it shows again, 0 it does not, 2 the requests cannot be read, 4 undecided: the product
    was not reached, or did something else than recorded on the way to the finding.

    Examples: mafalab show out TC-PUR-SEM-COST-006 --reproduce --finding 1 | sh
    | mafalab repeat requests.json
    """
    file = typer.get_binary_stream("stdin") if source is None else source.open("rb")
    with file:
        content = file.read(MAX_SCRIPT)
    try:
        plan = Repetition.model_validate_json(content)
    except ValueError as error:
        raise UsageError(
            f"these are no requests to repeat: {str(error).splitlines()[0]}",
            code="MFL-U064",
            where=str(source or "standard input"),
            fix="Print them: mafalab show DIR TC-... --reproduce --finding 1",
            sentence_fa="این درخواست‌ها خوانا نیست.",
        ) from error
    terminal = out()
    try:
        shows = Performer(plan, lambda text: terminal.say(_plain(text))).perform()
    except Inconclusive as reason:
        terminal.say(_plain(f"undecided: {reason.sentence}, observed {reason.observed}"))
        shows = Shown.UNDECIDED
    terminal.say(shows.value)
    raise typer.Exit(_EXIT[shows])


def reproduce(path: Path, case_id: str, number: int = 0) -> None:
    """Print how to see the findings of a case again, or only one (from 1) as a script."""
    reader = open_evidence(path)
    try:
        content = reader.document(RESULT)
        result = (
            parse_result(content.decode("utf-8", "replace"), where=str(path)) if content else None
        )
        row = (
            next((one for one in result.cases if one.case.id == case_id), None) if result else None
        )
        if result is None or row is None or not row.findings or number > len(row.findings):
            raise UsageError(
                f'"{case_id}" is no case with {number or "any"} findings in this campaign',
                code="MFL-U063",
                where=str(path),
                fix="Name a case (TC-...) that did not pass, and one of its findings.",
                sentence_fa="این آزمون چنین یافته‌ای ندارد.",
            )
        book = Book.open(result.campaign, row, reader)
    finally:
        reader.close()
    for line in book.script(number - 1) if number else book.lines():
        out().say(line)


@dataclass(frozen=True)
class Book:
    """Everything needed to write down how the findings of one case are seen again."""

    campaign: Campaign
    row: CaseResult
    seen: Recorded
    kit: CredentialKit | None
    no_kit: str = ""

    @classmethod
    def open(cls, campaign: Campaign, row: CaseResult, reader: EvidenceReader) -> Book:
        """Read the exchanges of a case; the kit may be out of reach, which is then said."""
        seen = recorded(reader, row)
        try:
            kit = CredentialKit.load(Path(campaign.profile.ixit.credentials))
        except LabError as error:
            return cls(campaign, row, seen, None, error.sentence)
        return cls(campaign, row, seen, kit)

    def lines(self) -> Iterator[str]:
        """Yield what to type, comments included, for the case and for each of its findings."""
        yield "# The whole case again, with the same inputs:"
        yield whole_case(self.campaign, self.row.case.id)
        for number in range(len(self.row.findings)):
            yield ""
            yield from self.script(number)

    def script(self, number: int) -> Iterator[str]:
        """Yield the script of one finding (from 0), or why there is none."""
        finding = self.row.findings[number]
        yield f"# finding {number + 1} of {len(self.row.findings)} in {self.row.case.id}"
        yield f"# {_plain(finding.requirement_id)}: {_plain(finding.title)}"
        yield f"# expected {_plain(finding.expected)}"
        yield f"# observed {_plain(finding.observed)}"
        try:
            plan = self.plan(number)
        except (NotByHand, LabError) as problem:
            yield f"# not by hand: {_plain(str(problem))}; the whole case shows it:"
            yield whole_case(self.campaign, self.row.case.id)
            return
        plain = self._curl(plan)
        if plain:
            yield "# it goes without a seal, so curl is enough:"
            yield f"# {plain}"
        yield "mafalab repeat <<'END'"
        yield from written(plan)
        yield "END"

    def plan(self, number: int) -> Repetition:
        """Return the requests of one finding (from 0); NotByHand when there is no way."""
        if self.kit is None:
            raise NotByHand(self.no_kit)
        return repetition(self.campaign, self.row, number, self.seen, self.kit)

    def _curl(self, plan: Repetition) -> str:
        """Return a curl command where one unsealed request is everything."""
        if len(plan.steps) > 1 or plan.steps[0].seal is not None or self.kit is None:
            return ""
        exchange = next(one for one in self.seen.exchanges if one.id == plan.judged)
        return curl(exchange, self.seen.request(exchange), self.kit)


def whole_case(campaign: Campaign, case_id: str) -> str:
    """Return the command that runs the case again with the same inputs."""
    source = shlex.quote(campaign.profile.source or "sut.toml")
    return (
        f"mafalab run --sut {source} --plan {shlex.quote(campaign.plan.id)} --only {case_id} "
        f"--seed {campaign.seed} --out again"
    )


def written(plan: Repetition) -> Iterator[str]:
    """Yield the requests as JSON in ASCII, a line for each part that somebody may want to edit."""
    document = plan.model_dump(mode="json", exclude_defaults=True)
    document["kind"] = plan.kind
    steps = document.pop("steps")
    yield json.dumps(document, indent=1)[:-2] + ',\n "steps": ['
    for place, step in enumerate(steps):
        parts = [f"   {json.dumps(name)}: {json.dumps(value)}" for name, value in step.items()]
        yield "  {\n" + ",\n".join(parts) + "\n  }" + ("," if place < len(steps) - 1 else "")
    yield " ]\n}"


def curl(exchange: Exchange, body: bytes, kit: CredentialKit) -> str:
    """Return a curl command that sends the recorded bytes with the recorded identity."""
    request = exchange.request
    parts = ["curl", "-i", "-X", request.method, "--cacert", str(kit.trust_path)]
    if exchange.identity != "none":
        identity = kit.identity(exchange.identity)
        parts += ["--cert", str(identity.chain_path), "--key", str(identity.key_path)]
    for header in request.headers:
        if header.name.lower() != "content-length":
            parts += ["-H", f"{header.name}: {header.value}"]
    if body:
        parts += (
            ["--data-binary", body.decode("utf-8")] if body.isascii() else ["--data-binary", "@-"]
        )
    return shlex.join([*parts, request.url])


def _plain(text: str) -> str:
    """Return text of a product on one line of printable characters."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]


__all__ = ["Book", "Step", "app", "curl", "reproduce", "whole_case", "written"]
