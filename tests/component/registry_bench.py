"""Steps shared by the tests of the registries, and probes with and without a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs

from fixtures import load_pack
from reference_impl.faults.points import resolve
from reference_impl.platform.clock import tehran_day
from reference_impl.platform.contract import contract_of
from tests.component.bench import Answered, Bench

Probe = Callable[[Bench], Any]
REFUSED = 400
OFF_CONTRACT = frozenset({"ttac.verify.own_words", "eligibility.issue.hid_not_told"})
"""Points whose answers break the published schema on purpose."""
GENERAL = {"councilKind": "MD", "councilNumber": "990001"}
NEW_CODE = "9900000366"
"""A sound national code nobody of the synthetic world has."""


class Contracted(Bench):
    """A bench that holds every answer against the published contract: schema and codes."""

    async def send(self, method: str, target: str, **options: Any) -> Answered:
        answered = await super().send(method, target, **options)
        service, _, path = target.lstrip("/").partition("/v1")
        route, _ = contract_of(load_pack(), service).match(method, path.partition("?")[0])
        operation = _operations(service)[route.operation_id]
        if answered.code is not None and answered.status >= REFUSED:
            assert answered.code in operation["x-error-codes"], (route.operation_id, answered.code)
            return answered
        content = operation["responses"][str(answered.status)]["content"]
        schema = content["application/json"]["schema"]
        root = {**schema, "components": load_pack().contracts[service]["components"]}
        errors = [e.message for e in jsonschema_rs.validator_for(root).iter_errors(answered.json)]
        assert errors == [], (route.operation_id, errors)
        return answered


def _operations(service: str) -> dict[str, Any]:
    paths = load_pack().contracts[service]["paths"].values()
    return {
        one["operationId"]: one
        for path in paths
        for one in path.values()
        if isinstance(one, dict) and "operationId" in one
    }


@contextmanager
def opened(state: Path, *faults: str) -> Iterator[Bench]:
    """Open a bench with its own databases on a kit that is made once."""
    bench = Contracted if OFF_CONTRACT.isdisjoint(faults) else Bench
    made = bench(state, resolve(faults))
    try:
        yield made
    finally:
        made.close()


def seen(state: Path, probe: Probe, *faults: str) -> Any:
    """Return what a probe sees on a fresh exchange."""
    with opened(state, *faults) as table:
        return probe(table)


def outcome(answered: Answered) -> Any:
    """Return the code of a refusal, or the answer."""
    return answered.code or answered.json


def days(table: Bench, offset: int) -> str:
    """Return a day of Tehran, counted from today on the bench's clock."""
    return (tehran_day(table.clock.now()) + timedelta(days=offset)).isoformat()


def newborn(table: Bench, key: str = "NB1", born: int = -20) -> dict[str, Any]:
    """Return the id of a newborn on its mother's code."""
    person = table.world.person(key)
    return {
        "type": "MOTHER_NC",
        "value": person.id_value,
        "birthOrder": person.birth_order,
        "birthDate": days(table, born),
    }


def link(table: Bench, former: Any, current: str, **options: Any) -> Answered:
    """Tell that a newborn has got its national code."""
    body = {
        "former": former,
        "current": {"type": "NC", "value": current},
        "cause": "newborn_registered",
    }
    return table.call("POST", "/identity/v1/links", body=body, **options)


def inquire(table: Bench, patient: Any) -> Answered:
    """Ask eligibility at admission."""
    centre = table.world.centre("office-1").siam_id
    body = {"patient": patient, "centre": centre}
    return table.call("POST", "/eligibility/v1/inquiries", body=body)


def licence_event(
    table: Bench,
    centre: str,
    state: str,
    sequence: int = 1,
    *,
    by: str = "licensing-1",
    until: int = 365,
    **changes: Any,
) -> Answered:
    """Report a state of a centre's licence as a licensing system."""
    place = table.world.centre(centre)
    reporter = table.world.centre(by)
    body = {
        "source": reporter.represents,
        "licence": place.licence_number,
        "state": state,
        "centreKind": {"kind": place.kind, "sector": place.sector},
        "validUntil": days(table, until),
        "sequence": sequence,
        **changes,
    }
    return table.call("POST", "/siam/v1/licence-events", body=body, centre=by)
