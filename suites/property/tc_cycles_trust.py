"""Life cycles around trust: tokens of the gateway, requests for a mobile signature."""

from __future__ import annotations

from functools import partial

from lab.kit import Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from suites import token_journeys as tokens
from suites import trust_journeys as trust
from suites.property.course import Act, Thing, run

TOKEN_CODES = frozenset({"TOKEN_STATE_CONFLICT"})
TOKEN_STEPS = {
    "suspendToken": "suspended",
    "lockToken": "locked",
    "reinstateToken": "active",
    "revokeToken": "revoked",
}
SIGNATURE_SHOWS = {
    "waiting": ("/code", "SIGNATURE_PENDING"),
    "declined": ("/code", "SIGNATURE_REQUEST_DECLINED"),
}


@conformance_case(
    "TC-GTW-PROP-LC-001",
    verifies=("RM-DITAS-TOKEN-B",),
    role="gateway",
    title_fa="چرخهٔ زندگی توکن",
)
def tc_a_token_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT takes with a token the steps of its life cycle and no others.

    Given a new token, when it is suspended, locked, reinstated and revoked in generated orders,
    then each step is taken or refused as lifecycles.yaml says, and the state read back is that of
    the model; revoked stays revoked.
    """

    def begin() -> Thing:
        token = tokens.issued(sut, data, "life of a token")
        return Thing(
            acts=[
                Act(by, to, partial(tokens.stepped, sut, data, token, by), TOKEN_CODES)
                for by, to in TOKEN_STEPS.items()
            ],
            reading=partial(tokens.read, sut, token),
        )

    run("token", begin, expect, generated)


@conformance_case(
    "TC-ESG-PROP-LC-001",
    verifies=("ERX-2-NR-A", "RM-DITAS-SIGN"),
    role="esign_service",
    title_fa="چرخهٔ زندگی درخواست امضا",
)
def tc_a_signature_request_ends_once(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT ends a request for a signature once: the first answer stands.

    Given a request that waits for the signer, when it is declined, approved and proved by a foreign
    device in generated orders, then the first answer of the signer's device stands, whatever comes
    later, and collecting tells just that.
    """

    def begin() -> Thing:
        telephone, _, request = trust.waiting(sut, data)
        asked = request.required("/requestId")
        foreign = trust.Telephone(trust.key(data, "another telephone"))

        def answer(proof: str, approved: bool, step: str) -> Reply:
            return trust.answered(sut, request, proof, step, approved=approved)

        yes = partial(answer, telephone.sign(trust.DIGEST), True)
        no = partial(answer, telephone.declines(asked), False)
        strange = partial(answer, foreign.sign(trust.DIGEST), True)
        declined = frozenset({"SIGNATURE_REQUEST_DECLINED"})
        unknown = frozenset({"SIGNER_DEVICE_UNKNOWN", "SIGNATURE_REQUEST_DECLINED"})
        open_or_declined = frozenset({"waiting", "declined"})
        by = "answerSignatureRequest"
        return Thing(
            acts=[
                Act(by, "approved", yes, declined, within=open_or_declined, name="approve"),
                Act(by, "declined", no, declined, within=frozenset({"waiting"}), name="decline"),
                Act(by, "nothing", strange, unknown, within=open_or_declined, name="foreign proof"),
            ],
            reading=partial(_collected, sut, request),
            shows=SIGNATURE_SHOWS,
        )

    run("signature", begin, expect, generated)


def _collected(sut: Sut, request: Reply, step: str) -> Reply:
    return trust.collected(sut, request, step)
