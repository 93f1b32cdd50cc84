"""Conformance cases as the catalogue knows them, and plans that select them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from lab.model.base import Frozen
from lab.model.verdict import Selection


class SuiteKind(StrEnum):
    """Which folder of `suites/` a case lives in."""

    CONTRACT = "contract"
    PROPERTY = "property"
    WORKFLOW = "workflow"
    SEMANTIC = "semantic"
    OBSERVED = "observed"
    SECURITY = "security"
    RESILIENCE = "resilience"
    LOAD = "load"


class Case(Frozen):
    """One executable conformance case. `purpose` is the published sentence ("Ensure that ...")."""

    id: str = Field(pattern=r"^TC-[A-Z0-9-]+$")
    title: str
    purpose: str
    title_fa: str = ""
    suite: SuiteKind
    role: str
    requirements: tuple[str, ...] = Field(min_length=1)
    rulings: tuple[str, ...] = ()
    selected_if: str | None = None
    generated: bool = False
    moves_clock: bool = False  # moves the time of the product; needs [ixit] clock_control
    needs: tuple[str, ...] = ()  # optional addresses of [ixit] without which it is not applicable
    scenario: str | None = None  # observed cases: the client scenario whose traffic is judged
    alone: bool = False  # changes or counts what all cases share: nothing else runs meanwhile
    shares: tuple[str, ...] = ()  # things it shares with cases that must not run at the same time
    module: str
    function: str


class Plan(Frozen):
    """Which cases make up a campaign for one scheme, role and level."""

    id: str
    title: str
    scheme: str
    role: str
    level: str
    suites: tuple[SuiteKind, ...]
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    expected_cases: int = Field(ge=1)
    opening: str | None = None
    closing: str | None = None
    generated_examples: int = Field(default=20, ge=1)
    load_profile: str | None = None
    inspections: tuple[str, ...] = ()  # patterns of item ids; none by default
    expected_inspections: int = Field(default=0, ge=0)


class PlannedCase(Frozen):
    """A case with its selection and the reason for it; every case of the plan has one."""

    case: Case
    selection: Selection
    reason: str
