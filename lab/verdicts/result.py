"""Builds the one canonical result document from a campaign and its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lab.model.base import JsonValue
from lab.model.campaign import Campaign, EvidenceSummary, LoadResult, ResultDocument
from lab.verdicts.decision import rule_of, state
from lab.verdicts.inspection import count_inspections, inspection_results
from lab.verdicts.rollup import Account, case_results, causes, count, requirement_results


def build_result(
    campaign: Campaign,
    account: Account,
    *,
    load: LoadResult | None,
    finished_at: datetime,
    amended_at: datetime | None = None,
    evidence: EvidenceSummary,
    register: Mapping[str, JsonValue],
    schemes: Mapping[str, JsonValue],
) -> ResultDocument:
    """Return the result. The same campaign and records always give the same document.

    `register` and `schemes` are those of the pack: requirement id -> row, scheme id -> scheme.
    """
    rows = case_results(campaign, account)
    counts = count(rows)
    inspections = inspection_results(campaign, account.attestations)
    rule = rule_of(campaign.plan.scheme, schemes)
    return ResultDocument(
        campaign=campaign,
        finished_at=finished_at,
        statement=state(campaign, rows, counts, rule, load, inspections=inspections),
        counts=counts,
        causes=causes(rows),
        requirements=requirement_results(rows, register, campaign.profile.role, inspections),
        cases=rows,
        inspections=inspections,
        inspection_counts=count_inspections(inspections),
        amended_at=amended_at,
        load=load,
        evidence=evidence,
    )
