"""Judging every stored campaign again after a change of the suites: who has to be told.

A certificate is at risk when today's verdicts on the recorded answers no longer carry the decision
it stands on, or when nothing intact is left that proves it. Where the cases now ask for something
else than was recorded, the evidence decides nothing: the product is to be tested again.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.campaign.freeze import suite_hash
from lab.campaign.rejudge import Difference, Rejudgement, rejudge
from lab.evidence.reader import CAMPAIGN, CERTIFICATE, DATABASE, RESULT
from lab.evidence.verify import verify
from lab.model import stored as documents
from lab.model.base import Frozen
from lab.model.campaign import Campaign, Decision
from lab.model.errors import LabError
from lab.model.sut import ProductIdentity

Standing = Literal["at risk", "test again", "changed", "not judged", "running", "unaffected"]
URGENCY: tuple[Standing, ...] = (
    "at risk", "test again", "changed", "not judged", "running", "unaffected",
)  # fmt: skip
STATES = ("valid", "unknown", "suspended", "expired", "withdrawn", "")  # most urgent first
_IN_FORCE = frozenset({"valid", "unknown", "suspended"})
_UNKNOWN = ProductIdentity(vendor="unknown", product="unknown", version="unknown")


class Held(Frozen):
    """A certificate as found: `state` is unknown without trust anchors or status list."""

    path: str
    id: str = ""
    state: str = "unknown"
    campaign: str = ""
    product: ProductIdentity = _UNKNOWN
    note: str = ""


class Recalled(Frozen):
    """One stored campaign after the change; `lost` are cases that passed and no longer do."""

    directory: str
    campaign: str
    product: ProductIdentity
    contact: str = ""
    role: str = ""
    plan: str = ""
    source: str = ""
    certified: bool
    certificate: Held | None = None
    standing: Standing
    lost: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    decided: Decision | None = None
    decision: Decision | None = None
    same_suites: bool = False
    intact: bool = True
    reason: str = ""

    @property
    def is_in_force(self) -> bool:
        """Whether somebody may rely on a certificate now."""
        return self.certificate is not None and self.certificate.state in _IN_FORCE

    @property
    def order(self) -> tuple[int, int, str, str]:
        """Place in a list by urgency."""
        state = self.certificate.state if self.certificate else ""
        return (
            URGENCY.index(self.standing),
            STATES.index(state),
            self.product.vendor,
            self.directory,
        )


class Notice(Frozen):
    """A vendor to tell: how to reach it, about which certificates, and why."""

    vendor: str
    contacts: tuple[str, ...]
    certificates: tuple[str, ...]
    products: tuple[str, ...]
    standing: Standing


class Recall(Frozen):
    """All stored campaigns by urgency, and the vendors that have to be told."""

    campaigns: tuple[Recalled, ...]
    suites: str = ""

    @property
    def to_notify(self) -> tuple[Notice, ...]:
        """Vendors with a certificate at risk first, then those whose product is tested again."""
        notices = []
        for standing in ("at risk", "test again"):
            rows = [row for row in self.campaigns if row.standing == standing]
            for vendor in sorted({row.product.vendor for row in rows}):
                of = [row for row in rows if row.product.vendor == vendor]
                notices.append(_notice(vendor, of, standing))
        return tuple(notices)


def _notice(vendor: str, rows: list[Recalled], standing: Standing) -> Notice:
    return Notice(
        vendor=vendor,
        contacts=tuple(dict.fromkeys(row.contact for row in rows if row.contact)),
        certificates=tuple(row.certificate.id for row in rows if row.certificate),
        products=tuple(
            dict.fromkeys(f"{row.product.product} {row.product.version}" for row in rows)
        ),
        standing=standing,
    )


@dataclass(frozen=True)
class Desk:
    """What judging all needs: how one is judged, what is known of certificates, whom to tell."""

    judge: Callable[[Path], Rejudgement] = rejudge
    held: Callable[[Path], Held | None] = lambda directory: (
        Held(path=str(directory / CERTIFICATE)) if (directory / CERTIFICATE).is_file() else None
    )
    progress: Callable[[Path], None] = lambda _directory: None
    check: bool = True  # verify the evidence first


def stored(root: Path) -> Iterator[Path]:
    """Yield the directories at and below `root` that hold a campaign or what is left of one."""
    places = {
        path.parent for name in (CAMPAIGN, CERTIFICATE, DATABASE) for path in root.rglob(name)
    }
    yield from sorted(places)


def recall(root: Path, desk: Desk | None = None) -> Recall:
    """Judge every campaign below `root` again and say what that means, the most urgent first."""
    chosen, suites = desk or Desk(), suite_hash()
    rows = [_one(directory, chosen, suites) for directory in stored(root)]
    return Recall(campaigns=tuple(sorted(rows, key=lambda row: row.order)), suites=suites)


def _one(directory: Path, desk: Desk, suites: str) -> Recalled:
    desk.progress(directory)
    held = desk.held(directory)
    row = _described(directory, held, suites)
    try:
        if _is_written(directory):
            return row.model_copy(update={"standing": "running", "reason": "it is still running"})
        reason = _missing(directory) or (_damage(directory) if desk.check else "")
        if reason:
            return _unproven(row, reason)
        return _judged(row, desk.judge(directory))
    except LabError as error:
        said = f"{error.sentence}. {error.fix}" if error.fix else error.sentence
        return _unproven(row, said)
    except (OSError, sqlite3.Error, ValueError) as error:
        # One that is damaged in a way nobody thought of must not hide those after it.
        return _unproven(row, f"{type(error).__name__}: {str(error)[:200]}")


def _described(directory: Path, held: Held | None, suites: str) -> Recalled:
    """Say whose campaign it is, as far as its documents or its certificate tell."""
    campaign = _campaign(directory)
    product = campaign.profile.product if campaign else held.product if held else _UNKNOWN
    return Recalled(
        directory=str(directory),
        campaign=campaign.id if campaign else (held.campaign if held else "") or "unknown",
        product=product,
        contact=campaign.profile.contact if campaign else "",
        role=campaign.plan.role if campaign else "",
        plan=campaign.plan.id if campaign else "",
        source=campaign.profile.source if campaign else "",
        certified=held is not None,
        certificate=held,
        standing="not judged",
        same_suites=campaign is not None and campaign.suite_hash == suites,
    )


def _campaign(directory: Path) -> Campaign | None:
    """Return the frozen campaign, from whichever document can be read."""
    for name in (CAMPAIGN, RESULT):
        path = directory / name
        try:
            if name == CAMPAIGN:
                return documents.CAMPAIGN.read(path.read_bytes(), str(path))
            return documents.RESULT.read(path.read_bytes(), str(path)).campaign
        except (LabError, OSError):
            continue  # the row says what is missing or damaged; here only a name is looked for
    return None


def _is_written(directory: Path) -> bool:
    """Whether a process holds the claim on the evidence."""
    lock = directory / f"{DATABASE}.lock"
    if not lock.exists():
        return False
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _missing(directory: Path) -> str:
    gone = [name for name in (CAMPAIGN, DATABASE, RESULT) if not (directory / name).is_file()]
    if gone == [RESULT]:
        return "it was never finished: there is no result.json"
    return f"missing: {', '.join(gone)}" if gone else ""


def _damage(directory: Path) -> str:
    report = verify(directory)
    if not report.intact:
        first = report.problems[0]
        return f"its evidence is not intact: {first.where}: {first.what}"
    return "" if report.finished else "it was never finished: the evidence has no end"


def _unproven(row: Recalled, reason: str) -> Recalled:
    """Evidence that is gone, damaged or unreadable proves nothing today."""
    standing: Standing = "at risk" if row.is_in_force else "not judged"
    return row.model_copy(update={"standing": standing, "reason": reason, "intact": False})


def _judged(row: Recalled, again: Rejudgement) -> Recalled:
    lost = tuple(one.case_id for one in again.differences if one.is_lost)
    unfit = tuple(one.case_id for one in again.differences if one.is_unfit)
    standing: Standing = "changed" if again.differences else "unaffected"
    if row.is_in_force and lost:
        standing = "at risk"
    elif row.is_in_force and unfit:
        standing = "test again"
    return row.model_copy(
        update={
            "standing": standing,
            "lost": lost,
            "unfit": unfit,
            "gained": tuple(one.case_id for one in again.differences if one.is_gained),
            "differences": again.differences,
            "decided": again.decided,
            "decision": again.decision,
        }
    )
