"""Registry of centres: licences, users, changes, and what a licence event does elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.siam_points import SIAM_POINTS
from tests.component.bench import Bench
from tests.component.registry_bench import licence_event, opened, outcome, seen
from tests.unit.reference_platform.sealed_caller import SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def centre(table: Bench, key: str) -> Any:
    return table.call("GET", f"/siam/v1/centres/{table.world.centre(key).siam_id}").json


def feed(table: Bench, after: int = 0) -> Any:
    return table.call("GET", f"/siam/v1/changes?after={after}").json


def mapping(table: Bench, source: str, key: str) -> Any:
    licence = table.world.centre(key).licence_number
    return outcome(table.call("GET", f"/siam/v1/licences/{source}/{licence}"))


def users(table: Bench, key: str, by: str = "office-1") -> Any:
    siam_id = table.world.centre(key).siam_id
    return outcome(table.call("GET", f"/siam/v1/centres/{siam_id}/users", centre=by))


def test_a_licence_leads_to_its_centre(table: Bench) -> None:
    found = mapping(table, "pharmacies", "pharmacy-1")
    assert found["centre"] == table.world.centre("pharmacy-1").siam_id
    assert mapping(table, "medical_practice", "pharmacy-1") == "LICENCE_MAPPING_UNKNOWN"


def test_users_of_the_own_centre_with_terminal_and_software(table: Bench) -> None:
    mine = users(table, "office-1")["users"]
    first = next(one for one in mine if one["councilNumber"] == "990001")
    assert first["user"] == table.world.user_id("dr01", "office-1")
    assert first["terminalId"] == table.world.centre("office-1").terminal_id
    assert users(table, "pharmacy-1") == "NOT_FOUND"
    unknown = table.call("GET", f"/siam/v1/centres/{table.ids.uuid()}/users")
    assert (unknown.status, unknown.code) == (403, "ADMISSION_CENTRE_UNKNOWN")


def test_an_event_closes_a_centre_and_reaches_the_feed(table: Bench) -> None:
    before = feed(table)["next"]
    event = licence_event(table, "lab-1", "closed")
    assert event.status == 201, event
    assert centre(table, "lab-1")["active"] is False
    listed = table.call("GET", "/siam/v1/centres?kind=laboratory").json["centres"]
    assert "closed" in [one["licenceState"] for one in listed]
    assert feed(table, before)["changes"] == [event.json]
    assert feed(table, event.json["sequence"]) == {
        "changes": [], "next": event.json["sequence"],
    }  # fmt: skip


def test_a_licence_counts_until_its_last_day(table: Bench) -> None:
    licence_event(table, "lab-1", "active", until=0)
    assert centre(table, "lab-1")["active"] is True
    table.clock.advance(timedelta(days=1))
    assert centre(table, "lab-1")["active"] is False


def test_the_newest_event_wins(table: Bench) -> None:
    assert licence_event(table, "lab-1", "suspended", 5).status == 201
    stale = licence_event(table, "lab-1", "active", 5)
    assert (stale.status, stale.code) == (409, "CENTRE_UPDATE_STALE")
    assert centre(table, "lab-1")["licenceState"] == "suspended"
    assert licence_event(table, "lab-1", "active", 6).status == 201
    assert centre(table, "lab-1")["active"] is True


def test_a_new_licence_makes_a_centre(table: Bench) -> None:
    made = licence_event(table, "lab-1", "active", licence="880001")
    assert made.json["kind"] == "created"
    found = table.call("GET", f"/siam/v1/centres/{made.json['centre']}").json
    assert (found["kind"], found["roles"]) == ("laboratory", ["dispensing"])
    assert (found["licenceNumber"], found["level"]) == ("880001", 2)


def by_office(table: Bench) -> Any:
    return outcome(licence_event(table, "lab-1", "closed", by="office-1", source="pharmacies"))


@pytest.mark.parametrize(
    "report",
    [
        by_office,
        lambda t: outcome(licence_event(t, "lab-1", "closed", source="pharmacies")),
        lambda t: outcome(licence_event(t, "pharmacy-1", "closed")),
        lambda t: outcome(
            licence_event(t, "lab-1", "closed", centreKind={"kind": "clinic", "sector": "public"})
        ),
    ],
)
def test_a_source_reports_only_what_it_licenses(
    table: Bench, report: Callable[[Bench], Any]
) -> None:
    assert report(table) == "LICENSING_SOURCE_REFUSED"
    assert feed(table)["next"] == len(table.world.centres)


def test_admission_follows_within_a_minute(state: Path) -> None:
    with opened(state) as table:
        caller = SealedCaller(state)
        caller.exchange.close()
        caller.exchange = table.exchange
        question = "/siam/v1/centres?kind=office"
        options = {"centre": "lab-1", "person": "ph02", "gateway": True}
        assert caller.call("GET", question, **options).status == 200
        assert licence_event(table, "lab-1", "closed").status == 201
        table.clock.advance(timedelta(seconds=61))
        refused = caller.call("GET", question, **options)
        assert (refused.status, refused.code) == (403, "ADMISSION_CENTRE_INACTIVE")
        caller.runner.close()


def test_events_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    assert licence_event(first, "lab-1", "closed", 3).status == 201
    fed = feed(first)
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert centre(second, "lab-1")["licenceState"] == "closed"
        assert feed(second) == fed
        assert licence_event(second, "lab-1", "active", 3).code == "CENTRE_UPDATE_STALE"
    finally:
        second.close()


def last_day(table: Bench) -> Any:
    licence_event(table, "lab-1", "active", until=0)
    return centre(table, "lab-1")["active"]


def past_its_end(table: Bench) -> Any:
    licence_event(table, "lab-1", "active", until=-1)
    return centre(table, "lab-1")["active"]


def stale(table: Bench) -> Any:
    licence_event(table, "lab-1", "closed", 5)
    return licence_event(table, "lab-1", "active", 4).code


def closed(table: Bench) -> Any:
    licence_event(table, "lab-1", "closed")
    return centre(table, "lab-1")["active"]


def noted(table: Bench) -> Any:
    licence_event(table, "lab-1", "closed")
    return len(feed(table, len(table.world.centres))["changes"])


def almost(table: Bench) -> Any:
    near = table.world.centre("lab-1").siam_id[:-1]
    return [table.call("GET", f"/siam/v1/centres/{near}{last}").status for last in "0123"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "siam.centre.id_by_beginning": almost,
    "siam.licence.reported_only": lambda t: mapping(t, "medical_institutions", "lab-1"),
    "siam.centre.events_ignored": closed,
    "siam.centre.last_day_refused": last_day,
    "siam.centre.end_ignored": past_its_end,
    "siam.centre.unknown_answered": lambda t: (
        t.call("GET", f"/siam/v1/centres/{t.ids.uuid()}").status
    ),
    "siam.centre.both_roles": lambda t: centre(t, "office-1")["roles"],
    "siam.centre.first_level": lambda t: centre(t, "lab-1")["level"],
    "siam.list.kind_ignored": lambda t: len(
        t.call("GET", "/siam/v1/centres?kind=office").json["centres"]
    ),
    "siam.licence.source_ignored": lambda t: mapping(t, "pharmacies", "lab-1"),
    "siam.users.other_centres_shown": lambda t: users(t, "pharmacy-1"),
    "siam.users.one_id_everywhere": lambda t: users(t, "office-1"),
    "siam.event.second_id": lambda t: licence_event(t, "lab-1", "active").json["kind"],
    "siam.changes.kind_always_changed": lambda t: licence_event(t, "lab-1", "closed").json["kind"],
    "siam.event.any_source": by_office,
    "siam.event.stale_accepted": stale,
    "siam.changes.event_not_noted": noted,
    "siam.changes.last_one_repeated": lambda t: len(feed(t, 5)["changes"]),
    "siam.variant.small_pages": lambda t: len(feed(t)["changes"]),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in SIAM_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)


def test_small_pages_lead_through_the_whole_feed(state: Path) -> None:
    with opened(state, "siam.variant.small_pages") as table:
        found, after = [], 0
        while page := feed(table, after)["changes"]:
            found += [one["sequence"] for one in page]
            after = page[-1]["sequence"]
        assert len(found) == len(set(found)) == len(table.world.centres)
