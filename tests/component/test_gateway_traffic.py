"""Counters, view of the service level, message log and catalogue of the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.component.gateway_parts import forwarding_of, log_of
from tests.component.trusted import CENTRES, PHARMACIST, TrustCaller
from tests.unit.reference_platform.sealed_caller import Heard

TRAFFIC, CATALOGUE = "/gateway/v1/traffic", "/gateway/v1/catalogue"
STRANGER = "00000000-0000-0000-0000-000000000007"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


def rows(caller: TrustCaller) -> tuple[dict[str, Any], dict[str, Any]]:
    said = caller.ask("GET", TRAFFIC).json
    services = {row["service"]: row for row in said["services"]}
    return services, {row["class"]: row for row in said["classes"]}


def prescription(caller: TrustCaller) -> Heard:
    return caller.ask("GET", f"/purchaser/v1/prescriptions/{STRANGER}")


def test_calls_refusals_and_faults_are_counted_apart(caller: TrustCaller) -> None:
    assert caller.ask("GET", CENTRES).status == 200
    assert prescription(caller).status in {403, 404}
    caller.exchange.services.pop("maksa")
    assert caller.ask("GET", "/maksa/v1/systems").status == 503
    services, classes = rows(caller)
    counts = {name: (r["calls"], r["refusals"], r["faults"]) for name, r in services.items()}
    assert counts == {"siam": (1, 0, 0), "purchaser": (1, 1, 0), "maksa": (1, 0, 1)}
    assert (classes["fetch"]["calls"], classes["fetch"]["errorShare"]) == (1, 0)
    assert classes["fetch"]["within"] is True
    assert classes["fetch"]["limitMs"] == {"p50": 300, "p95": 1000, "p99": 3000}
    assert "within" not in classes["save"], "nothing was seen, nothing is claimed"


def test_percentiles_are_held_against_the_service_level(caller: TrustCaller) -> None:
    traffic = log_of(caller.exchange).traffic
    for milliseconds in [10] * 90 + [2000] * 8 + [9000] * 2:
        traffic.note("purchaser", "getPrescription", 200, milliseconds)
    _, classes = rows(caller)
    fetch = classes["fetch"]
    assert fetch["observedMs"]["p50"] == 10
    assert 2000 <= fetch["observedMs"]["p95"] <= 2200
    assert 9000 <= fetch["observedMs"]["p99"] <= 9900
    assert fetch["within"] is False


def test_too_many_faults_break_the_service_level(caller: TrustCaller) -> None:
    traffic = log_of(caller.exchange).traffic
    for number in range(100):
        traffic.note("purchaser", "registerPrescription", 500 if number == 0 else 201, 5)
    save = rows(caller)[1]["save"]
    assert (save["errorShare"], save["errorShareLimit"], save["within"]) == (0.01, 0.005, False)


def test_the_window_slides(caller: TrustCaller) -> None:
    caller.ask("GET", CENTRES)
    caller.later(minutes=14)
    assert rows(caller)[0]["siam"]["calls"] == 1
    caller.later(minutes=2)
    assert rows(caller)[0] == {}


def test_counters_and_log_name_nobody(caller: TrustCaller) -> None:
    heard = prescription(caller)
    correlation = heard.request.header("ditas-correlation")
    log = caller.ask("GET", f"/gateway/v1/messages/{correlation}").json
    text = json.dumps([log["messages"], caller.ask("GET", TRAFFIC).json])
    assert STRANGER not in text
    assert caller.world.user_id("dr01", "office-1") not in text
    entry = log["messages"][0]
    assert entry["operation"] == "getPrescription"
    assert entry["milliseconds"] >= 1


def test_the_catalogue_names_owner_terms_and_operations(caller: TrustCaller) -> None:
    listed = {row["name"]: row for row in caller.ask("GET", CATALOGUE).json["services"]}
    assert set(listed) == set(caller.exchange.services)
    for row in listed.values():
        assert row["owner"]["fa"]
        assert row["owner"]["en"]
        assert row["terms"]["fa"]
        assert row["operations"]
    operations = {one["operation"]: one for one in listed["purchaser"]["operations"]}
    assert operations["registerPrescription"]["serviceClass"] == "save"
    assert operations["registerPrescription"]["roles"] == ["prescribing"]
    assert {one["operation"]: one["roles"] for one in listed["gateway"]["operations"]}[
        "issueToken"
    ] == ["ministry"]


def busy(caller: TrustCaller) -> Heard:
    """One call more than the bucket of the centre holds."""
    rate = forwarding_of(caller.exchange)._admission.rate
    rate.burst, rate.per_second = 2.0, 1.0
    for _ in range(2):
        assert caller.ask("GET", CENTRES).status == 200
    return caller.ask("GET", CENTRES)


def test_a_sender_is_slowed_down_and_others_are_not(caller: TrustCaller) -> None:
    refused = busy(caller)
    assert (refused.status, refused.code) == (429, "RATE_LIMITED")
    assert refused.headers["retry-after"] == "1"
    assert caller.ask("GET", CATALOGUE).code == "RATE_LIMITED"
    assert caller.ask("GET", CENTRES, **PHARMACIST).status == 200
    caller.later(seconds=2)
    assert caller.ask("GET", CENTRES).status == 200


def _after_a_busy_centre(caller: TrustCaller) -> Any:
    busy(caller)
    return caller.ask("GET", CENTRES, **PHARMACIST).status


def _p95(caller: TrustCaller) -> Any:
    for milliseconds in [10] * 90 + [2000] * 10:
        log_of(caller.exchange).traffic.note("purchaser", "price", 200, milliseconds)
    return rows(caller)[1]["rules"]["observedMs"]["p95"]


def _faults(caller: TrustCaller) -> Any:
    prescription(caller)
    return rows(caller)[0]["purchaser"]["faults"]


def _long_ago(caller: TrustCaller) -> Any:
    prescription(caller)
    caller.later(minutes=31)
    return "purchaser" in rows(caller)[0]


def _others_log(caller: TrustCaller) -> Any:
    correlation = prescription(caller).request.header("ditas-correlation")
    return caller.ask("GET", f"/gateway/v1/messages/{correlation}", **PHARMACIST).status


def _first_listed(caller: TrustCaller) -> Any:
    return caller.ask("GET", CATALOGUE).json["services"][0]["name"]


def _centre_asked_again(caller: TrustCaller) -> Any:
    caller.ask("GET", CENTRES)
    caller.later(minutes=2)
    caller.exchange.services.pop("siam")
    return caller.ask("GET", CATALOGUE).status


SEEN: dict[str, Any] = {
    "gateway.rate.unlimited": lambda c: busy(c).status,
    "gateway.rate.one_bucket_for_all": _after_a_busy_centre,
    "gateway.traffic.mean_as_p95": _p95,
    "gateway.traffic.refusals_are_faults": _faults,
    "gateway.traffic.never_forgets": _long_ago,
    "gateway.log.other_centres": _others_log,
    "gateway.variant.catalogue_reversed": _first_listed,
    "gateway.admission.remember_for_ever": _centre_asked_again,
}


@pytest.mark.parametrize("point", SEEN)
def test_each_fault_point_shows(state: Path, caller: TrustCaller, point: str) -> None:
    faulty = TrustCaller(state, point)
    try:
        assert SEEN[point](faulty) != SEEN[point](caller)
    finally:
        faulty.close()
