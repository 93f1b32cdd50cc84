"""The client programs against a running exchange, started by command as a person would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.cli.children import Exchange, exchange
from reference_impl.clients.cli import build, parse
from reference_impl.clients.counter import Stop
from reference_impl.clients.prescriber import VISITS, prescribe
from reference_impl.clients.seal import Received


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with exchange(tmp_path_factory.mktemp("exchange")) as found:
        yield found


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    code: int
    steps: list[dict[str, Any]]
    err: str

    @property
    def names(self) -> list[str]:
        return [row["step"] for row in self.steps if row.get("step")]

    @property
    def stopped(self) -> str:
        return str(next((row["stopped"] for row in self.steps if "stopped" in row), ""))


def program(running: Exchange, name: str, *further: str) -> Ended:
    done = subprocess.run(
        [
            sys.executable, "-m", "reference_impl.clients", name, "--gateway", running.gateway,
            "--credentials", str(running.credentials), "--json", *further,
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ended(
        done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr
    )


def prescribed(running: Exchange, tmp_path: Path, *further: str) -> Path:
    target = tmp_path / "prescription.json"
    ended = program(running, "prescriber", "--out", str(target), *further)
    assert ended.code == 0, ended
    return target


def test_a_prescription_goes_through_p1_to_p6_and_d1_to_d7(
    running: Exchange, tmp_path: Path
) -> None:
    target = tmp_path / "prescription.json"
    written = program(
        running, "prescriber", "--scenario", "amendment", "--out", str(target)
    )  # fmt: skip
    assert (written.code, written.stopped) == (0, "")
    steps = ("P1", "P2", "P2b", "P3", "P4", "P4b", "P5", "P6")
    assert [name for name in steps if name not in written.names] == []
    given = program(running, "pharmacy", "--prescription", str(target))
    assert (given.code, given.stopped) == (0, "")
    assert set(given.names) == {"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D7b"}
    assert all(row["clause"] and row["fa"] and row["en"] for row in given.steps if row.get("step"))
    again = program(running, "pharmacy", "--prescription", str(target))
    assert again.code == 1
    assert again.stopped, "a dispensed prescription was given twice"


def test_the_slip_carries_the_hid_in_digits_and_as_bar_code(running: Exchange) -> None:
    ended = program(running, "prescriber")
    (slip,) = [row for row in ended.steps if row.get("step") == "P2b"]
    assert slip["barcode"].startswith(f"CODE128-B:{slip['hid']}:")


def test_a_rejected_item_is_not_registered(running: Exchange) -> None:
    ended = program(running, "prescriber", "--scenario", "rejection")
    assert (ended.code, ended.stopped) == (1, "RULE_REJECTED")
    assert "P5" not in ended.names


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ("pharmacy.lease.none", "LEASE_REQUIRED"),
        ("pharmacy.dispense.without_hid", "SCHEMA_VIOLATION"),
        ("pharmacy.cost.does_not_add_up", "COST_MISMATCH"),
        ("pharmacy.dispense.quantity_above_remaining", "DISPENSE_QUANTITY_EXCEEDED"),
        ("pharmacy.dispense.wrong_signer", "DOCUMENT_SIGNER_MISMATCH"),
        ("client.seal.clock_off", "SEAL_WINDOW_EXCEEDED"),
        ("client.seal.nonce_reused", "SEAL_NONCE_REPLAYED"),
    ],
)
def test_a_faulty_pharmacy_is_refused_with_a_coded_reason(
    running: Exchange, tmp_path: Path, point: str, code: str
) -> None:
    target = prescribed(running, tmp_path)
    ended = program(running, "pharmacy", "--prescription", str(target), "--fault", point)
    assert (ended.code, ended.stopped) == (1, code)


def test_a_counterfeit_pack_stops_the_pharmacy_and_frees_the_prescription(
    running: Exchange, tmp_path: Path
) -> None:
    target = prescribed(running, tmp_path)
    order = json.loads(target.read_text("utf-8"))
    packs = [{"product": row["code"], "code": "9900000000000016"} for row in order["items"]]
    target.write_text(json.dumps({**order, "shelf": packs}), "utf-8")
    refused = program(running, "pharmacy", "--prescription", str(target))
    assert (refused.code, refused.stopped) == (1, "PRODUCT_NOT_AUTHENTIC")
    assert "D7" not in refused.names
    target.write_text(json.dumps(order), "utf-8")
    other = program(
        running, "pharmacy", "--prescription", str(target), "--centre", "pharmacy-2",
        "--professional", "ph02",
    )  # fmt: skip
    assert other.code == 0, "the lease was not given back"


@pytest.mark.parametrize(
    "further",
    [
        ("prescriber", "--scenario", "unheard-of"),
        ("prescriber", "--fault", "FLT-PHA-999"),
        ("prescriber", "--centre", "nowhere"),
        ("pharmacy",),
        ("pharmacy", "--prescription", "/nowhere.json"),
    ],
)
def test_wrong_usage_is_said_in_one_line(running: Exchange, further: tuple[str, ...]) -> None:
    ended = program(running, *further)
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_a_gateway_that_is_not_there_is_no_refusal(running: Exchange) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "reference_impl.clients", "prescriber", "--json",
            "--gateway", "https://127.0.0.1:1", "--credentials", str(running.credentials),
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert json.loads(done.stdout)["stopped"] == "UNREACHABLE"


@pytest.mark.parametrize("flavour", ["office", "clinic", "hospital", "phc"])
def test_every_flavour_goes_on_to_the_visit_and_its_statement(
    running: Exchange, tmp_path: Path, flavour: str
) -> None:
    ended = program(
        running, "prescriber", "--flavour", flavour, "--visit", "--print", str(tmp_path)
    )
    assert (ended.code, ended.stopped) == (0, "")
    claim = next(row["claimId"] for row in ended.steps if row.get("step") == "P7")
    assert claim
    assert ended.names[-2:] == ["P7", "P8"]
    (slip,) = tmp_path.glob("hid-*.html")
    hid = next(row["hid"] for row in ended.steps if row.get("step") == "P2b")
    assert slip.name == f"hid-{hid}.html"


@pytest.mark.parametrize("arrives", [False, True], ids=["never sent", "answers lost"])
def test_a_prescription_waits_while_the_line_is_broken_and_is_registered_once(
    running: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    spool = tmp_path / "spool"
    given = parse(["prescriber", "--gateway", running.gateway, "--json", "--spool", str(spool),
                   "--credentials", str(running.credentials)])  # fmt: skip
    counter = build(given)
    through = counter.gateway._send
    first: list[str] = []

    def broken(method: str, target: str, headers: dict[str, str], content: bytes) -> Received:
        if (method, target) != ("POST", "/purchaser/v1/prescriptions"):
            return through(method, target, headers, content)
        if arrives:
            first.append(
                json.loads(through(method, target, headers, content).body)["prescriptionId"]
            )
        raise ConnectionResetError("the line is cut")

    monkeypatch.setattr(counter.gateway, "_send", broken)
    with pytest.raises(Stop, match="WAITS_IN_SPOOL"):
        prescribe(counter, VISITS["routine"])
    ended = program(running, "forward", "--spool", str(spool))
    assert ended.code == 0, ended
    (sent,) = (spool / "sent").iterdir()
    registered = json.loads(sent.read_text("utf-8"))["answer"]["prescriptionId"]
    assert set(first) <= {registered}
    assert len(first) == (3 if arrives else 0)
    assert list((spool / "waiting").iterdir()) == []


def test_forward_needs_a_spool(running: Exchange) -> None:
    ended = program(running, "forward")
    assert ended.code == 2
    assert "--spool" in ended.err
