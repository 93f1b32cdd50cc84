"""Outages, deprived areas, and the paper that may be entered afterwards (RUL-012, RUL-081)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from reference_impl.platform.peers import Behalf, PeerReply
from tests.component.bench import REASONS, Answered
from tests.component.record_bench import RecordBench, keys, later, record_bench

OUTAGES = "/emergency/v1/outages"
HOUR = 3600


@pytest.fixture
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RecordBench]:
    made = record_bench(keys(tmp_path_factory))
    yield made
    made.close()


def declare(table: RecordBench, **more: Any) -> Answered:
    centre = more.pop("centre", "ministry-1")
    body = {
        "cause": table.coded(REASONS, "GATEWAY_DOWN"),
        "areas": [],
        "startedAt": table.now(-6 * HOUR),
        **more,
    }
    return table.call("POST", OUTAGES, body=body, centre=centre)


def end(table: RecordBench, outage: Any, at: float = -HOUR, **options: Any) -> Answered:
    options.setdefault("centre", "ministry-1")
    target = f"{OUTAGES}/{outage['outageId']}/end"
    return table.call("POST", target, body={"endedAt": table.now(at)}, **options)


def ended(table: RecordBench, **more: Any) -> Any:
    outage = declare(table, **more).json
    answered = end(table, outage)
    assert answered.status == 200, answered.json
    return answered.json


def paper(table: RecordBench, number: str | None = None, **more: Any) -> dict[str, Any]:
    body = {
        "centre": table.siam(more.pop("at", "office-1")),
        "writtenAt": table.now(-3 * HOUR),
        "serial": f"P-{uuid.uuid4().hex[:12]}",
        **more,
    }
    return body if number is None else {"outageNumber": number, **body}


def ask(table: RecordBench, body: dict[str, Any]) -> Answered:
    return table.call("POST", "/emergency/v1/paper/check", body=body)


def enter(table: RecordBench, body: dict[str, Any]) -> PeerReply:
    """Ask as the purchaser does when it enters the paper."""
    office = table.world.centre("office-1")
    behalf = Behalf(
        office.siam_id,
        table.world.software_of("office-1").software_id,
        table.world.user_id("dr01", "office-1"),
        str(uuid.uuid4()),
    )
    peers = table.exchange.services["purchaser"]._config.peers  # type: ignore[attr-defined]  # its kernel
    reply: PeerReply = table.runner.run(peers.to("emergency", behalf).post("/paper/check", body))
    return reply


def test_an_outage_begins_and_ends_once(table: RecordBench) -> None:
    outage = declare(table, evidence="ticket 7").json
    assert outage["number"] == "OUT-000001"
    assert "endedAt" not in outage
    assert end(table, outage).json["paperUntil"] == table.now(71 * HOUR)
    assert end(table, outage).code == "OUTAGE_STATE_CONFLICT"
    listed = table.call("GET", OUTAGES).json["outages"]
    assert [one["number"] for one in listed] == ["OUT-000001"]


def test_only_the_ministry_declares_with_a_coded_cause(table: RecordBench) -> None:
    assert declare(table, centre="office-1").code == "ADMISSION_ROLE_NOT_ALLOWED"
    treatment = table.coded(REASONS, "TREATMENT")
    assert declare(table, cause=treatment).code == "CODE_UNKNOWN"
    assert declare(table, startedAt=table.now(HOUR)).code == "OUTAGE_PERIOD_INVALID"
    outage = declare(table).json
    assert end(table, outage, centre="office-1").code == "ADMISSION_ROLE_NOT_ALLOWED"
    assert end(table, outage, at=-7 * HOUR).code == "OUTAGE_PERIOD_INVALID"
    assert end(table, outage, at=HOUR).code == "OUTAGE_PERIOD_INVALID"
    assert end(table, {"outageId": str(uuid.uuid4())}).code == "OUTAGE_NOT_FOUND"


def test_paper_of_an_outage_may_be_entered_for_72_hours(table: RecordBench) -> None:
    outage = ended(table)
    body = paper(table, outage["number"])
    verdict = ask(table, body).json
    assert (verdict["allowed"], verdict["ground"]) == (True, "outage")
    assert verdict["enterUntil"] == outage["paperUntil"]
    later(table, hours=70, minutes=59)
    assert ask(table, body).status == 200
    later(table, minutes=2)
    assert ask(table, body).code == "PAPER_ENTRY_LATE"


def test_paper_of_a_lasting_outage_has_no_end_yet(table: RecordBench) -> None:
    outage = declare(table).json
    assert "enterUntil" not in ask(table, paper(table, outage["number"])).json


def test_paper_outside_its_outage_is_refused(table: RecordBench) -> None:
    number = ended(table)["number"]

    def code(**more: Any) -> str | None:
        return ask(table, paper(table, number, **more)).code

    assert code(writtenAt=table.now(-7 * HOUR)) == "PAPER_OUTSIDE_OUTAGE"
    assert code(writtenAt=table.now(-HOUR / 2)) == "PAPER_OUTSIDE_OUTAGE"
    assert code(writtenAt=table.now(HOUR)) == "PAPER_OUTSIDE_OUTAGE"
    elsewhere = ended(table, areas=["synthetic-rural-district"])["number"]
    assert ask(table, paper(table, elsewhere)).code == "PAPER_OUTSIDE_OUTAGE"
    assert ask(table, paper(table, elsewhere, at="phc-rural")).status == 200
    for unknown in ("OUT-999999", "1", "OUT-1", "OUT-٠٠٠٠٠١"):
        assert ask(table, paper(table, unknown)).code == "OUTAGE_NOT_FOUND"
    lost = paper(table, number, centre=str(uuid.uuid4()))
    assert ask(table, lost).code == "ADMISSION_CENTRE_UNKNOWN"


def test_local_evidence_stands_in_for_a_number(table: RecordBench) -> None:
    power: dict[str, Any] = {
        "cause": table.coded(REASONS, "POWER"),
        "evidence": "meter reading of the utility",
    }
    body = paper(table, **power)
    assert ask(table, body).json["ground"] == "local_evidence"
    other = paper(table, **{**power, "cause": table.coded(REASONS, "TREATMENT")})
    assert ask(table, other).code == "CODE_UNKNOWN"
    later(table, hours=70)
    assert ask(table, body).code == "PAPER_ENTRY_LATE"


def test_deprived_areas_have_thirty_days_while_listed(table: RecordBench) -> None:
    areas = {one["area"]: one for one in table.call("GET", "/emergency/v1/areas").json["areas"]}
    assert areas["synthetic-island"]["validUntil"] == "2025-03-20"
    body = paper(table, at="phc-rural")
    assert ask(table, body).json["ground"] == "deprived_area"
    assert ask(table, paper(table)).code == "AREA_NOT_LISTED"
    later(table, days=29)
    assert ask(table, body).status == 200
    later(table, days=1)
    assert ask(table, body).code == "PAPER_ENTRY_LATE"


def test_a_sheet_is_entered_once(table: RecordBench) -> None:
    body = paper(table, ended(table)["number"], documentId=str(uuid.uuid4()))
    assert ask(table, body).status == ask(table, body).status == 200
    assert enter(table, body).status == enter(table, body).status == 200
    other = {**body, "documentId": str(uuid.uuid4())}
    assert enter(table, other).code == "PAPER_SERIAL_USED"
    assert ask(table, other).code == "PAPER_SERIAL_USED"
    nameless = {name: value for name, value in body.items() if name != "documentId"}
    assert enter(table, nameless).code == "PAPER_SERIAL_USED"


def test_a_refused_sheet_is_not_used_up(table: RecordBench) -> None:
    number = ended(table)["number"]
    body = paper(table, number, writtenAt=table.now(-9 * HOUR))
    assert enter(table, body).code == "PAPER_OUTSIDE_OUTAGE"
    assert enter(table, {**body, "writtenAt": table.now(-3 * HOUR)}).status == 200
