"""Channel, seal, body and document: refused before any service looks at the content."""

from __future__ import annotations

from lab.kit.mutation import Draft
from tests.component import test_document_refusals as papers
from tests.component import test_seal_refusals as mistakes
from tests.component.refusals.desk import Act, Area, Desk

AREA = Area("transport")
PRESCRIPTIONS = "/purchaser/v1/prescriptions"


def _seal_row(row: mistakes.Row) -> None:
    name = next(name for name, one in mistakes.ROWS.items() if one is row)
    AREA.add(row.code, name, lambda desk: lambda: mistakes.perform(desk.caller, row))


def _paper_row(paper: papers.Paper) -> None:
    name = next(name for name, one in papers.PAPERS.items() if one is paper)
    AREA.add(paper.code, name, lambda desk: lambda: papers.submit(desk.caller, paper))


for _row in mistakes.ROWS.values():
    _seal_row(_row)
for _paper in papers.PAPERS.values():
    _paper_row(_paper)


@AREA.refused("SEAL_NONCE_REPLAYED")
def the_same_message_twice(desk: Desk) -> Act:
    caller = desk.caller
    first = caller.call("POST", mistakes.PRICE, mistakes.price_body()).request
    again = Draft(first.method, first.url, first.target, list(first.headers), first.body)
    token = caller.kit.identity("office-1.token")
    app = caller.exchange.services_app
    return lambda: caller.runner.run(caller._exchanged(app, again, again.target, token))


@AREA.refused("IDEMPOTENCY_KEY_REUSED")
def another_body_under_the_same_key(desk: Desk) -> Act:
    key, hid = desk.ids.token(), desk.hid()
    made = desk.prescription(hid)
    desk.call("POST", PRESCRIPTIONS, document=("prescription", made, "dr01"), key=key)
    other = desk.prescription(hid)
    return lambda: desk.call(
        "POST", PRESCRIPTIONS, document=("prescription", other, "dr01"), key=key
    )


@AREA.refused("DOCUMENT_ID_CONFLICT")
def another_document_under_the_same_id(desk: Desk) -> Act:
    made = desk.prescription(desk.hid())
    desk.call("POST", PRESCRIPTIONS, document=("prescription", made, "dr01"))
    other = {**made, "note": "changed"}
    return lambda: desk.call("POST", PRESCRIPTIONS, document=("prescription", other, "dr01"))
