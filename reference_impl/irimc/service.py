"""The Medical Council as a service over the synthetic professionals."""

from __future__ import annotations

from fixtures.synthetic import Professional
from reference_impl.irimc.domain import SPECIALTIES, record
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service


def create(config: Configuration) -> Service:
    """Make the council."""
    members = {
        (one.council_kind, one.council_number): one for one in config.world.professionals.values()
    }
    concepts = {row["code"]: row for row in config.pack.codes[SPECIALTIES]["concepts"]}

    def specialty(member: Professional) -> dict[str, str]:
        display = concepts[member.specialty]["en"]
        return {"system": SPECIALTIES, "code": member.specialty, "display": display}

    async def one(call: Call) -> Answer:
        number = call.path["number"].lstrip("0")
        found = members.get((call.path["kind"], number))
        if found is None:
            raise Refusal("NOT_FOUND", pointer="path:number")
        return Answer(200, record(found, specialty(found)))

    return Service("irimc", (Operation("getMember", one, callers=EVERYONE),))
