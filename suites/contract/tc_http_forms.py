"""HTTP around the messages: content coding, and methods that no contract names (RUL-102)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from lab.kit import (
    Expect,
    Message,
    Mutation,
    Recipe,
    Reply,
    Sut,
    SyntheticData,
    header_set,
    role_messages,
    unsealed,
)
from suites.shared import honest, shared_case

PLAIN, GZIP = (header_set("accept-encoding", taken) for taken in ("identity", "gzip"))


@shared_case(
    "CON-CODING-001",
    verifies=("ERX-10-E", "ERX-11-B"),
    title_fa="فشرده‌سازی فقط برای گیرنده‌ای که می‌پذیرد",
    rulings=("RUL-102",),
)
def tc_answers_are_coded_for_who_takes_it(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT compresses answers only for who takes that, and digests what it sends.

    Given honest messages, when the reader takes plain content only, then the answer is plain; when
    it takes gzip, then the answer is plain or gzip, and its seal is over the bytes as sent.
    """
    honest(probe, sut, data, expect, "control")
    plain = probe.make(sut, data, "plain").send(sut, "stimulus: takes plain only", mutate=PLAIN)
    packed = probe.make(sut, data, "gzip").send(sut, "stimulus: takes gzip", mutate=GZIP)
    coding_is_taken(expect, plain, packed, probe.success)


def coding_is_taken(expect: Expect, plain: Reply, packed: Reply, success: int) -> None:
    """Judge an answer to who takes plain content only, and one to who takes gzip."""
    for reply, taken in ((plain, {"identity"}), (packed, {"identity", "gzip", "x-gzip"})):
        expect.status(reply, success, fix="Choose the coding; leave the answer as it is.")
        coding = (reply.header("content-encoding") or "identity").strip().lower()
        expect.that(
            coding in taken,
            title="the answer is coded in a way its reader does not take",
            expected=f"content-encoding {' or '.join(sorted(taken))}, or none",
            observed=coding[:60],
            pointer="header:content-encoding",
            reply=reply,
            fix="Compress only what accept-encoding of the request asks to be compressed.",
            fix_fa="پاسخ را فقط وقتی accept-encoding درخواست می‌پذیرد فشرده کنید.",
        )
        expect.schema(reply)
        expect.seal(
            reply,
            requirement="ERX-11-B",
            fix="Compress first, then make content-digest and seal of the bytes that are sent.",
            fix_fa="نخست فشرده کنید و سپس content-digest و مُهر را روی همان بایت‌ها بسازید.",
        )


@shared_case(
    "CON-METHOD-001",
    verifies=("ERX-10-E", "ERX-11-B"),
    title_fa="پاسخ به HEAD و OPTIONS",
    rulings=("RUL-102",),
)
def tc_methods_that_http_knows(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT answers HEAD and OPTIONS as HTTP knows them or refuses them, and sealed.

    Given an address of the contract, when HEAD and OPTIONS are sent to it, then each is answered as
    HTTP defines it, or refused with 405 and `allow`; and without a seal nothing is answered.
    """
    reading = _reading(sut, probe)
    message, _ = honest(reading, sut, data, expect, "control")
    method = reading.operation.method

    bare = _ask("HEAD", reading, message, sut, unsealed())
    head = _ask("HEAD", reading, message, sut)
    choice = _ask("OPTIONS", reading, message, sut)

    as_get = {reading.success} if method == "GET" else set()
    methods_are_known(expect, head, choice, method, as_get)
    is_turned_away(expect, bare)


def methods_are_known(
    expect: Expect, head: Reply, choice: Reply, method: str, as_get: set[int]
) -> None:
    """Judge sealed HEAD and OPTIONS of an address that has `method`, read with status `as_get`."""
    for reply, good in ((head, as_get), (choice, {200, 204})):
        expect.status(reply, {405, *good}, fix="Answer HEAD and OPTIONS, or refuse them with 405.")
        allowed = {one.strip().upper() for one in (reply.header("allow") or "").split(",")}
        expect.that(
            reply.status in good or method in allowed,
            title="the answer does not say which methods an address has",
            expected=f"allow: {method}",
            observed=reply.header("allow") or "absent",
            pointer="header:allow",
            reply=reply,
            fix="Send `allow` with every 405.",
            fix_fa="سرآیند allow را بفرستید.",
        )
        expect.seal(reply, requirement="ERX-11-B", fix="Seal the answers to every method.")


def is_turned_away(expect: Expect, bare: Reply) -> None:
    """Judge a HEAD without seal: no method opens what the others guard."""
    expect.status(
        bare,
        {401, 405},
        requirement="ERX-11-B",
        title="a method beside the contract is answered without a seal",
        fix="Demand the seal before you look at the method.",
        fix_fa="مُهر را پیش از روش درخواست بسنجید.",
    )


def _reading(sut: Sut, probe: Recipe) -> Recipe:
    """Return an operation that reads, where the role has one: only there HEAD has a meaning."""
    recipes = role_messages(sut.role).recipes
    return next((one for one in recipes if one.operation.method == "GET"), probe)


def _ask(
    method: str, recipe: Recipe, message: Message, sut: Sut, change: Mutation | None = None
) -> Reply:
    """Send another method to the address of a message."""
    target = recipe.operation.path
    for name, value in (message.path or {}).items():
        target = target.replace("{" + name + "}", quote(str(value), safe=""))
    return sut.send(
        method,
        f"{target}?{urlencode(message.query, quote_via=quote)}" if message.query else target,
        service=message.service,
        headers=message.headers,
        caller=message.caller,
        mutate=change,
        step=f"stimulus: {method}{', unsealed' if change else ''}",
    )
