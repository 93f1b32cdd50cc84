"""Every legal variant changes bytes: one that changes nothing would prove nothing."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from lab.campaign.freeze import suite_hash
from lab.model.roles import load_roles
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from tests.support import case_bench
from tests.support.wire_forms import forms_of

FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
PROMISED = 60
GENERAL, CHANNEL = "variant.", "variant.tls_"
"""Of the channel nothing is seen in this process: tests/component/test_legal_channels.py."""


def _variants() -> list[Subject]:
    return [
        one
        for role in load_roles()
        for one in load_subjects(FAULTS, role)
        if one.kind is SubjectKind.VARIANT
    ]


VARIANTS = _variants()
ALL = [
    one
    for one in VARIANTS
    if one.point.startswith(GENERAL)
    and not one.point.startswith(CHANNEL)
    and (not one.id.startswith("VAR-SRV-") or one.role == "eligibility_service")
]
WANTED = (
    ALL
    if os.environ.get("MAFALAB_FAULTS") == "all"
    else random.Random(suite_hash()).sample(ALL, len(ALL) // 3)  # noqa: S311 - a sample, no secret
)
"""A third of them, drawn by the hash of the suites: another tree looks at others."""
# Points of one service have a probe of their own beside the service's other points.
SHOWN_BY = {
    "VAR-ESG-021": "TC-ESG-WF-SIGN-005",  # only who waits is told when to come back
    "VAR-IRS-020": "TC-IRS-WF-TRACK-001",  # only the id of the whole names no item
}
"""What is seen in no honest message of the role, but in this case."""


State = Callable[[str], Path]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """Return the exchange of a role: what variants of one have stored, others must not read."""
    case_bench.import_suites()
    return cache(lambda role: Path(tmp_path_factory.mktemp(role)))


@pytest.fixture(scope="module")
def clean(state: State) -> Callable[[str, str], frozenset[str]]:
    """Forms of the clean reference of a role; two runs of it have the same."""

    @cache
    def of(role: str, also: str) -> frozenset[str]:
        with pytest.MonkeyPatch.context() as patch:
            found = forms_of(role, state(role), "", patch, also)
            again = forms_of(role, state(role), "", patch, also)
        assert found == again, sorted(found ^ again)
        return found

    return of


@pytest.mark.parametrize("variant", WANTED, ids=lambda one: f"{one.id}-{one.role}")
def test_a_variant_is_seen_on_the_wire(
    variant: Subject,
    state: State,
    clean: Callable[[str, str], frozenset[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    also = SHOWN_BY.get(variant.id, "")
    plain = clean(variant.role, also)  # first: what a variant has stored is read again afterwards
    seen = forms_of(variant.role, state(variant.role), variant.id, monkeypatch, also)
    assert seen - plain


def test_there_are_as_many_as_promised() -> None:
    assert len({one.id for one in VARIANTS}) >= PROMISED
    assert len({one.point for one in VARIANTS}) >= PROMISED
