"""What the IUT does when the line fails it: a lost answer, a changed answer."""

from __future__ import annotations

from lab.kit import Expect, ObservedCall, Traffic, conformance_case

ROLE = "pharmacy_system"


def _repeats(traffic: Traffic, struck: ObservedCall) -> tuple[ObservedCall, ...]:
    """Return later calls of the same operation on the same resource."""
    return tuple(
        call
        for call in traffic.after(struck, struck.service, struck.operation)
        if call.target == struck.target
    )


@conformance_case(
    "TC-PHA-OBS-RETRY-001",
    verifies=("ERX-9-2-6-D", "ERX-12-D"),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario="lost-answer",
    title_fa="تکرار امن پس از گم‌شدن پاسخ",
)
def tc_retry_after_a_lost_answer_is_the_same_request(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT repeats a dispense whose answer was lost as the same request.

    Given a dispense that the exchange took but whose answer never arrived, when the IUT recovers,
    then it sends the same document again under the same idempotency key.
    """
    struck = traffic.struck("drop_answer")
    repeats = _repeats(traffic, struck)
    key = struck.header("idempotency-key")
    other = [call for call in repeats if call.header("idempotency-key") != key]
    expect.that(
        key is not None and not other,
        title="The retry after a lost answer uses another idempotency key",
        expected="the same idempotency-key on every retry",
        observed=f"{len(other)} of {len(repeats)} retries with another key",
        pointer="header:idempotency-key",
        reply=other[0].reply if other else struck.reply,
        fix="Keep the key with the document until an answer has been stored.",
        fix_fa="کلید یکتایی درخواست را تا دریافت پاسخ نگه دارید.",
    )
    changed = [call for call in repeats if call.find("/documentId") != struck.find("/documentId")]
    expect.that(
        not changed,
        title="The retry carries another document",
        expected="the same documentId on every retry",
        observed=f"{len(changed)} of {len(repeats)} retries with another documentId",
        pointer="/documentId",
        reply=changed[0].reply if changed else struck.reply,
        fix="Repeat the stored bytes; do not make a new document.",
        fix_fa="همان سند پیشین را دوباره بفرستید.",
    )


@conformance_case(
    "TC-PHA-OBS-RETRY-002",
    verifies=("ERX-12-D",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario="lost-answer",
    title_fa="به پایان رساندن تحویل پس از گم‌شدن پاسخ",
)
def tc_dispense_is_completed_after_a_lost_answer(traffic: Traffic, expect: Expect) -> None:
    """Ensure that a lost answer does not leave a dispense hanging.

    Given a dispense that the exchange took but whose answer never arrived, when the IUT recovers,
    then one dispense is confirmed or abandoned, and only one.
    """
    struck = traffic.struck("drop_answer")
    ended = {
        call.path_values.get("dispenseId")
        for call in (
            *traffic.accepted("purchaser", "confirmDispense"),
            *traffic.accepted("purchaser", "abandonDispense"),
        )
        if call.index > struck.index
    }
    expect.that(
        len(ended) == 1,
        title="The dispense was not brought to one end",
        expected="exactly one dispense confirmed or abandoned after the loss",
        observed=f"{len(ended)} dispenses ended",
        pointer="traffic",
        reply=struck.reply,
        fix="Repeat the request, then confirm what the answer names.",
        fix_fa="درخواست را تکرار و سپس همان تحویل را تأیید کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-NONCE-002",
    verifies=("ERX-9-2-1-A",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario="lost-answer",
    title_fa="نانس تازه در تکرار درخواست",
)
def tc_retry_is_sealed_anew(traffic: Traffic, expect: Expect) -> None:
    """Ensure that a retry is sealed anew.

    Given a request whose answer was lost, when the IUT repeats it, then the retry carries a new
    nonce: the old seal is used up.
    """
    struck = traffic.struck("drop_answer")
    used = struck.seal.nonce if struck.seal else None
    same = [c for c in _repeats(traffic, struck) if c.seal is None or c.seal.nonce == used]
    expect.that(
        used is not None and not same,
        title="The retry repeats the old seal",
        expected="a new nonce on every retry",
        observed=f"{len(same)} retries with the old nonce",
        pointer="header:signature-input",
        reply=same[0].reply if same else struck.reply,
        fix="Seal each attempt anew; keep only the idempotency key.",
        fix_fa="هر تلاش را با نانس تازه مهر کنید.",
    )


@conformance_case(
    "TC-PHA-OBS-TAMPER-001",
    verifies=("ERX-6-4-D",),
    role=ROLE,
    selected_if="pharmacy.dispense",
    scenario="tampered-answer",
    title_fa="بی‌اعتمادی به پاسخ دست‌کاری‌شده",
)
def tc_answer_with_a_broken_seal_is_not_relied_on(traffic: Traffic, expect: Expect) -> None:
    """Ensure that the IUT does not rely on an answer whose seal does not hold.

    Given an answer to the dispense that was changed on the line, when the IUT has received it, then
    it confirms nothing unless a repeated request was answered with a seal that holds.
    """
    struck = traffic.struck("tamper_body")
    good = [call.index for call in _repeats(traffic, struck) if call.answered]
    relied = [
        call
        for call in traffic.after(struck, "purchaser", "confirmDispense")
        if not good or call.index < good[0]
    ]
    expect.that(
        not relied,
        title="An answer with a broken seal was relied on",
        expected="no confirmation before the request is answered with a valid seal",
        observed=f"{len(relied)} confirmations right after the changed answer" if relied
        else "no confirmation",
        pointer="header:signature",
        reply=relied[0].reply if relied else struck.reply,
        fix="Verify the seal of every answer before reading it; treat a bad one as no answer.",
        fix_fa="پیش از خواندن هر پاسخ، مهر آن را بررسی کنید و پاسخ بی‌اعتبار را نادیده بگیرید.",
    )  # fmt: skip
