"""Words of examples for what the synthetic world and the pack hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fixtures import load_pack
from lab.kit import SyntheticData, message_word
from lab.kit.contract import load_contracts
from lab.model.base import JsonValue
from suites.answers.forms import Form, difference
from suites.journeys_insurers import Delivered, cost_of, plan_case
from suites.oracles.jalali import jalali, period_of
from suites.oracles.tariffs import second_payer

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
_WHERE: Mapping[str, str] = {
    "person": "people",
    "professional": "professionals",
    "centre": "centres",
    "software": "software",
    "insurer": "insurers",
}


@message_word("fact")
def fact(data: SyntheticData, kind: str, key: str, name: str) -> JsonValue:
    """Return a fact of somebody in the world: `$fact person P01 family_name_fa`."""
    value = getattr(getattr(data.world, _WHERE[kind])[key], name)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@message_word("birth")
def birth(data: SyntheticData, key: str) -> JsonValue:
    """Return the birth date of a person."""
    return data.person(key).birth_date_on(date.fromisoformat(data.day())).isoformat()


@message_word("centre_record")
def centre_record(data: SyntheticData, key: str) -> JsonValue:
    """Return a centre as the registry tells it."""
    centre = data.centre(key)
    valid = centre.licence_valid_until >= date.fromisoformat(data.day())
    record: dict[str, JsonValue] = {
        "siamId": centre.siam_id,
        "nameFa": centre.name_fa,
        "nameEn": centre.name_en,
        "kind": centre.kind,
        "sector": centre.sector,
        "roles": list(centre.roles),
        "level": centre.level,
        "licenceNumber": centre.licence_number,
        "licenceState": centre.licence_state,
        "licenceValidUntil": centre.licence_valid_until.isoformat(),
        "active": valid and centre.licence_state == "active",
    }
    if centre.represents is not None:
        record["represents?"] = centre.represents
    return record


@message_word("centres")
def centres(data: SyntheticData, kind: str) -> JsonValue:
    """Return all centres of a kind in the world."""
    keys = [key for key, one in data.world.centres.items() if one.kind == kind]
    return [centre_record(data, key) for key in keys]


@message_word("centre_users")
def centre_users(data: SyntheticData, key: str) -> JsonValue:
    """Return the users of a centre as the registry tells them."""
    return [
        {
            "user": one.user_id,
            "councilKind?": data.professional(one.person).council_kind,
            "councilNumber?": data.professional(one.person).council_number,
            "terminalId?": data.centre(key).terminal_id,
            "software": data.world.software_of(key).software_id,
        }
        for one in data.world.users
        if one.centre == key and one.person in data.world.professionals
    ]


@message_word("member_record")
def member_record(data: SyntheticData, key: str) -> JsonValue:
    """Return a member as the council tells him, what he may do apart."""
    member = data.professional(key)
    return {
        "kind": member.council_kind,
        "number": member.council_number,
        "givenNameFa": member.given_name_fa,
        "familyNameFa": member.family_name_fa,
        "givenNameEn": member.given_name_en,
        "familyNameEn": member.family_name_en,
        "specialty": data.concept(SPECIALTIES, member.specialty),
        "licenceState": member.licence_state,
        "sanctions": [member.sanction] if member.sanction else [],
    }


def _row(system: str, code: str, day: str) -> Mapping[str, Any]:
    """Return the version of a concept in force on a day, else its only one."""
    rows = [row for row in load_pack().codes[system]["concepts"] if row["code"] == code]
    valid = [
        row for row in rows if row["validFrom"] <= day <= (row.get("validUntil") or "9999-12-31")
    ]
    found: Mapping[str, Any] = (valid or rows)[0]
    return found


@message_word("concept_record")
def concept_record(data: SyntheticData, system: str, code: str) -> JsonValue:
    """Return a concept as the reference service of codes tells it."""
    row = _row(system, code, data.day())
    until = row.get("validUntil")
    future, retired = row["validFrom"] > data.day(), bool(until) and str(until) < data.day()
    return {
        "system": system,
        "code": code,
        "version": row["version"],
        "displayFa": row["fa"],
        "displayEn": row["en"],
        "validFrom": row["validFrom"],
        "validUntil?": until,
        "state": "future" if future else "retired" if retired else "valid",
    }


def _at_least(least: int) -> Form:
    return Form(f"{least} or more", lambda value: type(value) is int and value >= least)


@message_word("systems")
def systems(_data: SyntheticData) -> JsonValue:
    """Return the code systems of the pack; releases that other cases publish add concepts."""
    return [
        {
            "system": system,
            "version": book["version"],
            "titleFa": book["title"]["fa"],
            "titleEn": book["title"]["en"],
            "concepts": _at_least(len(book["concepts"])),
        }
        for system, book in load_pack().codes.items()
    ]


@message_word("releases")
def releases(_data: SyntheticData) -> JsonValue:
    """Return the releases the pack publishes, its baseline among them."""
    book = load_pack().releases
    found: list[JsonValue] = [dict(book["baseline"])]
    for row in book["releases"]:
        notes = {f"note{name.title()}?": text for name, text in row["note"].items()}
        dates = {"validFrom": row["validFrom"], "announcedOn?": row["announcedOn"]}
        found.append({"release": row["release"], **dates, **notes})
    return found


@message_word("release_changes")
def release_changes(_data: SyntheticData, release: str) -> JsonValue:
    """Return what a release of the pack changed."""
    rows = load_pack().releases["releases"]
    changes = next(row["changes"] for row in rows if row["release"] == release)
    return [
        {
            "system": f"urn:ir:maksa:{row['system']}",
            **{name: row[name] for name in ("code", "version", "kind")},
            **({"replacedBy?": row["replacedBy"]} if "replacedBy" in row else {}),
        }
        for row in changes
    ]


@message_word("recalls")
def recalls(data: SyntheticData, since: str) -> JsonValue:
    """Return the recalls announced on a day or later."""
    return [
        {
            "gtin": one.gtin,
            "lot": one.lot,
            "announcedOn": one.announced_on.isoformat(),
            "textEn": one.text_en,
            "textFa": one.text_fa,
        }
        for one in data.world.recalls
        if one.announced_on.isoformat() >= since
    ]


@message_word("error")
def error(_data: SyntheticData, code: str, name: str) -> JsonValue:
    """Return a member of an entry of the error bank."""
    return load_pack().errors[code][name]


@message_word("period")
def period(data: SyntheticData) -> JsonValue:
    """Return the Jalali month of the case."""
    return period_of(data.now)


@message_word("split")
def split(_data: SyntheticData, code: str, quantity: str, name: str) -> JsonValue:
    """Return who pays a service at the public tariff, by the rule bank: `$split 992101 1 total`."""
    return cost_of(Delivered(code, int(quantity)).split())[name]


@message_word("plan")
def plan(data: SyntheticData, name: str, visits: str = "1") -> JsonValue:
    """Return percent, cap or the shares of visits a complementary plan pays its part of."""
    case = plan_case(data, Delivered(quantity=int(visits)).split().patient)
    share, rest = second_payer(case)
    return {**case, "complementaryShare": share, "patientShare": rest}[name]


@message_word("said")
def said(data: SyntheticData, system: str, code: str) -> JsonValue:
    """Return a coded text that the product chose itself: its display is either published one."""
    row = _row(system, code, data.day())
    texts = (row["en"], row["fa"])
    display = Form(" or ".join(texts), lambda value: value in texts)
    return {"system": system, "code": code, "version?": row["version"], "display": display}


@message_word("in_force")
def in_force(data: SyntheticData, system: str, code: str) -> JsonValue:
    """Return a coded text whose version, where it is told, is the one in force."""
    made = data.versioned(data.concept(system, code))
    return {"version?": made.pop("version"), **made}


@message_word("published")
def published(data: SyntheticData, system: str) -> Form:
    """Return the form of any coded text of a system, its version where it is told."""

    def fits(value: JsonValue) -> bool:
        try:
            known = said(data, system, value["code"])
        except (LookupError, TypeError):
            return False
        return difference(known, value) is None

    return Form(f"a coded text of {system} as it is published", fits)


@message_word("centre_of_level")
def centre_of_level(data: SyntheticData, level: str) -> Form:
    """One of the centres of a level of care."""
    known = {one.siam_id for one in data.world.centres.values() if one.level == int(level)}
    return Form(f"a centre of level {level}", lambda value: value in known)


@message_word("owner")
def owner(_data: SyntheticData, service: str) -> Form:
    """Return the form of the name of the owner of a service, in either language."""
    shared = load_pack().shared
    names = set(shared["x-ditas-owners"].get(service, shared["x-ditas-owners"]["default"]).values())
    return Form(" or ".join(sorted(names)), lambda value: value in names)


@message_word("service_entry")
def service_entry(_data: SyntheticData, service: str) -> JsonValue:
    """Return a service as the catalogue tells it, from its contract."""
    shared, info = load_pack().shared, load_pack().contracts[service]["info"]
    classes = {
        name: title
        for title, row in load_pack().sla["lab"]["classes"].items()
        for name in row["operations"]
    }
    owners = shared["x-ditas-owners"]
    rows = []
    for operation in load_contracts("erx-1401").operations(service):
        row: dict[str, JsonValue] = {"operation": operation.id}
        if "x-ditas-roles" in operation.definition:
            row["roles"] = list(operation.definition["x-ditas-roles"])
        if operation.id in classes:
            row["serviceClass?"] = classes[operation.id]
        rows.append(row)
    return {
        "name": service,
        "path": f"/{service}/v1",
        "version": info["version"],
        "title?": {"en": info["title"], "fa": info["x-title-fa"]},
        "owner?": dict(owners.get(service, owners["default"])),
        "terms?": dict(shared["x-ditas-terms"]),
        "operations?": rows,
    }


@message_word("catalogue")
def catalogue(data: SyntheticData) -> JsonValue:
    """Return all services of the pack as the catalogue tells them."""
    return [service_entry(data, name) for name in load_contracts("erx-1401").services]


@message_word("operations_of")
def operations_of(_data: SyntheticData, role: str) -> JsonValue:
    """Return what holds of the operations a centre of a role may call."""
    contracts = load_contracts("erx-1401")
    every = [one for service in contracts.services for one in contracts.operations(service)]
    own = {one.id for one in every if role in one.definition.get("x-ditas-roles", ())}
    named = {one.id for one in every if "x-ditas-roles" not in one.definition}
    allowed = own | named
    return {
        "$among": sorted(own),
        "$distinct": "",
        "$every": Form(f"an operation for {role}", lambda value: value in allowed),
    }


@message_word("level_classes")
def level_classes(_data: SyntheticData, profile: str) -> JsonValue:
    """Return the classes of a service level with their limits."""
    level = load_pack().sla[profile]
    return [
        {
            "class": name,
            "errorShareLimit": level["errorRateLimit"],
            "limitMs": {part: row[part] for part in ("p50", "p95", "p99")},
        }
        for name, row in level["classes"].items()
    ]


@message_word("covers")
def covers(data: SyntheticData, key: str) -> JsonValue:
    """Return the covers of a person as eligibility tells them."""
    today = date.fromisoformat(data.day())
    found = []
    for one in data.person(key).cover:
        first, last = one.period(today)
        state = "future" if first > today else "expired" if last < today else "active"
        days = {"validFrom": first.isoformat(), "validUntil": last.isoformat()}
        kind = data.world.insurers[one.insurer].kind
        row = {"insurerCode": one.insurer, "fund": one.fund, "state": state, **days}
        found.append({**row, "kind?": kind})
    return found


@message_word("birth_year")
def birth_year(data: SyntheticData, key: str) -> JsonValue:
    """Return the Jalali year of birth of anybody, newborns included."""
    return jalali(date.fromisoformat(str(birth(data, key))))[0]
