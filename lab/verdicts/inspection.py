"""From attestations to verdicts: the last one counts, and nothing passes by default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lab.model.base import Bilingual
from lab.model.campaign import Campaign
from lab.model.inspection import (
    Attestation,
    AttestedVerdict,
    Attester,
    InspectionCounts,
    InspectionItem,
    InspectionResult,
    PlannedInspection,
)
from lab.model.verdict import Selection, Verdict


def inspection_results(
    campaign: Campaign, attestations: Iterable[Attestation]
) -> tuple[InspectionResult, ...]:
    """Return a row for every planned inspection; nothing disappears."""
    given: dict[str, list[Attestation]] = {}
    for one in attestations:
        given.setdefault(one.item, []).append(one)
    return tuple(_result(row, tuple(given.get(row.item.id, ()))) for row in campaign.inspections)


def _result(row: PlannedInspection, given: Sequence[Attestation]) -> InspectionResult:
    verdict, missing = Verdict.NONE, list[Bilingual]()
    selection, reason = row.selection, row.reason
    if selection is Selection.SELECTED:
        verdict, missing = _judge(row.item, given[-1] if given else None)
        if verdict is Verdict.NONE:
            selection, reason = Selection.NOT_APPLICABLE, f"{given[-1].id}: {given[-1].note}"
    return InspectionResult(
        item=row.item,
        selection=selection,
        reason=reason,
        verdict=verdict,
        missing=tuple(missing),
        attestations=tuple(given),
    )


def _judge(item: InspectionItem, last: Attestation | None) -> tuple[Verdict, list[Bilingual]]:
    """Return the verdict and what is missing; NONE stands for "not applicable, as attested"."""
    if last is None:
        return Verdict.INCONCLUSIVE, [_attestation_by(item), *_files(item, ())]
    if last.verdict is AttestedVerdict.FAIL:
        return Verdict.FAIL, []
    if last.verdict is AttestedVerdict.NOT_APPLICABLE:
        if last.function.is_independent:
            return Verdict.NONE, []
        return Verdict.INCONCLUSIVE, [_independent()]
    missing = [] if last.function in item.attest else [_attestation_by(item)]
    missing += _files(item, tuple(one.kind.value for one in last.attachments))
    return (Verdict.INCONCLUSIVE if missing else Verdict.PASS), missing


def _attestation_by(item: InspectionItem) -> Bilingual:
    return Bilingual(
        en=f"attestation by: {' or '.join(one.words.en for one in item.attest)}",
        fa=f"اظهار {' یا '.join(one.words.fa for one in item.attest)}",
    )


def _independent() -> Bilingual:
    named = [one for one in Attester if one.is_independent]
    return Bilingual(
        en=f"only {' or '.join(one.words.en for one in named)} takes an item out of scope",
        fa=f"تنها {' یا '.join(one.words.fa for one in named)} موردی را خارج از شمول می‌کند",
    )


def _files(item: InspectionItem, kinds: Sequence[str]) -> list[Bilingual]:
    return [
        Bilingual(en=f"{one.kind.words.en}: {one.en}", fa=f"{one.kind.words.fa}: {one.fa}")
        for one in item.attach
        if not one.optional and one.kind.value not in kinds
    ]


def count_inspections(rows: Iterable[InspectionResult]) -> InspectionCounts:
    """Return counts that close: planned = passed + failed + open."""
    rows = list(rows)
    selected = [row for row in rows if row.selection is Selection.SELECTED]
    return InspectionCounts(
        planned=len(selected),
        passed=sum(row.verdict is Verdict.PASS for row in selected),
        failed=sum(row.verdict is Verdict.FAIL for row in selected),
        open=sum(row.is_open for row in selected),
        not_applicable=len(rows) - len(selected),
    )


def by_requirement(rows: Iterable[InspectionResult]) -> Mapping[str, list[InspectionResult]]:
    """Return the inspections of each requirement."""
    found: dict[str, list[InspectionResult]] = {}
    for row in rows:
        for name in row.item.requirements:
            found.setdefault(name, []).append(row)
    return found
