"""Preparing a campaign: profile, plan and catalogue become one frozen `campaign.json`.

Nothing is sent to the product here. After this step only the evidence changes.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from fixtures import PackDamaged, load_pack
from lab.campaign.own_side import check_own_side
from lab.evidence.chain import canonical
from lab.evidence.reader import CAMPAIGN
from lab.evidence.store import EvidenceStore
from lab.model import stored
from lab.model.campaign import Campaign
from lab.model.case import Case, Plan
from lab.model.errors import PackError, UsageError
from lab.model.evidence import RecordKind
from lab.model.roles import SUITES, role_of
from lab.model.sut import SutProfile
from lab.selection.collecting import collect_catalogue, read_catalogue
from lab.selection.inspections import items_of, select_inspections
from lab.selection.plan import load_plan
from lab.selection.profile import load_profile
from lab.selection.select import narrow, select

_SUITE_FILES = (".py", ".toml", ".ini")

Kind = Literal["self-test", "witnessed", "calibration"]


@dataclass(frozen=True)
class RunRequest:
    """What a person asked for. `seed=None` draws an unseen one; `plan=None` takes the role's."""

    sut: Path
    out: Path
    plan: str | None = None
    seed: int | None = None
    kind: Kind = "self-test"
    only: tuple[str, ...] = ()
    jobs: int | None = None  # processes for the cases; None chooses
    catalogue: Path | None = None  # calibration only
    examples: int | None = None  # calibration only


def prepare(request: RunRequest) -> Campaign:
    """Freeze a campaign into `request.out`; UsageError or ProfileError before anything is sent."""
    if (request.out / CAMPAIGN).exists():
        raise UsageError(
            f'"{request.out}" already holds a campaign',
            code="MFL-U012",
            where="--out",
            fix=f"Continue it with: mafalab resume {request.out}   or name another directory.",
            sentence_fa="در این پوشه از پیش یک آزمون هست.",
        )
    profile = load_profile(request.sut)
    if profile.ixit.asgi is None:
        # What is wrong on our side is no error of every case, and no finding on the product.
        check_own_side(profile)
    plan = _plan(request, profile)
    planned = select(_catalogue(request), plan, profile)
    try:
        pack = load_pack(profile.pack)
    except PackDamaged as error:
        raise PackError(error.sentence, where=error.where, fix=error.fix) from error
    # A calibration subject is a program with a planted fault; there is nobody to inspect.
    inspections = (
        ()
        if request.kind == "calibration"
        else select_inspections(items_of(pack, plan.role), plan, profile)
    )
    started = datetime.now(UTC)
    campaign = Campaign(
        id=f"CMP-{started:%Y%m%d}-{secrets.token_hex(4).upper()}",
        profile=profile,
        plan=plan,
        planned=planned,
        seed=secrets.randbelow(2**31) if request.seed is None else request.seed,
        pack=profile.pack,
        pack_hash=pack.hash,
        suite_version=version("mafa-lab"),
        suite_hash=suite_hash(),
        started_at=started,
        kind=request.kind,
        inspections=inspections,
        only=narrow(planned, plan, request.only),
    )
    request.out.mkdir(parents=True, exist_ok=True)
    write_atomic(request.out / CAMPAIGN, canonical(campaign.model_dump(mode="json")))
    return campaign


def _only_for_calibration(request: RunRequest, option: str) -> None:
    if request.kind != "calibration":
        raise UsageError(
            f'a {request.kind} campaign is run as its plan says, it takes no "{option}"',
            code="MFL-U015",
            where=option,
            fix=f"Leave {option} out.",
            sentence_fa="این گزینه تنها برای سنجش خود مجموعه پذیرفته می‌شود.",
        )


def _plan(request: RunRequest, profile: SutProfile) -> Plan:
    """Load the plan; calibration may generate fewer inputs per law."""
    plan = load_plan(request.plan or role_of(profile.role).plan)
    if request.examples is None:
        return plan
    _only_for_calibration(request, "--examples")
    return plan.model_copy(update={"generated_examples": request.examples})


def _catalogue(request: RunRequest) -> tuple[Case, ...]:
    """Collect today's suites; calibration may hand over what it collected just before."""
    if request.catalogue is None:
        return collect_catalogue()
    _only_for_calibration(request, "--catalogue")
    return read_catalogue(request.catalogue)


def record_start(directory: Path, store: EvidenceStore) -> None:
    """Open the chain with the hash of the frozen campaign; does nothing when it is there."""
    if store.count:
        return
    content = (directory / CAMPAIGN).read_bytes()
    campaign = stored.CAMPAIGN.read(content, str(directory / CAMPAIGN))
    store.record(
        RecordKind.CAMPAIGN_STARTED,
        {
            "format": stored.EVIDENCE.format,
            "campaign": campaign.id,
            "campaign_sha256": hashlib.sha256(content).hexdigest(),
            "seed": campaign.seed,
            "pack_hash": campaign.pack_hash,
            "suite_hash": campaign.suite_hash,
        },
    )


def suite_hash(suites: Path = SUITES) -> str:
    """Hash over every file of the suites."""
    files = [
        path for path in sorted(suites.rglob("*")) if path.suffix in _SUITE_FILES and path.is_file()
    ]
    states = ((path, path.stat()) for path in files)
    return _hashed(suites, tuple((path, one.st_mtime_ns, one.st_size) for path, one in states))


@lru_cache(maxsize=4)
def _hashed(suites: Path, files: tuple[tuple[Path, int, int], ...]) -> str:
    """Hash the files once per process and per state of them (time of change in ns, size)."""
    listing = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(suites).as_posix()}\n"
        for path, _, _ in files
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also when the power fails."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
