"""Every server role whose service is mounted: a campaign in process, faults on its own service."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from lab.campaign import RunRequest, run
from lab.cli.children import Exchange, mafalab
from lab.kit.messages import role_messages
from lab.model.campaign import Decision, ResultDocument
from lab.model.roles import load_roles, role_of
from lab.model.verdict import Verdict
from lab.selection.plan import load_plan
from lab.validation.corpus import Subject, SubjectKind, load_subjects
from lab.validation.subjects import profile_text
from reference_impl.faults.points import resolve
from reference_impl.topology.exchange import Exchange as Reference
from reference_impl.topology.exchange import Settings, UnknownSubject
from reference_impl.topology.inprocess import create

FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
SOME = ("siam", "maksa", "sepas_monitor", "gateway", "ehr", "tax_terminal_registry")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("state")
    create(str(place))
    return place


def campaign(place: Path, state: Path, subject: Subject, plan: str, *only: str) -> ResultDocument:
    place.mkdir(parents=True, exist_ok=True)
    (place / "sut.toml").write_text(profile_text(subject, state), "utf-8")
    request = RunRequest(sut=place / "sut.toml", out=place / "out", plan=plan, seed=7, only=only)
    return run(request, lambda _event: None)


def smoke(role: str) -> str:
    return load_roles()[role].plan.replace("-certification", "-smoke")


# Whole plans of all roles are judged by tests/mutants; these are campaigns as `mafalab run` makes.
@pytest.mark.parametrize("role", SOME)
def test_the_reference_conforms_in_a_campaign(role: str, state: Path, tmp_path: Path) -> None:
    result = campaign(tmp_path, state, load_subjects(FAULTS, role)[0], smoke(role))
    assert [r.case.id for r in result.cases if r.verdict is not Verdict.PASS] == []
    assert result.statement.decision is Decision.CONFORMING


def test_a_fault_of_the_platform_follows_the_role_under_test(state: Path, tmp_path: Path) -> None:
    subject = next(s for s in load_subjects(FAULTS, "siam") if s.point == "platform.seal.optional")
    assert subject.expected_cases == ("TC-SIA-SEC-SEAL-001",)
    result = campaign(tmp_path, state, subject, smoke("siam"))
    failed = [row.case.id for row in result.cases if row.verdict is Verdict.FAIL]
    assert failed == ["TC-SIA-SEC-SEAL-001"]


def test_nothing_is_earned_by_doing_nothing(state: Path, tmp_path: Path) -> None:
    nulls = [s for s in load_subjects(FAULTS, "maksa") if s.kind is SubjectKind.NULL]
    assert len(nulls) == 5
    refusing = next(s for s in nulls if s.point == "always_refuse")
    result = campaign(tmp_path, state, refusing, smoke("maksa"))
    assert not [row.case.id for row in result.cases if row.verdict is Verdict.PASS]


def test_faults_are_applied_by_what_a_role_has() -> None:
    for name in ("siam", "irimc_registry", "ttac"):
        points = {s.point for s in load_subjects(FAULTS, name)}
        takes_bodies = "body" in role_messages(role_of(name)).traits
        assert "platform.seal.optional" in points
        assert ("platform.json.skip_schema" in points) == takes_bodies
    mine = {s.point: s.expected_cases for s in load_subjects(FAULTS, "eligibility_service")}
    assert "TC-ELG-CON-INQUIREELIGIBILITY-001" in mine["platform.json.skip_schema"]
    assert not [s for s in load_subjects(FAULTS, "pharmacy_system") if "SRV" in s.id]
    assert not [s for s in load_subjects(FAULTS, "purchaser_system") if "SRV" in s.id]


def test_subjects_decide_where_a_fault_acts(state: Path) -> None:
    faults = resolve(["platform.seal.optional"])
    reference = Reference(Settings(state=state, faults=faults, subjects=("siam", "maksa")))
    on = {
        name
        for name in reference.services
        if reference._faults_of(name).on("platform.seal.optional")
    }
    reference.close()
    assert on == {"siam", "maksa"}
    with pytest.raises(UnknownSubject, match="nobody"):
        Reference(Settings(state=state, subjects=("nobody",)))


def test_a_shipped_plan_counts_its_cases() -> None:
    done = mafalab("catalogue", "plans")
    assert done.code == 0, done.out
    assert load_plan("eligibility-certification").opening == "TC-ELG-WF-SANITY-001"


@pytest.mark.parametrize("role", ["siam", "gateway", "insured_db"])
def test_init_and_doctor_know_the_role(
    role: str, reference_exchange: Exchange, tmp_path: Path
) -> None:
    found = load_roles()[role]
    origin = (
        reference_exchange.gateway if found.address == "gateway" else reference_exchange.services
    )
    target = tmp_path / "sut.toml"
    made = mafalab(
        "sut", "init", "--role", role, "--out", target,
        "--base-url", f"{origin}{found.base_path}",
        "--exchange-url", reference_exchange.gateway,
        "--status-url", reference_exchange.status,
        "--credentials", reference_exchange.credentials.resolve(),
    )  # fmt: skip
    assert made.code == 0, made.err
    done = mafalab("doctor", "--sut", target, "--json")
    assert done.code == 0, done.out
    ids = {row["id"] for row in json.loads(done.out)["checks"]}
    assert {"message:answer", "message:seal"} <= ids


def test_a_campaign_over_tls_through_the_gateway(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    target = tmp_path / "sut.toml"
    address = f"{reference_exchange.gateway}/ditas/siam/v1"
    made = mafalab(
        "sut", "init", "--role", "siam", "--out", target, "--base-url", address,
        "--exchange-url", reference_exchange.gateway,
        "--status-url", reference_exchange.status,
        "--credentials", reference_exchange.credentials.resolve(),
    )  # fmt: skip
    assert made.code == 0, made.err
    done = mafalab("run", "--sut", target, "--plan", "siam-smoke", "--out", tmp_path / "out")
    assert done.code == 0, done.out + done.err


def test_an_unknown_subject_is_named_in_process(state: Path) -> None:
    async def start() -> None:
        create(str(state), subject="nobody")

    with pytest.raises(UnknownSubject):
        asyncio.run(start())
