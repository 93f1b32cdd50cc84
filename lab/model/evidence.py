"""Evidence records and the seam through which they are written before anything is judged."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

from pydantic import Field

from lab.model.base import Frozen, Instant
from lab.model.exchange import BodyRef, Exchange


class RecordKind(StrEnum):
    """Kinds of evidence records, in the order a campaign usually writes them."""

    CAMPAIGN_STARTED = "campaign_started"  # frozen plan, profile, seed, versions, pack hash
    ATTEMPT_STARTED = "attempt_started"  # a driver began, or a resume after an interruption
    CASE_STARTED = "case_started"  # case id, attempt, seed, case clock
    EXCHANGE = "exchange"
    OBSERVATION = (
        "observation"  # anything else a case looked at (file, process exit, generated input)
    )
    EXPECTATION = "expectation"
    FINDING = "finding"
    CASE_FINISHED = "case_finished"  # verdict, counts
    LOAD_SAMPLES = "load_samples"
    CAMPAIGN_FINISHED = "campaign_finished"
    INSPECTION = "inspection"  # an attestation of a person, also after the end of the testing
    RESULT_AMENDED = "result_amended"  # seals the result again after attestations


class Record(Frozen):
    """One link of the chain: hash = SHA-256(0x01 || previous || canonical JSON of the rest)."""

    seq: int = Field(ge=1)
    kind: RecordKind
    at: Instant
    case_id: str | None = None
    attempt: int | None = None
    data: dict[str, Any]
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")
    hash: str = Field(pattern=r"^[0-9a-f]{64}$")


class Recorder(Protocol):
    """Where a case's evidence goes. Implemented by `lab.evidence.store.EvidenceStore`.

    `exchange`, and every record of the start or end of something, returns only after it is durable;
    `lab.kit` never hands a response to a case before `exchange` has returned. Expectations,
    findings and observations are judgements on durable exchanges: they join the chain with the
    next such record of the same process (group commit), at the latest with `case_finished`.
    """

    def body(self, content: bytes) -> BodyRef:
        """Store bytes under their hash and return the reference."""
        ...

    def record(
        self,
        kind: RecordKind,
        data: dict[str, Any],
        *,
        case_id: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """Append one record to the chain."""
        ...

    def exchange(self, exchange: Exchange) -> None:
        """Append one exchange."""
        ...

    def next_exchange_id(self) -> str:
        """Return the next free id, EV-000001 and so on."""
        ...


class ReplaySource(Protocol):
    """Recorded exchanges of a finished campaign, for judging again without the SUT."""

    def exchanges_of(self, case_id: str, attempt: int) -> tuple[Exchange, ...]:
        """Exchanges of one attempt in ordinal order."""
        ...

    def read_body(self, ref: BodyRef) -> bytes:
        """Bytes of a stored body; raises EvidenceDamaged when they do not match their hash."""
        ...
