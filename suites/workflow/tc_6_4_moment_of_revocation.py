"""Clause 6-4: a revocation is told with its own moment. The case moves the clock of the product."""

from __future__ import annotations

from datetime import timedelta

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from suites import trust_journeys as trust
from suites.answers.forms import instant

BETWEEN = timedelta(hours=2)
TOLERANCE = timedelta(minutes=5)


def _revoked(sut: Sut, data: SyntheticData, label: str, step: str) -> Reply:
    """Revoke a certificate made for it."""
    named = trust.named(trust.fresh(sut, data, label))
    return trust.revoke(sut, {**named, "reason": data.reason("KEY_COMPROMISED")}, step)


@conformance_case(
    "TC-RAU-WF-REV-005",
    verifies=("ERX-6-4-B", "ERX-6-4-C"),
    role="registration_authority",
    moves_clock=True,
    title_fa="ابطال با زمان خود اعلام می‌شود",
)
@conformance_case(
    "TC-HCA-WF-REV-005",
    verifies=("ERX-8-13-A", "ERX-9-1-1-A"),
    role="health_ca",
    moves_clock=True,
    title_fa="ابطال با زمان خود اعلام می‌شود",
)
def tc_a_revocation_has_its_own_moment(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a revocation with the moment at which it was made.

    Given a certificate that was revoked, when two hours later another one is revoked, then the
    answer tells moments two hours after those of the first.
    """
    first = _revoked(sut, data, "the first", "preamble: revoke")
    expect.control(first, 201)
    sut.let_pass(hours=2)

    second = _revoked(sut, data, "the second", "stimulus: revoke two hours later")

    expect.status(second, 201, fix="Let the holder revoke.", fix_fa="ابطال دارنده را بپذیرید.")
    for name in ("checkedAt", "revokedAt"):
        before, after = instant(first.find(f"/{name}")), instant(second.find(f"/{name}"))
        missing = before is None or after is None
        expect.that(
            (missing and name == "revokedAt")
            or (
                before is not None
                and after is not None
                and abs(after - before - BETWEEN) <= TOLERANCE
            ),
            title="a revocation is told with another moment",
            expected=f"/{name} two hours after {before}",
            observed=str(after),
            pointer=f"/{name}",
            reply=second,
            fix="Answer every revocation with its own moment.",
            fix_fa="هر ابطال را با زمان خود پاسخ دهید.",
        )
