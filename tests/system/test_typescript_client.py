"""A generated TypeScript client with a small transport talks to the exchange on HTTPS."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from fixtures import load_pack
from fixtures.synthetic import Professional, world
from lab.cli.children import Exchange
from tests.support import node_tools

CLIENT = node_tools.NODE / "client"
SERVICES = ("gateway", "eligibility", "irimc", "insurance_rules", "purchaser")
WORLD = world()


def coded(system: str, code: str) -> dict[str, str]:
    name = f"urn:ir:maksa:{system}-synthetic"
    rows = load_pack().codes[name]["concepts"]
    return {
        "system": name,
        "code": code,
        "display": next(r["en"] for r in rows if r["code"] == code),
    }


def signer(member: Professional) -> dict[str, Any]:
    return {
        "councilKind": member.council_kind,
        "councilNumber": member.council_number,
        "givenName": member.given_name_fa,
        "familyName": member.family_name_fa,
        "specialty": coded("specialty", member.specialty),
        "phone": member.phone,
    }


def facts(running: Exchange) -> dict[str, Any]:
    """Return what stands in the software of a centre before the patient comes in."""
    person = WORLD.person("P01")
    users = {"office-1": "dr01", "pharmacy-1": "ph01"}
    return {
        "gateway": running.gateway,
        "credentials": str(running.credentials),
        "context": {
            centre: {
                "centre": WORLD.centre(centre).siam_id,
                "software": WORLD.software_of(centre).software_id,
                "user": WORLD.user_id(user, centre),
            }
            for centre, user in users.items()
        },
        "doctor": signer(WORLD.professional("dr01")),
        "pharmacist": signer(WORLD.professional("ph01")),
        "patient": {
            "id": {"type": person.id_type, "value": person.id_value},
            "givenName": person.given_name_fa,
            "familyName": person.family_name_fa,
            "birthDate": person.birth_date.isoformat(),
            "sex": person.sex,
            "phone": person.phone,
        },
        "item": {
            "itemId": "1",
            "code": coded("eRx", "99012"),
            "quantity": 60,
            "frequency": coded("frequency", "BD"),
            "route": coded("route", "oral"),
        },
        "unitPrice": WORLD.product("99012").reference_price,
        "payment": {
            "paymentId": "PAY-typescript",
            "terminalId": WORLD.centre("pharmacy-1").terminal_id,
        },
    }


def compiled(place: Path) -> Path:
    """Generate the types, copy the client beside them, compile both; return the program."""
    contracts, source = place / "contracts", place / "client"
    for folder in (contracts, source):
        folder.mkdir()
    for name in SERVICES:
        text = json.dumps(load_pack().contracts[name])
        (contracts / f"{name}.openapi.json").write_text(text, "utf-8")
    programs = node_tools.installed()
    made = node_tools.run("node", node_tools.NODE / "clients.mjs", contracts, source)
    assert made.returncode == 0, made.stderr
    for name in ("exchange.ts", "visit.ts", "tsconfig.json"):
        shutil.copy(CLIENT / name, source)
    (source / "package.json").write_text('{"type": "module"}', "utf-8")
    (source / "node_modules").symlink_to(node_tools.NODE / "node_modules")
    done = node_tools.run(programs / "tsc", "--project", source)
    assert done.returncode == 0, done.stdout[:3000]
    return source / "out" / "visit.js"


def test_a_generated_client_prescribes_and_dispenses(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    program = compiled(tmp_path)
    setup = tmp_path / "facts.json"
    setup.write_text(json.dumps(facts(reference_exchange)), "utf-8")
    done = node_tools.run("node", program, setup)
    assert done.returncode == 0, done.stderr
    told = {row["step"]: row["what"] for row in map(json.loads, done.stdout.splitlines())}
    assert list(told) == ["P1", "P2", "P3", "P4", "P5", "D3", "D4", "D5", "D6", "D7", "refused"]
    assert (told["P1"], told["P3"], told["P4"]) == (["prescribing"], "active", "approved")
    assert (told["D4"], told["D6"], told["D7"]) == ("ISSUED", 34_200, "CONFIRMED")
    assert told["refused"][:2] == [409, "PRESCRIPTION_STATE_CONFLICT"]
