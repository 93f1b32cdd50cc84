"""Messages to the identity authorities about the newborns of the synthetic world."""

from __future__ import annotations

from lab.kit import Caller, Message, Sut, SyntheticData, message_builder
from suites.journeys_registries import CODE_OF_TWIN

_CREATED = 201


@message_builder("identity.code_of_twin")
def code_of_twin(_sut: Sut, data: SyntheticData, _label: str) -> Message:
    """Tell the code that the second twin got; every case tells the same one."""
    body = {
        "former": data.person_id("NB2"),
        "current": CODE_OF_TWIN,
        "cause": "newborn_registered",
    }
    return Message("linkIdentity", "identity", Caller("office-1"), _CREATED, body=body)
