"""The seal of the centre on every request, and of the service on every answer."""

from __future__ import annotations

from lab.kit import (
    Caller,
    Expect,
    Stage,
    Sut,
    SyntheticData,
    conformance_case,
    header_set,
    seal_parameter,
    seal_without,
    unsealed,
)
from suites import journeys
from suites.oracles.jalali import period_of
from suites.security.probes import Probe, attempt, honest
from suites.security.tampering import body_changed_after_seal, target_changed_after_seal


@conformance_case(
    "TC-PUR-SEC-SEAL-001",
    verifies=("ERX-11-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد درخواست بی‌مُهر",
)
def tc_request_without_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a request that carries no seal.

    Given an honest document over the right channel, when the request has no signature at all, then
    it is refused with 401 and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(mutate=unsealed()))
    expect.problem(
        reply,
        status=401,
        code="SEAL_MISSING",
        fix="Demand the seal labelled `seal` on every request.",
        fix_fa="مُهر را در هر درخواست الزامی کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-002",
    verifies=("ERX-6-4-D", "ERX-11-B"),
    role="purchaser_system",
    title_fa="رد مُهر بیگانه",
)
def tc_foreign_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal whose certificate does not chain to the health root.

    Given a seal with the right names from a foreign root, when a registration carries it, then it
    is refused with 401 and nothing is registered.
    """
    caller = Caller("office-1", seal="office-1.seal-foreign")
    reply = attempt(sut, data, expect, Probe(caller=caller))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_UNTRUSTED",
        fix="Build the chain of the sealing certificate to the health root.",
        fix_fa="زنجیرهٔ گواهی مُهر را تا ریشهٔ سلامت بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-003",
    verifies=("ERX-A1-9-7-B", "ERX-11-B"),
    role="purchaser_system",
    title_fa="رد مُهر باطل‌شده",
)
def tc_revoked_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal whose certificate was revoked.

    Given a revoked sealing certificate, when a registration carries its seal, then it is refused
    with 401 and nothing is registered.
    """
    caller = Caller("office-1", seal="office-1.seal-revoked")
    reply = attempt(sut, data, expect, Probe(caller=caller))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_REVOKED",
        fix="Ask OCSP (or the CRL) about every sealing certificate.",
        fix_fa="ابطال گواهی مُهر را با OCSP یا CRL بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-004",
    verifies=("ERX-6-4-D", "ERX-11-B"),
    role="purchaser_system",
    title_fa="رد مُهر منقضی",
)
def tc_expired_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal whose certificate has expired.

    Given an expired sealing certificate, when a registration carries its seal, then it is refused
    with 401 and nothing is registered.
    """
    caller = Caller("office-1", seal="office-1.seal-expired")
    reply = attempt(sut, data, expect, Probe(caller=caller))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_EXPIRED",
        fix="Check the validity of the sealing certificate at the time of the request.",
        fix_fa="اعتبار زمانی گواهی مُهر را بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-005",
    verifies=("ERX-11-B", "RM-P8-B"),
    role="purchaser_system",
    title_fa="رد بازپخش",
)
def tc_replayed_nonce(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a nonce once.

    Given a registration that was taken, when another one arrives with a seal of the same nonce,
    then it is refused with 401 and nothing is registered.
    """
    nonce = data.key("nonce")
    first = journeys.find_by_hid(sut, journeys.new_hid(sut, data))
    expect.control(first, 200)
    payload = journeys.draft(sut, data, "first")
    taken = sut.call(
        "registerPrescription",
        document=("prescription", payload, "dr01"),
        mutate=seal_parameter("nonce", nonce),
        step="control: first use of the nonce",
    )
    expect.control(taken, 201)

    reply = attempt(sut, data, expect, Probe(mutate=seal_parameter("nonce", nonce)))
    expect.problem(
        reply,
        status=401,
        code="SEAL_NONCE_REPLAYED",
        fix="Remember nonces for at least ten minutes, durably.",
        fix_fa="یک‌بارمصرف‌ها را دست‌کم ده دقیقه به یاد بسپارید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-006",
    verifies=("ERX-11-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد بدنهٔ تغییریافته",
)
def tc_body_altered_after_the_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a body that is not the sealed one.

    Given a sealed registration, when bytes are added to its body on the way, then the digest does
    not fit, the request is refused with 401, and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(mutate=body_changed_after_seal()))
    expect.problem(
        reply,
        status=401,
        code="SEAL_DIGEST_MISMATCH",
        fix="Compute the digest over the received bytes and compare it.",
        fix_fa="چکیدهٔ بایت‌های دریافتی را حساب و مقایسه کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-007",
    verifies=("ERX-11-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد نشانی تغییریافته",
)
def tc_target_altered_after_the_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal that was made for another target.

    Given a request sealed for one path, when it is sent to another one, then it is refused with
    401; the seal binds a request to what it asks for.
    """
    honest(sut, data, expect, "before")
    rx = journeys.register(sut, data, "victim")

    reply = sut.call(
        "getPrescription",
        path={"prescriptionId": rx.id},
        mutate=target_changed_after_seal("/claims/" + data.uuid("claim")),
        step="stimulus: sealed for a claim, sent for a prescription",
    )

    expect.problem(
        reply,
        status=401,
        code=("SEAL_TARGET_MISMATCH", "SEAL_SIGNATURE_INVALID"),
        fix="Compare ditas-target with the received path and query.",
        fix_fa="ditas-target را با نشانی دریافتی بسنجید.",
    )
    expect.field(reply, "/document", absent=True, fix="Tell nothing when you refuse.")
    honest(sut, data, expect, "after")


@conformance_case(
    "TC-PUR-SEC-SEAL-008",
    verifies=("ERX-11-B", "RM-P8-B"),
    role="purchaser_system",
    title_fa="پنجرهٔ زمانی مُهر",
)
def tc_seal_outside_the_window(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses seals made more than five minutes ago or ahead.

    Given seals made 20 minutes before and after the case clock, when registrations carry them,
    then both are refused with 401 and nothing is registered.
    """
    for away in (-1200, 1200):
        created = int(data.now.timestamp()) + away
        probe = Probe(mutate=seal_parameter("created", created), label=f"created {away} s")
        reply = attempt(sut, data, expect, probe)
        expect.problem(
            reply,
            status=401,
            code="SEAL_WINDOW_EXCEEDED",
            fix="Accept `created` within 300 s of your clock only, on both sides.",
            fix_fa="زمان مُهر باید در بازهٔ ±۳۰۰ ثانیه باشد.",
        )


@conformance_case(
    "TC-PUR-SEC-SEAL-009",
    verifies=("ERX-11-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد مُهری که همهٔ اجزا را نپوشانده",
)
def tc_seal_that_does_not_cover_the_user(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal that leaves a required component out.

    Given a seal that covers all but the user id, when a registration carries it, then it is
    refused with 401 and nothing is registered: what is not covered can be changed on the way.
    """
    reply = attempt(sut, data, expect, Probe(mutate=seal_without("ditas-user")))
    expect.problem(
        reply,
        status=401,
        code="SEAL_COVERAGE_INSUFFICIENT",
        fix="Demand every component of the profile in the signature input.",
        fix_fa="همهٔ اجزای الزامی باید زیر مُهر باشند.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-010",
    verifies=("ERX-15-N", "ERX-8-9-N2-A"),
    role="purchaser_system",
    title_fa="رد هویت مرکز دیگر زیر مُهر خود",
)
def tc_identity_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a request that claims another centre than its seal.

    Given office-2's id in the context headers, sealed by office-1, when the statement is asked for,
    then it is refused with 403, while office-1 under its own name is answered.
    """
    where = {"period": period_of(data.now)}
    claimed = Caller("office-1", person="dr01", centre_id=data.centre("office-2").siam_id)

    before = sut.call("getStatement", path=where, caller=journeys.OFFICE, step="control: before")
    expect.control(before, 200)
    reply = sut.call("getStatement", path=where, caller=claimed, step="stimulus: other centre")
    after = sut.call("getStatement", path=where, caller=journeys.OFFICE, step="control: after")
    expect.control(after, 200)

    expect.problem(
        reply,
        status=403,
        code="SEAL_CENTRE_MISMATCH",
        fix="Compare ditas-centre and ditas-software with the sealing certificate.",
        fix_fa="ditas-centre را با گواهی مُهر بسنجید.",
    )
    expect.field(reply, "/claims", absent=True, fix="Tell nothing when you refuse.")


@conformance_case(
    "TC-PUR-SEC-SEAL-011",
    verifies=("ERX-15-N", "ERX-11-B"),
    role="purchaser_system",
    title_fa="رد سرآیند تغییریافته پس از مُهر",
)
def tc_user_changed_after_the_seal(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a request whose user id was changed after sealing.

    Given a sealed registration, when its user id is replaced on the way, then the signature does
    not verify, the request is refused with 401, and nothing is registered.
    """
    other = data.world.user_id("dr02", "office-1")
    reply = attempt(
        sut, data, expect, Probe(mutate=header_set("ditas-user", other, Stage.AFTER_SEAL))
    )
    expect.problem(
        reply,
        status=401,
        code="SEAL_SIGNATURE_INVALID",
        fix="Verify the signature over the received header values.",
        fix_fa="امضا را روی سرآیندهای دریافتی بسنجید.",
    )


@conformance_case(
    "TC-PUR-SEC-SEAL-012",
    verifies=("RM-P8-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="مُهر پاسخ‌ها",
)
def tc_answers_are_sealed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT seals every answer, refusals too, and forbids storing it.

    Given a registration and a refusal, when the answers arrive, then both carry the seal of the
    service bound to the request, echo the correlation and say no-store.
    """
    good = journeys.register(sut, data, step="stimulus: register").reply
    bad = sut.call("getStatement", path={"period": "1405-13"}, step="stimulus: refused")

    for reply in (good, bad):
        expect.seal(reply)
        expect.that(
            "no-store" in (reply.header("cache-control") or ""),
            title="an answer may be stored on the way",
            expected="cache-control: no-store",
            observed=reply.header("cache-control") or "absent",
            pointer="header:cache-control",
            reply=reply,
            requirement="RM-P8-B",
            fix="Send cache-control: no-store with every answer.",
            fix_fa="cache-control: no-store بفرستید.",
        )
