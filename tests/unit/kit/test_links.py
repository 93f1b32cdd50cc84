"""Links of the contracts as the kit reads them."""

from __future__ import annotations

from lab.kit.contract import load_contracts
from lab.kit.links import NOT_FOLLOWED, reading_links
from lab.kit.messages import role_messages
from lab.model.roles import role_of, server_roles
from tests.unit.kit.support import a_reply

CONTRACTS = load_contracts("erx-1401")


def targets(service: str, operation: str) -> list[str]:
    found = reading_links(CONTRACTS.operation(service, operation), CONTRACTS)
    return [link.target.id for link in found]


def test_only_readings_of_what_was_made_are_followed() -> None:
    assert targets("purchaser", "registerPrescription") == ["getPrescription"]
    assert targets("purchaser", "getStatement") == []  # a list may be empty
    assert targets("esign", "requestSignature") == []  # nothing to collect yet


def test_what_is_left_out_is_a_link_of_the_pack() -> None:
    for source, target in NOT_FOLLOWED:
        [operation] = [
            one
            for service in CONTRACTS.services
            for one in CONTRACTS.operations(service)
            if one.id == source
        ]
        rows = operation.definition["responses"].values()
        assert any(target in row.get("links", {}) for row in rows)


def test_a_link_takes_its_value_from_answer_or_address() -> None:
    [link] = reading_links(CONTRACTS.operation("purchaser", "registerPrescription"), CONTRACTS)
    assert link.value(None, a_reply(201, b'{"prescriptionId": "7"}')) == "7"
    assert (link.parameter, link.success, link.member(CONTRACTS)) == (
        "prescriptionId",
        200,
        "prescriptionId",
    )
    [kept] = reading_links(CONTRACTS.operation("purchaser", "confirmDispense"), CONTRACTS)
    assert kept.value({"dispenseId": "9"}, a_reply(200)) == "9"


def test_roles_that_make_something_readable_have_the_trait() -> None:
    having = {role.id for role in server_roles() if "links" in role_messages(role).traits}
    assert {"gateway", "ehr", "support_portal", "identity_authority"} <= having
    assert "maksa" not in having
    assert role_messages(role_of("gateway")).probe("links") is not None
