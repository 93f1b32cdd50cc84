"""What all operations of the purchaser share: configuration, code book, tariff, small questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration, FaultSwitch
from reference_impl.platform.problem import Refusal
from reference_impl.purchaser.calendar import tehran_day
from reference_impl.purchaser.checks import check_coded
from reference_impl.purchaser.notices import Notices
from reference_impl.purchaser.tariff import Tariff
from reference_impl.purchaser.transaction import Transaction, transaction

REASONS = "urn:ir:maksa:reason-synthetic"


@dataclass(frozen=True)
class Desk:
    """The purchaser at work."""

    config: Configuration
    book: CodeBook
    tariff: Tariff
    counts_packs: bool  # whether the authenticity service keeps account of consumed packs
    notices: Notices

    @property
    def faults(self) -> FaultSwitch:
        """The fault points of this purchaser."""
        return self.config.faults

    def within(self, rows: Connection) -> Transaction:
        """Take one moment for everything that happens on this connection."""
        return transaction(self.config, rows)

    def check_reason(self, coded: Mapping[str, Any], pointer: str, *groups: str) -> None:
        """Refuse a reason that is not in the list of reasons for this act."""
        if coded["system"] != REASONS:
            raise Refusal("CODE_UNKNOWN", pointer=f"{pointer}/system")
        today = tehran_day(self.config.clock.now())
        concept = check_coded(self.book, coded, today, pointer, self.faults)
        if concept is not None and concept.properties.get("group") not in groups:
            raise Refusal("CODE_UNKNOWN", pointer=f"{pointer}/code")
