"""The words of the report in both languages: verdicts, decisions, roles, labels."""

from __future__ import annotations

from lab.model.base import Bilingual
from lab.model.campaign import CaseResult, Decision
from lab.model.verdict import RunState, Selection, Verdict


def _both(fa: str, en: str) -> Bilingual:
    return Bilingual(fa=fa, en=en)


VERDICTS: dict[str, tuple[str, Bilingual]] = {
    "pass": ("✓", _both("قبول", "pass")),
    "fail": ("✗", _both("رد", "fail")),
    "inconclusive": ("?", _both("نامعین", "inconclusive")),
    "error": ("!", _both("خطای آزمایشگاه", "lab error")),
    "na": ("–", _both("خارج از شمول", "n/a")),
    "notrun": ("·", _both("اجرا نشده", "not run")),
    "none": ("·", _both("بدون حکم", "no verdict")),
}

OPEN: tuple[str, Bilingual] = ("?", _both("باز", "open"))
"""An inspection whose verdict is inconclusive because an attestation is missing."""

DECISIONS: dict[Decision, tuple[str, str, Bilingual]] = {
    Decision.CONFORMING: ("✓", "pass", _both("منطبق با نمایهٔ", "Conforming to the profile of a")),
    Decision.NOT_CONFORMING: (
        "✗",
        "fail",
        _both("نامنطبق با نمایهٔ", "Not conforming to the profile of a"),
    ),
    Decision.NO_STATEMENT: (
        "!",
        "error",
        _both("بدون بیانیهٔ انطباق با نمایهٔ", "No statement of conformity to the profile of a"),
    ),
    Decision.UNDECIDED: (
        "?",
        "inconclusive",
        _both("بی‌نتیجه دربارهٔ نمایهٔ", "Undecided about the profile of a"),
    ),
}

ROLES: dict[str, Bilingual] = {
    "purchaser_system": _both("سامانهٔ بیمهٔ پایه (خریدار خدمت)", "base insurer (purchaser) system"),
    "pharmacy_system": _both("سامانهٔ داروخانه", "pharmacy system"),
    "prescriber_system": _both("سامانهٔ تجویزگر", "prescriber system"),
    "dispensing_system": _both("سامانهٔ نسخه‌پیچ", "dispensing system"),
    "gateway": _both("درگاه تبادل (دیتاس)", "gateway of the exchange"),
}

KINDS: dict[str, Bilingual] = {
    "self-test": _both("خودآزمون، گواهی نیست", "self-test, not a certificate"),
    "witnessed": _both("آزمون نظارت‌شده", "witnessed campaign"),
    "calibration": _both("سنجش مجموعه‌آزمون", "calibration of the suites"),
}

CERTIFIED_KINDS: dict[str, Bilingual] = {
    "self-test": _both("کارزار بی‌ناظر", "unwitnessed campaign"),
    "witnessed": _both("کارزار نظارت‌شده", "witnessed campaign"),
}

SEVERITIES = {
    "major": _both("عمده", "major"),
    "minor": _both("جزئی", "minor"),
    "observation": _both("یادآوری", "observation"),
}

LEVELS = {
    "must": _both("باید", "must"),
    "should": _both("بهتر است", "should"),
    "may": _both("می‌تواند", "may"),
}

BLAMES = {
    "sut": _both("محصول", "product"),
    "config": _both("تنظیمات اعلام‌شده", "declared settings"),
    "environment": _both("محیط آزمایشگاه", "environment of the laboratory"),
    "peer": _both("طرف دیگر تبادل", "peer in the exchange"),
    "harness": _both("خود آزمایشگاه", "the laboratory itself"),
    "spec": _both("متن الزام", "the requirement text"),
}

SUITES = {
    "contract": _both("قرارداد", "contract"),
    "property": _both("ویژگی‌ها", "property"),
    "workflow": _both("گردش کار", "workflow"),
    "semantic": _both("معنایی", "semantic"),
    "observed": _both("مشاهده‌ای", "observed"),
    "security": _both("امنیت", "security"),
    "resilience": _both("تاب‌آوری", "resilience"),
    "load": _both("بار", "load"),
}

COUNTS = (
    ("pass", "passed"),
    ("fail", "failed"),
    ("inconclusive", "inconclusive"),
    ("error", "error"),
    ("notrun", "not_run"),
)


def named(table: dict[str, Bilingual], key: str) -> Bilingual:
    """Return the words for `key`, or the key itself in both languages when none are known."""
    return table.get(key) or _both(key, key)


def mark(result: CaseResult) -> str:
    """Name of the row a case belongs to: selection and run state come before the verdict."""
    if result.selection is Selection.NOT_APPLICABLE:
        return "na"
    if result.state is not RunState.FINISHED and result.verdict in {Verdict.NONE, Verdict.PASS}:
        return "notrun"
    return str(result.verdict.value)
