"""The exchange as processes, on both engines: readiness, metrics, clock, logs, death and stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from fixtures.synthetic import world
from lab.cli.children import stop
from tests.support.postgres import Cluster

PATIENCE = 60  # seconds; a bound against hanging, on a machine that may be busy
UP = [sys.executable, "-m", "reference_impl.topology", "up", "--port", "0"]


@dataclass(frozen=True)
class Running:
    child: subprocess.Popen[bytes]
    said: dict[str, Any]
    state: Path

    @property
    def log(self) -> str:
        return (self.state / "log").read_text("utf-8")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.said['status']}{path}", timeout=PATIENCE) as answer:  # noqa: S310 - loopback
            content = answer.read()
        return content.decode() if path == "/metrics" else json.loads(content)

    def post(self, path: str, body: bytes) -> tuple[int, Any]:
        request = urllib.request.Request(f"{self.said['status']}{path}", data=body, method="POST")  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - loopback
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, None

    def client(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable, "-m", "reference_impl.clients", name, "--gateway",
            self.said["gateway"], "--credentials", self.said["credentials"], *options,
        ]  # fmt: skip
        return subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def journey(self) -> None:
        """One prescription written and given by the reference clients."""
        paper = self.state / "rx.json"
        wrote = self.client("prescriber", "--out", str(paper))
        assert wrote.returncode == 0, wrote.stdout + wrote.stderr
        gave = self.client("pharmacy", "--prescription", str(paper))
        assert gave.returncode == 0, gave.stdout + gave.stderr

    def processes(self) -> list[int]:
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


@contextmanager
def running(state: Path, *options: str) -> Iterator[Running]:
    state.mkdir(exist_ok=True)
    command = [*UP, "--state", str(state), *options]
    with (state / "log").open("wb") as log:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line, (state / "log").read_text()
        yield Running(child, json.loads(line), state)
    finally:
        stop(child)
        if child.stdout is not None:
            child.stdout.close()


@pytest.fixture(scope="module", params=["one-postgresql", "split-sqlite", "workers-sqlite"])
def up(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    state = tmp_path_factory.mktemp("up") / "state"
    options = ["--clock-control", "--peer-control", "--verbose"]
    if request.param == "one-postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        options += ["--database", cluster.new_database()]
    elif request.param == "workers-sqlite":
        options += ["--workers", "2"]
    else:
        options += ["--processes"]
    with running(state, *options) as made:
        made.journey()
        yield made


def test_every_service_has_exercised_storage_keys_and_clock(up: Running) -> None:
    told = up.get("/ready")
    assert told["ready"] is True
    assert len(told["services"]) >= 9
    for name, checks in told["services"].items():
        assert checks == {"storage": "ok", "keys": "ok", "clock": "ok"}, name


def test_metrics_name_services_operations_and_statuses(up: Running) -> None:
    text = up.get("/metrics")
    labels = 'operation="registerPrescription",service="purchaser",status="201"'
    assert f"mafa_requests_total{{{labels}}} 1.0" in text
    assert f"mafa_request_seconds_count{{{labels}}} 1.0" in text
    labels = 'operation="purchaser.registerPrescription",service="gateway",status="201"'
    assert f"mafa_requests_total{{{labels}}} 1.0" in text
    assert 'mafa_outbox_documents{service="gateway"} 0.0' in text
    assert text.count("# TYPE mafa_requests_total counter") == 1


def test_logs_and_metrics_hold_no_personal_data(up: Running) -> None:
    refused = up.client("pharmacy", "--prescription", str(up.state / "rx.json"))
    assert refused.returncode == 1, "a second dispense of the same prescription was let through"
    lines = [json.loads(line) for line in up.log.splitlines()]
    assert any(line["logger"] == "reference" for line in lines), "no refusal was logged"
    personal = {str(json.loads((up.state / "rx.json").read_text())["hid"])}
    for person in world(1401).people.values():
        personal |= {person.id_value, person.family_name_fa, person.given_name_fa, person.phone}
    told = up.log + up.get("/metrics")
    assert not {text for text in personal if len(text) > 3 and text in told}


def test_a_service_that_is_taken_away_is_away_for_all(up: Running) -> None:
    assert up.post("/peers", b'{"service": "purchaser", "away": 60}')[0] == 200
    refused = up.client("prescriber", "--json")
    assert refused.returncode == 1
    assert "DEPENDENCY_UNAVAILABLE" in refused.stdout
    assert up.post("/peers", b'{"service": "purchaser", "away": 0}') == (200, {"away": {}})
    back = up.client("prescriber", "--json")
    assert back.returncode == 0, back.stdout


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"service": "gateway", "away": 1}', b'{"service": "nobody", "away": 1}',
     b'{"service": "ttac", "away": -1}', b'{"service": "ttac", "away": true}',
     b'{"service": "ttac", "away": 601}', b'{"service": "ttac"}',
     b'{"service": "ttac", "away": 1, "loses": 1}', b"{" * 2000],
)  # fmt: skip
def test_other_words_take_nobody_away(up: Running, body: bytes) -> None:
    assert up.post("/peers", body) == (422, None)
    assert up.get("/peers") == {"away": {}}


def test_the_clock_moves_for_all_services_at_once(up: Running) -> None:
    before = up.get("/clock")
    status, after = up.post("/clock", b'{"advance": 86400}')
    assert status == 200
    assert after["offsetSeconds"] == before["offsetSeconds"] + 86400
    moved = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert timedelta(days=1) <= moved < timedelta(days=1, minutes=1)
    assert up.get("/ready")["ready"] is True
    # Seals of the machine's time are a day old now, for the gateway as for the services.
    late = up.client("prescriber", "--json")
    assert late.returncode == 1
    assert "ANSWER_NOT_TRUSTED" in late.stdout
    refused = 'operation="unmatched",service="gateway",status="401"'
    assert f"mafa_requests_total{{{refused}}}" in up.get("/metrics")


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"advance": -1}', b'{"advance": true}', b'{"advance": "1"}', b"{" * 2000,
     b'{"advance": 1e300}', b'{"advance": 1, "more": 1}'],
)  # fmt: skip
def test_other_words_do_not_move_the_clock(up: Running, body: bytes) -> None:
    before = up.get("/clock")["offsetSeconds"]
    assert up.post("/clock", body) == (422, None)
    assert up.get("/clock")["offsetSeconds"] == before


def test_the_moved_time_outlives_the_exchange(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--clock-control") as made:
        assert made.post("/clock", b'{"advance": 3600}')[0] == 200
    with running(tmp_path / "state", "--clock-control") as made:
        assert made.get("/clock")["offsetSeconds"] == 3600


def test_without_control_there_is_no_clock_to_move(reference_exchange: Any) -> None:
    made = Running(None, {"status": reference_exchange.status}, Path())  # type: ignore[arg-type]  # only asked
    assert made.post("/clock", b'{"advance": 1}')[0] == 404


def test_one_stop_stops_every_process(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--processes") as made:
        processes = made.processes()
        assert len(processes) >= 9
        made.child.send_signal(signal.SIGTERM)
        assert made.child.wait(PATIENCE) == 0
        assert not [pid for pid in processes if _lives(pid)]


def test_a_dead_service_ends_the_exchange_by_name(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--processes") as made:
        processes = made.processes()
        os.kill(processes[3], signal.SIGKILL)
        assert made.child.wait(PATIENCE) == 3
        assert "ended unexpectedly (signal 9)" in made.log
        assert "the process of the service " in made.log
        assert not [pid for pid in processes if _lives(pid)]


def test_services_do_not_outlive_a_killed_first_process(tmp_path: Path) -> None:
    with running(tmp_path / "state", "--processes") as made:
        processes = made.processes()
        made.child.kill()
        made.child.wait(PATIENCE)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and any(_lives(pid) for pid in processes):
            time.sleep(0.05)
        assert not [pid for pid in processes if _lives(pid)]


def test_migrate_tells_every_store_and_refuses_a_running_state(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "reference_impl.topology", "migrate", "--state"]
    done = subprocess.run(
        [*command, str(tmp_path / "new")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"store": "purchaser", "from": None, "to": "0001"} in lines
    with running(tmp_path / "state"):
        refused = subprocess.run(
            [*command, str(tmp_path / "state")],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    assert refused.returncode == 2
    assert "is in use by another running exchange" in refused.stderr


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
