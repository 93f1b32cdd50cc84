"""All that a suite author may use. Everything a case needs is importable from here.

`Generated` is imported when somebody asks for it: hypothesis, which stands behind it, is needed
where cases run, and not by the commands that read, prepare or tell.
"""

from typing import TYPE_CHECKING

from lab.kit.case import catalogue, conformance_case
from lab.kit.credentials import Identity, made_identity
from lab.kit.data import SyntheticData
from lab.kit.eventually import eventually
from lab.kit.expect import Expect
from lab.kit.filling import First, fill, message_word
from lab.kit.messages import Message, Recipe, RoleMessages, message_builder, role_messages
from lab.kit.mutation import (
    Draft,
    Mutation,
    Stage,
    body_altered_after_seal,
    body_replaced,
    header_dropped,
    header_set,
    payload_drop,
    payload_set,
    protected_set,
    seal_parameter,
    seal_without,
    signature_altered,
    signed_payload_altered,
    unsealed,
)
from lab.kit.observed import ObservedCall, Traffic
from lab.kit.reply import MISSING, Reply, look_up, same_json, shown
from lab.kit.signals import Inconclusive
from lab.kit.sut import AUTO, Call, Caller, Sut

if TYPE_CHECKING:
    from lab.kit.generated import Generated

__all__ = [
    "AUTO",
    "MISSING",
    "Call",
    "Caller",
    "Draft",
    "Expect",
    "First",
    "Generated",
    "Identity",
    "Inconclusive",
    "Message",
    "Mutation",
    "ObservedCall",
    "Recipe",
    "Reply",
    "RoleMessages",
    "Stage",
    "Sut",
    "SyntheticData",
    "Traffic",
    "body_altered_after_seal",
    "body_replaced",
    "catalogue",
    "conformance_case",
    "eventually",
    "fill",
    "header_dropped",
    "header_set",
    "look_up",
    "made_identity",
    "message_builder",
    "message_word",
    "payload_drop",
    "payload_set",
    "protected_set",
    "role_messages",
    "same_json",
    "seal_parameter",
    "seal_without",
    "shown",
    "signature_altered",
    "signed_payload_altered",
    "unsealed",
]


def __getattr__(name: str) -> object:
    if name != "Generated":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lab.kit.generated import Generated  # noqa: PLC0415

    return Generated
