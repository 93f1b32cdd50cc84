"""Ways to a situation around the services for citizens: referral, appointment, own data."""

from __future__ import annotations

from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import record_journeys as record

SPECIALTIES = "urn:ir:maksa:specialty-synthetic"
SERVICES = "urn:ir:maksa:service-synthetic"
SECONDS_AHEAD = 300 * 24 * 3600
DAY = 86400


def referral(data: SyntheticData, to_level: str, **more: JsonValue) -> dict[str, JsonValue]:
    """Return a referral of P01 by office-1, a centre of level 1, to a level."""
    return {
        "person": data.person_id("P01"),
        "fromCentre": data.centre("office-1").siam_id,
        "toLevel": to_level,
        "specialty": data.concept(SPECIALTIES, "cardiology"),
        "reason": data.reason("SPECIALIST_CARE"),
        "emergency": False,
        **more,
    }


def refer(sut: Sut, body: JsonValue, step: str, caller: Caller = record.OFFICE) -> Reply:
    """Refer a patient."""
    return sut.call("createReferral", body=body, caller=caller, step=step)


def receiver(data: SyntheticData, made: Reply) -> Caller:
    """Return the centre a patient was sent to as caller."""
    goal = made.required("/toCentre")
    keys = [key for key, one in data.world.centres.items() if one.siam_id == goal]
    return Caller(keys[0] if keys else "nowhere", person="dr01")


def feedback(sut: Sut, data: SyntheticData, made: Reply, caller: Caller, label: str) -> Reply:
    """Answer a referral."""
    return sut.call(
        "sendFeedback",
        path={"referralId": str(made.required("/referralId"))},
        body={"text": f"seen, continue ({label})", "documentId": data.uuid(label)},
        caller=caller,
        step=f"stimulus: feedback, {label}",
    )


def read_referral(sut: Sut, made: Reply, step: str, caller: Caller = record.OFFICE) -> Reply:
    """Read a referral."""
    path = {"referralId": str(made.required("/referralId"))}
    return sut.call("getReferral", path=path, caller=caller, step=step)


def slot(data: SyntheticData, label: str) -> str:
    """Return a time of the coming year that no other message asks for."""
    ahead = int(data.uuid(f"slot {label}")[:8], 16) % SECONDS_AHEAD
    return data.instant(seconds=2 * DAY + ahead)


def appointment(
    data: SyntheticData, person: str, when: str, **more: JsonValue
) -> dict[str, JsonValue]:
    """Return the wish for a specialist's visit at hospital-1."""
    return {
        "person": data.person_id(person),
        "phone": data.person(person).phone,
        "centre": data.centre("hospital-1").siam_id,
        "service": data.concept(SERVICES, "992102"),
        "slot": when,
        "channel": "app",
        **more,
    }


def book(sut: Sut, body: JsonValue, step: str) -> Reply:
    """Book an appointment."""
    return sut.call("bookAppointment", body=body, caller=record.OFFICE, step=step)


def read_appointment(sut: Sut, made: Reply, step: str, caller: Caller = record.OFFICE) -> Reply:
    """Read an appointment."""
    path = {"appointmentId": str(made.required("/appointmentId"))}
    return sut.call("getAppointment", path=path, caller=caller, step=step)


def cancel(sut: Sut, made: Reply, step: str) -> Reply:
    """Give an appointment back."""
    path = {"appointmentId": str(made.required("/appointmentId"))}
    return sut.call("cancelAppointment", path=path, caller=record.OFFICE, step=step)


def own(
    sut: Sut, data: SyntheticData, person: str, kind: str, step: str, **more: JsonValue
) -> Reply:
    """Ask for the own data of a person from the registered telephone."""
    body = {
        "person": data.person_id(person),
        "phone": data.person(person).phone,
        "channel": "app",
        "kind": kind,
        **more,
    }
    return sut.call("queryOwnData", body=body, caller=record.OFFICE, step=step)


def find(sut: Sut, data: SyntheticData, step: str, **more: JsonValue) -> Reply:
    """Look for a medicine in Tehran by short message."""
    body = {"drug": data.drug("99012"), "city": "Tehran", "channel": "sms", **more}
    return sut.call("searchDrug", body=body, caller=record.OFFICE, step=step)
