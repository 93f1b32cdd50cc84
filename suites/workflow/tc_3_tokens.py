"""Document 003, DITAS: tokens are issued on conditions, stopped with a reason, revoked for good."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites import token_journeys as tokens


@conformance_case(
    "TC-GTW-WF-TOK-001",
    verifies=("RM-DITAS-TOKEN-B", "RM-DITAS-TOKEN-A", "RM-P7-A"),
    role="gateway",
    title_fa="توکن فقط برای مرکز دارای پروانه",
)
def tc_a_token_needs_a_licence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT issues no token to a centre without a licence in force.

    Given a centre whose licence has expired, when a token is ordered for it, then the IUT refuses;
    for a licensed centre it issues.
    """
    lapsed = tokens.order(data, "lapsed", centre=data.centre("imaging-2").siam_id)

    reply = tokens.issue(sut, lapsed, "stimulus: a centre without licence")
    right = tokens.issue(sut, tokens.order(data, "right"), "control: a licensed centre")

    expect.problem(
        reply,
        status=403,
        code="TOKEN_ISSUE_REFUSED",
        fix="Ask for licence and software before you issue.",
        fix_fa="پیش از صدور توکن، پروانه و نرم‌افزار را استعلام کنید.",
    )
    expect.control(right, 201)
    expect.field(
        right,
        "/centre",
        equals=data.centre("pharmacy-1").siam_id,
        requirement="RM-DITAS-TOKEN-A",
        fix="Make the token out to the centre that will connect with it.",
        fix_fa="توکن را به نام مرکزی صادر کنید که با آن متصل می‌شود.",
    )


@conformance_case(
    "TC-GTW-WF-TOK-002",
    verifies=("RM-DITAS-TOKEN-B",),
    role="gateway",
    title_fa="توکن باطل باطل می‌ماند",
)
def tc_a_revoked_token_stays_revoked(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT reinstates a suspended token and never a revoked one.

    Given a token that was suspended and reinstated, when it is revoked and then reinstated again,
    then the IUT refuses and the token stays revoked.
    """
    token = tokens.issued(sut, data, "revoked")
    tokens.stepped(sut, data, token, "suspendToken", "preamble: suspend")
    back = tokens.stepped(sut, data, token, "reinstateToken", "control: reinstate")
    expect.control(back, 200)
    tokens.stepped(sut, data, token, "revokeToken", "preamble: revoke")

    reply = tokens.stepped(sut, data, token, "reinstateToken", "stimulus: reinstate the revoked")

    expect.problem(
        reply,
        status=409,
        code="TOKEN_STATE_CONFLICT",
        fix="A revoked token has ended.",
        fix_fa="توکن باطل بازگردانده نمی‌شود.",
    )
    after = tokens.read(sut, token, "observation: the token")
    expect.field(after, "/state", equals="revoked", fix="A refused step changes nothing.")


@conformance_case(
    "TC-GTW-WF-TOK-003",
    verifies=("RM-DITAS-TOKEN-B", "RM-DITAS-CTRL"),
    role="gateway",
    title_fa="دلیل تعلیق کد دارد",
)
def tc_a_stop_has_a_coded_reason(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT stops a token only for a reason of its list.

    Given a token, when it is suspended with a reason of another list, or with the word of a reason
    in a code system of nobody's, then the IUT refuses and the token stays active.
    """
    token = tokens.issued(sut, data, "reason")
    private = {**data.reason("KEY_COMPROMISED"), "system": "urn:vendor:reasons"}

    for reason, requirement, step in (
        (data.reason("POWER"), "RM-DITAS-TOKEN-B", "stimulus: suspend for no power"),
        (private, "RM-DITAS-CTRL", "stimulus: a reason of a private code system"),
    ):
        expect.problem(
            tokens.stepped(sut, data, token, "suspendToken", step, reason=reason),
            status=422,
            code="CODE_UNKNOWN",
            requirement=requirement,
            fix="Take only reasons of the list of tokens.",
            fix_fa="فقط دلیل‌های فهرست توکن را بپذیرید.",
        )
    after = tokens.read(sut, token, "observation: the token")
    expect.field(after, "/state", equals="active", fix="A refused step changes nothing.")
