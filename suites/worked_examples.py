"""Worked examples of the rule banks, played over the wire.

An example is played with people, prescribers and places of the world that are in its situation;
where none of the same age is, with the closest for whom the oracle says the same of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from fixtures import load_pack
from lab.kit import Expect, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import journeys_rules as rules
from suites.journeys_rules import Asked, Setting


def examples(
    data: SyntheticData, name: str, families: Sequence[str]
) -> Iterator[tuple[str, Asked]]:
    """Return the worked examples of rules that can be played in the world, with their question."""
    for example in load_pack().rule_banks[name]["examples"]:
        if str(example["id"]).split("-")[1].startswith(tuple(families)):
            asked = _played(data, name, example)
            if asked is not None:
                yield str(example["id"]), asked


OUTRANKED = frozenset({("P11", "1"), ("P13", "2")})
"""Covers of the world beside which another one decides, so that no HID is issued for them."""


@dataclass(frozen=True)
class Families:
    """Rules of a bank whose ids begin alike, and the requirement their examples stand for."""

    bank: str
    names: tuple[str, ...]
    requirement: str


def play(sut: Sut, data: SyntheticData, expect: Expect, families: Families) -> None:
    """Play the worked examples of some families: the rules that speak are those of the oracle."""
    name = families.bank
    hids: dict[tuple[str, str, str], str] = {}
    for example, asked in examples(data, name, families.names):
        setting = asked.setting
        who = (setting.person, setting.insurer, setting.place)
        hid = hids.get(who) or rules.visit(sut, data, setting)
        hids[who] = hid
        reply = rules.ask(
            sut,
            data,
            asked,
            operation=rules.OPERATIONS[name],
            step=f"worked example {example}",
            hid=hid,
        )
        wanted = rules.expected(asked, rules.hits(data, asked, name))
        expect.that(
            reply.status == 200 and rules.said(reply) == wanted,  # noqa: PLR2004 - the published status
            title=f"worked example {example} is judged otherwise",
            expected=f"these rules speak: {_list(wanted)}",
            observed=f"{reply.summary()}: {_list(rules.said(reply))}",
            pointer="/items",
            reply=reply,
            requirement=families.requirement,
            fix=f"Compare the condition of the rule in the pack with the facts of {example}.",
            fix_fa="شرط قاعده در بسته را با داده‌های این مثال بسنجید.",
        )
        if name == "insurance" and all("unitPrice" in item for item in asked.items):
            expect.field(
                reply,
                "/cost",
                equals=rules.cost(data, asked),
                title=f"worked example {example} is shared otherwise",
                requirement=families.requirement,
                fix="The highest rank decides the share; half a rial is rounded up per item.",
                fix_fa="بالاترین رتبه تعیین‌کننده است؛ نیم ریال هر قلم رو به بالا گرد می‌شود.",
            )


def _list(rows: Iterable[tuple[str, str, str]]) -> str:
    return ", ".join(f"{rule} {kind} at {item}" for item, rule, kind in sorted(rows)) or "none"


def _played(data: SyntheticData, name: str, example: Mapping[str, JsonValue]) -> Asked | None:
    """Return the question of an example, None when the world has nobody in its situation."""
    rule = str(example["id"]).split("-")[1]
    wanted = {(hit["rule"], hit.get("item")) for hit in example["expect"] if hit["rule"] == rule}
    items = _items(example["input"].get("items", ()))
    if items is None:
        return None
    facts, diagnoses = _stated(example["input"])
    for setting in _settings(data, name, example):
        asked = Asked(setting, items, facts, diagnoses)
        facts_known = rules.known(data, asked)
        if not _same_tables(example["input"], facts_known):
            return None
        found = {(hit.rule, hit.item) for hit in rules.hits(data, asked, name) if hit.rule == rule}
        if found == wanted:
            return asked
    return None


def _items(rows: Sequence[Mapping[str, JsonValue]]) -> list[dict[str, JsonValue]] | None:
    made = []
    for row in rows or ({"system": "drug", "code": "99012"},):
        system = rules.SYSTEMS.get(str(row.get("system", "drug")))
        if system is None or row["code"] not in rules.rows_of(system):
            return None
        item = {"code": rules.coded(system, row["code"]), "quantity": row.get("quantity", 10)}
        if "frequency" in row:
            item["frequency"] = rules.coded(rules.FREQUENCIES, row["frequency"])
        item |= {key: row[key] for key in (*rules.STATED, "unitPrice") if key in row}
        made.append(item)
    return made


def _stated(given: Mapping[str, JsonValue]) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """Return the facts a caller states, and the diagnoses."""
    members = {
        "patient": ("conditions", "allergies", "observations"),
        "prescription": (
            "ageDays", "repeatNumber", "daysToDue", "duplicateToday", "editedAfterDispense",
            "voidedAfterDays", "paper", "inOutageWindow", "hoursAfterOutage",
        ),
        "prescriber": ("contract",),
        "cover": ("relation", "studyProof"),
        "context": ("admission", "referral", "emergency"),
    }  # fmt: skip
    facts: dict[str, JsonValue] = {}
    for group, names in members.items():
        stated = {name: given[group][name] for name in names if name in given.get(group, {})}
        if stated:
            facts[group] = stated
    if "history" in given:
        facts["history"] = given["history"]
    if "active" in given:
        facts["active"] = [
            {"code": rules.coded(rules.MEDICINES, one["code"]), "ended": one.get("ended", False)}
            for one in given["active"]
        ]
    return facts, tuple(given.get("prescription", {}).get("diagnoses", ()))


def _same_tables(given: Mapping[str, JsonValue], facts: Mapping[str, JsonValue]) -> bool:
    """Say whether the code tables say of every item what the example says."""
    rows = given.get("items", ())
    return all(
        row[key] == mine.get(key)
        for row, mine in zip(rows, facts["items"], strict=False)
        for key in row
        if key not in {"quantity", "unitPrice"}
    )


def _settings(
    data: SyntheticData, name: str, example: Mapping[str, JsonValue]
) -> Iterator[Setting]:
    """Return settings that fit an example, the closest in age first."""
    given, position = example["input"], rules.POSITIONS[name][example["position"]]
    patient = given.get("patient", {})
    places: tuple[str, ...] = ("office-1", "hospital-1")
    if position != "pre_prescription":
        places = ("pharmacy-1", "hospital-1", "hospital-2")
    people = [
        (key, cover.insurer)
        for key in sorted(data.world.people)
        for cover in _payers(data, key)
        if _fits(rules.person_facts(data, key), patient, loose=("ageYears", "ageDays"))
    ]
    wanted = patient.get("ageYears", 40)
    people.sort(key=lambda one: abs(int(rules.person_facts(data, one[0])["ageYears"]) - wanted))
    doctors = [
        key
        for key in ("dr01", *sorted(data.world.professionals))
        if data.professional(key).council_kind in {"MD", "DDS", "MIDWIFE"}
        and _fits(
            rules.prescriber_facts(data, key), given.get("prescriber", {}), loose=("contract",)
        )
    ]
    for (person, insurer), place, doctor in product(people, places, doctors[:1]):
        setting = Setting(person, insurer, doctor, place, position)
        if _suits(data, setting, given):
            yield setting


def _payers(data: SyntheticData, key: str) -> list[JsonValue]:
    """Covers a HID can be issued for: base insurers of people a registry knows alive."""
    person = data.person(key)
    if key in rules.REMEMBERED:
        return []
    if person.registry_state != "ALIVE" or person.id_type not in {"NC", "FIDA"}:
        return []
    return [
        one
        for one in rules.covers_of(data, key)
        if one.fund != "complementary" and (key, one.insurer) not in OUTRANKED
    ]


def _suits(data: SyntheticData, setting: Setting, given: Mapping[str, JsonValue]) -> bool:
    known_of = {
        "centre": rules.centre_facts(data, setting),
        "cover": rules.cover_facts(data, setting),
        "covers": {
            "funds": [f"{c.insurer}.{c.fund}" for c in rules.covers_of(data, setting.person)]
        },
        "hid": {"verdict": "valid"},
    }
    loose = ("relation", "studyProof")
    return all(_fits(known_of[name], given.get(name, {}), loose=loose) for name in known_of)


def _fits(
    mine: Mapping[str, JsonValue], wanted: Mapping[str, JsonValue], loose: Sequence[str] = ()
) -> bool:
    free = {*loose, "conditions", "allergies", "observations"}
    return all(mine.get(key) == value for key, value in wanted.items() if key not in free)
