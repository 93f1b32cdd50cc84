"""All operations of the insurers through the gateway, as a vendor's product meets them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reference_impl.platform.kernel import Receive, Scope
from reference_impl.platform.sending import Send
from reference_impl.purchaser.calendar import period_of
from tests.component.bench import Bench
from tests.component.insurer_desk import add, answer, ask, enter, opened, paper
from tests.component.test_adjudication import objected, record, result, submission
from tests.component.test_complementary import VISIT as VISITED
from tests.component.test_complementary import adjudicated, evaluated, letter, read_claim, second


class _Registered:
    """The world, with users that are registered at the centre they act for."""

    def __init__(self, world: Any) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def user_id(self, person: str, centre: str) -> str:
        known = [one.user_id for one in self._world.users if one.centre == centre]
        wanted = str(self._world.user_id(person, centre))
        return wanted if wanted in known or not known else str(known[0])


class _Fronted:
    """The exchange as seen from outside: every service is behind the gateway."""

    def __init__(self, exchange: Any) -> None:
        self._exchange = exchange
        self.services = dict.fromkeys(exchange.services, self._front)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    async def _front(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = f"/ditas{scope['path']}"
        await self._exchange.gateway_app(
            {**scope, "path": path, "raw_path": path.encode()}, receive, send
        )


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made: Any = Bench(Path(tmp_path_factory.mktemp("exchange")))
    made.exchange, made.world = _Fronted(made.exchange), _Registered(made.world)
    yield made
    made.close()


def test_a_stay_through_the_gateway(front: Bench) -> None:
    hid = front.hid(centre="hospital-1")
    stay = opened(front, hid)
    assert (stay.status, add(front, stay, hid, "discharged").json["events"]) == (201, 2)
    assert add(front, stay, hid, "service").code == "STAY_STATE_CONFLICT"


def test_paper_and_questions_through_the_gateway(front: Bench) -> None:
    rx = enter(front, paper(front)).json
    front.lease(rx)
    question = ask(front, rx).json["questionId"]
    assert answer(front, question).json["answer"] == "yes"
    assert answer(front, front.ids.uuid()).code == "PRESCRIPTION_QUERY_NOT_FOUND"


def test_roles_are_kept_by_the_gateway(front: Bench) -> None:
    refused = front.call("POST", "/purchaser/v1/stays", body={"hid": "x"}, centre="office-1")
    assert refused.code == "ADMISSION_ROLE_NOT_ALLOWED"


def test_adjudication_and_ledger_through_the_gateway(front: Bench) -> None:
    claim = record(front, code="992110", quantity=12, price=400_000, tariff=400_000)
    body = submission(claim)
    assert front.call("POST", "/adjudication/v1/claims", body=body).status == 201
    assert objected(front, claim).status == 201
    assert result(front, claim).json["state"] == "ADJUSTED"
    month = period_of(front.clock.now())
    listed = front.call("GET", f"/adjudication/v1/results/{month}").json["results"]
    assert [one["claimId"] for one in listed] == [claim["claimId"]]
    shown = front.call("GET", f"/purchaser/v1/statements/{month}?insurer=1").json
    paid = front.call("GET", f"/purchaser/v1/payments/{month}?insurer=1").json
    assert paid["paid"] + paid["receivable"] + paid["adjusted"] == shown["insurerShare"]


def test_the_second_payer_through_the_gateway(front: Bench) -> None:
    base = adjudicated(front, 500_000)
    issued = letter(front)
    name = issued.json["guaranteeId"]
    assert front.call("GET", f"/complementary/v1/guarantees/{name}").json["state"] == "issued"
    assert second(front, base, guaranteeId=name).json["complementaryShare"] == 120_000
    assert read_claim(front, base).json["patientShare"] == 30_000
    assert evaluated(front, VISITED).json["outcome"] == "approved"
