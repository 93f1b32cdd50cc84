"""Stored documents stay readable: each says its format, each earlier format has one step upwards.

A step takes the parsed JSON of format n and returns that of n + 1; it touches no file. What is on
the disk stays as it was sealed and signed, only what is read is upgraded. See ADR 0019; the test
`tests/unit/stored` holds an example of every format and says what to do when one no longer reads.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from lab.model.base import JsonValue
from lab.model.campaign import Campaign, ResultDocument
from lab.model.certificate import Certificate
from lab.model.errors import UsageError
from lab.model.exchange import Exchange

NEWER = "MFL-D001"  # code of the refusal of a document of a later release

Document = dict[str, JsonValue]
Step = Callable[[Document], Document]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Stored(Generic[M]):
    """A kind of stored document: its model today, and the steps from its earlier formats."""

    name: str
    model: type[M]
    steps: tuple[Step, ...]

    @property
    def format(self) -> int:
        """The format that is written today."""
        return len(self.steps) + 1

    def read(self, content: bytes | str, where: str) -> M:
        """Parse, upgrade and check a document. UsageError when this laboratory cannot read it."""
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(f"it is not JSON ({str(error)[:120]})", where) from error
        return self.of(document, where)

    def of(self, document: JsonValue, where: str) -> M:
        """Upgrade and check a parsed document."""
        upgraded = self.upgraded(document, where)
        try:
            return self.model.model_validate_json(json.dumps(upgraded))
        except (ValidationError, ValueError) as error:
            raise self._unreadable(_first(error), where, document) from error

    def upgraded(self, document: JsonValue, where: str) -> Document:
        """Return a parsed document in today's form; the one given is left as it is."""
        if not isinstance(document, dict):
            raise self._unreadable("it is no JSON object", where)
        stated = format_of(document)
        if stated is None or stated < 1:
            raise self._unreadable(f"its format is {document.get('format')!r}", where)
        self.refuse_newer(stated, where, _writer(document))
        content: Document = copy.deepcopy(document)
        try:
            for step in self.steps[stated - 1 :]:
                content = step(content)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"it is not what format {stated} looks like ({type(error).__name__}: {error})"
            raise self._unreadable(reason, where, document) from error
        return content

    def refuse_newer(self, stated: int, where: str, writer: str = "") -> None:
        """Raise UsageError, with the version that can read it, for a format of a later release."""
        if stated <= self.format:
            return
        raise UsageError(
            f"the {self.name} is of format {stated}; mafa-lab {_own_version()} reads up to "
            f"{self.format}",
            code=NEWER,
            where=where,
            fix=f"Read it with mafa-lab {writer} or later."
            if writer
            else "Read it with the later release of mafa-lab that wrote it.",
            sentence_fa="این سند را نسخهٔ تازه‌تری از آزمایشگاه نوشته است.",
        )

    def _unreadable(self, reason: str, where: str, document: JsonValue = None) -> UsageError:
        writer = _writer(document) if isinstance(document, dict) else ""
        return UsageError(
            f"the {self.name} cannot be read: {reason}",
            code="MFL-D002",
            where=where,
            fix="Use it exactly as it was written, or restore it from a copy"
            + (f"; mafa-lab {writer} wrote it." if writer else "."),
            sentence_fa="این سند خوانا نیست؛ از نسخهٔ دست‌نخوردهٔ آن استفاده کنید.",
        )


def format_of(document: Document) -> int | None:
    """Return the stated format. Documents from before there were formats are of format 1."""
    stated = document.get("format", 1)
    return stated if type(stated) is int else None


def _writer(document: Document) -> str:
    """Return the release of the laboratory that wrote a document, as far as it says so."""
    campaign = document.get("campaign")
    inner = campaign if isinstance(campaign, dict) else {}
    return str(document.get("suite_version") or inner.get("suite_version") or "")[:40]


def _own_version() -> str:
    try:
        return version("mafa-lab")
    except PackageNotFoundError:  # run from a copy that was never installed
        return "of this copy"


def _first(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        row = error.errors()[0]
        place = "/".join(str(part) for part in row["loc"])
        return f"/{place}: {row['msg']}"[:300]
    return str(error).splitlines()[0][:300]


def _case_1_to_2(case: Document) -> Document:
    """`exclusive` of format 1 is called `alone` now."""
    if case.pop("exclusive", False):
        case["alone"] = True
    return case


def campaign_1_to_2(document: Document) -> Document:
    """Format 2 states itself and knows inspections, `moves_clock`, `alone` and `shares`."""
    for row in document["planned"]:
        _case_1_to_2(row["case"])
    document.setdefault("inspections", [])
    return {**document, "format": 2}


def result_1_to_2(document: Document) -> Document:
    """Format 2 states itself and contains a campaign of format 2."""
    document.pop("schema_version", None)
    document["campaign"] = campaign_1_to_2(document["campaign"])
    for row in document["cases"]:
        _case_1_to_2(row["case"])
    return {**document, "format": 2}


def certificate_1_to_2(document: Document) -> Document:
    """Format 2 states itself; the assurance statement is named since late in format 1."""
    document.pop("schema_version", None)
    document.setdefault("assurance_sha256", "")
    return {**document, "format": 2}


def exchange_1_to_2(document: Document) -> Document:
    """Format 2 of the evidence says which generated example an exchange belongs to."""
    document.setdefault("example", 0)
    return document


CAMPAIGN = Stored("campaign", Campaign, (campaign_1_to_2,))
RESULT = Stored("result document", ResultDocument, (result_1_to_2,))
CERTIFICATE = Stored("certificate", Certificate, (certificate_1_to_2,))
EVIDENCE = Stored("evidence", Exchange, (exchange_1_to_2,))
"""The records of a campaign have one format together; the first of them states it."""


def exchange_of(data: JsonValue) -> Exchange:
    """Read an exchange out of a record of any format; a record states none of its own."""
    for step in EVIDENCE.steps:
        data = step(dict(data))
    return Exchange.model_validate(data)
