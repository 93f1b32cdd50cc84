"""The seal of the centre on every request and of the service on every answer, for all roles."""

from __future__ import annotations

from dataclasses import replace

from lab.kit import (
    Caller,
    Expect,
    Recipe,
    Reply,
    Stage,
    Sut,
    SyntheticData,
    header_set,
    seal_parameter,
    seal_without,
    unsealed,
)
from suites.security.tampering import body_changed_after_seal, target_changed_after_seal
from suites.shared import BESIDE, Attempt, attempt, honest, shared_case


def _sealed_by(identity: str) -> Attempt:
    return Attempt(caller=Caller("office-1", person="dr01", seal=identity), label=identity)


@shared_case(
    "SEC-SEAL-001",
    verifies=("ERX-11-B", "ERX-15-N"),
    title_fa="رد درخواست بی‌مُهر",
)
def tc_message_without_seal(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a message that carries no seal.

    Given an honest message over the right channel, when it has no signature at all, then it is
    refused with 401, between two honest ones that are answered.
    """
    reply = attempt(probe, sut, data, expect, Attempt(mutate=unsealed(), label="unsealed"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_MISSING",
        fix="Demand the seal labelled `seal` on every request.",
        fix_fa="مُهر را در هر درخواست الزامی کنید.",
    )


@shared_case(
    "SEC-SEAL-002",
    verifies=("ERX-6-4-D", "ERX-11-B"),
    title_fa="رد مُهر بیگانه",
)
def tc_seal_of_a_foreign_root(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a seal whose certificate leads to another root.

    Given a seal with the right names from a foreign root, when a message carries it, then it is
    refused with 401.
    """
    reply = attempt(probe, sut, data, expect, _sealed_by("office-1.seal-foreign"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_UNTRUSTED",
        fix="Build the chain of the sealing certificate to the health root.",
        fix_fa="زنجیرهٔ گواهی مُهر را تا ریشهٔ سلامت بسنجید.",
    )


@shared_case(
    "SEC-SEAL-003",
    verifies=("ERX-A1-9-7-B", "ERX-11-B"),
    title_fa="رد مُهر باطل‌شده",
)
def tc_seal_that_was_revoked(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a seal whose certificate has been revoked.

    Given a revoked sealing certificate, when a message carries its seal, then it is refused with
    401.
    """
    reply = attempt(probe, sut, data, expect, _sealed_by("office-1.seal-revoked"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_REVOKED",
        fix="Ask OCSP (or the CRL) about every sealing certificate.",
        fix_fa="ابطال گواهی مُهر را با OCSP یا CRL بسنجید.",
    )


@shared_case(
    "SEC-SEAL-004",
    verifies=("ERX-6-4-D", "ERX-11-B"),
    title_fa="رد مُهر منقضی",
)
def tc_seal_that_has_expired(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a seal whose certificate is past its validity.

    Given an expired sealing certificate, when a message carries its seal, then it is refused with
    401.
    """
    reply = attempt(probe, sut, data, expect, _sealed_by("office-1.seal-expired"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_CERTIFICATE_EXPIRED",
        fix="Check the validity of the sealing certificate at the time of the request.",
        fix_fa="اعتبار زمانی گواهی مُهر را بسنجید.",
    )


@shared_case(
    "SEC-SEAL-005",
    verifies=("ERX-11-B", "RM-P8-B"),
    title_fa="رد بازپخش",
)
def tc_nonce_that_was_used(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT takes the nonce of a seal once only.

    Given a message that was answered, when another one arrives with the same nonce, then it is
    refused with 401.
    """
    same = seal_parameter("nonce", data.key("nonce"))
    first = probe.make(sut, data, "first").send(sut, "control: first use", mutate=same)
    expect.control(first, probe.success)

    reply = attempt(probe, sut, data, expect, Attempt(mutate=same, label="second use"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_NONCE_REPLAYED",
        fix="Remember nonces for at least ten minutes, durably.",
        fix_fa="یک‌بارمصرف‌ها را دست‌کم ده دقیقه به یاد بسپارید.",
    )


@shared_case(
    "SEC-SEAL-006",
    verifies=("ERX-11-B", "ERX-15-N"),
    title_fa="رد بدنهٔ تغییریافته",
    needs="body",
)
def tc_body_that_is_not_the_sealed_one(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a body other than the sealed one.

    Given a sealed message, when a byte is added to its body on the way, then the digest does not
    fit and it is refused with 401.
    """
    change = Attempt(mutate=body_changed_after_seal(), label="body changed")
    reply = attempt(probe, sut, data, expect, change)
    expect.problem(
        reply,
        status=401,
        code="SEAL_DIGEST_MISMATCH",
        fix="Compute the digest over the received bytes and compare it.",
        fix_fa="چکیدهٔ بایت‌های دریافتی را حساب و مقایسه کنید.",
    )


@shared_case(
    "SEC-SEAL-007",
    verifies=("ERX-11-B", "ERX-15-N"),
    title_fa="رد نشانی تغییریافته",
)
def tc_seal_for_another_target(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a seal made for another address.

    Given a message sealed for one path, when it is sent to another one, then it is refused with
    401: the seal binds a message to what it asks for.
    """
    change = Attempt(mutate=target_changed_after_seal("/elsewhere"), label="sealed for elsewhere")
    reply = attempt(probe, sut, data, expect, change)
    expect.problem(
        reply,
        status=401,
        code=("SEAL_TARGET_MISMATCH", "SEAL_SIGNATURE_INVALID"),
        fix="Compare ditas-target with the received path and query.",
        fix_fa="ditas-target را با نشانی دریافتی بسنجید.",
    )


@shared_case(
    "SEC-SEAL-008",
    verifies=("ERX-11-B", "RM-P8-B"),
    title_fa="پنجرهٔ زمانی مُهر",
)
def tc_seal_out_of_time(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses seals made long before or after its own time.

    Given seals made 20 minutes before and after the case clock, when messages carry them, then both
    are refused with 401.
    """
    for away in (-1200, 1200):
        created = int(data.now.timestamp()) + away
        change = Attempt(mutate=seal_parameter("created", created), label=f"created {away} s")
        reply = attempt(probe, sut, data, expect, change)
        expect.problem(
            reply,
            status=401,
            code="SEAL_WINDOW_EXCEEDED",
            fix="Accept `created` within 300 s of your clock only, on both sides.",
            fix_fa="زمان مُهر باید در بازهٔ ±۳۰۰ ثانیه باشد.",
        )


@shared_case(
    "SEC-SEAL-009",
    verifies=("ERX-11-B", "ERX-15-N"),
    title_fa="رد مُهری که همهٔ اجزا را نپوشانده",
)
def tc_seal_that_leaves_the_user_out(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a seal that leaves the user id uncovered.

    Given a seal over all but the user id, when a message carries it, then it is refused with 401:
    what is not covered can be changed on the way.
    """
    change = Attempt(mutate=seal_without("ditas-user"), label="user uncovered")
    reply = attempt(probe, sut, data, expect, change)
    expect.problem(
        reply,
        status=401,
        code="SEAL_COVERAGE_INSUFFICIENT",
        fix="Demand every component of the profile in the signature input.",
        fix_fa="همهٔ اجزای الزامی باید زیر مُهر باشند.",
    )


@shared_case(
    "SEC-SEAL-010",
    verifies=("ERX-15-N", "ERX-8-9-N2-A"),
    title_fa="رد هویت مرکز دیگر زیر مُهر خود",
)
def tc_name_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a message that names another centre than its seal.

    Given office-2's id in the context headers, sealed by office-1, when a message carries both,
    then it is refused with 403.
    """
    claimed = replace(BESIDE, centre_id=data.centre("office-2").siam_id)
    reply = attempt(probe, sut, data, expect, Attempt(caller=claimed, label="other centre"))
    expect.problem(
        reply,
        status=403,
        code="SEAL_CENTRE_MISMATCH",
        fix="Compare ditas-centre and ditas-software with the sealing certificate.",
        fix_fa="ditas-centre را با گواهی مُهر بسنجید.",
    )


@shared_case(
    "SEC-SEAL-011",
    verifies=("ERX-15-N", "ERX-11-B"),
    title_fa="رد سرآیند تغییریافته پس از مُهر",
)
def tc_header_changed_after_the_seal(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a message whose user id was replaced after sealing.

    Given a sealed message, when its user id is replaced on the way, then the signature does not
    verify and it is refused with 401.
    """
    other = header_set("ditas-user", data.world.user_id("dr02", "office-1"), Stage.AFTER_SEAL)
    reply = attempt(probe, sut, data, expect, Attempt(mutate=other, label="user replaced"))
    expect.problem(
        reply,
        status=401,
        code="SEAL_SIGNATURE_INVALID",
        fix="Verify the signature over the received header values.",
        fix_fa="امضا را روی سرآیندهای دریافتی بسنجید.",
    )


@shared_case(
    "SEC-SEAL-012",
    verifies=("RM-P8-B", "ERX-15-N"),
    title_fa="مُهر پاسخ‌ها",
)
def tc_every_answer_is_sealed(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT seals good answers and refusals alike and forbids storing them.

    Given an honest message and an unknown address, when the answers arrive, then both carry the
    seal of the service bound to the request, and say no-store.
    """
    service = probe.operation.service
    bad = sut.send("GET", "/nothing", service=service, step="stimulus: refused")
    _is_sealed(expect, bad)

    _, good = honest(probe, sut, data, expect, "sealed answer")
    _is_sealed(expect, good)


def _is_sealed(expect: Expect, reply: Reply) -> None:
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
