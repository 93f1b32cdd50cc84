"""Finished campaigns with planned inspections, made without running a case."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from lab.campaign import RunRequest, finish, prepare
from lab.campaign.freeze import record_start
from lab.drivers.progress import read_campaign
from lab.evidence.reader import DATABASE
from lab.evidence.store import EvidenceStore
from lab.model.campaign import Campaign
from lab.model.case import Case
from lab.model.evidence import RecordKind
from lab.model.verdict import Selection
from lab.selection.collecting import collect_catalogue

PLAN = "purchaser-certification"
REQUIRED = "INS-CERT-003"  # guards a MUST, one document, attested by an insurer
SCREEN = "INS-PROD-005"  # guards a SHOULD, one screenshot
ANALYST = "Sara Karimi, laboratory analyst"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
PDF = b"%PDF-1.7\n%synthetic\n"


@cache
def _catalogue() -> tuple[Case, ...]:
    return collect_catalogue()


def sut(place: Path, *, ics: str = "") -> Path:
    """Write the description of a purchaser that nobody will call."""
    target = place / "sut.toml"
    app = f"reference_impl.topology.inprocess:create?state={place / 'state'}"
    target.write_text(
        f"""role = "purchaser_system"
[product]
vendor = "test"
product = "Reference purchaser"
version = "0"
{ics}
[ixit]
asgi = {json.dumps(app)}
credentials = {json.dumps(str(place / "state" / "credentials"))}
""",
        "utf-8",
    )
    return target


def started(place: Path, *, ics: str = "", plan: str = PLAN) -> Path:
    """Freeze a campaign and open its chain; nothing is run."""
    out = place / "out"
    prepare(RunRequest(sut=sut(place, ics=ics), out=out, plan=plan, seed=7, kind="witnessed"))
    with EvidenceStore(out / DATABASE) as store:
        record_start(out, store)
    return out


def ended(out: Path) -> Path:
    """Let every selected case pass by a record, and finish."""
    campaign = read_campaign(out)
    with EvidenceStore(out / DATABASE) as store:
        for row in campaign.planned:
            if row.selection is Selection.SELECTED:
                store.record(RecordKind.CASE_STARTED, {}, case_id=row.case.id, attempt=1)
                store.record(
                    RecordKind.CASE_FINISHED,
                    {"verdict": "pass", "expectations": 1},
                    case_id=row.case.id,
                    attempt=1,
                )
    finish(out)
    return out


def frozen(out: Path) -> Campaign:
    """Return the frozen campaign of a directory."""
    return read_campaign(out)
