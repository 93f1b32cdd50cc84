"""What no contract describes: unknown paths, methods and content codings."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case, unsealed
from suites import journeys
from suites.contract.tc_http_forms import (
    GZIP,
    PLAIN,
    coding_is_taken,
    is_turned_away,
    methods_are_known,
)


@conformance_case(
    "TC-PUR-CON-UNKNOWN-001",
    verifies=("ERX-10-E", "ERX-8-6-N1-A"),
    role="purchaser_system",
    title_fa="نشانی ناشناخته",
)
def tc_unknown_path_is_not_found(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers an unknown path as not found, sealed and coded.

    Given paths that no contract describes, when they are asked for, then the IUT answers 404 with
    problem details, never with a page or a redirect.
    """
    for path in ("/nothing", f"/prescriptions/{data.uuid('none')}/nothing"):
        reply = sut.send("GET", path, step=f"stimulus: {path[:20]}")
        expect.problem(
            reply,
            status=404,
            code=("NOT_FOUND", "PRESCRIPTION_NOT_FOUND"),
            fix="Answer unknown paths with problem details, not with the page of your server.",
            fix_fa="نشانی ناشناخته را با شرح مشکل ۴۰۴ پاسخ دهید.",
        )


@conformance_case(
    "TC-PUR-CON-UNKNOWN-002",
    verifies=("ERX-10-E", "ERX-8-6-N1-A"),
    role="purchaser_system",
    title_fa="روش ناشناخته و سرآیند allow",
)
def tc_other_method_is_not_allowed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a method a path does not have and names those it has.

    Given a path that takes POST only, when DELETE is sent to it, then the IUT answers 405 with
    problem details and `allow`.
    """
    reply = sut.send("DELETE", "/price", key=data.key("delete"), step="stimulus: DELETE /price")

    expect.problem(
        reply,
        status=405,
        code="METHOD_NOT_ALLOWED",
        fix="Answer other methods with 405.",
        fix_fa="روش دیگر را با ۴۰۵ پاسخ دهید.",
    )
    allowed = {item.strip().upper() for item in (reply.header("allow") or "").split(",")}
    expect.that(
        "POST" in allowed and "DELETE" not in allowed,
        title="the answer does not say which methods a path has",
        expected="allow: POST",
        observed=reply.header("allow") or "absent",
        pointer="header:allow",
        reply=reply,
        fix="Send `allow` with every 405.",
        fix_fa="سرآیند allow را بفرستید.",
    )


@conformance_case(
    "TC-PUR-CON-CODING-001",
    verifies=("ERX-10-E", "ERX-11-B"),
    role="purchaser_system",
    title_fa="فشرده‌سازی فقط برای گیرنده‌ای که می‌پذیرد",
    rulings=("RUL-102",),
)
def tc_prices_are_coded_for_who_takes_it(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT compresses answers only for who takes that, and digests what it sends.

    Given a question for the price, when the reader takes plain content only, then the answer is
    plain; when it takes gzip, then it is plain or gzip, and its seal is over the bytes as sent.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 10, 1900)])
    asked = [
        sut.call("price", body=body, caller=journeys.PHARMACY, mutate=taken, step=f"stimulus: {n}")
        for n, taken in (("takes plain only", PLAIN), ("takes gzip", GZIP))
    ]

    coding_is_taken(expect, asked[0], asked[1], 200)


@conformance_case(
    "TC-PUR-CON-METHOD-001",
    verifies=("ERX-10-E", "ERX-11-B"),
    role="purchaser_system",
    title_fa="پاسخ به HEAD و OPTIONS",
    rulings=("RUL-102",),
)
def tc_methods_of_a_prescription(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers HEAD and OPTIONS as HTTP knows them or refuses them, and sealed.

    Given a registered prescription, when its centre sends HEAD and OPTIONS to it, then each is
    answered as HTTP defines it, or refused with 405 and `allow`; without a seal nothing is.
    """
    rx = journeys.register(sut, data)
    expect.control(journeys.read(sut, rx), 200)
    address = f"/prescriptions/{rx.id}"

    bare = sut.send("HEAD", address, mutate=unsealed(), step="stimulus: HEAD, unsealed")
    head = sut.send("HEAD", address, caller=journeys.OFFICE, step="stimulus: HEAD")
    choice = sut.send("OPTIONS", address, caller=journeys.OFFICE, step="stimulus: OPTIONS")

    methods_are_known(expect, head, choice, "GET", {200})
    is_turned_away(expect, bare)
