"""Which subject comes next: what takes long first, so that all processor cores end together.

A reference is the first of its role and tells how long a whole plan takes there; its seconds order
what is left. Others that run whole plans wait for it, because it keeps the inputs its laws drew,
and for mechanical mutants it records which cases could see them.

Subjects that answer late by design take their time and hardly any of the processor: they run beside
those that compute, in a lane of their own. Programs of client roles act for the same people on one
exchange, so only one of them runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from lab.model.roles import role_of
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import SubjectResult
from lab.validation.work import Work

_SHARE = {
    SubjectKind.REFERENCE: 1000.0,  # before everything
    SubjectKind.VARIANT: 1.0,
    SubjectKind.NULL: 0.5,
    SubjectKind.MECHANICAL: 0.2,
    SubjectKind.MISCONFIGURATION: 0.2,
    SubjectKind.FAULT: 0.1,
}
"""How long a subject takes, as a share of the whole plan of its role: a guess that only orders."""
_AFTER_REFERENCE = frozenset({SubjectKind.VARIANT, SubjectKind.NULL, SubjectKind.MECHANICAL})
_CLIENT = 5.0  # a case of a client role starts a program


def _is_client(subject: Subject) -> bool:
    return not role_of(subject.role).is_server


def lacks_recording(work: Work, subject: Subject) -> bool:
    """Whether a reference that was judged before has to run again for what it records."""
    return work.records(subject) and not work.reach_path(subject.role).exists()


class Queue:
    """Subjects that wait, and what is known about how long they take."""

    def __init__(self) -> None:
        self._waiting: list[Subject] = []
        self._seconds: dict[str, float] = {}
        self._unrecorded: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, subjects: Sequence[Subject], cases_of: Callable[[str], int]) -> None:
        """Take subjects in; `cases_of(role)` is the size of a plan, a first guess at its length."""
        self._waiting += subjects
        for role in {one.role for one in subjects} - set(self._seconds):
            weight = 1.0 if role_of(role).is_server else _CLIENT
            self._seconds[role] = cases_of(role) * weight / 10
        self._unrecorded |= {one.role for one in subjects if one.kind is SubjectKind.REFERENCE}
        self._order()

    def learn(self, row: SubjectResult) -> None:
        """Take note of a judged subject."""
        if row.subject.kind is SubjectKind.REFERENCE:
            self._seconds[row.subject.role] = row.seconds
            self._unrecorded.discard(row.subject.role)
            self._order()

    def take(self, *, waits: bool = False, running: Collection[Subject] = ()) -> Subject | None:
        """Return the next subject of a lane, None when there is none that may start now."""
        acting = any(_is_client(one) for one in running)
        for place, subject in enumerate(self._waiting):
            if subject.waits != waits or (acting and _is_client(subject)):
                continue
            if subject.kind in _AFTER_REFERENCE and subject.role in self._unrecorded:
                continue
            return self._waiting.pop(place)
        return None

    def _order(self) -> None:
        self._waiting.sort(key=lambda one: _SHARE[one.kind] * self._seconds[one.role], reverse=True)
