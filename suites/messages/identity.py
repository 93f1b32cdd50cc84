"""Links of people whom no other case links, and of the newborns of the synthetic world."""

from __future__ import annotations

from lab.kit import Message, Sut, SyntheticData, message_builder
from lab.model.base import JsonValue
from suites.record_journeys import CREATED, OFFICE

LONE = "P28"
CODE_OF_TWIN: dict[str, JsonValue] = {"type": "NC", "value": "9900000374"}
"""The code that the second twin (NB2) gets; the first twin stays without one in all cases."""


@message_builder("identity.lone_link")
def lone_link(sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Link a fresh unique id to a person who never had another one."""
    body = {"cause": "unknown_person", "sex": "M", "estimatedBirthDate": "1990-03-21"}
    found = sut.call("issueUniqueId", body=body, caller=OFFICE, step="preamble: a unique id")
    link = {
        "former": found.required("/person"),
        "current": data.person_id(LONE),
        "cause": "identified",
    }
    return Message("linkIdentity", "identity", OFFICE, CREATED, body=link)


@message_builder("identity.code_of_twin")
def code_of_twin(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Tell the code that the second twin got; every case tells the same one."""
    body = {
        "former": data.person_id("NB2"),
        "current": CODE_OF_TWIN,
        "cause": "newborn_registered",
    }
    return Message("linkIdentity", "identity", OFFICE, CREATED, body=body)
