"""``python -m tests.benchmarks``: speed as ratios within one run, on this machine, now.

1. The purchaser campaign and where its time goes: product, evidence, everything else.
2. What evidence costs: the same sealed calls with the store and without it, in turns.
3. Signed prescriptions per second of the exchange, against its own server answering a constant.
4. The pack: loading, validating a prescription, streaming world L (alone: `.pack_speed`).
3. The exchange (`exchange_speed`): signed registrations per second through the gateway, against
   its own server answering a constant and the raw cost of its signatures; p99, memory, the call
   mix; and the cost of a registration with 10,000 and with 1,000,000 stored prescriptions.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from fixtures.synthetic import world
from lab.cli.children import exchange, mafalab, stop
from lab.cli.sample_message import _session
from lab.evidence.reader import DirectoryReader
from lab.evidence.store import EvidenceStore
from lab.kit.clock import ProductClock
from lab.kit.contract import load_contracts
from lab.kit.credentials import CredentialKit
from lab.kit.data import SyntheticData
from lab.kit.live import LiveTransport
from lab.kit.sut import Caller, Sut
from lab.model.base import JsonValue
from lab.model.evidence import Record, RecordKind
from lab.model.exchange import BodyRef, Direction
from lab.model.exchange import Exchange as Message
from lab.model.roles import role_of
from lab.selection.profile import load_profile
from tests.benchmarks.exchange_speed import growth, registration, say, up
from tests.benchmarks.pack_speed import pack_lines
from tests.support.products import describe

CALLS = 60
ROUNDS = 5


def campaign(sut: Path, place: Path, plan: str) -> None:
    done = mafalab("run", "--sut", sut, "--plan", plan, "--out", place, "--seed", "1401", "-q")
    if done.code != 0:
        raise SystemExit(f"the campaign ended with {done.code}:\n{done.out}{done.err}")
    reader = DirectoryReader(place)
    records = list(reader.records())
    exchanges = [Message.model_validate(r.data) for r in records if r.kind is RecordKind.EXCHANGE]
    product = sum(e.elapsed_ms for e in exchanges if e.direction is Direction.STIMULUS) / 1000
    peers = sum(e.elapsed_ms for e in exchanges if e.direction is Direction.CONTROL) / 1000
    evidence = written_again(reader, records, place.parent / "again.sqlite")
    reader.close()
    rest = done.seconds - product - peers - evidence
    say(
        f"campaign {plan}: {done.seconds:.1f} s, {len(exchanges)} exchanges, {len(records)} records"
    )
    for name, part in (
        ("waiting for the product", product),
        ("waiting for its peers", peers),
        ("evidence (the same records written again)", evidence),
        ("generation, signing, judging, start-up, reports", rest),
    ):
        say(f"  {part:7.1f} s  {part / done.seconds:5.0%}  {name}")


def written_again(reader: DirectoryReader, records: list[Record], target: Path) -> float:
    """Seconds to write all records and bodies of a campaign into a fresh store."""
    bodies: dict[str, bytes] = {}
    for record in records:
        for ref in _refs(record.data):
            bodies[ref.sha256] = reader.read_body(ref)
    started = time.perf_counter()
    with EvidenceStore(target) as store:
        for record in records:
            for ref in _refs(record.data):
                store.body(bodies[ref.sha256])
            store.record(record.kind, record.data, case_id=record.case_id, attempt=record.attempt)
    return time.perf_counter() - started


def _refs(value: JsonValue) -> Iterator[BodyRef]:
    if isinstance(value, dict):
        if value.keys() == {"sha256", "size"}:
            yield BodyRef.model_validate(value)
        else:
            for part in value.values():
                yield from _refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from _refs(part)


class NoEvidence:
    """A recorder that keeps nothing: the other side of the comparison."""

    def __init__(self) -> None:
        self._count = 0

    def body(self, content: bytes) -> BodyRef:
        return BodyRef(sha256="0" * 64, size=len(content))

    def record(self, *_: object, **__: object) -> None:
        raise AssertionError("nothing but exchanges is recorded here")

    def exchange(self, *_: object) -> None:
        return

    def next_exchange_id(self) -> str:
        self._count += 1
        return f"EV-{self._count:06d}"


def evidence_overhead(sut: Path, place: Path) -> None:
    profile = load_profile(sut)
    kit = CredentialKit.load(Path(profile.ixit.credentials))
    transport = LiveTransport(kit)
    times: dict[str, list[float]] = {"with": [], "without": []}
    with EvidenceStore(place / "overhead.sqlite") as store:
        for _ in range(ROUNDS):
            for name, recorder in (("with", store), ("without", NoEvidence())):
                session = _session(store, profile)
                session.recorder = recorder
                caller = Caller("pharmacy-1", person="ph01")
                contracts = load_contracts(profile.pack)
                role = role_of("purchaser_system")
                clock = ProductClock(profile.ixit, lambda: transport)
                product = Sut(
                    session, transport, kit, contracts, profile, world(), role, clock, caller
                )
                times[name].append(_timed(partial(_price, product)))
    transport.close()
    on, off = (statistics.median(times[name]) * 1000 / CALLS for name in ("with", "without"))
    say(f"evidence: {on:.2f} ms per call with, {off:.2f} ms without, ratio {on / off:.2f}")


def readiness(state: Path) -> None:
    """Time from the command to the ready line: a new state, then a start with what it left."""
    times = []
    for _ in range(2):
        started = time.perf_counter()
        with up(state):
            times.append(time.perf_counter() - started)
    say(f"ready after {times[0]:.2f} s with new certificates, {times[1]:.2f} s again (target 3 s)")


def _price(product: Sut) -> None:
    data = SyntheticData(product.session, product.world)
    item = {"itemId": "1", "code": data.drug("99012"), "quantity": 30, "unitPrice": 1900}
    body = {
        "patient": data.person_id("P01"),
        "centreKind": {"kind": "pharmacy", "sector": "private"},
        "items": [item],
    }
    for _ in range(CALLS):
        reply = product.call("price", body=body, step="benchmark")
        if reply.status != 200:
            raise SystemExit(f"price answered {reply.summary()}")


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextlib.contextmanager
def constant_server(credentials: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.constant_server", str(credentials)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        line = child.stdout.readline() if child.stdout else b""
        yield f"https://127.0.0.1:{json.loads(line)['port']}"
    finally:
        stop(child)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plan", default="purchaser-certification")
    parser.add_argument("--only", choices=["exchange", "growth", "laboratory"], action="append")
    parser.add_argument("--prescriptions", type=int, default=1200)
    parser.add_argument("--stored", type=int, nargs=2, default=(10_000, 1_000_000))
    asked = parser.parse_args()
    for line in pack_lines():
        say(line)
    parts = set(asked.only or ("exchange", "growth", "laboratory"))
    with tempfile.TemporaryDirectory(prefix="mafalab-bench-") as name:
        place = Path(name)
        readiness(place / "ready")
        if "exchange" in parts:
            registration(place, asked.prescriptions, constant_server)
        if "growth" in parts:
            growth(place, asked.prescriptions, (asked.stored[0], asked.stored[1]))
        if "laboratory" not in parts:
            return
        with exchange(place / "exchange") as around:
            sut = describe(place / "sut.toml", around)
            evidence_overhead(sut, place)
            campaign(sut, place / "campaign", asked.plan)


if __name__ == "__main__":
    main()
