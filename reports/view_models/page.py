"""The whole page as the template gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lab.model.campaign import ExchangeView, ResultDocument
from lab.model.inspection import InspectionCounts
from reports.view_models.cases import CaseView, build_cases
from reports.view_models.exchanges import Panes, build_panes
from reports.view_models.inspections import InspectionView, build_inspections
from reports.view_models.load import LoadView, build_load
from reports.view_models.matrix import RequirementRow, build_matrix
from reports.view_models.statement import StatementView, build_statement


@dataclass(frozen=True)
class Page:
    """All four levels."""

    statement: StatementView
    matrix: tuple[RequirementRow, ...]
    cases: tuple[CaseView, ...]
    panes: Panes
    load: LoadView | None
    inspections: tuple[InspectionView, ...]
    inspected: InspectionCounts


def build_page(
    result: ResultDocument, exchanges: Mapping[str, ExchangeView], place: str = "DIR"
) -> Page:
    """Compute the page. `exchanges` is keyed by exchange id; missing ones are named, not shown."""
    cases = build_cases(result, exchanges, place)
    return Page(
        statement=build_statement(result),
        matrix=build_matrix(result),
        cases=cases,
        panes=build_panes(cases, exchanges),
        load=build_load(result.load) if result.load is not None else None,
        inspections=build_inspections(result),
        inspected=result.inspection_counts,
    )
