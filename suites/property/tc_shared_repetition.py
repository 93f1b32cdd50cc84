"""Laws of repetition every server role keeps: a lost answer can be asked for again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from fixtures import load_pack
from lab.kit import Expect, Recipe, Reply, Sut, SyntheticData, same_json, shown
from suites.property.repetition import same_bytes
from suites.shared import shared_case


@shared_case(
    "PROP-IDEM-001",
    verifies=("ERX-9-1-8-N-C", "ERX-6-1-B"),
    title_fa="کلید و بدنهٔ یکسان، پاسخ یکسان",
    needs="change",
)
def tc_a_repeated_key_gives_the_first_answer(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT answers a message repeated under its key with the first answer.

    Given a change whose answer was lost, when the same message arrives again under the same key,
    then status and body are those of the first answer.
    """
    key = data.key("K")
    message = probe.make(sut, data, "repeated")
    first = message.send(sut, "preamble: first", key=key)
    expect.control(first, probe.success)
    expect.schema(first)

    again = message.send(sut, "stimulus: the same again", key=key)

    expect.status(again, first.status, fix="Give the first answer again, with its status.")
    expect.field(
        again,
        "",
        equals=first.parse(),
        title="a repeated message is executed again",
        fix="Answer a known key from memory, not by doing it again.",
        fix_fa="کلید تکراری را از حافظه پاسخ دهید.",
    )


@shared_case(
    "PROP-IDEM-002",
    verifies=("ERX-9-1-8-N-C", "ERX-11-B"),
    title_fa="کلید یکسان با بدنهٔ دیگر رد می‌شود",
    needs="body",
)
def tc_a_reused_key_is_refused(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses another message under a key it has seen.

    Given an honest message, when another one with one member more or less arrives under the same
    key, then the IUT answers 409, or refuses it as unreadable.
    """
    key = data.key("K")
    message = probe.make(sut, data, "first")
    taken = message.send(sut, "control: first", key=key)
    expect.control(taken, probe.success)

    # Other white space is another body to a digest and the same message to a reader.
    other = message.changed(body=_spaced(message.body))
    reply = other.send(sut, "stimulus: other bytes, same key", key=key)

    expect.problem(
        reply,
        status=409,
        code="IDEMPOTENCY_KEY_REUSED",
        fix="Remember the digest of the body with the key; refuse another one.",
        fix_fa="بدنهٔ دیگر با کلید تکراری را با ۴۰۹ رد کنید.",
    )


@shared_case(
    "PROP-IDEM-003",
    verifies=("ERX-9-1-8-N-C", "ERX-6-1-B"),
    title_fa="تکرار همزمان، یک اثر",
    needs="change",
)
def tc_repetitions_at_once_are_one_change(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT executes a message once that arrives four times at the same moment.

    Given a change, when it arrives four times at once under one key, and a fifth time after that,
    then every answer that is not to be tried again is the same.
    """
    message = probe.make(sut, data, "at once")
    call = message.as_call(key=data.key("at once"), mutate=same_bytes())

    replies = sut.parallel([call] * 4, step="stimulus: four at once")
    again = sut.parallel([call], step="stimulus: once more")

    known = load_pack().errors
    told = [one for one in [*replies, *again] if one.problem_code not in _to_be_repeated(known)]
    expect.that(
        len(told) > 0
        and all(one.status == probe.success for one in told)
        and all(same_json(one.find(""), told[0].find("")) for one in told),
        title="repetitions at the same moment are not one change",
        expected=f"status {probe.success} and one body, or a refusal that says try again",
        observed=_differing(told),
        pointer="status",
        reply=told[0] if told else replies[0],
        fix="Let one unique key decide who executes; the others wait for its answer.",
        fix_fa="اجرا را با یک کلید یکتا تعیین کنید و به تکرارها همان پاسخ را بدهید.",
    )
    expect.schema(told[0] if told else replies[0])


def _to_be_repeated(errors: Mapping[str, Mapping[str, object]]) -> frozenset[str | None]:
    """Return the codes that ask for another attempt."""
    return frozenset(code for code, row in errors.items() if row["retryable"])


def _differing(replies: Sequence[Reply]) -> str:
    bodies = {shown(one.find(""), 20_000) for one in replies}
    return f"{'; '.join(one.summary() for one in replies)}: different bodies: {len(bodies)}"


def _spaced(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=1).encode()
