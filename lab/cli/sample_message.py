"""One real sealed call as the last check of the pre-flight: the way a case would make it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from fixtures.synthetic import world
from lab.cli.preflight import Check, Grade, check_clock
from lab.evidence.store import EvidenceStore
from lab.kit.clock import ProductClock
from lab.kit.contract import load_contracts
from lab.kit.credentials import CredentialKit
from lab.kit.data import SyntheticData
from lab.kit.live import LiveTransport
from lab.kit.messages import role_messages
from lab.kit.reply import Reply
from lab.kit.seal import SealVerifier
from lab.kit.session import CaseSession
from lab.kit.signals import CaseSignal
from lab.kit.sut import Caller, Sut
from lab.model.case import Case, SuiteKind
from lab.model.roles import role_of
from lab.model.sut import SutProfile
from lab.model.verdict import Blame, Severity

_OK, _NOT_FOUND = 200, 404
_PRODUCT = "99012"


def check_sample_message(profile: SutProfile, kit: CredentialKit) -> Iterator[Check]:
    """Send one harmless sealed call and look at answer, clock and seal. Nothing is judged."""
    with tempfile.TemporaryDirectory(prefix="mafalab-doctor-") as place:
        transport = LiveTransport(kit)
        try:
            with EvidenceStore(Path(place) / "evidence.sqlite") as store:
                session = _session(store, profile)
                try:
                    reply, wanted = _ask(profile, kit, session, transport)
                except CaseSignal as signal:
                    yield Check(
                        "message:answer", Grade.FAULT, signal.sentence, signal.blame, signal.fix
                    )
                    return
                yield from _look(reply, wanted, kit, session)
        finally:
            transport.close()


def _session(store: EvidenceStore, profile: SutProfile) -> CaseSession:
    case = Case(
        id="TC-DOCTOR-001",
        title="sample message",
        purpose="Ensure that the addresses and credentials of sut.toml work.",
        suite=SuiteKind.CONTRACT,
        role=profile.role,
        requirements=("PRE-FLIGHT",),
        module=__name__,
        function="check_sample_message",
    )
    return CaseSession(
        case=case,
        attempt=1,
        campaign_id=f"doctor-{time.time_ns()}",
        seed=time.time_ns(),
        now=datetime.now(UTC).replace(microsecond=0),
        recorder=store,
        severity_of=lambda _requirement: Severity.OBSERVATION,
    )


def _ask(
    profile: SutProfile, kit: CredentialKit, session: CaseSession, transport: LiveTransport
) -> tuple[Reply, int]:
    synthetic = world()
    sut = Sut(
        session=session,
        transport=transport,
        kit=kit,
        contracts=load_contracts(profile.pack),
        profile=profile,
        world=synthetic,
        role=role_of(profile.role),
        clock=ProductClock(profile.ixit, lambda: transport),
        default_caller=Caller("pharmacy-1"),
    )
    if profile.ixit.base_url is None:
        return sut.environment("gateway", "getAdmission", step="pre-flight: admission"), _OK
    data = SyntheticData(session, synthetic)
    return _priced(sut, data) if sut.role.id == "purchaser_system" else _plainest(sut, data)


def _plainest(sut: Sut, data: SyntheticData) -> tuple[Reply, int]:
    """Send the simplest honest message of the role; without one, ask for what does not exist."""
    one = role_messages(sut.role).probe("any")
    if one is None or not one.is_plain:
        return sut.send("GET", "/nothing", step="pre-flight: unknown address"), _NOT_FOUND
    message = one.make(sut, data, "pre-flight")
    return message.send(sut, f"pre-flight: {one.operation.id}"), one.success


def _priced(sut: Sut, data: SyntheticData) -> tuple[Reply, int]:
    synthetic = data.world
    centre = synthetic.centre("pharmacy-1")
    product = synthetic.product(_PRODUCT)
    reply = sut.call(
        "price",
        step="pre-flight: price",
        body={
            "patient": data.person_id("P01"),
            "centreKind": {"kind": centre.kind, "sector": centre.sector},
            "items": [
                {
                    "itemId": "1",
                    "code": data.drug(_PRODUCT),
                    "quantity": 1,
                    "unitPrice": product.reference_price,
                }
            ],
        },
    )
    return reply, _OK


def _look(reply: Reply, wanted: int, kit: CredentialKit, session: CaseSession) -> Iterator[Check]:
    blame = Blame.ENVIRONMENT if reply.environment else Blame.SUT
    if reply.failure is not None:
        yield Check(
            "message:answer", Grade.FAULT,
            f"no usable answer: {reply.failure.kind.value}, {reply.failure.detail}", blame,
            "Look at the log of the service at the time of this call.",
            "به پیام نمونه پاسخ قابل استفاده‌ای نرسید.",
        )  # fmt: skip
        return
    yield check_clock("sample message", reply.header("date"), time.time())
    if reply.status != wanted:
        code = f" {reply.problem_code}" if reply.problem_code else ""
        yield Check(
            "message:answer", Grade.FAULT,
            f"expected {wanted}, observed {reply.status}{code}", *_reading(reply, blame),
        )  # fmt: skip
    else:
        yield Check("message:answer", Grade.OK, f"answered {wanted}")
    problem = SealVerifier(kit).response_problem(reply, at=session.now)
    if problem is None:
        yield Check("message:seal", Grade.OK, "the seal of the answer verifies")
    else:
        yield Check(
            "message:seal", Grade.FAULT, problem, blame,
            "Seal every answer as docs/wire.md describes.", "مُهر پاسخ پذیرفته نیست.",
        )  # fmt: skip


def _reading(reply: Reply, blame: Blame) -> tuple[Blame, str, str]:
    """Say who probably mends a refusal of the sample message."""
    code = str(reply.problem_code or "")
    if code.startswith(("SEAL_CERTIFICATE", "TRANSPORT_", "ADMISSION_")):
        return (
            Blame.CONFIG,
            "The service does not know these credentials: use the kit of the exchange it trusts.",
            "سرویس این گواهی‌ها را نمی‌شناسد؛ پوشهٔ گواهی‌های همان تبادل را بدهید.",
        )
    return (
        blame,
        "The sample message is legal in the pack; the log of the service says why it refused.",
        "پیام نمونه مجاز است؛ دلیل رد را در گزارش سرویس ببینید.",
    )
