"""The coding service over the code systems of the pack."""

from __future__ import annotations

from datetime import date

from reference_impl.maksa.domain import best_version, concept_row, system_row, validate
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service


def create(config: Configuration) -> Service:
    """Make the coding service."""
    book = CodeBook(config.pack.codes.values())

    def today() -> date:
        return config.clock.now().astimezone(TEHRAN).date()

    async def systems(_call: Call) -> Answer:
        return Answer(200, {"systems": [system_row(one) for one in book.systems.values()]})

    async def concept(call: Call) -> Answer:
        found = best_version(book, call.path["system"], call.path["code"], today())
        if found is None:
            known = call.path["system"] in book.systems
            raise Refusal("CODE_UNKNOWN" if known else "NOT_FOUND", pointer="path:code")
        return Answer(200, concept_row(found, today()))

    async def validation(call: Call) -> Answer:
        return Answer(200, validate(book, call.body["coded"], today()))

    return Service(
        "maksa",
        (
            Operation("listSystems", systems, callers=EVERYONE),
            Operation("getConcept", concept, callers=EVERYONE),
            Operation("validateCode", validation, callers=EVERYONE, replayed=False),
        ),
    )
