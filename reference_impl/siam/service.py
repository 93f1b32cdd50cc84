"""The registry of centres as a service. Its data are the synthetic centres; nothing is stored."""

from __future__ import annotations

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import EVERYONE, Answer, Call, Operation, Service
from reference_impl.siam.domain import record


def create(config: Configuration) -> Service:
    """Make the registry."""
    centres = {one.siam_id.lower(): one for one in config.world.centres.values()}

    async def one(call: Call) -> Answer:
        found = centres.get(call.path["siamId"])
        if found is None:
            raise Refusal("NOT_FOUND", pointer="path:siamId")
        return Answer(200, record(found, config.clock.now().astimezone(TEHRAN).date()))

    async def several(call: Call) -> Answer:
        today = config.clock.now().astimezone(TEHRAN).date()
        kind = call.query.get("kind")
        shown = [record(c, today) for c in centres.values() if kind in {None, c.kind}]
        return Answer(200, {"centres": shown})

    return Service(
        "siam",
        (
            Operation("getCentre", one, callers=EVERYONE),
            Operation("listCentres", several, callers=EVERYONE),
        ),
    )
