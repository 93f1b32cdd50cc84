"""Sessions and replies for tests of the kit."""

from __future__ import annotations

from datetime import UTC, datetime

from lab.evidence.replay import DiscardingRecorder
from lab.kit.contract import Contracts
from lab.kit.expect import Expect
from lab.kit.reply import Reply
from lab.kit.session import CaseSession
from lab.model.case import Case, SuiteKind
from lab.model.exchange import (
    BodyRef,
    Direction,
    Exchange,
    FailureKind,
    Header,
    ReceivedResponse,
    SentRequest,
    TransportFailure,
)
from lab.model.verdict import Severity

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
EMPTY = BodyRef(sha256="0" * 64, size=0)


def a_case(case_id: str = "TC-A-B-001") -> Case:
    return Case(
        id=case_id,
        title="t",
        purpose="Ensure that it works.",
        suite=SuiteKind.WORKFLOW,
        role="purchaser_system",
        requirements=("ERX-1", "ERX-2"),
        module="m",
        function="f",
    )


def a_session(**changes: object) -> CaseSession:
    settings: dict[str, object] = {
        "case": a_case(),
        "attempt": 1,
        "campaign_id": "CMP-1",
        "seed": 7,
        "now": NOW,
        "recorder": DiscardingRecorder(),
        "severity_of": lambda _: Severity.MAJOR,
        **changes,
    }
    return CaseSession(**settings)  # type: ignore[arg-type]


def an_expect(session: CaseSession) -> Expect:
    return Expect(session, Contracts({}), None)


def a_reply(
    status: int = 200,
    content: bytes = b"{}",
    *,
    media_type: str = "application/json",
    failure: FailureKind | None = None,
    environment: bool = False,
) -> Reply:
    response = ReceivedResponse(
        status=status,
        headers=(Header(name="Content-Type", value=media_type),),
        body=EMPTY,
        wire_size=len(content),
    )
    exchange = Exchange(
        id="EV-000001",
        case_id="TC-A-B-001",
        attempt=1,
        ordinal=0,
        direction=Direction.STIMULUS,
        step="s",
        identity="x",
        started_at=NOW,
        elapsed_ms=1,
        request=SentRequest(method="GET", url="https://x/", target="/", headers=(), body=EMPTY),
        response=None if failure else response,
        failure=TransportFailure(kind=failure, detail="said so") if failure else None,
    )
    return Reply(
        exchange=exchange,
        content=b"" if failure else content,
        service="purchaser",
        operation="getThing",
        environment=environment,
    )
