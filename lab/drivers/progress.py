"""How far a campaign has come, as its evidence says; reads without importing what runs cases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from lab.model import stored
from lab.model.base import JsonValue
from lab.model.campaign import Campaign
from lab.model.evidence import Record, RecordKind
from lab.model.verdict import Selection


class Progress:
    """Which attempts the evidence already holds."""

    def __init__(self) -> None:
        self.started: Counter[str] = Counter()
        self.finished: dict[str, int] = {}
        self.clocks: dict[tuple[str, int], datetime] = {}
        self.aborted = ""
        self.trust: dict[str, JsonValue] = {}  # public files of the credential kit, as body refs

    def take(self, record: Record) -> None:
        """Account for one record."""
        if record.kind is RecordKind.OBSERVATION and record.data.get("what") == "aborted":
            self.aborted = str(record.data.get("reason"))
        if record.kind is RecordKind.OBSERVATION and record.data.get("what") == "trust":
            self.trust = record.data["files"]
        if record.case_id is None or record.attempt is None:
            return
        if record.kind is RecordKind.CASE_STARTED:
            self.started[record.case_id] = max(self.started[record.case_id], record.attempt)
            clock = record.data.get("now")
            if isinstance(clock, str):
                self.clocks[record.case_id, record.attempt] = datetime.fromisoformat(clock)
        elif record.kind is RecordKind.CASE_FINISHED:
            self.finished[record.case_id] = record.attempt


def read_campaign(directory: Path) -> Campaign:
    """Read the frozen campaign of a directory."""
    path = directory / "campaign.json"
    return stored.CAMPAIGN.read(path.read_bytes(), str(path))


def selected_ids(campaign: Campaign) -> list[str]:
    """Ids to run, in the order of execution."""
    return [
        row.case.id
        for row in campaign.planned
        if row.selection is Selection.SELECTED
        and (not campaign.only or row.case.id in campaign.only)
    ]
