"""A client campaign for real: exchange, witness, program, judgement. Faulty programs are caught."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.campaign import RunRequest, run
from lab.cli.children import Exchange, exchange
from lab.drivers.scenario_model import load_scenarios
from lab.evidence.verify import verify
from lab.model.campaign import Decision, ResultDocument
from lab.model.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ROOT / "fixtures" / "faults" / "pharmacy"
PLAN = "pharmacy-certification"
COMMAND = [
    sys.executable, "-m", "reference_impl.clients", "pharmacy", "--gateway", "{gateway}",
    "--credentials", "{credentials}", "--prescription", "{prescription}",
]  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    with exchange(tmp_path_factory.mktemp("exchange")) as found:
        yield found


def campaign(
    running: Exchange, place: Path, *command: str, only: tuple[str, ...] = ()
) -> ResultDocument:
    sut = place / "pharmacy.toml"
    sut.write_text(
        f"""role = "pharmacy_system"
[product]
vendor = "test"
product = "pharmacy"
version = "0"
[ics]
"pharmacy.dispense" = "yes"
"pharmacy.partial" = "yes"
"pharmacy.void" = "yes"
"pharmacy.authenticity" = "yes"
"pharmacy.hid" = "yes"
[ixit]
gateway_url = {json.dumps(running.gateway)}
client_command = {json.dumps(list(command))}
credentials = {json.dumps(str(running.credentials))}
""",
        "utf-8",
    )
    request = RunRequest(sut=sut, out=place / "out", plan=PLAN, seed=7, kind="self-test", only=only)
    return run(request, lambda _event: None)


@pytest.mark.slow
def test_the_clean_program_conforms(running: Exchange, tmp_path: Path) -> None:
    result = campaign(running, tmp_path, *COMMAND)
    assert {c.case.id: c.verdict for c in result.cases if c.verdict is not Verdict.PASS} == {}
    assert result.statement.decision is Decision.CONFORMING
    assert result.evidence.exchanges > 40
    assert verify(tmp_path / "out").intact


@pytest.mark.slow
def test_asking_both_rule_services_one_by_one_conforms_too(
    running: Exchange, tmp_path: Path
) -> None:
    named = tuple(f"TC-PHA-OBS-{one}" for one in ("STEPS-001", "RULES-001", "RULES-002"))
    result = campaign(running, tmp_path, *COMMAND, "--rules", "apart", only=named)
    ran = {c.case.id: c.verdict for c in result.cases if c.case.id in named}
    assert ran == dict.fromkeys(named, Verdict.PASS)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        "FLT-PHA-001", "FLT-PHA-002", "FLT-PHA-005", "FLT-PHA-007", "FLT-PHA-011", "FLT-PHA-014",
        "FLT-PHA-017", "FLT-PHA-029",
    ],
)  # fmt: skip
def test_a_faulty_program_is_caught_by_the_named_cases(
    running: Exchange, tmp_path: Path, fault: str
) -> None:
    entry = tomllib.loads((FAULTS / f"{fault}.toml").read_text("utf-8"))
    named = tuple(entry["expected_cases"])
    result = campaign(running, tmp_path, *COMMAND, "--fault", fault, only=named)
    ran = {c.case.id: c for c in result.cases if c.case.id in named}
    assert {name: c.verdict for name, c in ran.items()} == dict.fromkeys(named, Verdict.FAIL)
    blamed = {f.requirement_id for c in ran.values() for f in c.findings}
    assert entry["requirement"] in blamed


@pytest.mark.slow
def test_a_program_that_does_nothing_earns_nothing(running: Exchange, tmp_path: Path) -> None:
    result = campaign(
        running, tmp_path, sys.executable, "-c", "pass", only=("TC-PHA-OBS-SEAL-001",)
    )
    (judged,) = [c for c in result.cases if c.case.id == "TC-PHA-OBS-SEAL-001"]
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert result.statement.decision is not Decision.CONFORMING


def test_every_case_of_the_suite_can_be_failed_by_a_catalogued_fault() -> None:
    named = {
        case
        for path in FAULTS.glob("*.toml")
        for case in tomllib.loads(path.read_text("utf-8"))["expected_cases"]
    }
    defined = {
        line.strip().strip('",')
        for path in (ROOT / "suites" / "observed").glob("tc_*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith('"TC-PHA-OBS-')
    }
    assert named == defined


def test_every_scenario_file_can_be_used_and_is_used() -> None:
    found = load_scenarios(ROOT / "suites" / "observed" / "scenarios")
    text = "".join(p.read_text("utf-8") for p in (ROOT / "suites" / "observed").glob("tc_*.py"))
    assert len(found) >= 5
    assert [s.id for s in found if f'"{s.id}"' not in text] == []
