"""Ways to a stay, a paper form and a question; every step is an ordinary recorded call."""

from __future__ import annotations

from datetime import timedelta

from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys import PHARMACY, REASONS, SERVICES

HOSPITAL = Caller("hospital-1", person="dr01")
ECG = "992112"  # electrocardiogram, covered, no special rule


def at(data: SyntheticData, hours: float = 0) -> str:
    """Return an instant of the wire, hours before the present of the case."""
    return (data.now - timedelta(hours=hours)).isoformat(timespec="seconds")


def admission(
    sut: Sut, data: SyntheticData, *, hid: str | None = None, **overrides: JsonValue
) -> dict[str, JsonValue]:
    """Event that opens a stay of a fresh visit to the hospital."""
    visit = hid or journeys.new_hid(sut, data, caller=HOSPITAL)
    return {"hid": visit, "kind": "admitted", "at": at(data), **overrides}


def open_stay(sut: Sut, body: JsonValue, step: str = "preamble: open a stay") -> Reply:
    """Send the admission, whatever comes of it."""
    return sut.call("openStay", body=body, caller=HOSPITAL, step=step)


def send_event(
    sut: Sut, stay_id: str, body: JsonValue, *, caller: Caller = HOSPITAL, step: str
) -> Reply:
    """Report an event of a stay."""
    return sut.call("addStayEvent", path={"stayId": stay_id}, body=body, caller=caller, step=step)


def service(hid: str, when: str) -> dict[str, JsonValue]:
    """Event of a delivered service."""
    return {"hid": hid, "kind": "service", "at": when, "service": journeys.coded(SERVICES, ECG)}


def paper(
    sut: Sut,
    data: SyntheticData,
    label: str = "paper",
    *,
    hours: float = 5,
    cause: str = "POWER",
    **overrides: JsonValue,
) -> dict[str, JsonValue]:
    """Paper form of a visit, written some hours ago, with its signed document."""
    payload = journeys.draft(sut, data, label)
    return {
        "serial": f"PS-{data.uuid(f'serial {label}')[:18]}",
        "cause": journeys.coded(REASONS, cause),
        "writtenAt": at(data, hours),
        "document": sut.signed("prescription", payload, "dr01"),
        **overrides,
    }


def enter_paper(sut: Sut, body: JsonValue, step: str) -> Reply:
    """Enter a paper form, whatever comes of it."""
    return sut.call("enterPaperPrescription", body=body, caller=journeys.OFFICE, step=step)


def question(rx: journeys.Registered) -> dict[str, JsonValue]:
    """Question about a prescription as a whole."""
    return {"prescriptionId": rx.id, "kind": "dose", "text": "twice a day?"}


def ask(sut: Sut, rx: journeys.Registered, caller: Caller = PHARMACY) -> Reply:
    """Ask the prescriber; the caller should hold the lease."""
    return sut.call("askPrescriber", body=question(rx), caller=caller, step="preamble: ask")


def withdraw_open(sut: Sut, data: SyntheticData, person: str) -> None:
    """Cancel what an earlier or interrupted run left open for a person, whatever comes of it."""
    body = {"patient": data.person_id(person)}
    known = sut.call("queryPrescriptions", body=body, step="preamble: look for what was left open")
    rows = known.find("/matches")
    for place, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict) and row.get("state") == "REGISTERED":
            left = str(row.get("prescriptionId"))
            sut.call(
                "cancelPrescription",
                path={"prescriptionId": left},
                document=("cancellation", data.cancellation(left, label=f"left {place}"), "dr01"),
                step="preamble: cancel what was left open",
            )
