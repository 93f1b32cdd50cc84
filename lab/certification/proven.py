"""Whether the suites behind a campaign are proven: what the assurance statement says of its role.

A green verdict of suites that let faults pass is worth nothing, so the statement must be about
these very suites, about this role, about every subject of it, and must leave nothing open.
"""

from __future__ import annotations

from lab.model.base import JsonValue
from lab.model.campaign import Campaign

_NAMED = 3  # survivors named in the reason


def unproven(statement: dict[str, JsonValue], campaign: Campaign) -> list[tuple[str, str]]:
    """Return why the statement does not carry a certificate about the campaign; empty if it does.

    `statement` is the payload of a genuine `assurance.jws`. Reasons are (English, Persian).
    """
    role = campaign.profile.role
    if statement.get("suiteHash") != campaign.suite_hash:
        return [
            (
                "the assurance statement is about other suites than those of the campaign",
                "بیانیهٔ اطمینان دربارهٔ نسخهٔ دیگری از آزمون‌ها است.",
            )
        ]
    rows = {row["role"]: row for row in statement.get("roles", ())}
    row = rows.get(role)
    if row is None:
        return [
            (
                f"the suites of {role} have not been calibrated",
                "توان آزمون‌های این نقش سنجیده نشده است.",
            )
        ]
    if not row.get("complete"):
        return [
            (
                f"only a part of the calibration of {role} has been run",
                "سنجش آزمون‌های این نقش کامل نیست.",
            )
        ]
    if not row.get("proven"):
        some = ", ".join(row.get("survivors", ())[:_NAMED]) or "see the statement"
        return [
            (
                f"the suites of {role} are not proven ({some})",
                "آزمون‌های این نقش اثبات نشده‌اند.",
            )
        ]
    return []
