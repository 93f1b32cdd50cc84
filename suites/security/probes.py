"""A forbidden registration between two honest ones, followed by a look for its effect."""

from __future__ import annotations

from dataclasses import dataclass

from lab.kit import Caller, Expect, Mutation, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import journeys


@dataclass(frozen=True)
class Probe:
    """What a case varies; everything else is an honest registration of office-1 by dr01."""

    mutate: Mutation | tuple[Mutation, ...] | None = None
    caller: Caller = journeys.OFFICE
    signer: str = "dr01"
    professional: str = "dr01"
    kind: str = "prescription"
    key: str | None = ""  # "": let the kit choose, None: send none
    label: str = "forbidden"  # tells several attempts of one case apart


def honest(sut: Sut, data: SyntheticData, expect: Expect, label: str) -> None:
    """Positive control: an honest registration is taken."""
    payload = journeys.draft(sut, data, label)
    reply = sut.call(
        "registerPrescription",
        document=("prescription", payload, "dr01"),
        caller=journeys.OFFICE,
        step=f"control: honest registration {label}",
    )
    expect.control(reply, 201)


def attempt(sut: Sut, data: SyntheticData, expect: Expect, probe: Probe) -> Reply:
    """Send the forbidden registration between controls, check that it left nothing, return it."""
    honest(sut, data, expect, f"before {probe.label}")
    payload: JsonValue = journeys.draft(sut, data, probe.label, professional=probe.professional)
    arguments: dict[str, JsonValue] = {} if probe.key == "" else {"key": probe.key}
    reply = sut.call(
        "registerPrescription",
        document=(probe.kind, payload, probe.signer),
        caller=probe.caller,
        mutate=probe.mutate,
        step="stimulus: forbidden registration",
        **arguments,
    )
    honest(sut, data, expect, f"after {probe.label}")
    found = journeys.find_by_hid(sut, str(payload["hid"]), step="effect: nothing registered")
    expect.field(
        found,
        "/matches",
        equals=[],
        title="a forbidden registration left something behind",
        fix="Store nothing before every check has passed.",
        fix_fa="پیش از پایان همهٔ بررسی‌ها چیزی ذخیره نکنید.",
    )
    return reply
