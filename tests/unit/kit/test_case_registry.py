from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from lab.kit import case as registry
from lab.kit.case import conformance_case
from lab.model.errors import HarnessDefect


def define(
    case_id: str,
    doc: str = "Ensure that the IUT answers.",
    folder: str = "workflow",
    **more: object,
) -> None:
    """Define one case in a made-up file of a suite folder."""
    source = f"def tc_made_up(sut, expect):\n    '''{doc}'''\n"
    module = ModuleType("made_up")
    code = compile(source, str(Path("/somewhere/suites") / folder / "tc_made_up.py"), "exec")
    exec(code, module.__dict__)  # noqa: S102 - our own text
    settings = {"verifies": ("ERX-1",), "role": "purchaser_system", **more}
    conformance_case(case_id, **settings)(module.tc_made_up)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", {})


def test_case_carries_purpose_suite_and_title() -> None:
    define("TC-A-B-001", folder="security")
    case = registry.registered("TC-A-B-001").case
    assert (case.suite.value, case.title) == ("security", "made up")
    assert case.purpose == "Ensure that the IUT answers."


@pytest.mark.parametrize(
    ("case_id", "settings", "message"),
    [
        ("tc-a", {}, "is not TC-"),
        ("TC-A-1", {"verifies": ()}, "non-empty tuple"),
        ("TC-A-1", {"verifies": "ERX-1"}, "non-empty tuple"),
        ("TC-A-1", {"doc": "Checks things."}, "must start with"),
        ("TC-A-1", {"folder": "nowhere"}, "no suite folder"),
    ],
)
def test_broken_declarations_are_refused_at_import(
    case_id: str, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(HarnessDefect, match=message):
        define(case_id, **settings)  # type: ignore[arg-type]


def test_an_id_is_never_used_twice() -> None:
    define("TC-A-1")
    with pytest.raises(HarnessDefect, match="used twice"):
        define("TC-A-1")


def test_unknown_case_is_our_defect() -> None:
    with pytest.raises(HarnessDefect, match="planned but no imported suite"):
        registry.registered("TC-X-1")
