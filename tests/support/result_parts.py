"""Exchanges and a load run as they could have been recorded: parts of `tests.support.results`."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

from lab.model.campaign import ExchangeView, LoadResult, SlaOutcome
from lab.model.exchange import (
    BodyRef,
    Direction,
    Exchange,
    Header,
    ReceivedResponse,
    SentRequest,
    TransportFailure,
)
from lab.model.verdict import Verdict

START = datetime(2026, 11, 21, 10, 25, 7, tzinfo=UTC)


def body_of(text: str) -> BodyRef:
    data = text.encode("utf-8", "surrogatepass")
    return BodyRef(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


def exchange_view(
    number: int,
    case_id: str,
    *,
    request: str | None = None,
    response: str | None = None,
    status: int = 200,
    failure: TransportFailure | None = None,
    direction: Direction = Direction.STIMULUS,
    target: str = "/purchaser/v1/price",
    step: str = "price of one item",
    headers: tuple[Header, ...] = (),
    document: str | None = None,
) -> ExchangeView:
    if request is None:
        patient = {"type": "national-code", "value": "9900000018", "name": "مریم آزمایشی"}
        request = json.dumps({"patient": patient, "items": [{"itemId": "1", "quantity": 30}]},
                             ensure_ascii=False)  # fmt: skip
    if response is None:
        response = json.dumps(
            {"items": [{"itemId": "1", "total": 1250000, "insurerShare": 875000,
                        "patientShare": 374999, "ruleIds": ["R-7"]}], "total": 1250000,
             "messageFa": "سهم‌ها محاسبه شد"}, ensure_ascii=False)  # fmt: skip
    sent = SentRequest(
        method="POST",
        url=f"https://127.0.0.1:8444{target}",
        target=target,
        headers=(
            Header(name="content-type", value="application/json"),
            Header(name="ditas-centre", value="IR-990001"),
            Header(name="ditas-correlation", value="0b6f5a52-2f0e-4d62-9a5b-0d9c1e1b8a01"),
            *headers,
        ),
        body=body_of(request),
    )
    received = None
    if failure is None:
        received = ReceivedResponse(
            status=status,
            headers=(Header(name="content-type", value="application/json"), *headers),
            body=body_of(response),
            wire_size=len(response),
        )
    exchange = Exchange(
        id=f"EV-{number:06d}",
        case_id=case_id,
        attempt=1,
        ordinal=number,
        direction=direction,
        step=step,
        identity="pharmacy-1",
        started_at=START + timedelta(seconds=number),
        elapsed_ms=12.5 + 7 * number,
        request=sent,
        response=received,
        failure=failure,
    )
    return ExchangeView(
        exchange=exchange,
        request_text=request,
        response_text="" if failure is not None else response,
        truncated=False,
        document=document,
    )


def load_result(**changes: object) -> LoadResult:
    def outcome(operation: str, measure: str, **own: object) -> SlaOutcome:
        values: dict[str, object] = {
            "operation": operation, "measure": measure, "limit_ms": 500.0, "allowed_share": 0.05,
            "samples": 300, "exceedances": 4, "effective_samples": 240.0, "lower_bound": 0.004,
            "upper_bound": 0.034, "quantile_ms": 181.0, "verdict": Verdict.PASS,
            "reason": "the upper bound is below the allowed share"}  # fmt: skip
        return SlaOutcome.model_validate(values | own)

    values: dict[str, object] = {
        "profile": "smoke",
        "rate_per_second": 5.0,
        "seconds": 60.0,
        "planned": 300,
        "sent": 300,
        "completed": 299,
        "gates": (
            ("generator lag p99", True, "11 ms, limit 50 ms"),
            ("unsent share", True, "0 of 300"),
        ),
        "outcomes": (
            outcome("price", "p95"),
            outcome("registerPrescription", "p95", exceedances=14, lower_bound=0.03,
                    upper_bound=0.08, verdict=Verdict.INCONCLUSIVE, quantile_ms=478.0,
                    reason="the interval straddles the allowed share"),
            outcome("confirmDispense", "error_rate", limit_ms=None, allowed_share=0.005,
                    exceedances=6, lower_bound=0.008, upper_bound=0.04, quantile_ms=None,
                    verdict=Verdict.FAIL, reason="the lower bound is above the allowed share"),
        ),
        "verdict": Verdict.FAIL,
        "reason": "One item is beyond its limit.",
        "timeline": tuple(
            (float(s), 40.0 + 3 * (s % 7), 150.0 + 9 * (s % 11), 320.0 + 40 * (s % 13))
            for s in range(60)
        ),
    }  # fmt: skip
    return LoadResult.model_validate(values | changes)
