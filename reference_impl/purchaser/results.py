"""Results of adjudication as the purchaser knows them: asked for, never kept.

The adjudication service alone decides a claim; whatever was decided is read from it whenever a
claim, a statement or a payment report is shown, so that two ledgers cannot drift apart. (ADR 0011)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Call
from reference_impl.purchaser.money import Amounts

SUBMITTED = "SUBMITTED"
SETTLED = "SETTLED"


@dataclass(frozen=True)
class Result:
    """What became of one claim. `accepted` is what counts after all adjustments, in rial."""

    state: str
    accepted: Amounts
    adjustments: tuple[Mapping[str, Any], ...]
    paid: int


async def result_of(call: Call, claim_id: str) -> Result | None:
    """Ask for the result of a claim; None while it is not adjudicated."""
    if call.config.faults.on("purchaser.claim.results_ignored"):
        return None
    reply = await call.peer("adjudication").get(f"/claims/{claim_id}/result")
    if reply.code == "CLAIM_NOT_FOUND":
        return None
    if reply.code is not None:
        raise Refusal("DEPENDENCY_UNAVAILABLE")
    return _read(reply.json)


async def results_of(call: Call, period: str) -> dict[str, Result]:
    """Ask for the results of all claims the calling centre submitted in a Jalali month."""
    if call.config.faults.on("purchaser.claim.results_ignored"):
        return {}
    reply = await call.peer("adjudication").get(f"/results/{period}")
    if reply.code is not None:
        raise Refusal("DEPENDENCY_UNAVAILABLE")
    return {one["claimId"]: _read(one) for one in reply.json["results"]}


def _read(shown: Mapping[str, Any]) -> Result:
    accepted = shown["accepted"]
    return Result(
        shown["state"],
        Amounts(accepted["total"], accepted["insurerShare"], accepted["patientShare"]),
        tuple(shown["adjustments"]),
        int(shown.get("paid", 0)),
    )
