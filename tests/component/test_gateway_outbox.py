"""Store-and-forward: order, pauses, parked copies, one copy per document, and a killed process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from lab.kit.documents import document_bytes, encode_base64url, sign_document
from reference_impl.gateway.outbox import Outcome
from reference_impl.platform.contract import Route, contract_of
from reference_impl.platform.service import Caller
from tests.component.bench import Bench
from tests.component.gateway_parts import outbox_of
from tests.component.trusted import PHARMACIST, TrustCaller
from tests.unit.reference_platform.sealed_caller import Heard

OUTBOX = "/gateway/v1/outbox"
A, B = str(uuid.UUID(int=10)), str(uuid.UUID(int=11))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def caller(state: Path) -> Iterator[TrustCaller]:
    made = TrustCaller(state)
    yield made
    made.close()


def route(caller: TrustCaller, operation: str = "registerPrescription") -> Route:
    routes = contract_of(caller.exchange._pack, "purchaser").routes
    return next(one for one in routes if one.operation_id == operation)


def document(document_id: str | None) -> bytes:
    """A document in form only: the record reads the id and nothing else."""
    content = {"documentId": document_id} if document_id else {"about": "nothing"}
    parts = {"payload": content, "protected": {"alg": "ES256"}}
    encoded: dict[str, Any] = {
        name: encode_base64url(json.dumps(part).encode()) for name, part in parts.items()
    }
    return document_bytes({**encoded, "signature": "c2ln"})


def prescription(caller: TrustCaller, state: Path) -> bytes:
    """A prescription as a physician signs it; its HID was never issued."""
    payloads = Bench(state)
    try:
        content = payloads.prescription("1W2AZVAKZQ")
    finally:
        payloads.close()
    issued = int(caller.clock.now().timestamp())
    identity = caller.kit.identity("dr01")
    return document_bytes(sign_document("prescription", content, identity, issued_at=issued))


def put(
    caller: TrustCaller,
    document_id: str | None,
    *,
    correlation: str = A,
    centre: str = "office-1",
    body: bytes | None = None,
) -> None:
    sender = Caller(
        kind="centre",
        centre=caller.world.centre(centre).siam_id,
        software=caller.world.software_of(centre).software_id,
        user=caller.world.user_id("dr01", centre),
        correlation=correlation,
        certificate=b"",
    )
    copied = outbox_of(caller.exchange).put(
        sender, "purchaser", route(caller), body or document(document_id)
    )
    caller.runner.run(copied)


def deliver(caller: TrustCaller, *, urgent: bool = False) -> None:
    caller.runner.run(outbox_of(caller.exchange).deliver(urgent=urgent))


def seen(caller: TrustCaller, **who: Any) -> Any:
    heard = caller.ask("GET", OUTBOX, **who)
    assert heard.status == 200, heard
    return heard.json


class Record:
    """Stands for the record: takes or refuses as told, and remembers what came."""

    def __init__(self, caller: TrustCaller) -> None:
        self.taken: list[str] = []
        self.attempts = 0
        self.away: set[str] = set()
        outbox_of(caller.exchange)._delivered = self.delivered  # type: ignore[method-assign]  # stand-in

    async def delivered(
        self, key: str, submission: dict[str, Any], behalf: Any
    ) -> tuple[Outcome, str]:
        assert key
        assert behalf.correlation == submission["correlation"]
        self.attempts += 1
        name = submission["document"]["payload"]
        if name in self.away:
            return Outcome.LATER, "DEPENDENCY_UNAVAILABLE"
        self.taken.append(name)
        return Outcome.TAKEN, ""


def payload(document_id: str) -> str:
    return str(json.loads(document(document_id))["payload"])


def test_copies_of_one_correlation_keep_their_order(caller: TrustCaller) -> None:
    record = Record(caller)
    record.away = {payload("first")}
    put(caller, "first")
    put(caller, "second")
    put(caller, "other", correlation=B)
    deliver(caller)
    assert record.taken == [payload("other")], "another correlation does not wait"
    deliver(caller)
    assert record.attempts == 2, "nothing is tried before its pause has ended"
    record.away.clear()
    caller.later(seconds=3)
    deliver(caller)
    assert record.taken[1:] == [payload("first"), payload("second")]
    assert seen(caller)["waiting"] == 0


def test_the_pauses_grow_to_five_minutes(caller: TrustCaller) -> None:
    record = Record(caller)
    record.away = {payload("first")}
    put(caller, "first")
    pauses = []
    for _ in range(10):
        deliver(caller, urgent=True)
        with outbox_of(caller.exchange)._store.read() as rows:
            next_at = rows.execute(text("select next_at from record_outbox")).scalar_one()
        pauses.append(round(next_at - caller.clock.now().timestamp()))
        caller.later(seconds=pauses[-1])
    assert all(abs(pause - wanted) <= 1 for pause, wanted in zip(pauses, PAUSES, strict=True))


PAUSES = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_record_that_is_away_is_not_asked_for_the_whole_queue(caller: TrustCaller) -> None:
    record = Record(caller)
    names = [f"document-{number}" for number in range(20)]
    record.away = {payload(name) for name in names}
    for number, name in enumerate(names):
        put(caller, name, correlation=str(uuid.UUID(int=100 + number)))
    deliver(caller)
    assert record.attempts == 3
    said = seen(caller)
    assert (said["waiting"], said["delivered"]) == (20, 0)
    assert said["retryAt"] > said["oldestAt"]


def test_what_the_record_refuses_is_parked_and_shown(caller: TrustCaller, state: Path) -> None:
    put(caller, None)
    put(caller, "fine", body=prescription(caller, state))
    deliver(caller)
    said = seen(caller)
    assert (said["waiting"], said["delivered"]) == (0, 1)
    assert [(p["correlation"], p["operation"], p["attempts"], p["code"]) for p in said["parked"]] \
        == [(A, "registerPrescription", 1, "DOCUMENT_MALFORMED")]  # fmt: skip
    assert seen(caller, **PHARMACIST) == {"waiting": 0, "delivered": 0, "parked": []}
    assert seen(caller, centre="ministry", person="op01")["parked"] == said["parked"]


def test_a_document_sent_again_is_one_copy(caller: TrustCaller) -> None:
    record = Record(caller)
    put(caller, "one")
    put(caller, "one", correlation=B)
    deliver(caller)
    put(caller, "one", correlation=B)
    deliver(caller)
    assert record.taken == [payload("one")]


def test_the_contract_says_what_is_copied(caller: TrustCaller) -> None:
    assert route(caller).record == "erx.prescription"
    assert route(caller, "prepareDispense").record == "erx.dispense"
    assert route(caller, "price").record is None
    assert route(caller, "confirmDispense").record is None


@pytest.mark.parametrize(
    ("point", "waiting", "parked"),
    [("gateway.outbox.poison_blocks", 1, 0), (None, 0, 1)],
)
def test_poison_blocks_shows(state: Path, point: str | None, waiting: int, parked: int) -> None:
    made = TrustCaller(state, *([point] if point else []))
    try:
        put(made, None)
        deliver(made)
        said = seen(made)
        assert (said["waiting"], len(said["parked"])) == (waiting, parked)
    finally:
        made.close()


@pytest.mark.parametrize(
    ("point", "waiting"), [("gateway.outbox.forget_unreachable", 0), (None, 1)]
)
def test_forgetting_shows(state: Path, point: str | None, waiting: int) -> None:
    made = TrustCaller(state, *([point] if point else []))
    try:
        made.exchange.services.pop("sepas")
        put(made, "one")
        deliver(made)
        assert seen(made)["waiting"] == waiting
    finally:
        made.close()


def refused_registration(caller: TrustCaller, state: Path) -> Heard:
    return caller.ask(
        "POST", "/purchaser/v1/prescriptions", prescription(caller, state),
        headers={"content-type": "application/jose+json"},
    )  # fmt: skip


@pytest.mark.parametrize(("point", "copies"), [("gateway.outbox.copy_refused", 1), (None, 0)])
def test_copying_refused_documents_shows(state: Path, point: str | None, copies: int) -> None:
    made = TrustCaller(state, *([point] if point else []))
    try:
        assert refused_registration(made, state).status == 422
        deliver(made, urgent=True)
        assert seen(made)["delivered"] == copies
    finally:
        made.close()


def test_the_late_variant_delivers_with_the_next_round(state: Path) -> None:
    made = TrustCaller(state, "gateway.variant.copy_later")
    try:
        outbox_of(made.exchange).deliver_soon()
        assert not outbox_of(made.exchange)._tasks
    finally:
        made.close()


def test_a_killed_exchange_delivers_after_its_restart_once(tmp_path: Path) -> None:
    """Killed between the answer and the delivery: nothing is lost and nothing doubled."""
    command = [sys.executable, "-m", "reference_impl.topology", "up", "--state", str(tmp_path)]
    command += ["--port", "0", "--fault", "gateway.variant.copy_later"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as exchange:
        try:
            line = exchange.stdout.readline() if exchange.stdout else ""
            addresses = json.loads(line)
            prescriber = [sys.executable, "-m", "reference_impl.clients", "prescriber"]
            prescriber += ["--gateway", addresses["gateway"]]
            prescriber += ["--credentials", addresses["credentials"]]
            done = subprocess.run(
                prescriber, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr
        finally:
            exchange.send_signal(signal.SIGKILL)
    correlation = waiting_correlation(tmp_path / "db")
    caller = TrustCaller(tmp_path, databases=tmp_path / "db")
    try:
        path = f"/sepas/v1/records/{correlation}"
        before = caller.ask("GET", path)
        deliver(caller, urgent=True)
        deliver(caller, urgent=True)
        after = caller.ask("GET", path)
        assert (before.status, after.status) == (404, 200)
        assert seen(caller) == {"waiting": 0, "delivered": 1, "parked": []}
    finally:
        caller.close()


def waiting_correlation(databases: Path) -> str:
    engine = create_engine(f"sqlite:///{databases / 'gateway.sqlite'}")
    with engine.connect() as rows:
        found = rows.execute(text("select correlation from record_outbox")).scalars().all()
    engine.dispose()
    assert len(found) == 1
    return str(found[0])
