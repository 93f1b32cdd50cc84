"""A failed expectation, phrased so that a vendor can act on it without the source code."""

from __future__ import annotations

from lab.model.base import Frozen
from lab.model.verdict import Blame, Severity, Verdict


class Finding(Frozen):
    """One expectation that did not hold.

    `pointer` is a JSON Pointer into the response body, or `status`, `header:NAME`, `tls`,
    `document`.
    `verdict` is what this finding makes of the case: FAIL, INCONCLUSIVE or ERROR.
    """

    case_id: str
    requirement_id: str
    verdict: Verdict
    blame: Blame
    severity: Severity
    title: str
    expected: str
    observed: str
    pointer: str
    exchange_id: str | None
    fix: str
    fix_fa: str = ""
    ruling_ids: tuple[str, ...] = ()


class Expectation(Frozen):
    """One evaluated expectation, held or not; the count guards against vacuous passes."""

    case_id: str
    requirement_id: str
    held: bool
    pointer: str
    expected: str
    exchange_id: str | None = None
