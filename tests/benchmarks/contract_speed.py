"""Generated contract messages per second: ours against the plain `schemathesis run` command.

Both test the same unsealed server in this run, in turns, and the server counts. Ours are the
contract cases as they stand: sealed messages, evidence on the disk, two validators. Start-up of
either side is left out: the clock runs from the first to the last answer.

``python -m tests.benchmarks.contract_speed PORT CREDENTIALS JOBS EXAMPLES`` is our side alone.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from lab.cli.children import stop
from lab.drivers.workers import run_groups
from lab.evidence.store import EvidenceStore
from lab.kit import role_messages
from lab.kit.case import registered
from lab.kit.runner import Surroundings, open_session, run_case
from lab.model.campaign import Campaign
from lab.model.case import Plan, PlannedCase, SuiteKind
from lab.model.evidence import RecordKind
from lab.model.roles import role_of
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Selection
from tests.benchmarks.exchange_speed import say
from tests.benchmarks.unsealed_server import BASE, bare_contract
from tests.support.case_bench import import_suites

ROLE = "eligibility_service"
ROUNDS = 3
EXAMPLES = 60
GENERATED = ("good", "bad")
LISTED = ("good, at a bound", "bad body, listed")  # steps of messages that are not drawn


@contextlib.contextmanager
def unsealed() -> Iterator[int]:
    """Run the server; yields its port."""
    command = [sys.executable, "-m", "tests.benchmarks.unsealed_server"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        line = child.stdout.readline() if child.stdout else b""
        yield int(json.loads(line)["port"])
    finally:
        stop(child)


def counted(port: int, work: Callable[[], float | None]) -> tuple[float, float]:
    """Return cases and seconds of `work`; what it returns replaces the count of the server."""
    address = f"http://127.0.0.1:{port}/count"
    urllib.request.urlopen(urllib.request.Request(address, method="POST")).read()
    cases = work()
    told = json.loads(urllib.request.urlopen(address).read())
    return cases or told["requests"], told["last"] - told["first"]


def theirs(port: int, contract: Path) -> None:
    """Run the command of the library, in one process, with its defaults for the rest."""
    subprocess.run(
        [
            "schemathesis", "run", str(contract), "--url", f"http://127.0.0.1:{port}",
            "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES), "--seed", "1401",
            "--workers", "1", "--suppress-health-check", "all", "--continue-on-failure",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": str(Path(sys.executable).parent), "HOME": str(contract.parent)},
        cwd=contract.parent,
        check=False,  # what it finds is not the question
    )  # fmt: skip


def ours(port: int, credentials: Path, jobs: int) -> dict[str, int]:
    """Run our contract cases of the service; return how many messages they generated, how."""
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.benchmarks.contract_speed",
            str(port), str(credentials), str(jobs), str(EXAMPLES),
        ],
        stdout=subprocess.PIPE,
        check=True,
    )  # fmt: skip
    return {str(kind): int(number) for kind, number in json.loads(done.stdout).items()}


def contract_speed(credentials: Path) -> None:
    """Print cases per second of both sides and the ratios; medians over the rounds."""
    rates: dict[str, list[float]] = {"schemathesis": [], "one process": [], "two processes": []}
    told: dict[str, int] = {}

    def mine(port: int, jobs: int) -> int:
        told.update(ours(port, credentials, jobs))
        return sum(told.values())

    with tempfile.TemporaryDirectory(prefix="mafalab-contract-") as name, unsealed() as port:
        contract = Path(name) / "contract.json"
        contract.write_text(json.dumps(bare_contract()), "utf-8")
        for _ in range(ROUNDS):
            for side, work in (
                ("schemathesis", lambda: theirs(port, contract)),
                ("one process", lambda: mine(port, 1)),
                ("two processes", lambda: mine(port, 2)),
            ):
                cases, seconds = counted(port, work)
                rates[side].append(cases / seconds)
    plain = rates["schemathesis"]
    say(f"contract: schemathesis run {statistics.median(plain):.0f} cases/s on the unsealed server")
    for side, target in (("one process", 0.9), ("two processes", 1.5)):
        # A round is short, so that its parts see about the same of what else the machine does.
        ratios = [mine / other for mine, other in zip(rates[side], plain, strict=True)]
        say(
            f"  ours, {side}: {statistics.median(rates[side]):.0f} cases/s, "
            f"ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}; target {target})"
        )
    say(f"  ours sent {told['listed']} listed and {told['drawn']} drawn messages")


def _campaign(port: int, credentials: Path, examples: int, ids: list[str]) -> Campaign:
    rows = tuple(
        PlannedCase(case=registered(one).case, selection=Selection.SELECTED, reason="benchmark")
        for one in ids
    )
    return Campaign(
        id="CMP-BENCH",
        profile=SutProfile(
            product=ProductIdentity(vendor="v", product="p", version="1"),
            role=ROLE,
            ixit=Ixit(
                base_url=f"http://127.0.0.1:{port}{BASE}",
                environment_url=f"http://127.0.0.1:{port}",
                credentials=str(credentials),
            ),
        ),
        plan=Plan(
            id="bench", title="bench", scheme=ROLE, role=ROLE, level="basic",
            suites=(SuiteKind.CONTRACT,), expected_cases=len(ids), generated_examples=examples,
        ),
        planned=rows,
        seed=1401,
        pack="erx-1401",
        pack_hash="0" * 64,
        suite_version="0",
        suite_hash="0" * 64,
        started_at=datetime.now(UTC),
    )  # fmt: skip


def perform(port: int, credentials: Path, jobs: int, examples: int) -> dict[str, int]:
    """Run the contract cases as a driver does; return how many messages they generated, how."""
    import_suites()
    role = role_of(ROLE)
    ids = [
        f"TC-{role.prefix}-CON-{one.operation.id.upper()}-001"
        for one in role_messages(role).recipes
    ]
    campaign = _campaign(port, credentials, examples, ids)
    with tempfile.TemporaryDirectory(prefix="mafalab-contract-") as place:
        store = EvidenceStore(Path(place) / "evidence.sqlite")

        def work(member: int, members: int, take: Callable[[], tuple[str, ...] | None]) -> None:
            store.reopen(member, members)
            around = Surroundings(campaign, store, store)
            while group := take():
                for case_id in group:
                    found = registered(case_id)
                    session = open_session(found, 1, datetime.now(UTC), around)
                    run_case(found, session, around)
            store.close()

        store.suspend()
        run_groups([(one,) for one in ids], jobs, work)
        store.reopen()
        steps = [str(row.data["step"]) for row in store.records(RecordKind.EXCHANGE)]
        store.close()
    generated = [step for step in steps if step.startswith(GENERATED)]
    listed = sum(step in LISTED for step in generated)
    return {"listed": listed, "drawn": len(generated) - listed}


if __name__ == "__main__":
    number = perform(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    sys.stdout.write(f"{json.dumps(number)}\n")
