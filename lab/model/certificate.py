"""The attestation that may follow a positive decision, and the acts before it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from lab.model.base import Frozen, Instant
from lab.model.sut import ProductIdentity


class CertificateState(StrEnum):
    """Life of a certificate."""

    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Act(Frozen):
    """One of the three acts of ISO/IEC 17065: evaluation, review, decision."""

    kind: Literal["evaluation", "review", "decision"]
    person: str
    at: Instant


class Certificate(Frozen):
    """What is signed. The JWS around it carries the laboratory's certificate chain."""

    format: Literal[2] = 2
    id: str
    product: ProductIdentity
    role: str
    scheme: str
    level: str
    pack: str
    pack_hash: str
    suite_version: str
    suite_hash: str
    assurance_sha256: str = ""  # of the signed assurance statement about these suites, if any
    campaign_id: str
    campaign_kind: str
    evidence_head: str
    evidence_records: int
    result_sha256: str
    decision_rule: str
    acts: tuple[Act, ...]
    issued_at: Instant
    valid_until: Instant
    laboratory: str
    limits: tuple[str, ...] = ()
