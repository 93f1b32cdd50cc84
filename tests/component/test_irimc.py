"""Medical Council: verification against identity, privileges, changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.irimc_points import IRIMC_POINTS
from tests.component.bench import Bench
from tests.component.registry_bench import days, opened, outcome, seen
from tests.unit.reference_platform.sealed_caller import SealedCaller

KINDS = "urn:ir:maksa:service-kind-synthetic"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def named(table: Bench, key: str) -> dict[str, Any]:
    member = table.world.professional(key)
    return {"councilKind": member.council_kind, "councilNumber": member.council_number}


def verify(table: Bench, key: str = "dr01", **changes: Any) -> Any:
    member = table.world.professional(key)
    body = {
        **named(table, key),
        "person": {"type": member.id_type, "value": member.id_value},
        "familyName": member.family_name_fa,
        **changes,
    }
    return outcome(table.call("POST", "/irimc/v1/verification", body=body))


def may(table: Bench, key: str, kind: str, **changes: Any) -> Any:
    body = {
        **named(table, key),
        "serviceKind": {"system": KINDS, "code": kind, "display": kind},
        "day": days(table, 0),
        **changes,
    }
    return outcome(table.call("POST", "/irimc/v1/privileges/check", body=body))


def feed(table: Bench, after: int = 0) -> Any:
    return table.call("GET", f"/irimc/v1/changes?after={after}").json


def test_a_member_is_a_person_of_the_register(table: Bench) -> None:
    assert verify(table) == {"matches": True, "licence": "active", "mayPractise": True}
    assert verify(table, "dr13")["matches"] is True
    name = table.world.professional("dr01").family_name_fa.replace("ی", "ي")
    assert verify(table, familyName=name)["matches"] is True


def test_members_that_are_somebody_else_or_may_not_practise(table: Bench) -> None:
    assert verify(table, person=table.person_id("P01")) == "MEMBER_IDENTITY_MISMATCH"
    assert verify(table, familyName="نام دیگر") == "MEMBER_IDENTITY_MISMATCH"
    assert verify(table, "dr11") == "MEMBER_NOT_IN_PRACTICE"
    assert verify(table, "ph03") == "MEMBER_NOT_IN_PRACTICE"
    assert verify(table, councilNumber="990099") == "PRESCRIBER_UNKNOWN"


def test_privileges_follow_the_matrix(table: Bench) -> None:
    assert may(table, "dr01", "drug") == {"allowed": True}
    assert may(table, "dr01", "imaging_advanced") == "MEMBER_PRIVILEGE_MISSING"
    assert may(table, "ph01", "drug") == "MEMBER_PRIVILEGE_MISSING"
    assert may(table, "dr11", "drug") == {"allowed": False}
    assert "99041" in may(table, "dr09", "drug")["formulary"]
    midwife = may(table, "dr10", "drug")
    assert midwife["allowed"] is True
    assert set(midwife["formulary"]) <= set(table.world.professional("dr10").formulary)
    assert may(table, "dr01", "astrology") == "CODE_UNKNOWN"
    other = {"system": "urn:ir:maksa:route-synthetic", "code": "oral", "display": "oral"}
    assert may(table, "dr01", "drug", serviceKind=other) == "CODE_UNKNOWN"
    assert may(table, "dr01", "drug", councilNumber="990099") == "PRESCRIBER_UNKNOWN"


def test_changes_are_read_after_a_number(table: Bench) -> None:
    everything = feed(table)
    kinds = {(one["councilNumber"], one["kind"]) for one in everything["changes"]}
    assert kinds >= {("990011", "sanction"), ("990023", "licence"), ("990012", "degree")}
    assert feed(table, everything["next"]) == {"changes": [], "next": everything["next"]}


def test_the_feed_is_the_same_after_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    told = feed(first)
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert feed(second) == told
    finally:
        second.close()


def test_the_council_is_asked_through_the_gateway(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        told = caller.call("GET", "/irimc/v1/changes", gateway=True)
        assert told.status == 200
    finally:
        caller.close()


def zeros(table: Bench) -> Any:
    return table.call("GET", "/irimc/v1/members/MD/00990001").status


def suspended(table: Bench) -> Any:
    return table.call("GET", "/irimc/v1/members/MD/990011").json["licenceState"]


def arabic(table: Bench) -> Any:
    name = table.world.professional("dr01").family_name_fa.replace("ی", "ي")
    return verify(table, familyName=name)


PROBES: dict[str, Callable[[Bench], Any]] = {
    "irimc.member.suspension_hidden": suspended,
    "irimc.member.zeros_count": zeros,
    "irimc.member.latin_names": lambda t: t.call("GET", "/irimc/v1/members/MD/990001").json[
        "familyNameFa"
    ],
    "irimc.member.private_specialty": lambda t: t.call("GET", "/irimc/v1/members/MD/990001").json[
        "specialty"
    ],
    "irimc.verify.licence_ignored": lambda t: verify(t, "dr11"),
    "irimc.verify.person_ignored": lambda t: verify(t, person=t.person_id("P01")),
    "irimc.verify.name_unfolded": arabic,
    "irimc.privilege.matrix_ignored": lambda t: may(t, "ph01", "drug"),
    "irimc.privilege.sanction_ignored": lambda t: may(t, "dr11", "drug"),
    "irimc.privilege.formulary_left_out": lambda t: may(t, "dr10", "drug"),
    "irimc.changes.after_ignored": lambda t: feed(t, 2),
    "irimc.variant.small_pages": lambda t: len(feed(t)["changes"]),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in IRIMC_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
