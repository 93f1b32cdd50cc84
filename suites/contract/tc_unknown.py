"""What no contract describes: unknown paths, methods and content."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case


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
