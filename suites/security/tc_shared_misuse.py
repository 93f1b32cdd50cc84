"""Misuse every server role has to withstand: hostile bodies, reused keys, talkative errors."""

from __future__ import annotations

import re
from dataclasses import replace
from http import HTTPStatus
from itertools import count

from lab.kit import (
    Expect,
    Inconclusive,
    Message,
    Recipe,
    Reply,
    Sut,
    SyntheticData,
    body_replaced,
    eventually,
    header_set,
    role_messages,
)
from lab.model.verdict import Blame
from suites.security.tampering import duplicate_member
from suites.shared import Attempt, attempt, honest, shared_case

LEAK = re.compile(
    r"Traceback|File \"|sqlite|SELECT |INSERT |/home/|/usr/|\.py\b|0x[0-9a-f]{8,}", re.IGNORECASE
)
OTHERS = {"office-1": "office-2", "pharmacy-1": "pharmacy-2"}


@shared_case(
    "SEC-USE-003",
    verifies=("RM-P8-B", "ERX-11-B"),
    title_fa="کلید تکرار یک مرکز برای مرکز دیگر",
    needs="change",
)
def tc_key_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT never answers a centre from the memory of another's key.

    Given a message that was executed under a key, when another centre sends the same under the same
    key, then it gets an answer of its own or a refusal, never the bytes of the first.

    Equal bytes prove something only where the first centre itself gets other ones under another
    key. Where it never does, the other centre sends another change under the key instead, one that
    is answered with other bytes; without such a change nothing can be said.
    """
    key = data.key("shared")
    message = probe.make(sut, data, "shared")
    first = message.send(sut, "control: first", key=key)
    expect.control(first, probe.success)
    expect.schema(first)
    telling = _telling(sut, data, probe, message, first)

    centre = OTHERS.get(message.caller.centre, "office-2")
    other = replace(message.caller, centre=centre, person=None)
    reply = telling.send(sut, "stimulus: another centre", key=key, caller=other)

    expect.that(
        reply.content != first.content and 0 < reply.status < HTTPStatus.INTERNAL_SERVER_ERROR,
        title="a key of one centre opens the answer of another",
        expected="an answer of its own, or a refusal",
        observed=f"{reply.summary()}, the bytes of the first answer"
        if reply.content == first.content
        else reply.summary(),
        pointer="",
        reply=reply,
        fix="Keep idempotency keys per centre.",
        fix_fa="کلیدهای تکرار را برای هر مرکز جدا نگه دارید.",
    )


def _telling(
    sut: Sut, data: SyntheticData, probe: Recipe, message: Message, first: Reply
) -> Message:
    """Return a message to which the bytes of `first` are not an answer; Inconclusive without one.

    The times in an answer tell no more than its second, so that the first tries may be too early.
    """
    further = count()
    again = eventually(
        sut,
        lambda: message.send(sut, "control: again", key=data.key(f"again {next(further)}")),
        lambda again: again.content != first.content,
        within=3.0,
    )
    if again.content != first.content:
        return message
    # Only an answer that made something is remembered; what merely asks may be answered anew.
    making = [one for one in role_messages(sut.role).recipes if one.success == HTTPStatus.CREATED]
    for recipe in (probe, *making):
        another = recipe.make(sut, data, f"another {recipe.operation.id}")
        own = another.send(sut, f"control: another {recipe.operation.id}")
        if own.status == recipe.success and own.content != first.content:
            return another
    raise Inconclusive(
        "every change is answered with the same bytes",
        blame=Blame.SUT,
        pointer="",
        exchange_id=first.exchange_id,
        expected="an answer that tells which message it belongs to",
        observed=first.summary(),
    )


@shared_case(
    "SEC-USE-004",
    verifies=("ERX-11-B", "ERX-10-D"),
    title_fa="رد عضو تکراری در JSON",
    needs="body",
)
def tc_member_that_stands_twice(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a body that names a member twice.

    Given an honest message, when one of its members stands in it twice, then it is refused with
    400: two readers, two meanings.
    """
    name = next(iter(probe.make(sut, data, "names").body))
    change = Attempt(mutate=duplicate_member(name), label=f"{name} twice")
    expect.problem(
        attempt(probe, sut, data, expect, change),
        status=400,
        code="BODY_DUPLICATE_KEY",
        fix="Parse JSON strictly and refuse duplicate members.",
        fix_fa="عضو تکراری در JSON را رد کنید.",
    )


@shared_case(
    "SEC-USE-005",
    verifies=("ERX-11-B", "RM-P5-A"),
    title_fa="رد بدنهٔ بیش از یک مِبی‌بایت",
    needs="body",
)
def tc_body_larger_than_allowed(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a body over one mebibyte and keeps answering.

    Given a body of one byte over the limit, when it is sent, then it is refused with 413 and the
    next honest message is answered.
    """
    padded = body_replaced(b'{"x":"' + b"a" * (1024 * 1024 - 7) + b'"}', "1 MiB + 1 byte")
    expect.problem(
        attempt(probe, sut, data, expect, Attempt(mutate=padded, label="too large")),
        status=413,
        code="BODY_TOO_LARGE",
        fix="Stop reading after 1 MiB and answer 413.",
        fix_fa="پس از یک مِبی‌بایت خواندن را متوقف کنید و ۴۱۳ بدهید.",
    )


@shared_case(
    "SEC-USE-006",
    verifies=("ERX-11-B", "RM-P5-A"),
    title_fa="رد بدنهٔ تو در تو و بدنهٔ شکسته",
    needs="body",
)
def tc_bodies_deep_and_broken(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses bodies too deep, cut off, or of another type.

    Given bodies nested 200 deep, cut in the middle and declared as plain text, when they are sent,
    then they are refused with 400, 400 and 415 and honest messages are answered in between.
    """
    deep = body_replaced(b'{"a":' * 200 + b"1" + b"}" * 200, "nested 200 deep")
    broken = body_replaced(b'{"patient":{"type":"NC","val', "cut in the middle")
    text = header_set("content-type", "text/plain")
    wanted = (
        (deep, 400, "BODY_TOO_DEEP", "Bound the depth of JSON to 32."),
        (broken, 400, "BODY_NOT_JSON", "Answer broken JSON with 400."),
        (text, 415, "CONTENT_TYPE_UNSUPPORTED", "Take the content type of the contract only."),
    )
    for change, status, code, fix in wanted:
        reply = attempt(probe, sut, data, expect, Attempt(mutate=change, label=code.lower()))
        expect.problem(reply, status=status, code=code, fix=fix)


@shared_case(
    "SEC-USE-007",
    verifies=("RM-P8-B", "ERX-11-C"),
    title_fa="خطاها چیزی لو نمی‌دهند",
)
def tc_refusals_tell_nothing(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT tells nothing of its inside in a refusal.

    Given unknown addresses and a hostile one, when they are refused, then the answers are problem
    details of the error bank without program, query or file.
    """
    honest(probe, sut, data, expect, "in service")
    service = probe.operation.service
    targets = ("/nothing/here", "/nothing/1%27%20OR%20%271%27=%271")
    for target in targets:
        reply = sut.send("GET", target, service=service, step=f"stimulus: {target[:12]}")
        text = reply.content[:20000].decode("utf-8", "replace")
        found = LEAK.search(text)
        expect.that(
            found is None and reply.problem_code is not None,
            title="a refusal tells more than the error bank",
            expected="problem details with the texts of the error bank only",
            observed=f"{reply.summary()}{f', contains {found.group(0)[:40]!r}' if found else ''}",
            pointer="",
            reply=reply,
            fix="Answer from the error bank; keep traces in your own log.",
            fix_fa="تنها متن بانک خطا را بفرستید.",
        )


@shared_case(
    "SEC-USE-009",
    verifies=("ERX-11-B", "ERX-9-1-8-N-C"),
    title_fa="رد نوشتن بدون کلید تکرار",
    needs="body",
)
def tc_change_without_key(sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe) -> None:
    """Ensure that the IUT refuses a POST without idempotency key.

    Given an honest message, when it comes without the key, then it is refused with 400: a lost
    answer could not be asked for again.
    """
    expect.problem(
        attempt(probe, sut, data, expect, Attempt(key=None, label="no key")),
        status=400,
        code="IDEMPOTENCY_KEY_MISSING",
        fix="Demand idempotency-key on every POST, PUT and DELETE.",
        fix_fa="کلید تکرار را در هر نوشتن الزامی کنید.",
    )
