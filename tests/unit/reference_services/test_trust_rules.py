"""Pure rules of tokens, registers, counters and the mobile signature."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from fixtures import load_pack
from fixtures.synthetic.world import world
from reference_impl.esign import domain
from reference_impl.gateway.laboratory import Attestation
from reference_impl.gateway.register import Certified, Scopes
from reference_impl.gateway.tokens import FROM
from reference_impl.gateway.traffic import BOUNDS, LONGEST, Tally

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_revoked_token_has_no_next_state() -> None:
    assert all("revoked" not in sources for sources in FROM.values())
    assert all(state not in sources for state, sources in FROM.items())


@pytest.mark.parametrize(
    ("systems", "roles"),
    [
        (["office_system"], {"prescribing"}),
        (["pharmacy_system"], {"dispensing"}),
        (["hospital_system"], {"prescribing", "dispensing"}),
        (["purchaser_system"], set()),
        (["prescriber_system", "lab_system"], {"prescribing", "dispensing"}),
    ],
)
def test_scopes_follow_the_roles_of_the_pack(systems: list[str], roles: set[str]) -> None:
    assert Scopes(load_pack()).of(systems) == roles


def test_roles_without_a_scheme_need_no_scope() -> None:
    certified = Certified("valid", frozenset({"prescribing"}))
    assert certified.covered(["prescribing", "dispensing"]) == {"prescribing"}
    assert certified.covered(["ministry"]) == {"ministry"}


@pytest.mark.parametrize(
    ("used", "covered"), [("4.2", True), ("4", True), ("v4.9", True), ("5.0", False)]
)
def test_a_certificate_holds_for_its_major_version(used: str, covered: bool) -> None:
    held = Attestation("C", "V", "P", "4.2.1", "pharmacy_system", "erx-1401", NOW, NOW)
    assert held.is_about({"vendor": "V", "product": "P", "version": used}) is covered
    assert not held.is_about({"vendor": "W", "product": "P", "version": used})


def test_buckets_grow_by_a_tenth_and_cover_ten_minutes() -> None:
    assert BOUNDS[0] == 1
    assert BOUNDS[-1] == LONGEST
    steps = list(pairwise(BOUNDS))
    assert all(low < high <= max(low + 1, low * 1.1) for low, high in steps)


def test_percentiles_take_the_nearest_rank() -> None:
    tally = Tally(calls=100)
    tally.buckets.update({10: 50, 20: 45, 30: 5})
    assert [tally.percentile(share) for share in (0.5, 0.51, 0.95, 0.96)] == [10, 20, 20, 30]
    assert Tally().percentile(0.95) == 0


@pytest.mark.parametrize(
    ("state", "now", "then"),
    [
        ("waiting", 100, "waiting"),
        ("waiting", 101, "expired"),
        ("approved", 101, "approved"),
        ("declined", 101, "declined"),
    ],
)
def test_only_an_unanswered_request_ends(state: str, now: int, then: str) -> None:
    assert domain.state_at(state, 100, now) == then


def test_an_applicant_is_member_by_person_and_telephone() -> None:
    member = world().professional("dr01")
    body = {
        "person": {"type": member.id_type, "value": member.id_value},
        "phone": member.phone,
    }
    assert domain.is_applicant(member, body)
    assert not domain.is_applicant(member, {**body, "phone": "09900000000"})
    assert not domain.is_applicant(None, body)


def test_declining_is_bound_to_its_request() -> None:
    assert domain.declined_digest("a") != domain.declined_digest("b")
    assert len(base64.b64encode(domain.declined_digest("a"))) == 44
