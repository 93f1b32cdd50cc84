"""What a load needs before its clock starts: credentials, people, one HID per arrival."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gevent.pool import Pool

from fixtures import load_pack
from fixtures.synthetic import Concept, Person, Product, World, world
from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.model.errors import LabError
from suites.load.arrival import Journey, Visit
from suites.load.channel import Channel, Sender

CENTRE = "office-1"
PRESCRIBER = "dr01"
PRODUCT = "99012"
QUANTITY = 30
FREQUENCY = "OD"
ROUTE = "oral"
SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
PEOPLE = ("P01",)
CONCURRENT_HIDS = 4


class PreparationProblem(Exception):
    """The load cannot start; the product is not blamed."""


def prepare(plan: dict[str, Any]) -> Journey:
    """Read credentials, ask the environment for HIDs, build all payloads."""
    try:
        kit = CredentialKit.load(Path(plan["credentials"]))
        synthetic = world()
        sender = Sender.of(kit, synthetic, CENTRE, PRESCRIBER)
        signer = kit.identity(PRESCRIBER)
    except (LabError, KeyError) as error:
        raise PreparationProblem(f"{type(error).__name__}: {error}") from error
    limits = (float(plan["deadline_seconds"]), int(plan["max_response_bytes"]))
    transport = LiveTransport(kit)
    people = [synthetic.person(key) for key in PEOPLE]
    patients = [people[n % len(people)] for n in range(len(plan["arrivals"]))]
    eligibility = Channel(f"{plan['environment_url']}/ditas/eligibility/v1", transport, limits)
    hids = issue_hids(eligibility, sender, synthetic, patients)
    visits = [
        visit(synthetic, sender, patient, hid) for patient, hid in zip(patients, hids, strict=True)
    ]
    return Journey(Channel(plan["base_url"], transport, limits), sender, signer, visits)


def issue_hids(
    channel: Channel, sender: Sender, synthetic: World, patients: list[Person]
) -> list[str]:
    """Ask eligibility for one HID per visit; PreparationProblem when it refuses."""
    prescriber = synthetic.professional(PRESCRIBER)

    def issue(patient: Person) -> str:
        question = {
            "patient": person_id(patient),
            "insurerCode": patient.cover[0].insurer,
            "providerCouncil": {
                "councilKind": prescriber.council_kind,
                "councilNumber": prescriber.council_number,
            },
        }
        answer = channel.post("/hids", sender, json.dumps(question).encode())
        hid = answer.body.get("hid") if isinstance(answer.body, dict) else None
        if answer.error or not hid:
            code = answer.body.get("code") if isinstance(answer.body, dict) else answer.error
            raise PreparationProblem(f"no HID for {patient.key}: {answer.status} {code}")
        return str(hid)

    return list(Pool(CONCURRENT_HIDS).imap(issue, patients))


def person_id(person: Person) -> dict[str, str]:
    """Return the identifier as it stands on the wire."""
    return {"type": person.id_type, "value": person.id_value}


def visit(synthetic: World, sender: Sender, patient: Person, hid: str) -> Visit:
    """Build the prescription and the price question of one visit."""
    product = synthetic.product(PRODUCT)
    return Visit(
        document=_document(synthetic, sender, patient, product) | {"hid": hid},
        price={
            "patient": person_id(patient),
            "centreKind": {"kind": "pharmacy", "sector": "private"},
            "items": [
                {
                    "itemId": "1",
                    "code": coded(product.concept),
                    "quantity": QUANTITY,
                    "unitPrice": product.reference_price,
                }
            ],
        },
    )


def coded(concept: Concept) -> dict[str, str]:
    """Return a concept as coded text."""
    return {"system": concept.system, "code": concept.code, "display": concept.en}


def specialty(code: str) -> dict[str, str]:
    """Return a specialty of the pack as coded text."""
    book = load_pack("erx-1401").codes[SPECIALTIES]
    row = next(row for row in book["concepts"] if row["code"] == code)
    return {"system": SPECIALTIES, "code": code, "display": row["en"]}


def _document(
    synthetic: World, sender: Sender, patient: Person, product: Product
) -> dict[str, Any]:
    doctor = synthetic.professional(PRESCRIBER)
    return {
        "testData": True,
        "centre": {"siamId": sender.centre},
        "userId": sender.user,
        "softwareId": sender.software,
        "prescriber": {
            "councilKind": doctor.council_kind,
            "councilNumber": doctor.council_number,
            "givenName": doctor.given_name_fa,
            "familyName": doctor.family_name_fa,
            "specialty": specialty(doctor.specialty),
            "phone": doctor.phone,
        },
        "kind": "drug",
        "patient": {
            "id": person_id(patient),
            "givenName": patient.given_name_fa,
            "familyName": patient.family_name_fa,
            "birthDate": patient.birth_date.isoformat(),
            "sex": patient.sex,
            "phone": patient.phone,
        },
        "diagnoses": [],
        "items": [
            {
                "itemId": "1",
                "code": coded(product.concept),
                "quantity": QUANTITY,
                "frequency": coded(synthetic.frequencies[FREQUENCY]),
                "route": coded(synthetic.routes[ROUTE]),
            }
        ],
    }
