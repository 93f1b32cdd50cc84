from __future__ import annotations

import pytest

from lab.kit.signals import Inconclusive
from lab.model.exchange import FailureKind
from lab.model.verdict import Blame, Verdict
from tests.unit.kit.support import a_reply, a_session, an_expect


def test_held_expectations_lift_none_to_pass_and_are_counted() -> None:
    session = a_session()
    assert session.verdict is Verdict.NONE
    assert an_expect(session).status(a_reply(201), 201)
    assert (session.verdict, session.expectations, session.findings) == (Verdict.PASS, 1, [])


def test_a_refuted_expectation_is_recorded_and_the_case_goes_on() -> None:
    session = a_session()
    expect = an_expect(session)
    assert not expect.status(a_reply(500), 201, fix="Mend it.")
    assert expect.status(a_reply(201), 201)
    assert (session.verdict, session.expectations) == (Verdict.FAIL, 2)
    (finding,) = session.findings
    assert (finding.requirement_id, finding.pointer, finding.blame) == (
        "ERX-1",
        "status",
        Blame.SUT,
    )
    assert (finding.expected, finding.observed, finding.fix) == (
        "status 201",
        "status 500",
        "Mend it.",
    )


def test_a_requirement_is_blamed_where_the_case_verifies_it_and_the_first_one_elsewhere() -> None:
    session = a_session()
    expect = an_expect(session)
    for requirement in ("ERX-2", "ERX-9"):
        expect.status(a_reply(500), 201, requirement=expect.about(requirement))
    assert [finding.requirement_id for finding in session.findings] == ["ERX-2", "ERX-1"]


@pytest.mark.parametrize(
    ("failure", "verdict", "blame"),
    [
        (FailureKind.CONNECT, Verdict.INCONCLUSIVE, Blame.CONFIG),
        (FailureKind.TIMEOUT, Verdict.FAIL, Blame.SUT),
        (FailureKind.RESET, Verdict.FAIL, Blame.SUT),
        (FailureKind.TOO_LARGE, Verdict.FAIL, Blame.SUT),
        (FailureKind.DECODING, Verdict.FAIL, Blame.SUT),
    ],
)
def test_no_answer_fails_unless_the_product_was_never_reached(
    failure: FailureKind, verdict: Verdict, blame: Blame
) -> None:
    session = a_session()
    an_expect(session).status(a_reply(failure=failure), 200)
    assert (session.verdict, session.findings[0].blame) == (verdict, blame)
    assert failure.value in session.findings[0].observed


def test_garbage_in_the_preamble_is_inconclusive_and_in_the_body_a_fail() -> None:
    html = a_reply(200, b"<html>hello", media_type="text/html")
    with pytest.raises(Inconclusive) as signal:
        html.required("/prescriptionId")
    assert "not JSON" in signal.value.observed
    session = a_session()
    an_expect(session).field(html, "/prescriptionId", present=True)
    assert session.verdict is Verdict.FAIL


def test_an_answer_of_our_environment_never_fails_the_product() -> None:
    session = a_session()
    an_expect(session).status(a_reply(500, environment=True), 200)
    assert session.verdict is Verdict.INCONCLUSIVE
    assert session.findings[0].blame is Blame.ENVIRONMENT


def test_positive_control_that_does_not_hold_stops_the_case() -> None:
    expect = an_expect(a_session())
    expect.control(a_reply(200), 200)
    with pytest.raises(Inconclusive, match="positive control"):
        expect.control(a_reply(503), {200, 201})


def test_problem_needs_status_code_and_media_type() -> None:
    body = b'{"code":"SEAL_MISSING","status":401}'
    right = a_reply(401, body, media_type="application/problem+json")
    wrong_type = a_reply(401, body)
    wrong_code = a_reply(401, b'{"code":"X"}', media_type="application/problem+json")
    session = a_session()
    expect = an_expect(session)
    assert expect.problem(right, status=401, code={"SEAL_MISSING"})
    assert not expect.problem(wrong_type, status=401, code="SEAL_MISSING")
    assert "application/json" in session.findings[-1].observed
    assert not expect.problem(wrong_code, status=401, code="SEAL_MISSING")
    assert not expect.problem(right, status=403, code="SEAL_MISSING")


def test_refusal_counts_below_http_or_by_status_but_not_by_timeout() -> None:
    expect = an_expect(a_session())
    assert expect.refused(a_reply(failure=FailureKind.TLS))
    assert expect.refused(a_reply(failure=FailureKind.RESET))
    assert expect.refused(a_reply(401))
    assert not expect.refused(a_reply(failure=FailureKind.TIMEOUT))
    assert not expect.refused(a_reply(failure=FailureKind.CONNECT))
    assert not expect.refused(a_reply(200))


def test_field_questions() -> None:
    reply = a_reply(200, b'{"a":{"n":5,"t":true,"s":"abc"}}')
    expect = an_expect(a_session())
    assert expect.field(reply, "/a/n", equals=5)
    assert not expect.field(reply, "/a/t", equals=1)
    assert expect.field(reply, "/a/s", matches="[a-c]+")
    assert not expect.field(reply, "/a/s", matches="[ab]+")
    assert expect.field(reply, "/a/n", one_of=(4, 5))
    assert expect.field(reply, "/a/x", absent=True)
    assert not expect.field(reply, "/a/x", present=True)
    assert not expect.field(reply, "/a/x", equals=None)
    with pytest.raises(TypeError, match="exactly one"):
        expect.field(reply, "/a/n", equals=5, present=True)


def test_findings_are_bounded() -> None:
    session = a_session()
    expect = an_expect(session)
    for _ in range(300):
        expect.status(a_reply(500), 200)
    assert len(session.findings) == 200
    assert session.expectations == 300
