"""Recording what people attest of inspections: evidence first, then the result is sealed again.

Order: everything given is checked; then it is recorded, attachments with it; then, when the testing
has ended, the result, its seal and its bundle are written anew. A correction is a new record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.campaign.attachments import NamedFile, ReadFile, escaped, read_files
from lab.campaign.service import finish
from lab.drivers.progress import read_campaign
from lab.evidence.reader import CAMPAIGN, CERTIFICATE, DATABASE, EvidenceReader
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import verify
from lab.model import stored
from lab.model.campaign import Campaign, ResultDocument
from lab.model.errors import EvidenceDamaged, UsageError
from lab.model.evidence import RecordKind
from lab.model.inspection import (
    Attachment,
    Attestation,
    AttestedVerdict,
    Attester,
    InspectionItem,
    InspectionResult,
)
from lab.model.verdict import Selection
from lab.verdicts.inspection import inspection_results
from lab.verdicts.rollup import Account

MAX_NOTE = 4000
MAX_NAME = 200
MAX_CAMPAIGN_BYTES = 256 * 1024 * 1024  # all attachments of a campaign together


@dataclass(frozen=True)
class Statement:
    """What a person says of one item. `by` is "Name, function"."""

    item: str
    verdict: str
    by: str
    note: str
    files: tuple[NamedFile, ...] = ()
    inside: Path | None = None


@dataclass(frozen=True)
class _Checked:
    item: InspectionItem
    verdict: AttestedVerdict
    name: str
    function: Attester
    note: str
    files: tuple[ReadFile, ...]


def standing(reader: EvidenceReader) -> tuple[Campaign, tuple[InspectionResult, ...]]:
    """Return a campaign and how its inspections stand now, from evidence alone."""
    content = reader.document(CAMPAIGN)
    if content is None:
        raise UsageError("there is no campaign.json", code="MFL-U013", where=reader.where)
    campaign = stored.CAMPAIGN.read(content, f"{reader.where}, {CAMPAIGN}")
    return campaign, inspection_results(campaign, Account(reader.records()).attestations)


def attest(
    directory: Path, statements: Sequence[Statement]
) -> tuple[tuple[Attestation, ...], ResultDocument | None]:
    """Record attestations and write the documents again; all of them or, when one is wrong, none.

    Returns the attestations and the new result, None while the testing has not ended.
    """
    campaign = _open_campaign(directory)
    checked: list[_Checked] = []
    for said in statements:
        checked.append(_check(campaign, said))
        _bounded(checked)
    with EvidenceStore(directory / DATABASE) as store:
        account = Account(store.records())
        _bounded(checked, account.attestations)
        given = list(account.attestations)
        for one in checked:
            given.append(_record(store, one, given))
    done = tuple(given[len(account.attestations) :])
    return done, None if account.finishing is None else finish(directory)


def _open_campaign(directory: Path) -> Campaign:
    if not (directory / CAMPAIGN).is_file() or not (directory / DATABASE).is_file():
        raise UsageError(
            f'"{directory}" holds no campaign that was started',
            code="MFL-U013",
            where=str(directory),
            fix="Name the directory that was given to mafalab run --out, not its bundle.",
            sentence_fa="در این پوشه آزمونی نیست.",
        )
    if (directory / CERTIFICATE).exists():
        raise UsageError(
            "a certificate rests on this evidence, so nothing is added to it any more",
            code="MFL-U081",
            where=str(directory / CERTIFICATE),
            fix="Inspect again in a new campaign; suspend the certificate if the finding asks it.",
            sentence_fa="گواهی بر این شواهد استوار است و دیگر چیزی به آن افزوده نمی‌شود.",
        )
    report = verify(directory)
    if not report.intact:
        first = report.problems[0]
        raise EvidenceDamaged(
            f"nothing is recorded on altered evidence: {first.where}: {first.what}",
            where=str(directory),
            fix="mafalab verify lists every place.",
        )
    return read_campaign(directory)


def _bounded(checked: Sequence[_Checked], recorded: Sequence[Attestation] = ()) -> None:
    """Keep the evidence of a campaign portable: all attached files together have a bound."""
    new = sum(len(file.content) for one in checked for file in one.files)
    old = sum(file.body.size for one in recorded for file in one.attachments)
    if new + old > MAX_CAMPAIGN_BYTES:
        raise UsageError(
            f"the attachments would have {new + old} bytes together, at most {MAX_CAMPAIGN_BYTES} "
            "are kept in one campaign",
            code="MFL-U080",
            where=checked[-1].item.id,
            fix="Attach extracts instead of whole files.",
            sentence_fa="پیوست‌های این آزمون بیش از اندازه می‌شود؛ چیزی ثبت نشد.",
        )


def planned_item(campaign: Campaign, name: str) -> InspectionItem:
    """Return a planned item that is in scope; UsageError says what there is instead."""
    row = next((one for one in campaign.inspections if one.item.id == name), None)
    if row is None:
        known = ", ".join(one.item.id for one in campaign.inspections) or "none"
        raise UsageError(
            f'the campaign plans no inspection "{escaped(name, limit=40)}"',
            code="MFL-U082",
            where=campaign.id,
            fix=f"Planned: {known}.",
            sentence_fa="چنین بازرسی‌ای در این آزمون نیست.",
        )
    if row.selection is not Selection.SELECTED:
        raise UsageError(
            f"{name} is not applicable in this campaign: {row.reason}",
            code="MFL-U083",
            where=campaign.id,
            fix="Correct the claim in sut.toml and start a new campaign.",
            sentence_fa="این بازرسی خارج از شمول این آزمون است.",
        )
    return row.item


def _check(campaign: Campaign, said: Statement) -> _Checked:
    item = planned_item(campaign, said.item)
    name, function = _person(item, said.by)
    try:
        verdict = AttestedVerdict(said.verdict)
    except ValueError:
        raise _wrong(item, f'the verdict is "{escaped(said.verdict, limit=40)}"',
                     "Write pass, fail or not-applicable.") from None  # fmt: skip
    if not said.note.strip():
        raise _wrong(item, "there is no note", "Say what was looked at and what was seen.")
    if len(said.note) > MAX_NOTE // 2:
        raise _wrong(item, f"the note has {len(said.note)} characters",
                     f"At most {MAX_NOTE // 2}; attach a longer text.")  # fmt: skip
    _may_say(item, verdict, function)
    return _Checked(
        item=item,
        verdict=verdict,
        name=name,
        function=function,
        note=escaped(said.note, limit=MAX_NOTE),
        files=read_files(item, said.files, inside=said.inside),
    )


def _may_say(item: InspectionItem, verdict: AttestedVerdict, function: Attester) -> None:
    out_of_scope = verdict is AttestedVerdict.NOT_APPLICABLE
    allowed = [one for one in Attester if one.is_independent] if out_of_scope else item.attest
    if function not in allowed:
        what = "takes it out of scope" if out_of_scope else "attests it"
        raise _wrong(
            item,
            f"no {function.words.en} {what}",
            f"{what[0].upper()}{what[1:]}: {' or '.join(one.words.en for one in allowed)}.",
        )


def _person(item: InspectionItem, by: str) -> tuple[str, Attester]:
    name, _, function = re.sub("\u060c", ",", by).rpartition(",")
    wanted = _folded(function)
    found = next(
        (
            one
            for one in Attester
            if wanted in {_folded(one.value), _folded(one.words.en), _folded(one.words.fa)}
        ),
        None,
    )
    if found is None or not name.strip() or len(name) > MAX_NAME // 2:
        raise _wrong(
            item,
            f'"{escaped(by, limit=80)}" is not "Name, function"',
            f"Functions: {', '.join(one.words.en for one in Attester)}.",
        )
    return escaped(name, limit=MAX_NAME), found


def _folded(text: str) -> str:
    pairs = str.maketrans("يىك", "ییک", "\u200c\u0654")
    return " ".join(text.replace("_", " ").translate(pairs).replace("ۀ", "ه").casefold().split())


def _wrong(item: InspectionItem, sentence: str, fix: str) -> UsageError:
    return UsageError(
        f"the attestation of {item.id} cannot be taken: {sentence}",
        code="MFL-U084",
        where=item.id,
        fix=fix,
        sentence_fa="این اظهار پذیرفته نشد؛ چیزی ثبت نشد.",
    )


def _record(store: EvidenceStore, said: _Checked, given: Sequence[Attestation]) -> Attestation:
    earlier = [one for one in given if one.item == said.item.id]
    attestation = Attestation(
        id=f"ATT-{len(given) + 1:04d}",
        item=said.item.id,
        verdict=said.verdict,
        name=said.name,
        function=said.function,
        note=said.note,
        attachments=tuple(
            Attachment(
                kind=one.kind,
                name=one.name,
                media_type=one.media_type,
                body=store.body(one.content),
            )
            for one in said.files
        ),
        corrects=earlier[-1].id if earlier else None,
        at=datetime.now(UTC),
    )
    store.record(RecordKind.INSPECTION, attestation.model_dump(mode="json"))
    return attestation
