"""Plans are data: `suites/plans/NAME.toml`, read by path and never imported."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path

from pydantic import ValidationError

from lab.model.case import Plan
from lab.model.errors import UsageError
from lab.model.roles import SUITES


def plan_names(suites: Path = SUITES) -> tuple[str, ...]:
    """Names of all plans."""
    return tuple(sorted(path.stem for path in (suites / "plans").glob("*.toml")))


def load_plan(name: str, suites: Path = SUITES) -> Plan:
    """Read a plan; UsageError with the known names, or with what is wrong in the file."""
    path = suites / "plans" / f"{name}.toml"
    known = plan_names(suites)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise UsageError(
            f'there is no plan "{name}"',
            code="MFL-U001",
            where="--plan",
            fix=f'Did you mean "{near[0]}"?' if near else f"Plans: {', '.join(known) or 'none'}.",
            sentence_fa="چنین برنامهٔ آزمونی نیست.",
        )
    try:
        plan = Plan.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise UsageError(
            f"plan {name} cannot be used: {error}",
            code="MFL-U002",
            where=str(path),
            fix="Compare it with the other plans.",
            sentence_fa="پروندهٔ برنامهٔ آزمون درست نیست.",
        ) from error
    if plan.id != name:
        raise UsageError(
            f'the plan in {path.name} calls itself "{plan.id}"',
            code="MFL-U003",
            where=str(path),
            fix=f'Set id = "{name}".',
        )
    return plan
