"""Every service with a memory, on both engines: two exchanges on one database race, then restart.

A race has winners and losers; the losers are told so by a code, on both engines, and never by a
500. After a restart on the same database the same request is still lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.kit.documents import document_bytes, sign_document
from tests.component import test_adjudication as base
from tests.component import test_complementary as plan
from tests.component import test_esign as esign
from tests.component import test_fiscal as fiscal
from tests.component import test_gateway_tokens as tokens
from tests.component import test_maksa as maksa
from tests.component import test_ttac as ttac
from tests.component.bench import Answered, Bench
from tests.component.hid_desk import cover, reserved
from tests.component.insurer_desk import HOSPITAL, STAYS, event
from tests.component.record_bench import RecordBench
from tests.component.refusals.desk import SharedCaller
from tests.component.registry_bench import NEW_CODE, days, newborn
from tests.component.rule_desk import INSURANCE, ask, drug
from tests.component.test_engines import ENGINES, Crowd
from tests.component.test_gateway_outbox import put
from tests.component.trusted import COMPROMISED

Call = tuple[str, str, dict[str, Any]]
RACERS = 10
REFUSED = 400


@dataclass(frozen=True)
class Race:
    """`calls` prepares at one exchange and returns requests of which few can win.

    `winners` None: all say the same, which was done once.
    """

    calls: Callable[[Bench], list[Call]]
    losers: frozenset[str] = field(default_factory=frozenset)
    winners: int | None = 1


def post(target: str, *bodies: Any, centre: str = "office-1") -> list[Call]:
    """Return as many requests as race, the bodies in turn."""
    return [
        ("POST", target, {"body": bodies[n % len(bodies)], "centre": centre}) for n in range(RACERS)
    ]


def links(table: Bench) -> list[Call]:
    current = {"type": "NC", "value": NEW_CODE}
    twins = [newborn(table, key) for key in ("NB1", "NB2")]
    bodies = [{"former": one, "current": current, "cause": "newborn_registered"} for one in twins]
    return post("/identity/v1/links", *bodies)


def unique_ids(table: Bench) -> list[Call]:
    claimed = {"type": "FIDA", "value": "990000000777"}
    body = {
        "cause": "unauthorised_foreigner",
        "sex": "M",
        "estimatedBirthDate": "1990-03-21",
        "claimed": claimed,
    }
    return post("/identity/v1/unique-ids", body)


def bindings(table: Bench) -> list[Call]:
    hid, served = reserved(table), table.now(-60)
    bodies = [
        {"hid": hid, "patient": table.person_id(person), "servedAt": served}
        for person in ("P01", "P03")
    ]
    return post("/eligibility/v1/hids/bindings", *bodies)


def covers(table: Bench) -> list[Call]:
    bodies = [{"updates": [cover(table, ended=ended)]} for ended in (True, False)]
    return post("/eligibility/v1/cover-updates", *bodies, centre="insurer-1")


def licences(table: Bench) -> list[Call]:
    place, reporter = table.world.centre("dialysis"), table.world.centre("licensing-1")
    body = {
        "source": reporter.represents,
        "licence": place.licence_number,
        "centreKind": {"kind": place.kind, "sector": place.sector},
        "validUntil": days(table, 365),
        "sequence": 1,
    }
    states = [{**body, "state": state} for state in ("active", "suspended")]
    return post("/siam/v1/licence-events", *states, centre="licensing-1")


def releases(table: Bench) -> list[Call]:
    body = {
        "release": "1405.98",
        "validFrom": days(table, 14),
        "noteEn": "A test release.",
        "noteFa": "انتشار آزمایشی.",
        "changes": [maksa.FRESH],
    }
    return post("/maksa/v1/releases/publications", body, centre="coding-office")


def packs(table: Bench) -> list[Call]:
    product = ttac.code(ttac.pack(table).uid)
    bodies = [
        {"product": product, "count": 1, "dispenseId": table.ids.uuid()} for _ in range(RACERS)
    ]
    return post("/ttac/v1/consumptions", *bodies, centre="pharmacy-1")


def payments(table: Bench) -> list[Call]:
    paid = fiscal.payment(table, "PAY-77000001")
    bodies = [
        {"payment": paid, "amount": 1000, "hid": hid} for hid in (fiscal.HID, fiscal.OTHER_HID)
    ]
    return post("/fiscal/v1/payments/check", *bodies, centre="lab-1")


def bank_records(table: Bench) -> list[Call]:
    paid = fiscal.payment(table, "BANK-77000002")
    bodies = [{"payment": paid, "amount": amount} for amount in (1000, 2000)]
    return post("/fiscal/v1/payments", *bodies, centre="lab-1")


def appointments(table: Bench) -> list[Call]:
    fixed = {
        "centre": table.world.centre("hospital-1").siam_id,
        "service": table.coded("urn:ir:maksa:service-synthetic", "992102"),
        "slot": table.now(3 * 86_400),
        "channel": "app",
    }
    people = [
        {**fixed, "person": table.person_id(key), "phone": table.world.person(key).phone}
        for key in ("P01", "P02", "P03", "P04", "P05")
    ]
    return post("/citizen/v1/appointments", *people)


def consents(table: Bench) -> list[Call]:
    body = {
        "person": table.person_id("P01"),
        "grantedTo": table.world.centre("office-2").siam_id,
        "purpose": table.coded("urn:ir:maksa:reason-synthetic", "TREATMENT"),
        "validUntil": days(table, 30),
        "phone": table.world.person("P01").phone,
    }
    given = table.call("POST", "/sepas/v1/consents", body=body).json["consentId"]
    return post(f"/sepas/v1/consents/{given}/revocation", table.reason("CONSENT_REVOKED"))


def tickets(table: Bench) -> list[Call]:
    body = {"subject": "no answer", "text": "the gateway is silent", "urgency": "high"}
    ticket = table.call("POST", "/support/v1/tickets", body=body).json["ticketId"]
    return post(f"/support/v1/tickets/{ticket}/notes", {"text": "solved", "close": True})


def outages(table: Bench) -> list[Call]:
    body = {
        "cause": table.coded("urn:ir:maksa:reason-synthetic", "GATEWAY_DOWN"),
        "areas": [],
        "startedAt": table.now(-6 * 3600),
    }
    target = "/emergency/v1/outages"
    outage = table.call("POST", target, body=body, centre="ministry-1").json["outageId"]
    ended = {"endedAt": table.now(-3600)}
    return post(f"{target}/{outage}/end", ended, centre="ministry-1")


def stays(table: Bench) -> list[Call]:
    hid = table.hid(centre=HOSPITAL)
    return post(STAYS, event(table, hid, "admitted"), centre=HOSPITAL)


def claims(table: Bench) -> list[Call]:
    return post(base.CLAIMS, base.submission(base.record(table)))


def second_claims(table: Bench) -> list[Call]:
    decided = plan.adjudicated(table)
    body = {
        "claimId": decided["claimId"],
        "policy": plan.POLICY,
        "baseResult": decided,
        "patientPart": decided["accepted"]["patientShare"],
    }
    return post(f"{plan.BASE}/claims", body)


def signatures(table: Bench) -> list[Call]:
    asked = esign.waiting(SharedCaller(table))
    approved = asked.telephone.sign(esign.DIGEST)
    body = {"requestId": asked.request_id, "approved": True, "deviceProof": approved}
    return post(f"{esign.REQUESTS}/{asked.request_id}/approval", body)


def suspensions(table: Bench) -> list[Call]:
    token = SharedCaller(table).token_id("pharmacy-2.token")
    body = {"reason": COMPROMISED}
    target = f"{tokens.TOKENS}/{token}/suspend"
    return [(*one[:2], {**one[2], "user": "op01"}) for one in post(target, body, centre="ministry")]


def rule_uses(table: Bench) -> list[Call]:
    tracking = ask(table, INSURANCE, drug(table, "99012"))["wholeTrackingId"]
    body = {"documentId": table.ids.uuid()}
    return post(f"/insurance_rules/v1/tracking-ids/{tracking}/uses", body)


def cases(table: Bench) -> list[Call]:
    body = {"text": "our result is refused", "code": "RESULT_UNIT_INVALID"}
    case = table.call("POST", "/sepas_monitor/v1/cases", body=body, centre="lab-1").json["caseId"]
    step = {"to": "vendor", "text": "to the vendor"}
    return post(f"/sepas_monitor/v1/cases/{case}/steps", step, centre="lab-1")


def lost(*codes: str) -> frozenset[str]:
    return frozenset(codes)


RACES: dict[str, Race] = {
    "identity link": Race(links, lost("IDENTITY_LINK_CONFLICT"), RACERS // 2),
    "identity unique id": Race(unique_ids, winners=None),
    "eligibility bind": Race(bindings, lost("HID_ALREADY_BOUND")),
    "eligibility cover": Race(covers, lost("COVER_UPDATE_STALE")),
    "siam licence": Race(licences, lost("CENTRE_UPDATE_STALE")),
    "maksa release": Race(releases, lost("CODE_RELEASE_KNOWN")),
    "ttac pack": Race(packs, lost("PRODUCT_ALREADY_CONSUMED")),
    "fiscal payment": Race(payments, lost("PAYMENT_ALREADY_USED"), RACERS // 2),
    "fiscal bank": Race(bank_records, lost("PAYMENT_ALREADY_USED")),
    "citizen appointment": Race(appointments, lost("APPOINTMENT_SLOT_TAKEN")),
    "sepas consent": Race(consents, lost("CONSENT_STATE_CONFLICT")),
    "sepas_monitor case": Race(cases, lost("CASE_STATE_CONFLICT")),
    "support ticket": Race(tickets, lost("TICKET_STATE_CONFLICT")),
    "emergency outage": Race(outages, lost("OUTAGE_STATE_CONFLICT")),
    "purchaser stay": Race(stays, lost("STAY_STATE_CONFLICT")),
    "adjudication claim": Race(claims, lost("CLAIM_DUPLICATE")),
    "complementary claim": Race(second_claims, lost("CLAIM_DUPLICATE")),
    "esign approval": Race(signatures, winners=None),
    "gateway token": Race(suspensions, lost("TOKEN_STATE_CONFLICT")),
    "insurance_rules use": Race(rule_uses, winners=None),
}


@dataclass
class Place:
    """Where the exchanges of one engine keep their data, so that others can open it again."""

    state: Path
    url: str | None

    def open(self) -> Bench:
        return RecordBench(self.state, databases=self.state / "db", database_url=self.url)


@pytest.fixture(scope="module", params=ENGINES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    state = tmp_path_factory.mktemp("exchange")
    (state / "db").mkdir()
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    return Place(state, url)


class Arena(Crowd):
    """Two exchanges, and the request of each race that was lost, or answered once more."""

    def __init__(self, tables: tuple[Bench, Bench]) -> None:
        super().__init__(tables)
        self.run: dict[str, Call] = {}

    def hold(self, name: str) -> None:
        """Run a race and check winners and losers."""
        race = RACES[name]
        calls = race.calls(self.tables[0])
        answers = _in_order(self.race(calls))
        won = [one for one in answers if one.status < REFUSED]
        assert {one.code for one in answers if one.status >= REFUSED} == race.losers, answers
        assert len(won) == (RACERS if race.winners is None else race.winners)
        if race.winners is None:
            assert len({_effect(one) for one in won}) == 1
        losers = [call for call, one in zip(calls, answers, strict=True) if one.status >= REFUSED]
        self.run[name] = [*losers, calls[0]][0]


@pytest.fixture(scope="module")
def arena(place: Place) -> Iterator[Arena]:
    made = Arena((place.open(), place.open()))
    yield made
    for one in made.tables:
        one.close()


@pytest.mark.parametrize("name", RACES)
def test_losers_of_a_race_are_told_so(name: str, arena: Arena) -> None:
    arena.hold(name)


def test_a_restart_remembers_every_race(arena: Arena, place: Place) -> None:
    for name in RACES.keys() - arena.run.keys():
        arena.hold(name)
    again = place.open()
    try:
        for name, (method, target, options) in arena.run.items():
            told = again.call(method, target, **options)
            losers = RACES[name].losers
            assert told.code in losers if losers else told.status < REFUSED, (name, told)
    finally:
        again.close()


def test_copies_delivered_by_two_gateways_reach_the_record_once(arena: Arena) -> None:
    tables = arena.tables
    caller = SharedCaller(tables[0])
    content = tables[0].prescription("1W2AZVAKZQ")
    issued = int(tables[0].clock.now().timestamp())
    signed = sign_document(
        "prescription", content, tables[0].kit.identity("dr01"), issued_at=issued
    )
    put(caller, None, body=document_bytes(signed))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_deliver, tables))
    state = tables[1].exchange.forwarding._outbox.state(None)  # type: ignore[union-attr]  # here
    assert (state["waiting"], state["delivered"], state["parked"]) == (0, 1, [])


def _deliver(table: Bench) -> None:
    outbox = table.exchange.forwarding._outbox  # type: ignore[union-attr]  # it lives here
    table.runner.run(outbox.deliver(urgent=True))


def _in_order(answers: list[Answered]) -> list[Answered]:
    """Put the answers of two exchanges back into the order of the requests."""
    half = (len(answers) + 1) // 2
    turns = zip(answers[:half], answers[half:], strict=True)
    return [one for pair in turns for one in pair]


def _effect(answer: Answered) -> str:
    """Return what must be the same in every answer: all but the number of new entries."""
    return repr({key: value for key, value in answer.json.items() if key != "entries"})
