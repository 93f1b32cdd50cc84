"""Inspections: what a person was asked to look at, what they attested, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import ResultDocument
from lab.model.inspection import Attestation, AttestedVerdict, InspectionItem, InspectionResult
from lab.model.verdict import Selection
from reports.view_models import wording
from reports.view_models.calendar import Moment, moment
from reports.view_models.text import one_line, visible

MAX_ATTESTATIONS = 20
MAX_NOTE = 2_000


@dataclass(frozen=True)
class FileView:
    """One attached file; `digest` is the full hash under which the bundle keeps it."""

    kind: Bilingual
    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class AttestationView:
    """One attestation, the newest first on the page."""

    id: str
    symbol: str
    mark: str
    words: Bilingual
    name: str
    function: Bilingual
    at: Moment
    note: str
    corrects: str
    files: tuple[FileView, ...]


@dataclass(frozen=True)
class InspectionView:
    """One inspection as both languages show it."""

    id: str
    mark: str
    symbol: str
    words: Bilingual
    title: Bilingual
    question: Bilingual
    criterion: Bilingual
    look: tuple[Bilingual, ...]
    attach: tuple[Bilingual, ...]
    attest: Bilingual
    severity: Bilingual
    required: bool
    requirements: tuple[str, ...]
    missing: tuple[Bilingual, ...]
    reason: str
    attestations: tuple[AttestationView, ...]
    hidden: int


def mark_of(row: InspectionResult) -> str:
    """Name of the row: selection comes before the verdict."""
    return "na" if row.selection is Selection.NOT_APPLICABLE else str(row.verdict.value)


def words_of(row: InspectionResult) -> tuple[str, Bilingual]:
    """Symbol and words; what nobody has attested is called open, not only inconclusive."""
    return wording.OPEN if row.is_open else wording.VERDICTS[mark_of(row)]


def build_inspections(result: ResultDocument) -> tuple[InspectionView, ...]:
    """Compute the inspections in the order of the plan."""
    return tuple(_view(row) for row in result.inspections)


def _view(row: InspectionResult) -> InspectionView:
    item = row.item
    symbol, words = words_of(row)
    newest = row.attestations[::-1][:MAX_ATTESTATIONS]
    return InspectionView(
        id=item.id,
        mark=mark_of(row),
        symbol=symbol,
        words=words,
        title=_shown(item.title),
        question=_shown(item.question),
        criterion=_shown(item.criterion),
        look=tuple(_shown(step) for step in item.look),
        attach=tuple(_wanted(item)),
        attest=Bilingual(
            fa=" یا ".join(one.words.fa for one in item.attest),
            en=" or ".join(one.words.en for one in item.attest),
        ),
        severity=wording.named(wording.SEVERITIES, str(item.severity.value)),
        required=item.is_required,
        requirements=item.requirements,
        missing=tuple(_shown(one) for one in row.missing),
        reason=one_line(row.reason, 400),
        attestations=tuple(_attestation(one) for one in newest),
        hidden=len(row.attestations) - len(newest),
    )


def _wanted(item: InspectionItem) -> list[Bilingual]:
    return [
        Bilingual(
            fa=visible(f"{one.kind.words.fa}{' (اختیاری)' if one.optional else ''}: {one.fa}"),
            en=visible(f"{one.kind.words.en}{' (optional)' if one.optional else ''}: {one.en}"),
        )
        for one in item.attach
    ]


def _attestation(one: Attestation) -> AttestationView:
    mark = "na" if one.verdict is AttestedVerdict.NOT_APPLICABLE else str(one.verdict.value)
    symbol, words = wording.VERDICTS[mark]
    return AttestationView(
        id=one.id,
        symbol=symbol,
        mark=mark,
        words=words,
        name=one_line(one.name, 200),
        function=one.function.words,
        at=moment(one.at),
        note=visible(one.note[:MAX_NOTE]),
        corrects=one.corrects or "",
        files=tuple(
            FileView(
                kind=file.kind.words,
                name=one_line(file.name, 160),
                size=file.body.size,
                digest=file.body.sha256,
            )
            for file in one.attachments
        ),
    )


def _shown(text: Bilingual) -> Bilingual:
    return Bilingual(fa=visible(text.fa), en=visible(text.en))
