"""Steps of the tests about HIDs, covers and providers."""

from __future__ import annotations

from typing import Any

from tests.component.bench import REASONS, Answered, Bench
from tests.component.registry_bench import GENERAL, days, outcome


def reserve(table: Bench, count: int = 2, *, insurer: str = "1", until: int = 1) -> Answered:
    body = {"insurerCode": insurer, "count": count, "validUntil": days(table, until)}
    return table.call("POST", "/eligibility/v1/hids/batches", body=body)


def reserved(table: Bench, **options: Any) -> str:
    return str(reserve(table, **options).json["hids"][0])


def bind(table: Bench, hid: str, person: str = "P01", **options: Any) -> Answered:
    centre = options.pop("centre", "office-1")
    body = {
        "hid": hid, "patient": table.person_id(person), "servedAt": table.now(-60), **options,
    }  # fmt: skip
    return table.call("POST", "/eligibility/v1/hids/bindings", body=body, centre=centre)


def cancel(table: Bench, hid: str, code: str = "VISIT_NOT_HELD", **options: Any) -> Answered:
    body = {"hid": hid, "reason": {**table.coded(REASONS, code), **options.pop("reason", {})}}
    return table.call("POST", "/eligibility/v1/hids/cancellations", body=body, **options)


def use(table: Bench, hid: str) -> Any:
    return outcome(table.call("GET", f"/eligibility/v1/hids/{hid}/use"))


def verify(table: Bench, hid: str) -> Any:
    body = {"hid": hid}
    return table.call("POST", "/eligibility/v1/hids/verification", body=body).json["state"]


def urgent(table: Bench, insurer: str = "37", **council: str) -> Answered:
    body = {"insurerCode": insurer, "providerCouncil": {**GENERAL, **council}}
    return table.call("POST", "/eligibility/v1/hids/urgent", body=body)


def cover(table: Bench, key: str = "P16", **changes: Any) -> dict[str, Any]:
    return {
        "person": table.person_id(key),
        "insurerCode": "1",
        "fund": "main",
        "validFrom": days(table, -10),
        "validUntil": days(table, 10),
        "sequence": 1,
        "ended": False,
        **changes,
    }


def upload(table: Bench, *updates: Any, by: str = "insurer-1") -> Answered:
    body = {"updates": list(updates)}
    return table.call("POST", "/eligibility/v1/cover-updates", body=body, centre=by)


def provider(table: Bench, insurer: str = "1", centre: str = "office-1", **changes: Any) -> Any:
    body = {**GENERAL, "insurerCode": insurer, "day": days(table, 0), **changes}
    return outcome(table.call("POST", "/eligibility/v1/providers/check", body=body, centre=centre))
