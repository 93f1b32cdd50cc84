"""The assurance statement's payload in the words of the page; every text of it is made visible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lab.model.base import JsonValue
from reports.view_models.text import one_line

MEASURES = {
    "sensitivity": ("خطاهای کاشتهٔ یافته‌شده", "seeded faults caught"),
    "attribution": ("به الزام درست", "for the right requirement"),
    "pointers": ("در جای اعلام‌شده", "at the declared place"),
    "specificity": ("محصول سالم پذیرفته", "sound products accepted"),
    "null_panel": ("محصول پوچ بی‌امتیاز", "null products earned nothing"),
    "blame": ("خطای پیکربندی به نام محصول نوشته نشد", "wrong set-ups not blamed on the product"),
    "mechanical": ("جهش‌های مکانیکی یافته‌شده", "mechanical mutants caught"),
    "place_named": ("جای جهش نام برده شد", "place of the mutant named"),
}
"""Measures of the statement in the order of the page: Persian and English name."""
OPTIONAL = frozenset({"place_named"})
"""Measures that are left out of the page when nobody took them; all others are shown missing."""

_OPEN = {
    "survivors": ("نیافته", "survivors"),
    "misattributed": ("به الزام یا جای نادرست", "for another requirement or place"),
    "accused": ("به‌ناحق متهم", "wrongly accused"),
    "blamed": ("به‌ناحق به نام محصول", "wrongly blamed on the product"),
    "notJudged": ("داوری‌نشده", "not judged"),
    "unprovenCases": ("آزمون بی‌اثبات", "cases no fault made fail"),
    "mechanicalSurvivors": ("جهش مکانیکی نیافته", "mechanical survivors"),
    "equivalents": ("جهش بی‌اثر، با دلیل", "equivalent mutants, with the reason"),
}
_GROUPS = {
    "variants": ("گونه‌های مجاز (باید پذیرفته شوند)", "Legal variants (must be accepted)"),
    "nulls": ("محصول‌های پوچ (نباید امتیاز بگیرند)", "Null products (must earn nothing)"),
    "misconfigurations": ("پیکربندی‌های نادرست (نباید به نام محصول نوشته شوند)",
                          "Wrong set-ups (must not be blamed on the product)"),
}  # fmt: skip
_MISSING_FA = {
    "share of cases": "سهم آزمون‌هایی که رأیشان در تکرار عوض می‌شود",
    "verdicts of campaigns run at once": "رأی کارزارهای هم‌زمان در برابر پی‌درپی",
    "verdicts of interrupted": "رأی کارزارهای قطع و ازسرگرفته در برابر کارزارهای کامل",
    "rate against mutants": "نرخ در برابر جهش‌های مکانیکی قراردادها",
    "mistakes of configuration": "خطاهای پیکربندی و محیط و اینکه به نام محصول نوشته می‌شوند یا نه",
    "a sample run again": "نمونه‌ای که دوباره روی HTTPS واقعی اجرا و سنجیده شود",
    "calibration of": "سنجش نقش‌های نام‌برده",
}
_NONE = "—"
_TEXT = 400


def missing(text: str) -> dict[str, str]:
    """Return what was not measured in both languages; an unknown text in English alone."""
    known = next((fa for start, fa in _MISSING_FA.items() if text.startswith(start)), "")
    return {"en": one_line(text, 1200), "fa": known}


def cell(value: JsonValue) -> dict[str, str]:
    """Return hits of trials and the bound; dashes when nothing was tried."""
    if not value or "trials" not in value:
        return {"hits": _NONE, "bound": "", "short": ""}
    hits, trials = int(value["hits"]), int(value["trials"])
    return {
        "hits": f"{hits} / {trials}",
        "bound": f"≥ {value['lowerBound']:.1%}",
        "short": "" if hits == trials else "less",
    }


def role_view(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return one role: its cells by measure, and what is open or must be named."""
    opened = [
        {"fa": fa, "en": en, "names": _named(row.get(key) or ())}
        for key, (fa, en) in _OPEN.items()
        if row.get(key)
    ]
    return {
        "name": one_line(str(row["role"]), 60),
        "proven": row["proven"] is True,
        "complete": row["complete"] is True,
        "subjects": row.get("subjects", _NONE),
        "cells": {name: cell(row.get(name)) for name in MEASURES},
        "open": opened,
    }


def _named(found: Iterable[JsonValue]) -> list[str]:
    return [
        one_line(f"{one['mutant']}: {one['reason']}" if isinstance(one, dict) else str(one), _TEXT)
        for one in found
    ]


def power_rows(found: Iterable[Mapping[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    """Return the requirements with seeded faults, those with missed ones first."""
    rows = [
        {
            "id": one_line(str(row["id"]), 60),
            "cell": cell(row),
            "missed": [one_line(str(one), 120) for one in row["missed"]],
        }
        for row in found
    ]
    return sorted(rows, key=lambda row: (not row["missed"], row["id"]))


def subject_groups(roles: Sequence[Mapping[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    """Return variants, nulls and wrong set-ups, each once, with the roles it came right in."""
    groups = []
    for key, (fa, en) in _GROUPS.items():
        seen: dict[str, dict[str, JsonValue]] = {}
        for role in roles:
            for one in role.get(key) or ():
                entry = seen.setdefault(
                    str(one["id"]),
                    {"id": one_line(str(one["id"]), 60), "title": one_line(str(one["title"]), 200),
                     "good": 0, "roles": 0, "wrong": []},
                )  # fmt: skip
                entry["roles"] += 1
                entry["good"] += one["good"] is True
                if one["good"] is not True:
                    text = f"{role['role']}: {one['outcome']}"
                    entry["wrong"].append(one_line(text, 120))
        groups.append({"fa": fa, "en": en, "rows": [seen[name] for name in sorted(seen)]})
    return groups


def experiment(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return one measurement of the laboratory itself."""
    concurrency, crash, flakes = (row.get(name) for name in ("concurrency", "crash", "flakes"))
    told: list[JsonValue] = []
    for one, name in ((concurrency, "differences"), (crash, "differences"), (flakes, "unstable")):
        told += [one_line(str(text), 300) for text in (one or {}).get(name, ())]
    return {
        "role": one_line(str(row["role"]), 60),
        "plan": one_line(str(row["plan"]), 60),
        "only": [one_line(str(one), 60) for one in row["only"]],
        "product": one_line(str(row["product"]), 120),
        "concurrency": concurrency,
        "crash": crash,
        "flakes": flakes,
        "bound": "" if flakes is None else f"{flakes['upper_bound']:.3%}",
        "differences": told,
    }
