"""Judging every stored campaign again after a change of the suites: who has to be told.

A certificate is at risk when a case that passed no longer passes on the same evidence, or when its
evidence can no longer be judged at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from lab.campaign.rejudge import Rejudgement, rejudge
from lab.evidence.reader import CAMPAIGN, CERTIFICATE, RESULT
from lab.model.base import Frozen
from lab.model.campaign import ResultDocument
from lab.model.errors import LabError
from lab.model.sut import ProductIdentity
from lab.model.verdict import Verdict

Standing = Literal["unaffected", "at risk", "changed", "not judged"]


class Recalled(Frozen):
    """One stored campaign after the change; `lost` are cases that passed and no longer do."""

    directory: str
    campaign: str
    product: ProductIdentity
    certified: bool
    standing: Standing
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    reason: str = ""


class Recall(Frozen):
    """All stored campaigns, and the vendors that have to be told."""

    campaigns: tuple[Recalled, ...]

    @property
    def to_notify(self) -> tuple[str, ...]:
        """Vendors with a certificate at risk, each once."""
        risky = {row.product.vendor for row in self.campaigns if row.standing == "at risk"}
        return tuple(sorted(risky))


def stored(root: Path) -> Iterator[Path]:
    """Yield the directories of finished campaigns at and below `root`, in order."""
    for path in sorted(root.rglob(RESULT)):
        if (path.parent / CAMPAIGN).is_file():
            yield path.parent


def recall(root: Path, judge: Callable[[Path], Rejudgement] = rejudge) -> Recall:
    """Judge every finished campaign below `root` again and say what that means."""
    return Recall(campaigns=tuple(_one(directory, judge) for directory in stored(root)))


def _one(directory: Path, judge: Callable[[Path], Rejudgement]) -> Recalled:
    result = ResultDocument.model_validate_json((directory / RESULT).read_bytes())
    certified = (directory / CERTIFICATE).is_file()
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    reason = ""
    standing: Standing
    try:
        again = judge(directory)
    except LabError as error:
        # Evidence that today's suites cannot read proves nothing today.
        standing, reason = "at risk" if certified else "not judged", error.sentence
    else:
        passed = Verdict.PASS.value
        lost = tuple(row.case_id for row in again.differences if row.before == passed != row.now)
        gained = tuple(row.case_id for row in again.differences if row.now == passed != row.before)
        if lost and certified:
            standing = "at risk"
        else:
            standing = "changed" if again.differences else "unaffected"
    return Recalled(
        directory=str(directory),
        campaign=result.campaign.id,
        product=result.campaign.profile.product,
        certified=certified,
        standing=standing,
        lost=lost,
        gained=gained,
        reason=reason,
    )
