"""Identity authorities: inquiries, unique ids, links, and what a link does elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.identity_points import IDENTITY_POINTS
from reference_impl.identity.domain import unique_id_is_sound
from reference_impl.platform.peers import Behalf
from tests.component.bench import Answered, Bench
from tests.component.gateway_parts import outbox_of
from tests.component.registry_bench import (
    GENERAL,
    NEW_CODE,
    days,
    inquire,
    link,
    newborn,
    opened,
    outcome,
    seen,
)
from tests.unit.reference_platform.sealed_caller import SealedCaller


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def ask(
    table: Bench, key: str = "P01", *, year: int = 0, path: str = "inquiries", **more: Any
) -> Any:
    person = table.world.person(key)
    body = {
        "person": table.person_id(key),
        "birthYearJalali": person.birth_year_jalali + year,
        **more,
    }
    return outcome(table.call("POST", f"/identity/v1/{path}", body=body))


def unique(table: Bench, cause: str = "unknown_person", **more: Any) -> Answered:
    body = {"cause": cause, "sex": "M", "estimatedBirthDate": "1990-03-21", **more}
    return table.call("POST", "/identity/v1/unique-ids", body=body)


def test_a_citizen_is_told_by_code_and_birth_year(table: Bench) -> None:
    told = ask(table)
    assert (told["state"], told["coverImplied"]) == ("alive", "never")
    assert told["birthDate"] == table.world.person("P01").birth_date.isoformat()
    assert ask(table, year=1) == "IDENTITY_MISMATCH"
    assert ask(table, "P17") == "IDENTITY_DECEASED"
    # Who has died is told only to somebody who knows the year.
    assert ask(table, "P17", year=1) == "IDENTITY_MISMATCH"
    assert ask(table, "P18") == "IDENTITY_BLOCKED"
    assert ask(table, "U04")["state"] == "blocked"
    assert ask(table, "U03")["state"] == "unauthorised"


def test_names_are_compared_after_folding(table: Bench) -> None:
    name = table.world.person("P01").family_name_fa
    arabic = name.replace("ی", "ي").replace("۰", "0").replace("۱", "1")
    assert arabic != name
    assert ask(table, familyName=arabic)["nameMatches"] is True
    assert ask(table, "P19", familyName=table.world.person("P19").family_name_fa)[
        "nameMatches"
    ] is False  # fmt: skip


@pytest.mark.parametrize(
    ("person", "refusal"),
    [
        ({"type": "NC", "value": "9900000014"}, "PATIENT_IDENTIFIER_INVALID"),
        ({"type": "UID", "value": "U990000006"}, "PATIENT_IDENTIFIER_INVALID"),
        ({"type": "FIDA", "value": "990000000001"}, "PATIENT_IDENTIFIER_INVALID"),
        ({"type": "NC", "value": "9900000994"}, "IDENTITY_UNKNOWN"),
    ],
)
def test_ids_that_cannot_be_or_are_not(table: Bench, person: Any, refusal: str) -> None:
    assert ask(table, person=person) == refusal


def test_foreign_nationals_have_their_own_register(table: Bench) -> None:
    path = "foreign-inquiries"
    assert ask(table, "F01", path=path)["state"] == "alive"
    assert ask(table, "P01", path=path) == "PATIENT_IDENTIFIER_INVALID"
    assert ask(table, "F01", path=path, year=1) == "IDENTITY_MISMATCH"
    stranger = {"type": "FIDA", "value": "990000000777"}
    assert ask(table, "F01", path=path, person=stranger) == "IDENTITY_UNKNOWN"


def test_a_unique_id_is_known_everywhere_and_covers_nothing(table: Bench) -> None:
    issued = unique(table)
    assert issued.status == 201, issued
    person = issued.json["person"]
    assert unique_id_is_sound(person["value"])
    body = {"person": person, "birthYearJalali": 1369}
    told = table.call("POST", "/identity/v1/inquiries", body=body).json
    assert (told["state"], told["sex"]) == ("unknown", "M")
    at_admission = inquire(table, person).json
    assert (at_admission["identity"]["state"], at_admission["entitled"]) == ("UNKNOWN", False)
    hid = table.call(
        "POST",
        "/eligibility/v1/hids",
        body={"patient": person, "insurerCode": "37", "providerCouncil": GENERAL},
    )
    assert hid.status == 201, hid


def test_who_has_a_usable_code_gets_no_unique_id(table: Bench) -> None:
    usable = unique(table, claimed=table.person_id("P01"))
    assert (usable.status, usable.code) == (422, "UNIQUE_ID_REFUSED")
    assert unique(table, "blocked_code").code == "UNIQUE_ID_REFUSED"
    assert unique(table, "blocked_code", claimed=table.person_id("P01")).code == "UNIQUE_ID_REFUSED"
    blocked = unique(table, "blocked_code", claimed=table.person_id("P18"))
    assert blocked.json["person"] == table.person_id("U04")
    stranger = {"type": "FIDA", "value": "990000000777"}
    first, second = (unique(table, "unauthorised_foreigner", claimed=stranger) for _ in range(2))
    assert first.json == second.json
    bad = unique(table, claimed={"type": "NC", "value": "9900000014"})
    assert bad.code == "PATIENT_IDENTIFIER_INVALID"
    assert unique(table, estimatedBirthDate=days(table, 1)).code == "SCHEMA_VIOLATION"


def test_a_link_gives_a_newborn_its_code(table: Bench) -> None:
    former, current = newborn(table), {"type": "NC", "value": NEW_CODE}
    assert inquire(table, current).code == "PATIENT_UNKNOWN"
    issued = table.call(
        "POST",
        "/eligibility/v1/hids",
        body={"patient": former, "insurerCode": "1", "providerCouncil": GENERAL},
    ).json["hid"]
    linked = link(table, former, NEW_CODE)
    assert linked.status == 201, linked
    assert link(table, former, NEW_CODE).json == linked.json
    path = f"/identity/v1/links/{linked.json['linkId']}"
    assert table.call("GET", path).json == linked.json
    assert table.call("GET", path, centre="pharmacy-1").code == "NOT_FOUND"
    now = inquire(table, current).json
    assert (now["identity"]["state"], now["entitled"]) == ("ALIVE", True)
    assert now["covers"][0]["insurerCode"] == "1"
    before = inquire(table, former).json
    assert (before["entitled"], before["covers"]) == (False, [])
    # The visit of before the link is the child's under either id.
    for patient in (former, current):
        body = {"hid": issued, "patient": patient}
        verdict = table.call("POST", "/eligibility/v1/hids/verification", body=body).json
        assert verdict["state"] == "ISSUED"
    told = ask(table, person=current, birthYearJalali=1405)
    assert told["sex"] == "F"


def test_links_of_unknown_people(table: Bench) -> None:
    def identified(former: str, current: Any) -> Any:
        body = {"former": table.person_id(former), "current": current, "cause": "identified"}
        return outcome(table.call("POST", "/identity/v1/links", body=body))

    assert identified("U01", {"type": "NC", "value": NEW_CODE}) == "IDENTITY_UNKNOWN"
    assert identified("U02", table.person_id("P19"))["current"] == table.person_id("P19")
    assert identified("U02", table.person_id("P01")) == "IDENTITY_LINK_CONFLICT"
    assert identified("P02", table.person_id("P01")) == "SCHEMA_VIOLATION"
    assert identified("U01", {"type": "NC", "value": "9900000014"}) == "PATIENT_IDENTIFIER_INVALID"
    assert inquire(table, table.person_id("U02")).json["entitled"] is False


def test_links_that_cannot_be(table: Bench) -> None:
    assert link(table, newborn(table, born=-61), NEW_CODE).code == "NEWBORN_LINK_EXPIRED"
    assert link(table, newborn(table, born=-60), NEW_CODE).code == "BIRTH_ORDER_INVALID"
    third = {**newborn(table), "birthOrder": 3}
    assert link(table, third, NEW_CODE).code == "IDENTITY_UNKNOWN"
    other = link(table, newborn(table), table.world.person("P01").id_value)
    assert (other.status, other.code) == (409, "IDENTITY_LINK_CONFLICT")
    assert link(table, newborn(table), NEW_CODE).status == 201
    assert link(table, newborn(table, "NB2"), NEW_CODE).code == "IDENTITY_LINK_CONFLICT"
    assert link(table, newborn(table), "9900000374").code == "IDENTITY_LINK_CONFLICT"
    assert link(table, newborn(table, "NB2"), "9900000374").status == 201


def test_the_child_registered_in_the_world_can_be_linked(table: Bench) -> None:
    assert link(table, newborn(table), table.world.person("NB3").id_value).status == 201


def test_two_codes_race_for_one_newborn(table: Bench) -> None:
    calls = [
        (
            "POST",
            "/identity/v1/links",
            {
                "body": {
                    "former": newborn(table),
                    "current": {"type": "NC", "value": value},
                    "cause": "newborn_registered",
                }
            },
        )
        for value in (NEW_CODE, "9900000374") * 4
    ]
    answers = table.together(*calls)
    assert sorted(a.status for a in answers) == [201] * 4 + [409] * 4
    assert len({a.json["linkId"] for a in answers if a.status == 201}) == 1


def test_only_services_ask_under_which_ids_somebody_is_known(table: Bench) -> None:
    body = {"person": table.person_id("P01")}
    refused = table.call("POST", "/identity/v1/links/query", body=body)
    assert (refused.status, refused.code) == (403, "ADMISSION_ROLE_NOT_ALLOWED")


def test_ids_and_links_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    uid = unique(first).json["person"]
    linked = link(first, newborn(first), NEW_CODE).json
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert inquire(second, uid).json["identity"]["state"] == "UNKNOWN"
        assert inquire(second, linked["current"]).json["entitled"] is True
    finally:
        second.close()


def test_identity_is_asked_through_the_gateway(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        person = caller.world.person("P01")
        body = {
            "person": {"type": "NC", "value": person.id_value},
            "birthYearJalali": person.birth_year_jalali,
        }
        told = caller.call("POST", "/identity/v1/inquiries", body, gateway=True)
        assert told.json["state"] == "alive"
    finally:
        caller.close()


def on_the_sixtieth_day(table: Bench) -> Any:
    return link(table, newborn(table, born=-60), NEW_CODE).code


def read_elsewhere(table: Bench) -> Any:
    path = f"/identity/v1/links/{link(table, newborn(table), NEW_CODE).json['linkId']}"
    return table.call("GET", path, centre="pharmacy-1").status


def told_again(table: Bench) -> Any:
    return [link(table, newborn(table), NEW_CODE).status for _ in range(2)]


def of_somebody_else(table: Bench) -> Any:
    return link(table, newborn(table), table.world.person("P01").id_value).status


def arabic_name(table: Bench) -> Any:
    name = table.world.person("P01").family_name_fa.replace("ی", "ي")
    return ask(table, familyName=name)["nameMatches"]


def former_ids(table: Bench) -> Any:
    code = "9900000374"
    link(table, newborn(table, "NB2"), code)
    office = table.world.centre("office-1")
    software = table.world.software_of(office.key).software_id
    user = table.world.user_id("dr01", office.key)
    behalf = Behalf(office.siam_id, software, user, str(uuid.uuid4()))
    peer = outbox_of(table.exchange)._config.peers.to("identity", behalf)
    asked = {"person": {"type": "NC", "value": code}}
    return table.runner.run(peer.post("/links/query", asked)).json["former"]


PROBES: dict[str, Callable[[Bench], Any]] = {
    "identity.link.siblings_told_alike": former_ids,
    "identity.foreign.names_always_match": lambda t: ask(
        t, "F01", path="foreign-inquiries", familyName="دیگری"
    )["nameMatches"],
    "identity.inquiry.check_digit_ignored": lambda t: ask(
        t, person={"type": "NC", "value": "9900000014"}
    ),
    "identity.inquiry.unknown_answered": lambda t: ask(
        t, person={"type": "NC", "value": "9900000994"}
    ),
    "identity.inquiry.birth_year_ignored": lambda t: ask(t, year=1),
    "identity.inquiry.deceased_answered": lambda t: ask(t, "P17"),
    "identity.inquiry.blocked_answered": lambda t: ask(t, "P18"),
    "identity.inquiry.name_unfolded": arabic_name,
    "identity.foreign.any_type": lambda t: ask(t, path="foreign-inquiries"),
    "identity.unique_id.need_unchecked": lambda t: unique(t, claimed=t.person_id("P01")).status,
    "identity.unique_id.second_for_one_code": lambda t: (
        unique(t, "blocked_code", claimed=t.person_id("P18")).json["person"] == t.person_id("U04")
    ),
    "identity.unique_id.check_character_wrong": lambda t: unique_id_is_sound(
        unique(t).json["person"]["value"]
    ),
    "identity.link.day_short": on_the_sixtieth_day,
    "identity.link.siblings_merged": lambda t: link(t, newborn(t, born=-19), NEW_CODE).status,
    "identity.link.conflict_overlooked": of_somebody_else,
    "identity.link.again_refused": told_again,
    "identity.link.read_by_others": read_elsewhere,
    "identity.variant.names_withheld": lambda t: sorted(ask(t)),
}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in IDENTITY_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
