"""The published files of the pack, read as data: codes, rules, schemas, contract, error bank."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from tests.foreign.conditions import Json

DRUGS = "urn:ir:maksa:eRx-synthetic"
SERVICES = "urn:ir:maksa:service-synthetic"
LABORATORY = "urn:ir:maksa:loinc-laboratory-synthetic"
IMAGING = "urn:ir:maksa:loinc-imaging-synthetic"
DIAGNOSES = "urn:ir:maksa:icd10-synthetic"
FREQUENCIES = "urn:ir:maksa:frequency-synthetic"
REASONS = "urn:ir:maksa:reason-synthetic"
SHORT = {DRUGS: "drug", SERVICES: "service", LABORATORY: "laboratory", IMAGING: "imaging"}
_ARABIC = str.maketrans("يكى", "یکی")


class Refused(Exception):
    """A refusal by code, with the places it is about."""

    def __init__(self, code: str, *places: tuple[str, str]) -> None:
        super().__init__(code)
        self.code, self.places = code, places


class Pack:
    """What this vendor downloaded."""

    def __init__(self, place: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

        def read(name: str) -> Json:
            return yaml.load((place / name).read_text("utf-8"), loader)  # noqa: S506 - safe loader

        self.rules = sorted(read("rules/insurance.yaml")["rules"], key=_order)
        self.contract = read("contracts/insurance_rules.yaml")
        shared = read("contracts/shared.yaml")
        self.status_names: Mapping[int, list[str]] = shared["x-status-names"]
        self.parameters: Mapping[str, Json] = shared["components"]["parameters"]
        self.errors: dict[str, Json] = dict(read("errors.yaml")["errors"])
        for path in sorted((place / "errors").glob("*.yaml")):
            self.errors |= read(f"errors/{path.name}")["errors"]
        self.concepts: dict[tuple[str, str], list[Json]] = {}
        for path in sorted((place / "codes").glob("*.yaml")):
            table = read(f"codes/{path.name}")
            for row in table["concepts"]:
                key = table["system"], str(row["code"])
                self.concepts.setdefault(key, []).append(row)
        schemas = [
            json.loads(path.read_text("utf-8")) for path in (place / "schemas").glob("*.json")
        ]
        known = [(one["$id"], Resource.from_contents(one)) for one in schemas]
        self.registry: Registry[Json] = Registry().with_resources(known)

    def violations(self, schema: Mapping[str, Json], value: Json) -> Iterator[ValidationError]:
        """Return where a value does not fit a schema that may name those of the pack."""
        text = json.dumps(schema).replace("#/components/schemas/", "urn:ir:mafa:erx:schema:")
        validator = Draft202012Validator(json.loads(text), registry=self.registry)
        return validator.iter_errors(value)

    def concept(self, coded: Mapping[str, str], today: date, pointer: str) -> Json:
        """Return the row of a coded text as it is valid today; raises Refused."""
        rows = self.concepts.get((coded["system"], coded["code"]))
        place = f"{pointer}/code"
        if not rows:
            raise Refused("CODE_UNKNOWN", (place, "not in the code system"))
        day = today.isoformat()
        begun = [one for one in rows if str(one["validFrom"]) <= day]
        if not begun:
            raise Refused("CODE_NOT_YET_VALID", (place, "not valid yet"))
        valid = [one for one in begun if str(one.get("validUntil", day)) >= day]
        if not valid:
            raise Refused("CODE_RETIRED", (place, "retired"))
        row = max(valid, key=lambda one: str(one["validFrom"]))
        if folded(coded["display"]) not in {folded(row["en"]), folded(row["fa"])}:
            raise Refused("CODE_DISPLAY_MISMATCH", (f"{pointer}/display", "of another concept"))
        return row


def folded(text: str) -> str:
    """Return a text so that spellings of the same words compare equal."""
    plain = unicodedata.normalize("NFC", text).translate(_ARABIC).replace("\u200c", " ")
    return " ".join(plain.split()).casefold()


def _order(rule: Mapping[str, Json]) -> tuple[bool, str]:
    return "insurers" in rule, str(rule["id"])
