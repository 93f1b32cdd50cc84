"""Links of the contracts: what an answer leads to is there, and it is the same thing."""

from __future__ import annotations

from lab.kit import (
    Expect,
    Sut,
    SyntheticData,
    conformance_case,
    role_messages,
)
from lab.kit.links import reading_links
from suites.contract.conformance import exercised
from suites.contract.following import Following
from suites.contract.recipes import RECIPES
from suites.shared import shared_case


@shared_case(
    "CON-LINKS-001",
    verifies=("ERX-10-D", "ERX-10-E"),
    title_fa="پیوندهای قرارداد",
    needs="links",
)
def tc_links_lead_to_their_resource(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers every link of its contract with the resource it came from.

    Given two resources of every operation whose answer has a link, when the link of the first is
    followed, then the answer fits the contract and is the first one.
    """
    messages = role_messages(sut.role)
    for source in messages.recipes:
        for link in messages.links(source):
            reader = messages.reader(link)
            Following(link, exercised(source), reader).run(sut, data, expect)


@conformance_case(
    "TC-PUR-CON-LINKS-001",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پیوندهای قرارداد",
)
def tc_links_of_the_purchaser_lead_to_their_resource(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT answers every link of its contract with the resource it came from.

    Given two prescriptions, two prepared dispenses and two claims, when the link of the first of
    each is followed, then the answer fits the contract and is the first one.
    """
    for source in RECIPES.values():
        operation = sut.contracts.operation("purchaser", source.operation)
        for link in reading_links(operation, sut.contracts):
            reader = RECIPES[link.target.id].caller
            Following(link, source, reader).run(sut, data, expect)
