"""The driver of a campaign imports the files that hold its cases, and no others."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lab.drivers import pytest_plugin
from lab.drivers.pytest_execution import LiveExecution, ReplayExecution
from lab.model.roles import SUITES
from lab.model.verdict import Selection

HOLDING = SUITES / "workflow" / "tc_sanity.py"
OTHER = SUITES / "semantic" / "tc_sanity.py"


def needed(execution: object, path: Path) -> bool:
    config = SimpleNamespace(stash=SimpleNamespace(get=lambda _key, _default: execution))
    return pytest_plugin._is_needed(cast("pytest.Config", config), path)


def row(case_id: str, module: str, selection: Selection = Selection.SELECTED) -> SimpleNamespace:
    return SimpleNamespace(case=SimpleNamespace(id=case_id, module=module), selection=selection)


def campaign(*only: str) -> LiveExecution:
    execution = LiveExecution.__new__(LiveExecution)  # without evidence: only its plan is asked
    planned = (
        row("TC-1", "elsewhere.workflow.tc_sanity"),
        row("TC-2", "elsewhere.semantic.tc_sanity"),
        row("TC-3", "elsewhere.security.tc_sanity", Selection.NOT_APPLICABLE),
    )
    object.__setattr__(execution, "campaign", SimpleNamespace(planned=planned, only=only))
    return execution


def test_a_campaign_needs_the_files_of_its_selected_cases() -> None:
    assert needed(campaign(), HOLDING)
    assert needed(campaign(), OTHER)
    assert not needed(campaign(), SUITES / "security" / "tc_sanity.py")
    assert needed(campaign("TC-1"), HOLDING)
    assert not needed(campaign("TC-1"), OTHER)


def test_collecting_and_replaying_look_at_all_files() -> None:
    assert needed(None, OTHER)
    assert needed(ReplayExecution.__new__(ReplayExecution), OTHER)
