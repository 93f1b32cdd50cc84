"""Runs one attempt at one case and closes its account: verdict, findings, counts.

A case ends in one of four ways: it returns; it signals INCONCLUSIVE; our side is at fault (ERROR);
or it returns without having evaluated anything (ERROR, because nothing may pass by default).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from fixtures.synthetic import World, world
from lab.kit.asgi import AsgiTransport
from lab.kit.case import RegisteredCase
from lab.kit.clock import ProductClock
from lab.kit.contract import Contracts, load_contracts, severity_of
from lab.kit.credentials import CredentialKit
from lab.kit.data import SyntheticData
from lab.kit.expect import Expect
from lab.kit.generated import Generated
from lab.kit.live import LiveTransport
from lab.kit.observed import Routes, Traffic, load_traffic, scenario_case_id
from lab.kit.observed_seal import RequestSealVerifier
from lab.kit.rehearsal import Rehearsal
from lab.kit.replay import ReplayTransport
from lab.kit.seal import SealVerifier
from lab.kit.session import CaseSession
from lab.kit.signals import HarnessProblem, Inconclusive
from lab.kit.sut import Sut
from lab.kit.transport import Transport
from lab.model.base import JsonValue
from lab.model.campaign import Campaign
from lab.model.errors import EnvironmentFault, LabError
from lab.model.evidence import Recorder, ReplaySource
from lab.model.finding import Finding
from lab.model.roles import role_of
from lab.model.verdict import Blame, Severity, Verdict

CASE_SECONDS = 120.0
GENERATED_SECONDS = 300.0


@dataclass
class Surroundings:
    """What all cases of one process share."""

    campaign: Campaign
    recorder: Recorder
    evidence: ReplaySource  # stored exchanges: scenarios of client roles, and replays
    replaying: bool = False
    replica: Path | None = None  # public parts of the credential kit, for replays
    scenario_attempts: dict[str, int] = field(default_factory=dict)  # finished attempts by case id
    rehearsal: Rehearsal | None = None  # of a calibration: inputs drawn before

    @cached_property
    def contracts(self) -> Contracts:
        """Contracts of the pack the campaign was frozen with."""
        return load_contracts(self.campaign.pack)

    @cached_property
    def world(self) -> World:
        """The synthetic world; its identifiers are the same for every seed."""
        return world()

    @cached_property
    def transport(self) -> Transport:
        """The transport to the product; started on first use, once per process."""
        ixit = self.campaign.profile.ixit
        return AsgiTransport(ixit.asgi) if ixit.asgi else LiveTransport(self.kit)

    @cached_property
    def kit(self) -> CredentialKit:
        """The credential kit. An in-process product writes it when it starts."""
        if self.replica is not None:
            return CredentialKit.load(self.replica, is_replica=True)
        ixit = self.campaign.profile.ixit
        directory = Path(ixit.credentials)
        if ixit.asgi and not self.replaying and not (directory / "kit.json").exists():
            _ = self.transport
        return CredentialKit.load(directory)

    @cached_property
    def clock(self) -> ProductClock:
        """The clock of the product, as far as the vendor lets us move it."""
        return ProductClock(self.campaign.profile.ixit, lambda: self.transport)

    def close(self) -> None:
        """Give back what was started."""
        if "transport" in self.__dict__:
            self.transport.close()
            del self.transport  # the next use starts it anew: workers are forked without one


def open_session(
    registered: RegisteredCase,
    attempt: int,
    now: datetime,
    around: Surroundings,
    *,
    ahead: timedelta = timedelta(),
) -> CaseSession:
    """Prepare the session of one attempt; `now` is the case clock as recorded.

    `ahead` is how far that clock is ahead of this machine, where earlier cases moved it.
    """
    campaign = around.campaign
    generated = registered.case.generated
    return CaseSession(
        case=registered.case,
        attempt=attempt,
        campaign_id=campaign.id,
        seed=campaign.seed,
        now=now,
        recorder=around.recorder,
        severity_of=lambda requirement_id: severity_of(campaign.pack, requirement_id),
        deadline_seconds=GENERATED_SECONDS if generated else CASE_SECONDS,
        examples=campaign.plan.generated_examples,
        min_accepted_share=campaign.profile.ixit.min_accepted_share,
        replay=around.evidence if around.replaying else None,
        ahead=ahead,
        rehearsal=around.rehearsal,
    )


def run_case(registered: RegisteredCase, session: CaseSession, around: Surroundings) -> None:
    """Run the case; afterwards the session holds verdict, findings and counts."""
    try:
        registered.function(**_arguments(registered, session, around))
    except Inconclusive as signal:
        session.found(signalled(session, signal))
    except HarnessProblem as problem:
        session.found(_our_fault(session, problem.sentence, problem.pointer, Blame.HARNESS))
    except EnvironmentFault as fault:
        session.found(_our_fault(session, fault.sentence, "environment", Blame.ENVIRONMENT))
    except LabError as error:
        blame = Blame.CONFIG if error.exit_code == 2 else Blame.HARNESS  # noqa: PLR2004 - usage
        session.found(_our_fault(session, error.sentence, error.where or "laboratory", blame))
    except Exception as defect:  # noqa: BLE001 - the one place where a broken case becomes ERROR
        session.observe("defect", {"traceback": traceback.format_exc()[-8000:]})
        sentence = f"{type(defect).__name__}: {str(defect)[:300]}"
        session.found(_our_fault(session, sentence, registered.case.module, Blame.HARNESS))
    if session.expectations == 0 and session.verdict.rank < Verdict.INCONCLUSIVE.rank:
        sentence = "the case ended without evaluating an expectation"
        session.found(_our_fault(session, sentence, "expectations", Blame.HARNESS))


def finished_data(session: CaseSession) -> dict[str, JsonValue]:
    """Return what the finishing record of an attempt says."""
    return {
        "verdict": session.verdict.value,
        "expectations": session.expectations,
        "findings": [finding.model_dump(mode="json") for finding in session.findings],
        "exchange_ids": list(session.exchange_ids),
        "seconds": round(session.seconds, 3),
        "note": session.note,
        "generated_inputs": session.generated_inputs,
        "accepted_inputs": session.accepted_inputs,
    }


def _arguments(
    registered: RegisteredCase, session: CaseSession, around: Surroundings
) -> dict[str, object]:
    makers: dict[str, Callable[[], object]] = {
        "sut": lambda: _sut(session, around),
        "data": lambda: SyntheticData(session, around.world),
        "expect": lambda: Expect(session, around.contracts, _verifier(around)),
        "generated": lambda: Generated(session),
        "traffic": lambda: _traffic(registered, session, around),
    }
    return {
        name: registered.given[name] if name in registered.given else makers[name]()
        for name in registered.parameters
    }


def _sut(session: CaseSession, around: Surroundings) -> Sut:
    profile = around.campaign.profile
    transport: Transport = (
        ReplayTransport(around.evidence, session.case.id, session.attempt)
        if around.replaying
        else around.transport
    )
    return Sut(
        session=session,
        transport=transport,
        kit=around.kit,
        contracts=around.contracts,
        profile=profile,
        world=around.world,
        role=role_of(profile.role),
        clock=around.clock,
    )


def _verifier(around: Surroundings) -> SealVerifier:
    return SealVerifier(around.kit)


def _traffic(registered: RegisteredCase, session: CaseSession, around: Surroundings) -> Traffic:
    scenario = registered.case.scenario
    if scenario is None:
        raise HarnessProblem("a case that takes traffic must name its scenario=")
    attempt = around.scenario_attempts.get(scenario_case_id(scenario), 0)
    if not around.evidence.exchanges_of(scenario_case_id(scenario), attempt):
        raise Inconclusive(
            f"scenario {scenario} left no traffic",
            blame=Blame.SUT,
            pointer="traffic",
            expected=f"traffic of scenario {scenario}",
            observed="none",
            fix="Let the product carry the scenario out while the witness listens.",
        )
    routes = Routes(around.contracts, sorted(around.contracts.services))
    verifier = RequestSealVerifier(around.kit)
    traffic = load_traffic(scenario, around.evidence, attempt, routes, verifier)
    for call in traffic:
        session.saw(call.exchange.id)
    return traffic


def _severity(session: CaseSession) -> Severity:
    return session.severity_of(session.case.requirements[0])


def signalled(session: CaseSession, signal: Inconclusive) -> Finding:
    """Return the finding of a case that could not be judged."""
    return Finding(
        case_id=session.case.id,
        requirement_id=session.case.requirements[0],
        verdict=Verdict.INCONCLUSIVE,
        blame=signal.blame,
        severity=_severity(session),
        title=signal.sentence,
        expected=signal.expected,
        observed=signal.observed,
        pointer=signal.pointer,
        exchange_id=signal.exchange_id,
        fix=signal.fix,
        ruling_ids=session.case.rulings,
    )


def _our_fault(session: CaseSession, sentence: str, pointer: str, blame: Blame) -> Finding:
    try:
        severity = _severity(session)
    except LabError:
        severity = Severity.MAJOR  # the register itself may be what is broken
    return Finding(
        case_id=session.case.id,
        requirement_id=session.case.requirements[0],
        verdict=Verdict.ERROR,
        blame=blame,
        severity=severity,
        title="The laboratory could not judge this case",
        expected="a case that runs to its end on our side",
        observed=sentence,
        pointer=pointer,
        exchange_id=None,
        fix="Nothing is asked of the product. Send us the bundle of this campaign.",
        fix_fa="از محصول شما چیزی خواسته نمی‌شود؛ بستهٔ این آزمون را برای ما بفرستید.",
    )
