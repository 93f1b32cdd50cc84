"""Expectations: evaluated, recorded, and carried on from. Not raising is the point.

A vendor gets all findings of a run at once. Inside a generated example (`lab.kit.generated`) a
refuted expectation raises instead, because shrinking needs an exception.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

from lab.kit.contract import Contracts
from lab.kit.reply import MISSING, Missing, Reply, same_json, shown
from lab.kit.seal import SealVerifier
from lab.kit.session import CaseSession
from lab.kit.signals import ExampleRefuted, Inconclusive
from lab.model.base import JsonValue
from lab.model.exchange import FailureKind
from lab.model.finding import Expectation, Finding
from lab.model.verdict import Blame, Verdict


class _Unset:
    """Type of the default of keyword arguments for which None is a meaningful value."""


_UNSET: Final = _Unset()
_REFUSED_BELOW_HTTP = frozenset({FailureKind.TLS, FailureKind.RESET})


class Expect:
    """The judge's voice in a case. Every method evaluates exactly one expectation."""

    def __init__(
        self, session: CaseSession, contracts: Contracts, verifier: SealVerifier | None
    ) -> None:
        self._session = session
        self._contracts = contracts
        self._verifier = verifier

    def about(self, requirement: str) -> str | None:
        """Return the requirement if this case verifies it, None (its first one counts) otherwise.

        For a function that stands for several roles, of which the requirement binds some only.
        """
        return requirement if requirement in self._session.case.requirements else None

    def status(
        self,
        reply: Reply,
        status: int | Collection[int],
        *,
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Expect that the answer has this status (or one of these)."""
        wanted = {status} if isinstance(status, int) else set(status)
        text = " or ".join(str(item) for item in sorted(wanted))
        return self.that(
            reply.status in wanted,
            title=title or f"{reply.operation} answers with another status",
            expected=f"status {text}",
            observed=reply.summary(),
            pointer="status",
            reply=reply,
            requirement=requirement,
            fix=fix,
            fix_fa=fix_fa,
        )

    def problem(
        self,
        reply: Reply,
        *,
        status: int | Collection[int],
        code: str | Collection[str],
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Expect that the answer is a problem-details refusal with this status and code."""
        statuses = {status} if isinstance(status, int) else set(status)
        codes = {code} if isinstance(code, str) else set(code)
        held = (
            reply.status in statuses
            and reply.problem_code in codes
            and reply.media_type == "application/problem+json"
        )
        observed = reply.summary()
        if reply.problem_code is not None and reply.media_type != "application/problem+json":
            observed = f"{observed}, content type {reply.media_type[:80] or 'absent'}"
        return self.that(
            held,
            title=title or f"{reply.operation} does not refuse as the error bank says",
            expected=(
                f"problem+json with status {' or '.join(map(str, sorted(statuses)))}, "
                f"code {' or '.join(sorted(codes))}"
            ),
            observed=observed,
            pointer="/code" if reply.status in statuses else "status",
            reply=reply,
            requirement=requirement,
            fix=fix,
            fix_fa=fix_fa,
        )

    def refused(
        self,
        reply: Reply,
        *,
        status: int | Collection[int] = 401,
        code: str | Collection[str] = (),
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Expect that the caller is turned away, by TLS or by this status (and code)."""
        statuses = {status} if isinstance(status, int) else set(status)
        codes = {code} if isinstance(code, str) else set(code)
        below = reply.failure is not None and reply.failure.kind in _REFUSED_BELOW_HTTP
        by_http = reply.status in statuses and (not codes or reply.problem_code in codes)
        wanted = f"status {' or '.join(map(str, sorted(statuses)))}"
        if codes:
            wanted = f"{wanted}, code {' or '.join(sorted(codes))}"
        return self.that(
            below or by_http,
            title=title or f"{reply.operation} is not refused",
            expected=f"refusal in the TLS handshake, or {wanted}",
            observed=reply.summary(),
            pointer="tls",
            reply=None if below else reply,
            requirement=requirement,
            fix=fix,
            fix_fa=fix_fa,
        )

    def field(
        self,
        reply: Reply,
        pointer: str,
        *,
        equals: JsonValue | _Unset = _UNSET,
        one_of: Collection[JsonValue] | None = None,
        matches: str | None = None,
        present: bool = False,
        absent: bool = False,
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """One member of the body is as said. `matches` is a full match of a regular expression."""
        value = reply.find(pointer)
        held, expected = _judge_field(
            value, equals, one_of, matches, present=present, absent=absent
        )
        observed = reply.summary() if reply.json is MISSING else shown(value)
        if value is MISSING and reply.json is not MISSING:
            observed = f"{observed} ({reply.summary()})"
        return self.that(
            held,
            title=title or f"{pointer} of {reply.operation} differs",
            expected=f"{pointer} {expected}",
            observed=observed,
            pointer=pointer,
            reply=reply,
            requirement=requirement,
            fix=fix,
            fix_fa=fix_fa,
        )

    def schema(
        self,
        reply: Reply,
        *,
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Status, content type and body are what the published contract says."""
        problem = self._contracts.response_problem(reply)
        return self.that(
            problem is None,
            title=title or f"{reply.operation} answers off its contract",
            expected=problem.expected if problem else "an answer as in the contract",
            observed=problem.observed if problem else "as in the contract",
            pointer=problem.pointer if problem else "",
            reply=reply,
            requirement=requirement,
            fix=fix or "Compare the answer with the published schema of this operation.",
            fix_fa=fix_fa or "پاسخ را با شِمای منتشرشدهٔ این عملیات بسنجید.",
        )

    def seal(
        self,
        reply: Reply,
        *,
        requirement: str | None = None,
        title: str = "",
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Expect that the answer carries a valid seal of its service, bound to the request."""
        if self._verifier is None:
            raise Inconclusive(
                "there is no credential kit, so no seal can be verified",
                blame=Blame.CONFIG,
                pointer="header:signature",
            )
        problem = self._verifier.response_problem(reply)
        return self.that(
            problem is None,
            title=title or f"{reply.operation}: the seal of the answer does not hold",
            expected="a seal over status, digest, correlation, certificate and request signature",
            observed=problem or "a seal that verifies",
            pointer="header:signature",
            reply=reply,
            requirement=requirement,
            fix=fix or "Sign the answer as in docs/wire.md, with the service sealing certificate.",
            fix_fa=fix_fa or "پاسخ را با گواهی مهر خدمت امضا کنید.",
        )

    def control(self, reply: Reply, status: int | Collection[int]) -> None:
        """Demand a positive control; when it does not hold, the case is INCONCLUSIVE."""
        wanted = {status} if isinstance(status, int) else set(status)
        if reply.status in wanted:
            return
        raise Inconclusive(
            f"positive control {reply.operation} did not hold",
            blame=reply.blame,
            pointer="status",
            exchange_id=reply.exchange_id,
            expected=f"status {' or '.join(map(str, sorted(wanted)))} (positive control)",
            observed=reply.summary(),
            fix=reply.way_out,
        )

    def that(
        self,
        held: object,
        *,
        title: str,
        expected: str,
        observed: str,
        pointer: str,
        reply: Reply | None = None,
        requirement: str | None = None,
        fix: str = "",
        fix_fa: str = "",
    ) -> bool:
        """Any other expectation; returns whether it held."""
        requirement_id = requirement or self._session.case.requirements[0]
        exchange_id = reply.exchange_id if reply else None
        holds = bool(held)
        self._session.held(
            Expectation(
                case_id=self._session.case.id,
                requirement_id=requirement_id,
                held=holds,
                pointer=pointer,
                expected=expected,
                exchange_id=exchange_id,
            )
        )
        if holds:
            return True
        finding = Finding(
            case_id=self._session.case.id,
            requirement_id=requirement_id,
            verdict=_verdict_of(reply),
            blame=reply.blame if reply else Blame.SUT,
            severity=self._session.severity_of(requirement_id),
            title=title,
            expected=expected,
            observed=observed,
            pointer=pointer,
            exchange_id=exchange_id,
            fix=(reply.way_out if reply else "") or fix,
            fix_fa=fix_fa,
            ruling_ids=self._session.case.rulings,
        )
        if self._session.example:
            self._session.example_finding = finding
            raise ExampleRefuted(f"{finding.requirement_id} {pointer}: {expected}")
        self._session.found(finding)
        return False


def _verdict_of(reply: Reply | None) -> Verdict:
    """FAIL, except where the product was not reached at all: then nothing is known about it."""
    if reply is None:
        return Verdict.FAIL
    return Verdict.FAIL if reply.blame is Blame.SUT else Verdict.INCONCLUSIVE


def _judge_field(
    value: JsonValue | Missing,
    equals: JsonValue | _Unset,
    one_of: Collection[JsonValue] | None,
    matches: str | None,
    *,
    present: bool,
    absent: bool,
) -> tuple[bool, str]:
    questions: list[tuple[bool, Callable[[], tuple[bool, str]]]] = [
        (
            not isinstance(equals, _Unset),
            lambda: (value is not MISSING and same_json(value, equals), f"= {shown(equals)}"),
        ),
        (
            one_of is not None,
            lambda: (
                any(same_json(value, item) for item in one_of or ()),
                f"one of {', '.join(shown(item, 40) for item in one_of or ())}",
            ),
        ),
        (
            matches is not None,
            lambda: (
                isinstance(value, str) and re.fullmatch(matches or "", value) is not None,
                f"matching {matches}",
            ),
        ),
        (present, lambda: (value is not MISSING, "present")),
        (absent, lambda: (value is MISSING, "absent")),
    ]
    asked = [judge for is_asked, judge in questions if is_asked]
    if len(asked) != 1:
        raise TypeError("field() takes exactly one of equals, one_of, matches, present, absent")
    return asked[0]()
