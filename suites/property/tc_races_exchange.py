"""Races around the exchange centre: outages declared at once, revocation against renewal."""

from __future__ import annotations

from lab.kit import Call, Expect, Sut, SyntheticData, conformance_case, shown
from suites import record_journeys as record
from suites import trust_journeys as trust
from suites.property.repetition import same_bytes

HOUR = 3600
MANY = 4


@conformance_case(
    "TC-XCH-PROP-RACE-001",
    verifies=("ERX-12-A", "ERX-6-1-B"),
    role="exchange_centre",
    rulings=("RUL-012",),
    title_fa="رقابت دو اعلام قطعی",
)
def tc_outages_declared_at_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives every outage a number of its own when they are declared at once.

    Given four outages, when they are declared at the same moment, then each has an id and a number
    that no other has; when one declaration arrives four times at once under one key, then it is one
    outage.
    """
    body = {
        "cause": data.reason("GATEWAY_DOWN"),
        "areas": [],
        "startedAt": data.instant(seconds=-6 * HOUR),
    }
    several = [Call("declareOutage", body=body, caller=record.MINISTRY)] * MANY
    same = Call(
        "declareOutage",
        body=body,
        caller=record.MINISTRY,
        key=data.key("one"),
        mutate=same_bytes(),
    )

    replies = sut.parallel(several, step="stimulus: four outages at once")
    repeated = sut.parallel([same] * MANY, step="stimulus: one outage four times")

    for group, count in ((replies, MANY), (repeated, 1)):
        seen = [{shown(one.find(f"/{name}")) for one in group} for name in ("outageId", "number")]
        expect.that(
            all(one.status == trust.CREATED for one in group)
            and [len(one) for one in seen] == [count, count],
            title="outages declared at the same moment are mixed up",
            expected=f"{count} ids and {count} numbers of {MANY} declarations",
            observed=f"{'; '.join(one.summary() for one in group)}; {sorted(seen[1])}",
            pointer="/number",
            reply=group[0],
            fix="Draw the number in the transaction that keeps the outage.",
            fix_fa="شمارهٔ قطعی را در همان تراکنش ثبت بگیرید.",
        )


@conformance_case(
    "TC-HCA-PROP-RACE-001",
    verifies=("ERX-8-13-A", "ERX-A1-9-7"),
    role="health_ca",
    title_fa="رقابت ابطال و تمدید یک گواهی",
)
def tc_revocation_and_renewal_race(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps a revocation that arrives together with a renewal.

    Given a certificate, when its holder revokes and renews it at the same moment, then the
    revocation is taken and stands, the renewal is taken before it or refused, and a later renewal
    is refused.
    """
    for number in range(2):
        certificate = trust.fresh(sut, data, f"raced {number}")
        named = trust.named(certificate)
        path = {"serial": str(named["serial"])}
        asked = {"certificateRequest": trust.request_for(trust.key(data, f"next {number}"))}
        ended = {**named, "reason": data.reason("KEY_COMPROMISED")}
        renewal = Call("renewCertificate", path=path, body=asked, caller=trust.OFFICE)
        calls = [Call("revokeCertificate", body=ended, caller=trust.OFFICE), renewal]

        revoked, renewed = sut.parallel(calls, step="stimulus: at once")

        [late] = sut.parallel([renewal], step="stimulus: renew afterwards")
        state = trust.validated(sut, certificate, "observation: validate")
        fix = "Let a renewal touch nothing of the certificate it renews, whatever it read of it."
        fix_fa = "تمدید نباید وضعیت گواهی پیشین را بنویسد."
        expect.status(revoked, trust.CREATED, fix="Let the holder revoke.")
        expect.field(state, "/state", equals="revoked", fix=fix, fix_fa=fix_fa)
        expect.that(
            renewed.status == trust.CREATED or renewed.problem_code == "RENEWAL_REFUSED",
            title="a renewal beside a revocation is neither taken nor refused",
            expected="status 201 or RENEWAL_REFUSED",
            observed=renewed.summary(),
            pointer="status",
            reply=renewed,
            fix=fix,
            fix_fa=fix_fa,
        )
        expect.problem(late, status=403, code="RENEWAL_REFUSED", fix=fix, fix_fa=fix_fa)
