"""What tests of the purchaser's further operations say and do."""

from __future__ import annotations

from typing import Any

from lab.kit.documents import sign_document
from reference_impl.purchaser.calendar import period_of
from tests.component.bench import REASONS, Answered, Bench

STAYS = "/purchaser/v1/stays"


PAPER = "/purchaser/v1/paper-prescriptions"


QUESTIONS = "/purchaser/v1/questions"


HOSPITAL = "hospital-1"


SERVICES = "urn:ir:maksa:service-synthetic"


UNKNOWN = "00000000-0000-4000-8000-000000000000"


def event(table: Bench, hid: str, kind: str, **change: Any) -> dict[str, Any]:
    details: dict[str, dict[str, Any]] = {
        "transferred": {"ward": "ICU"},
        "service": {"service": table.coded(SERVICES, "992112")},
        "protocol_deviation": {"note": "longer than the protocol says"},
    }
    more = details.get(kind, {})
    return {"hid": hid, "kind": kind, "at": table.now(), **more, **change}


def opened(table: Bench, hid: str | None = None, **change: Any) -> Answered:
    visit = hid or table.hid(centre=HOSPITAL)
    body = {**event(table, visit, "admitted"), **change}
    return table.call("POST", STAYS, body=body, centre=HOSPITAL)


def add(table: Bench, stay: Answered, hid: str, kind: str, **change: Any) -> Answered:
    centre = change.pop("centre", HOSPITAL)
    target = f"{STAYS}/{change.pop('named', None) or stay.json['stayId']}/events"
    return table.call("POST", target, body=event(table, hid, kind, **change), centre=centre)


def served(
    table: Bench, hid: str, percent: int, *, centre: str = HOSPITAL, person: str = "P01"
) -> Answered:
    payload = table.visit(hid, centre=centre, person=person)
    own = 500_000 * percent // 100
    cost = {"total": 500_000, "insurerShare": 500_000 - own, "patientShare": own}
    payload["services"][0]["cost"] = payload["cost"] = cost
    return table.call(
        "POST",
        "/purchaser/v1/service-records",
        document=("service-record", payload, "dr01"),
        centre=centre,
    )


def ledger(table: Bench, name: str, insurer: str = "", centre: str = HOSPITAL) -> Any:
    query = f"?insurer={insurer}" if insurer else ""
    target = f"/purchaser/v1/{name}/{period_of(table.clock.now())}{query}"
    return table.call("GET", target, centre=centre).json


def two_insurers(table: Bench) -> None:
    served(table, table.hid("P01", "1", HOSPITAL), 30)
    served(table, table.hid("S01", "40", HOSPITAL), 20, person="S01")


def signed(table: Bench, **change: Any) -> dict[str, str]:
    payload = {**table.prescription(change.pop("hid", None) or table.hid()), **change}
    issued = int(table.clock.now().timestamp())
    document: dict[str, str] = sign_document(
        "prescription", payload, table.kit.identity("dr01"), issued_at=issued
    )
    return document


def paper(table: Bench, **change: Any) -> dict[str, Any]:
    cause = table.coded(REASONS, change.pop("cause", "POWER"))
    body = {
        "serial": f"PS-{table.ids.digits(8)}",
        "cause": cause,
        "writtenAt": table.now(-3600 * change.pop("hours", 5)),
        **change,
    }
    return {"document": signed(table), **body}


def enter(table: Bench, body: dict[str, Any], **options: Any) -> Answered:
    return table.call("POST", PAPER, body=body, **options)


def ask(table: Bench, rx: Any, centre: str = "pharmacy-1", **change: Any) -> Answered:
    body = {"prescriptionId": rx["prescriptionId"], "kind": "dose", "text": "twice a day?"}
    return table.call("POST", QUESTIONS, body=body | change, centre=centre)


def answer(table: Bench, question: str, centre: str = "office-1", text: str = "yes") -> Answered:
    target = f"{QUESTIONS}/{question}/answer"
    return table.call("POST", target, body={"text": text}, centre=centre)


def repeated(table: Bench) -> Any:
    return table.registered({**table.item(quantity=30), "repeats": 3, "durationDays": 15})


def give(table: Bench, rx: Any, quantity: int) -> Answered:
    secret = table.lease(rx).json["secret"]
    prepared = table.prepare(rx, secret, quantity)
    if prepared.status != 201:
        return prepared
    return table.dispenses(prepared.json["dispenseId"], "confirmation")


def search(table: Bench, person: str, centre: str) -> Any:
    body = {"patient": table.person_id(person)}
    target = "/purchaser/v1/prescriptions/query"
    return table.call("POST", target, body=body, centre=centre).json


def preferred(table: Bench) -> Any:
    pharmacy = table.world.centre("pharmacy-1").siam_id
    return table.registered(preferredPharmacy=pharmacy)


def prepared_with_pack(table: Bench) -> tuple[Any, str]:
    rx = table.registered()
    secret = table.lease(rx).json["secret"]
    payload = table.dispense(rx, 10)
    code = f"991099012{table.ids.digits(7)}"
    payload["items"][0]["product"] = {"type": "authenticity", "code": code}
    prepared = table.prepare(rx, secret, 10, items=payload["items"])
    assert prepared.status == 201, prepared
    return rx, str(prepared.json["dispenseId"])


def claimed(table: Bench, rx: Any, quantity: int) -> Answered:
    """Register the service record of a pharmacy for what it gave of item 1."""
    given = table.dispense(rx, quantity)
    payload = {
        **table.visit(rx["document"]["hid"], centre="pharmacy-1"),
        **{name: given[name] for name in ("provider", "userId", "cost", "prescriptionId")},
        "services": given["items"],
    }
    return table.call(
        "POST",
        "/purchaser/v1/service-records",
        document=("service-record", payload, "ph01"),
        centre="pharmacy-1",
    )
