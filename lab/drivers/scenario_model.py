"""A scenario of a client campaign: what the vendor's program is asked to do, as data.

One TOML file each under `suites/observed/scenarios/`:

    id = "partial-dispense"          # exchanges are stored under case id SCN-PARTIAL-DISPENSE
    title_en = "..."                 # title_fa likewise
    do_en = ["..."]                  # numbered acts for a person; do_fa likewise
    deadline_seconds = 90
    [prescription]                   # written by our prescriber before the scenario starts
    patient = "P01"
    items = [{ code = "99008", quantity = 30 }]
    [order]                          # what the counter is told; handed to the client as data
    quantities = { 99008 = 10 }
    shelf = [{ product = "99008", code = "991099008{serial}" }]   # a new serial for each run
    [[wire]]                         # faults of the witness, see lab/capture/wire.py
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from lab.model.base import Frozen, JsonValue
from lab.model.errors import UsageError


class Scenario(Frozen):
    """One scenario file; `wire` is read by the witness alone."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title_en: str
    title_fa: str
    do_en: tuple[str, ...] = Field(min_length=1)
    do_fa: tuple[str, ...] = Field(min_length=1)
    deadline_seconds: float = Field(gt=0, le=3600)
    prescription: dict[str, JsonValue]
    order: dict[str, JsonValue]
    wire: tuple[dict[str, JsonValue], ...] = ()
    source: str = ""

    @property
    def case_id(self) -> str:
        """Case id under which the traffic of this scenario stands in the evidence."""
        return f"SCN-{self.id.upper()}"


def load_scenario(path: Path) -> Scenario:
    """Read one scenario file; UsageError with file and member when it cannot be used."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        scenario = Scenario.model_validate({**table, "source": str(path)})
    except (OSError, ValueError, ValidationError) as error:
        raise UsageError(
            f"scenario cannot be read: {error}",
            code="MFL-U030",
            where=str(path),
            fix="compare with the other files in suites/observed/scenarios",
            sentence_fa="پروندهٔ سناریو خوانا نیست.",
        ) from error
    if scenario.id != path.stem:
        raise UsageError(
            f'scenario id is "{scenario.id}", the file is named "{path.stem}"',
            code="MFL-U031",
            where=str(path),
            fix="give both the same name",
            sentence_fa="شناسهٔ سناریو با نام پرونده یکی نیست.",
        )
    return scenario


def load_scenarios(directory: Path) -> tuple[Scenario, ...]:
    """Read every scenario of a directory in name order."""
    return tuple(load_scenario(path) for path in sorted(directory.glob("*.toml")))
