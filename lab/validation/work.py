"""What a calibration has to do and what of it is done: files below its directory, for resuming.

DIR/work.json               subjects and settings; written once, the same again on resuming
DIR/rows/ROLE/ID.json       one judged subject
DIR/campaigns/ROLE/ID/      campaign of a subject that needs a look (all with keep)
DIR/reach/ROLE.json         what the reference of a role answered, for its mechanical mutants
DIR/inputs/ROLE.json        inputs the reference of a role drew, for whole plans of its role
DIR/exchange/               certificates, and the exchange that client roles talk to
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from lab.model.base import Frozen
from lab.model.errors import UsageError
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import SubjectResult

_ROOT = Path(__file__).resolve().parents[2]
_TREE = ("fixtures", "lab", "reference_impl", "suites")
_SUFFIXES = frozenset({".py", ".toml", ".json", ".yaml", ".ndjson", ".csv"})


class Work(Frozen):
    """One calibration. `plans` are those of the roles; paths are absolute."""

    out: Path
    seed: int = 1401
    jobs: int = 2
    whole: bool = False  # whole plans also against faults and mechanical mutants
    examples: int | None = None  # inputs per law except against faults
    keep: bool = False  # keep every campaign
    suite_hash: str
    tree_hash: str = ""  # of everything that takes part, see tree_hash()
    plans: dict[str, str]
    subjects: tuple[Subject, ...]

    @property
    def state(self) -> Path:
        """State directory of the exchange."""
        return self.out / "exchange"

    @property
    def catalogue(self) -> Path:
        """The cases that all campaigns of this calibration share."""
        return self.out / "catalogue.json"

    def row_path(self, subject: Subject) -> Path:
        """Where the row of a subject lies."""
        return self.out / "rows" / subject.role / f"{subject.id}.json"

    def reach_path(self, role: str) -> Path:
        """Where the recording of the reference of a role lies."""
        return self.out / "reach" / f"{role}.json"

    def rehearsal_path(self, role: str) -> Path:
        """Where the inputs lie that the reference of a role drew."""
        return self.out / "inputs" / f"{role}.json"

    def records(self, subject: Subject) -> bool:
        """Whether the campaign of a subject is the recording that mutants of its role need."""
        return subject.kind is SubjectKind.REFERENCE and any(
            one.kind is SubjectKind.MECHANICAL and one.role == subject.role for one in self.subjects
        )

    def campaign_path(self, subject: Subject) -> Path:
        """Where the campaign of a subject is kept."""
        return self.out / "campaigns" / subject.role / subject.id

    def options(self, subject: Subject) -> tuple[int | None, tuple[str, ...]]:
        """Return inputs per law and chosen cases of a subject, (None, ()) for all of the plan."""
        if subject.kind is SubjectKind.FAULT:
            # A law that refutes a fault needs the inputs of the plan; acceptance needs fewer.
            return None, () if self.whole else subject.expected_cases
        if subject.kind is SubjectKind.MISCONFIGURATION:
            return self.examples, subject.expected_cases  # () means all of the short plan
        return self.examples, ()


def read_row(work: Work, subject: Subject) -> SubjectResult | None:
    """Return the row of a subject that was judged before, None when there is none."""
    try:
        return SubjectResult.model_validate_json(work.row_path(subject).read_bytes())
    except (OSError, ValidationError):
        return None  # not there or cut off by a kill: it is measured


def write_row(work: Work, row: SubjectResult) -> None:
    """Write a row whole or not at all."""
    path = work.row_path(row.subject)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(row.model_dump_json(), "utf-8")
    partial.replace(path)


def begin(work: Work) -> None:
    """Write `work.json`; UsageError when the directory holds rows of other suites or settings."""
    path = work.out / "work.json"
    if path.exists():
        before = Work.model_validate_json(path.read_bytes())
        told = ("suite_hash", "tree_hash", "seed", "whole", "examples")
        other = [name for name in told if getattr(before, name) != getattr(work, name)]
        if other:
            raise UsageError(
                f"the calibration in this directory was begun with another {', '.join(other)}",
                code="MFL-U042",
                where=str(path),
                fix="Name a new directory with --out.",
                sentence_fa="این پوشه سنجشی با تنظیم دیگری دارد.",
            )
    path.write_text(work.model_dump_json(indent=1), "utf-8")


def tree_hash() -> str:
    """Hash over pack, faults, suites, laboratory and reference: rows of another tree are stale."""
    whole = hashlib.sha256()
    for folder in _TREE:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                whole.update(path.relative_to(_ROOT).as_posix().encode() + b"\n")
                whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
