"""Speed of the exchange as ratios within one run: registration, mix, growth, memory.

A registration goes through the gateway: seal and channel checked twice, document signature, codes,
council, HID, rules, one flushed transaction at the purchaser, one in the outbox, one in the record.
Load is sent over HTTPS by this process, on the same cores. `CPU` is the time of all processes of
the exchange per call, from the kernel's accounting: it moves least with other load on the machine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fixtures.synthetic import world
from lab.cli.children import stop
from lab.kit.credentials import CredentialKit
from lab.kit.live import LiveTransport
from lab.kit.transport import OutgoingRequest
from suites.load.arrival import Journey
from suites.load.channel import DOCUMENT_MEDIA, Channel, Sender, signed_prescription
from suites.load.preparation import CENTRE, PRESCRIBER, prepare

CONNECTIONS = 8
SIGNATURES = (6, 5)
"""Verified and made per registration inside the exchange: seals of gateway, purchaser, council,
eligibility and record, the document; four answers and the calls between services are sealed."""
_TICKS = os.sysconf("SC_CLK_TCK")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Up:
    """A running exchange."""

    said: dict[str, Any]
    pid: int

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def cpu(self) -> float:
        """Seconds of processor time used so far by all its processes."""
        fields = (Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                  for pid in self.pids)  # fmt: skip
        return sum(int(one[11]) + int(one[12]) for one in fields) / _TICKS

    def memory(self) -> float:
        """Proportional set size in MiB: shared pages are counted once."""
        total = 0
        for pid in self.pids:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024


@contextmanager
def up(state: Path, *options: str) -> Iterator[Up]:
    state.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "reference_impl.topology", "up", "--state", str(state)]
    with (state / "log").open("ab") as log:
        child = subprocess.Popen(
            [*command, "--port", "0", *options], stdout=subprocess.PIPE, stderr=log
        )
    try:
        line = child.stdout.readline() if child.stdout else b""
        yield Up(json.loads(line), child.pid)
    finally:
        stop(child)
        if child.stdout is not None:
            child.stdout.close()


@dataclass(frozen=True)
class Measured:
    """Outcome of one burst."""

    rate: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float


class Load:
    """Signed requests for one exchange, made before the clock starts."""

    def __init__(self, exchange: Up, count: int) -> None:
        gateway = str(exchange.said["gateway"])
        plan: dict[str, Any] = {
            "credentials": exchange.said["credentials"],
            "environment_url": gateway,
            "base_url": f"{gateway}/ditas/purchaser/v1",
            "deadline_seconds": 30.0,
            "max_response_bytes": 1_000_000,
            "arrivals": [0.0] * count,
        }
        self.exchange = exchange
        self.kit = CredentialKit.load(Path(plan["credentials"]))
        self.journey: Journey = prepare(plan)
        self.sender = Sender.of(self.kit, world(), CENTRE, PRESCRIBER)
        self.signer = self.kit.identity(PRESCRIBER)
        self._transport = LiveTransport(self.kit)
        self._limits = (30.0, 1_000_000)

    def channel(self, service: str, base: str | None = None) -> Channel:
        url = base or f"{self.exchange.said['gateway']}/ditas/{service}/v1"
        return Channel(url, self._transport, self._limits)

    def registrations(self, base: str | None = None) -> list[OutgoingRequest]:
        now = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        channel = self.channel("purchaser", base)
        made = []
        for visit in self.journey.visits:
            payload = visit.document | {"documentId": str(uuid.uuid4()), "issuedAt": now}
            content = signed_prescription(payload, self.signer)
            made.append(
                channel.sealed("/prescriptions", self.sender, content, media=DOCUMENT_MEDIA)
            )
        return made

    def mix(self) -> list[OutgoingRequest]:
        """A prescriber's visit: eligibility, HID, price, registration."""
        eligibility, purchaser = self.channel("eligibility"), self.channel("purchaser")
        made = []
        for visit, registration in zip(self.journey.visits, self.registrations(), strict=True):
            patient = visit.document["patient"]["id"]
            provider = {k: visit.document["prescriber"][k]
                        for k in ("councilKind", "councilNumber")}  # fmt: skip
            inquiry = {"patient": patient, "centre": self.sender.centre}
            wanted = {"patient": patient, "insurerCode": "1", "providerCouncil": provider}
            for channel, path, body in (
                (eligibility, "/inquiries", inquiry),
                (eligibility, "/hids", wanted),
                (purchaser, "/price", visit.price),
            ):
                made.append(channel.sealed(path, self.sender, json.dumps(body).encode()))
            made.append(registration)
        return made

    def send(self, requests: list[OutgoingRequest]) -> Measured:
        channel = self.channel("purchaser")
        times: list[float] = []

        def one(request: OutgoingRequest) -> int:
            began = time.perf_counter()
            status = channel.send(request).status
            times.append(time.perf_counter() - began)
            return status

        cpu, began = self.exchange.cpu(), time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            statuses = list(pool.map(one, requests))
        seconds = time.perf_counter() - began
        cpu = self.exchange.cpu() - cpu
        wrong = [status for status in statuses if status not in {200, 201}]
        if wrong:
            raise SystemExit(f"{len(wrong)} calls were refused, the first with {wrong[0]}")
        times.sort()
        count = len(requests)
        return Measured(
            count / seconds,
            cpu * 1000 / count,
            statistics.median(times) * 1000,
            times[int(count * 0.99)] * 1000,
        )


def registration(place: Path, count: int, constant: Callable[[Path], Any]) -> None:
    """Print rate, p99, CPU and memory of one process and of two workers, and the ratios."""
    raw = raw_signatures_ms()
    for name, options in (("1 process", ()), ("2 workers", ("--workers", "2"))):
        with up(place / name.replace(" ", "-"), *options) as exchange:
            load = Load(exchange, count)
            load.send(load.registrations()[: count // 4])  # statements compiled, caches warm
            real = load.send(load.registrations())
            with constant(Path(exchange.said["credentials"])) as url:
                empty = load.send(load.registrations(f"{url}/ditas/purchaser/v1"))
            mixed = load.send(load.mix())
            memory = exchange.memory()
        say(
            f"{name}: {real.rate:.0f} registrations/s through the gateway, p50 "
            f"{real.p50_ms:.0f} ms, p99 {real.p99_ms:.0f} ms ({CONNECTIONS} connections), "
            f"CPU {real.cpu_ms:.2f} ms each"
        )
        say(
            f"  against its server answering a constant ({empty.rate:.0f}/s): "
            f"ratio {real.rate / empty.rate:.2f}"
        )
        say(
            f"  against the raw cost of its signatures ({raw:.2f} ms for {sum(SIGNATURES)}): "
            f"CPU ratio {real.cpu_ms / raw:.1f}"
        )
        say(
            f"  call mix (inquiry, HID, price, registration): {mixed.rate:.0f} calls/s, CPU "
            f"{mixed.cpu_ms:.2f} ms each, so at most {1000 / mixed.cpu_ms:.0f} calls/s per core"
        )
        say(f"  memory {memory:.0f} MiB")


def raw_signatures_ms() -> float:
    """CPU milliseconds of verifying and making the signatures of one registration, nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm, text, rounds = ec.ECDSA(hashes.SHA256()), b"x" * 800, 300
    signature = key.sign(text, algorithm)
    public = key.public_key()
    verified, made = SIGNATURES
    began = time.process_time()
    for _ in range(rounds * verified):
        public.verify(signature, text, algorithm)
    for _ in range(rounds * made):
        key.sign(text, algorithm)
    return (time.process_time() - began) * 1000 / rounds


def growth(place: Path, count: int, sizes: tuple[int, int]) -> None:
    """Print what a registration costs with few and with many stored prescriptions.

    Stored rows are written straight into the SQLite file while the exchange is stopped, one per
    prescription in prescription, version, item, document and idempotent answer, with random keys as
    the real ones; the stored texts are short, because no query of the path reads other rows' texts.
    """
    state = place / "growth"
    costs = []
    for size in sizes:
        with up(state):
            pass
        began = time.perf_counter()
        stored = fill(state / "db" / "purchaser.sqlite", size)
        filled = time.perf_counter() - began
        with up(state) as exchange:
            load = Load(exchange, count)
            load.send(load.registrations()[: count // 4])
            measured = load.send(load.registrations())
        costs.append(measured)
        say(
            f"{stored} stored ({filled:.0f} s to generate): CPU {measured.cpu_ms:.2f} ms per "
            f"registration, {measured.rate:.0f}/s, p99 {measured.p99_ms:.0f} ms"
        )
    say(f"growth of the cost: {costs[1].cpu_ms / costs[0].cpu_ms:.2f} (target at most 1.2)")


_FILL = """
CREATE TEMP TABLE fresh AS
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {missing})
  SELECT i, lower(hex(randomblob(4))) || '-' || lower(hex(randomblob(2))) || '-4'
    || substr(lower(hex(randomblob(2))), 2) || '-a' || substr(lower(hex(randomblob(2))), 2)
    || '-' || lower(hex(randomblob(6))) AS id FROM n;
INSERT INTO prescription SELECT id,
  printf('%020d', abs(random()) % 1000000000 * 100000000 + i + {base}),
  printf('%05d', i % 100000), 'NC:' || (i % 200000), printf('1%015d', i), 'filler', 'MD-1',
  '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z', '2026-01-31T00:00:00.000000Z',
  1, 'DISPENSED', '{{}}' FROM fresh;
INSERT INTO prescription_version
  SELECT id, 1, id, x'7b7d', x'7b7d', '2026-01-01T00:00:00.000000Z' FROM fresh;
INSERT INTO prescription_item SELECT id, '1', 0, 30, 'COMPLETE', '{{}}' FROM fresh;
INSERT INTO document SELECT id, id, 'prescription', id, 'filler' FROM fresh;
INSERT INTO idempotent_answers SELECT 'filler', id, x'00', 201, '{{}}', '{{}}' FROM fresh;
DROP TABLE fresh;
"""


def fill(file: Path, size: int) -> int:
    """Bring the purchaser's tables to `size` prescriptions; return how many there are."""
    with sqlite3.connect(file) as rows:
        there = int(rows.execute("SELECT count(*) FROM prescription").fetchone()[0])
        if size > there:
            rows.executescript(_FILL.format(missing=size - there, base=there))
        stored = int(rows.execute("SELECT count(*) FROM prescription").fetchone()[0])
    rows.close()
    return stored
