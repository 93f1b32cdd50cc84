"""Life cycles around the exchange centre: declared outages, certificates under the health root."""

from __future__ import annotations

from functools import partial

from lab.kit import Caller, Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from suites import record_journeys as record
from suites import trust_journeys as trust
from suites.property.course import Act, Thing, run

HOUR = 3600
OVER = frozenset({"OUTAGE_STATE_CONFLICT"})
OUTAGE_SHOWS = {"lasting": ("/allowed", True), "ended": ("/code", "PAPER_OUTSIDE_OUTAGE")}


def _outage(sut: Sut, data: SyntheticData) -> Thing:
    """Return an outage of the last six hours; paper of half an hour ago tells whether it lasts."""
    began = data.instant(seconds=-6 * HOUR)
    body = {"cause": data.reason("GATEWAY_DOWN"), "areas": [], "startedAt": began}
    made = sut.call("declareOutage", body=body, caller=record.MINISTRY, step="preamble: an outage")
    path, number = {"outageId": str(made.required("/outageId"))}, made.required("/number")

    def end(hours: float, caller: Caller, step: str) -> Reply:
        told = {"endedAt": data.instant(seconds=-hours * HOUR)}
        return sut.call("endOutage", path=path, body=told, caller=caller, step=step)

    def read(step: str) -> Reply:
        sheet = {
            "outageNumber": number,
            "centre": data.centre("office-1").siam_id,
            "writtenAt": data.instant(seconds=-HOUR / 2),
            "serial": f"P-{data.uuid(step)[:12]}",
        }
        return sut.call("checkPaper", body=sheet, caller=record.OFFICE, step=step)

    by, unsound = "endOutage", OVER | {"OUTAGE_PERIOD_INVALID"}
    strange = OVER | {"ADMISSION_ROLE_NOT_ALLOWED"}
    return Thing(
        acts=[
            Act(by, "ended", partial(end, 2, record.MINISTRY), OVER, name="end"),
            Act(by, "nothing", partial(end, 0.1, record.MINISTRY), OVER,
                within=frozenset({"ended"}), name="another end"),
            Act(by, "nothing", partial(end, 7, record.MINISTRY), unsound,
                name="end before it began"),
            Act(by, "nothing", partial(end, -2, record.MINISTRY), unsound, name="end to come"),
            Act(by, "nothing", partial(end, 2, record.OFFICE), strange, name="end by an office"),
        ],
        reading=read,
        shows=OUTAGE_SHOWS,
    )  # fmt: skip


@conformance_case(
    "TC-XCH-PROP-LC-001",
    verifies=("ERX-12-A",),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="چرخهٔ زندگی قطعی",
)
def tc_an_outage_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT ends an outage once, within its time, and paper with it.

    Given a declared outage, when it is ended rightly, too early, in the future, again and by an
    office in generated orders, then each is taken or refused as lifecycles.yaml says, and paper of
    half an hour ago is allowed exactly while the outage lasts.
    """
    begin = partial(_outage, sut, data)
    run("outage", begin, expect, generated, tours=[begin])


def _certificate(sut: Sut, data: SyntheticData) -> Thing:
    certificate = trust.fresh(sut, data, "life of a certificate")
    named = trust.named(certificate)
    path = {"serial": str(named["serial"])}

    def revoke(caller: Caller, reason: str, step: str) -> Reply:
        return trust.revoke(sut, {**named, "reason": data.reason(reason)}, step, caller)

    def renew(caller: Caller, sound: bool, step: str) -> Reply:
        request = trust.request_for(trust.key(data, step))
        body = {"certificateRequest": request if sound else trust.spoiled(request)}
        return sut.call("renewCertificate", path=path, body=body, caller=caller, step=step)

    holder, stranger = trust.OFFICE, trust.STRANGER
    ends, renews = "revokeCertificate", "renewCertificate"
    refused = frozenset({"RENEWAL_REFUSED"})
    unread = refused | {"CERTIFICATE_REQUEST_INVALID"}
    unknown, foreign = frozenset({"CODE_UNKNOWN"}), frozenset({"REVOCATION_NOT_ALLOWED"})
    return Thing(
        acts=[
            Act(renews, "good", partial(renew, holder, True), refused, 201, name="renewal"),
            Act(ends, "revoked", partial(revoke, holder, "KEY_COMPROMISED"), frozenset(), 201,
                name="revocation"),
            Act(ends, "nothing", partial(revoke, stranger, "KEY_COMPROMISED"), foreign, 201,
                name="revocation by another centre"),
            Act(ends, "nothing", partial(revoke, holder, "POWER"), unknown, 201,
                name="revocation for a reason of something else"),
            Act(renews, "nothing", partial(renew, stranger, True), refused, 201,
                name="renewal by another centre"),
            Act(renews, "nothing", partial(renew, holder, False), unread, 201,
                name="renewal with a broken request"),
        ],
        reading=partial(trust.validated, sut, certificate),
        keeps=("/revokedAt",),
    )  # fmt: skip


@conformance_case(
    "TC-HCA-PROP-LC-001",
    verifies=("ERX-8-13-A", "ERX-6-4-C"),
    role="health_ca",
    title_fa="چرخهٔ زندگی گواهی سلامت",
)
def tc_a_certificate_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT renews and revokes a certificate only as its life cycle says.

    Given a certificate of a centre, when its holder and another centre renew and revoke it, rightly
    and wrongly, in generated orders, then each is taken or refused as lifecycles.yaml says, its
    state is that of the model, and revoked stays revoked.
    """
    begin = partial(_certificate, sut, data)
    run("healthCertificate", begin, expect, generated, tours=[begin])
