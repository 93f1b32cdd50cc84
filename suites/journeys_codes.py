"""Steps at the coding service and the authenticity service, and what the pack says of its codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fixtures import load_pack
from lab.kit import Caller, Expect, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites.messages.maksa import DRUGS, SECRETARIAT
from suites.messages.ttac import PHARMACY

URN = "urn:ir:maksa:"
SERVICES = f"{URN}service-synthetic"
LABORATORY = f"{URN}loinc-laboratory-synthetic"
IMAGING = f"{URN}loinc-imaging-synthetic"
DIAGNOSES = f"{URN}icd10-synthetic"


def rows(system: str) -> Sequence[Mapping[str, Any]]:
    """Return every version of every concept that the pack publishes in a system."""
    found: Sequence[Mapping[str, Any]] = load_pack().codes[system]["concepts"]
    return found


def row(system: str, code: str) -> Mapping[str, Any]:
    """Return the newest version of a concept as the pack publishes it."""
    return [one for one in rows(system) if one["code"] == code][-1]


def coded(system: str, code: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return a coded text with the English text of the newest version."""
    return {"system": system, "code": code, "display": row(system, code)["en"], **changes}


def validate(sut: Sut, text: JsonValue, step: str) -> Reply:
    """Ask whether a coded text may be used today."""
    return sut.call("validateCode", body={"coded": text}, step=step)


def concept(sut: Sut, system: str, code: str, step: str) -> Reply:
    """Read a concept as it stands today."""
    return sut.call("getConcept", path={"system": system, "code": code}, step=step)


def search(sut: Sut, system: str, text: str, step: str, *, limit: int = 10) -> Reply:
    """Search a system by text."""
    body = {"system": system, "text": text, "limit": limit}
    return sut.call("searchConcepts", body=body, step=step)


def translate(sut: Sut, text: JsonValue, target: str, step: str, *, lenient: bool = False) -> Reply:
    """Ask what a coded text is called in another system."""
    body = {"coded": text, "target": target, "lenient": lenient}
    return sut.call("translateCode", body=body, step=step)


def publish(sut: Sut, body: JsonValue, step: str, *, caller: Caller = SECRETARIAT) -> Reply:
    """Publish a release, whatever comes of it."""
    return sut.call("publishRelease", body=body, caller=caller, step=step)


def changes(sut: Sut, release: str, step: str) -> Reply:
    """Read what a release changes."""
    return sut.call("listChanges", path={"release": release}, step=step)


def codes_of(reply: Reply) -> list[str]:
    """Return the codes a search found; empty when the answer is none."""
    found = reply.find("/concepts")
    shown = found if isinstance(found, list) else []
    return [str(one.get("code")) for one in shown if isinstance(one, dict)]


def refused_code(expect: Expect, reply: Reply, code: str, fix: str, fix_fa: str) -> None:
    """Expect the verdict that a coded text cannot be used, and why."""
    expect.field(reply, "/valid", equals=False, fix=fix, fix_fa=fix_fa)
    expect.field(reply, "/code", equals=code, fix=fix, fix_fa=fix_fa)


def verify(
    sut: Sut,
    data: SyntheticData,
    code: str,
    step: str,
    *,
    kind: str = "authenticity",
    product: JsonValue = None,
    **more: JsonValue,
) -> Reply:
    """Ask what the code on a pack is worth, for losartan when no product is named."""
    named = product or data.drug("99012")
    body = {"productCode": code, "type": kind, "product": named, **more}
    return sut.call("verifyProduct", body=body, caller=PHARMACY, step=step)


def consume(sut: Sut, body: JsonValue, step: str, *, caller: Caller = PHARMACY) -> Reply:
    """Use up a pack, whatever comes of it."""
    return sut.call("consumeProduct", body=body, caller=caller, step=step)


def reactivate(sut: Sut, body: JsonValue, step: str, *, caller: Caller = PHARMACY) -> Reply:
    """Bring back a pack, whatever comes of it."""
    return sut.call("reactivateProduct", body=body, caller=caller, step=step)


def drug(code: str, **changes: JsonValue) -> dict[str, JsonValue]:
    """Return the coded text of a medicine, retired and future ones too."""
    return coded(DRUGS, code, **changes)
