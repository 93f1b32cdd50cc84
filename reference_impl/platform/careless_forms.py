"""Mistakes of products in what they write into good answers, whatever the operation.

Each is one that happens when values pass through a data base, a time zone or a page size on their
way out. What somebody else wrote and signed is handed on as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.legal_forms import mapped

WIDTH = 48
"""Characters of the column into which texts are cut: enough for every identifier."""
AMOUNTS = frozenset(
    {
        "amount", "ceiling", "complementaryShare", "insurerShare", "paid", "patientShare",
        "receivable", "tariffs", "total",
    }
)  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LETTERS = str.maketrans({"ی": "ي", "ک": "ك"})
_HOUR, _ONE_DAY = timedelta(hours=1), timedelta(days=1)
_RIAL = 10  # of a toman

Change = Callable[[Any], Any]


def careless_form(faults: FaultSwitch) -> Change | None:
    """Return the mistake that is switched on, None without one."""
    return next((change for name, change in MISTAKES.items() if faults.on(name)), None)


def _texts(change: Callable[[str], str]) -> Change:
    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(one) for one in value]
        return change(value) if isinstance(value, str) else value

    return lambda body: mapped(body, lambda row: {key: told(one) for key, one in row.items()})


def _hour_late(text: str) -> str:
    if not _INSTANT.fullmatch(text):
        return text
    return (datetime.fromisoformat(text) + _HOUR).isoformat()


def _day_early(text: str) -> str:
    return (date.fromisoformat(text) - _ONE_DAY).isoformat() if _DAY.fullmatch(text) else text


def _last_lost(body: Any) -> Any:
    return mapped(
        body,
        lambda row: {
            key: one[:-1] if isinstance(one, list) and one else one for key, one in row.items()
        },
    )


def _in_toman(body: Any) -> Any:
    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(one) for one in value]
        return value // _RIAL if type(value) is int else value

    return mapped(
        body,
        lambda row: {key: told(one) if key in AMOUNTS else one for key, one in row.items()},
    )


MISTAKES: Mapping[str, Change] = {
    "platform.answer.hour_late": _texts(_hour_late),
    "platform.answer.day_early": _texts(_day_early),
    "platform.answer.last_entry_lost": _last_lost,
    "platform.answer.letters_of_another_code": _texts(lambda text: text.translate(_LETTERS)),
    "platform.answer.texts_cut": _texts(lambda text: text[:WIDTH]),
    "platform.answer.amounts_in_toman": _in_toman,
}
