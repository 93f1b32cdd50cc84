"""Coding service: releases and their propagation, search, translation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.maksa_points import MAKSA_POINTS
from tests.component.bench import Answered, Bench
from tests.component.registry_bench import days, opened, outcome, seen
from tests.unit.reference_platform.sealed_caller import SealedCaller

URN = "urn:ir:maksa:"
DRUGS, SERVICES, LABORATORY, FREQUENCIES = (
    f"{URN}eRx-synthetic",
    f"{URN}service-synthetic",
    f"{URN}loinc-laboratory-synthetic",
    f"{URN}frequency-synthetic",
)
FRESH = {
    "system": DRUGS, "code": "99777", "version": "1", "kind": "added",
    "displayFa": "داروی تازهٔ آزمایشی", "displayEn": "fresh test tablet",
}  # fmt: skip
RETIRED = {
    "system": DRUGS, "code": "99012", "version": "1", "kind": "retired", "replacedBy": "99777",
}  # fmt: skip
RENAMED = {
    "system": DRUGS, "code": "99001", "version": "2", "kind": "changed",
    "displayFa": "متفورمین با نام تازه", "displayEn": "metformin renamed",
}  # fmt: skip


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def table(state: Path) -> Iterator[Bench]:
    with opened(state) as made:
        yield made


def publish(
    table: Bench, *changes: Any, after: int = 14, name: str = "1405.99", by: str = "coding-office"
) -> Answered:
    body = {
        "release": name,
        "validFrom": days(table, after),
        "noteEn": "A test release.",
        "noteFa": "انتشار آزمایشی.",
        "changes": list(changes) or [FRESH, RETIRED, RENAMED],
    }
    return table.call("POST", "/maksa/v1/releases/publications", body=body, centre=by)


def validate(table: Bench, code: str, display: str, system: str = DRUGS) -> Any:
    coded = {"system": system, "code": code, "display": display}
    answer = table.call("POST", "/maksa/v1/validation", body={"coded": coded}).json
    return "valid" if answer["valid"] else answer["code"]


def search(table: Bench, text: str, *, system: str = DRUGS, limit: int = 50) -> Any:
    body = {"system": system, "text": text, "limit": limit}
    answered = table.call("POST", "/maksa/v1/search", body=body)
    if answered.code is not None:
        return answered.code
    return [one["code"] for one in answered.json["concepts"]]


def translate(table: Bench, system: str, code: str, target: str, *, lenient: bool = False) -> Any:
    coded = {"system": system, "code": code, "display": "any"}
    body = {"coded": coded, "target": target, "lenient": lenient}
    answered = table.call("POST", "/maksa/v1/translation", body=body)
    if answered.code is not None:
        return answered.code
    return answered.json["coded"]["code"], answered.json["aliasUsed"]


def releases(table: Bench) -> list[str]:
    return [one["release"] for one in table.call("GET", "/maksa/v1/releases").json["releases"]]


def changes(table: Bench, release: str) -> Any:
    return outcome(table.call("GET", f"/maksa/v1/releases/{release}/changes"))


def test_releases_of_the_pack_and_what_each_changed(table: Bench) -> None:
    assert releases(table) == ["1401.01", "1403.01", "1404.01", "1405.01", "1410.01"]
    first = changes(table, "1403.01")["changes"][0]
    assert (first["system"], first["code"], first["kind"]) == (DRUGS, "99090", "retired")
    assert first["replacedBy"] == "99031"
    assert changes(table, "1401.01")["changes"] == []
    unknown = table.call("GET", "/maksa/v1/releases/1399.01/changes")
    assert (unknown.status, unknown.code) == (404, "CODE_RELEASE_UNKNOWN")


def test_a_published_release_decides_from_its_first_day(table: Bench) -> None:
    published = publish(table)
    assert published.status == 201, published
    assert published.json["announcedOn"] == days(table, 0)
    assert releases(table)[-1] == "1405.99"
    assert [one["kind"] for one in changes(table, "1405.99")["changes"]] == [
        "added", "retired", "changed",
    ]  # fmt: skip
    fresh, old = ("99777", "fresh test tablet"), ("99012", "losartan 50 mg tablet")
    renamed = ("99001", "metformin renamed")
    assert validate(table, *fresh) == "CODE_NOT_YET_VALID"
    assert validate(table, *old) == "valid"
    assert validate(table, *renamed) == "CODE_DISPLAY_MISMATCH"
    table.clock.advance(timedelta(days=13))
    assert validate(table, *fresh) == "CODE_NOT_YET_VALID"
    table.clock.advance(timedelta(days=1))
    assert validate(table, *fresh) == "valid"
    assert validate(table, *old) == "CODE_RETIRED"
    assert validate(table, *renamed) == "valid"
    assert search(table, "fresh tablet") == ["99777"]
    assert search(table, "losartan 50") == []


@pytest.mark.parametrize(
    ("change", "options", "status", "refusal"),
    [
        (FRESH, {"after": 13}, 422, "CODE_RELEASE_TOO_SOON"),
        (FRESH, {"name": "1405.01"}, 409, "CODE_RELEASE_KNOWN"),
        ({**FRESH, "code": "99012"}, {}, 422, "CODE_RELEASE_CONTRADICTS"),
        ({**RETIRED, "code": "99778"}, {}, 422, "CODE_RELEASE_CONTRADICTS"),
        ({**RENAMED, "version": "1"}, {}, 422, "CODE_RELEASE_CONTRADICTS"),
        ({**FRESH, "system": f"{URN}nothing"}, {}, 404, "CODE_SYSTEM_UNKNOWN"),
        (FRESH, {"by": "office-1"}, 403, "ADMISSION_ROLE_NOT_ALLOWED"),
    ],
)
def test_releases_that_cannot_be(
    table: Bench, change: Any, options: Any, status: int, refusal: str
) -> None:
    refused = publish(table, change, **options)
    assert (refused.status, refused.code) == (status, refusal)
    assert "1405.99" not in releases(table)


def test_a_release_name_is_taken_once(table: Bench) -> None:
    calls = [
        (
            "POST",
            "/maksa/v1/releases/publications",
            {
                "body": {
                    "release": "1405.98",
                    "validFrom": days(table, 20),
                    "noteEn": "a",
                    "noteFa": "ا",
                    "changes": [{**FRESH, "code": f"9978{number}"}],
                },
                "centre": "coding-office",
            },
        )
        for number in range(6)
    ]
    answers = table.together(*calls)
    assert sorted(a.status for a in answers) == [201] + [409] * 5


def test_releases_survive_a_restart(state: Path, tmp_path: Path) -> None:
    first = Bench(state, databases=tmp_path)
    publish(first)
    first.close()
    second = Bench(state, databases=tmp_path)
    try:
        assert releases(second)[-1] == "1405.99"
        assert validate(second, "99777", "fresh test tablet") == "CODE_NOT_YET_VALID"
    finally:
        second.close()


@pytest.mark.parametrize(
    "text", ["قرص متفورمین", "متفورمين قرص", "METFORMIN", "500 metformin", "99001"]
)
def test_search_finds_whatever_keyboard_typed_it(table: Bench, text: str) -> None:
    assert "99001" in search(table, text)


def test_search_folds_joiners_and_digits_and_knows_its_bounds(table: Bench) -> None:
    assert search(table, "سی‌تی", system=f"{URN}service-kind-synthetic") == ["imaging_advanced"]
    assert search(table, "سی تی", system=f"{URN}service-kind-synthetic") == ["imaging_advanced"]
    assert search(table, "متفورمین ۱۰۰۰") == ["99002"]
    assert len(search(table, "tablet", limit=3)) == 3
    assert search(table, "99090") == []
    assert search(table, "x", system="urn:nothing:at-all") == "CODE_SYSTEM_UNKNOWN"


@pytest.mark.parametrize(
    ("system", "code", "target", "lenient", "expected"),
    [
        (DRUGS, "99012", DRUGS, False, ("99012", False)),
        (f"{URN}eRx", "99012", DRUGS, True, ("99012", True)),
        (f"{URN}eRx", "99012", DRUGS, False, "CODE_ALIAS_REFUSED"),
        (FREQUENCIES, "BID", FREQUENCIES, True, ("BD", True)),
        (FREQUENCIES, "BID", FREQUENCIES, False, "CODE_ALIAS_REFUSED"),
        (DRUGS, "0000099012", DRUGS, True, ("99012", True)),
        (f"{URN}icd10-synthetic", "E11", f"{URN}icd10-synthetic", True, "CODE_TOO_GENERAL"),
        (DRUGS, "99899", DRUGS, True, "CODE_UNKNOWN"),
        (f"{URN}nothing", "1", DRUGS, True, "CODE_SYSTEM_UNKNOWN"),
        (DRUGS, "99012", f"{URN}nothing", True, "CODE_SYSTEM_UNKNOWN"),
        (LABORATORY, "4548-4", SERVICES, False, ("991120", False)),
        (SERVICES, "991120", LABORATORY, False, ("4548-4", False)),
        (DRUGS, "99012", SERVICES, False, "CODE_TRANSLATION_MISSING"),
    ],
)  # fmt: skip
def test_codes_are_translated(
    table: Bench, system: str, code: str, target: str, *, lenient: bool, expected: Any
) -> None:
    assert translate(table, system, code, target, lenient=lenient) == expected


def test_releases_are_read_and_published_through_the_gateway(state: Path) -> None:
    caller = SealedCaller(state)
    try:
        assert caller.call("GET", "/maksa/v1/releases", gateway=True).status == 200
        path = "/maksa/v1/releases/publications"
        body: dict[str, Any] = {}
        office = caller.call("POST", path, body, gateway=True)
        assert office.code == "ADMISSION_ROLE_NOT_ALLOWED"
        desk = caller.call("POST", path, body, centre="coding-office", person="dr07", gateway=True)
        assert desk.code == "SCHEMA_VIOLATION"
    finally:
        caller.close()


def after_a_release(table: Bench) -> Any:
    publish(table)
    table.clock.advance(timedelta(days=14))
    return validate(table, "99777", "fresh test tablet")


def concept_told(table: Bench) -> Any:
    coded = table.drug("99012")
    return sorted(table.call("POST", "/maksa/v1/validation", body={"coded": coded}).json)


def old_version(table: Bench) -> Any:
    coded = {
        "system": DRUGS, "code": "99092", "version": "1", "display": "rosuvastatin 5 mg tablet",
    }  # fmt: skip
    return table.call("POST", "/maksa/v1/validation", body={"coded": coded}).json["code"]


def systems(table: Bench) -> Any:
    return table.call("GET", "/maksa/v1/systems").json


PROBES: dict[str, Callable[[Bench], Any]] = {
    "maksa.validate.retired_valid": lambda t: validate(t, **retired()),
    "maksa.validate.announced_valid": lambda t: (
        publish(t).status and validate(t, "99777", "fresh test tablet")
    ),
    "maksa.validate.text_ignored": lambda t: validate(t, "99012", "another text"),
    "maksa.validate.text_unfolded": lambda t: validate(t, "99012", "Losartan 50 MG tablet"),
    "maksa.validate.any_system": lambda t: validate(
        t, "99012", "losartan 50 mg tablet", system=SERVICES
    ),
    "maksa.validate.newest_only": old_version,
    "maksa.systems.codes_once": systems,
    "maksa.systems.private_one": systems,
    "maksa.systems.old_release": systems,
    "maksa.concept.by_number": lambda t: outcome(
        t.call("GET", f"/maksa/v1/systems/{DRUGS}/concepts/099012")
    ),
    "maksa.releases.only_valid_ones": releases,
    "maksa.changes.retired_left_out": lambda t: changes(t, "1403.01"),
    "maksa.search.unfolded": lambda t: search(t, "متفورمين"),
    "maksa.search.limit_ignored": lambda t: len(search(t, "tablet", limit=3)),
    "maksa.search.retired_found": lambda t: search(t, "ranitidine"),
    "maksa.translate.one_way": lambda t: translate(t, SERVICES, "991100", LABORATORY),
    "maksa.translate.always_lenient": lambda t: translate(t, f"{URN}eRx", "99012", DRUGS),
    "maksa.translate.alias_silent": lambda t: translate(
        t, f"{URN}eRx", "99012", DRUGS, lenient=True
    ),
    "maksa.publish.at_once": lambda t: publish(t, after=13).status,
    "maksa.publish.by_anybody": lambda t: publish(t, by="office-1").status,
    "maksa.publish.code_given_twice": lambda t: publish(t, {**FRESH, "code": "99012"}).status,
    "maksa.publish.codes_unchanged": after_a_release,
    "maksa.variant.concept_left_out": concept_told,
    "maksa.variant.short_search": lambda t: len(search(t, "tablet")),
}


def retired() -> dict[str, str]:
    return {"code": "99090", "display": "ranitidine 150 mg tablet"}


def test_every_point_has_its_probe() -> None:
    assert set(PROBES) == {point.name for point in MAKSA_POINTS}


@pytest.mark.parametrize("point", PROBES)
def test_a_fault_is_seen_on_the_wire(state: Path, point: str) -> None:
    assert seen(state, PROBES[point]) != seen(state, PROBES[point], point)
