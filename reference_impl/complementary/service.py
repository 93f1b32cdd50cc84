"""Complementary insurers as a service: letters, claims with the base result, rules. [RUL-061]."""

from __future__ import annotations

from reference_impl.complementary import store
from reference_impl.complementary.claims import SecondClaims
from reference_impl.complementary.evaluation import Evaluation
from reference_impl.complementary.letters import Letters
from reference_impl.complementary.policies import Policies
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.service import Operation, Service


def create(config: Configuration) -> Service:
    """Make the complementary insurers on their store."""
    config.store.create(store.METADATA)
    policies = Policies(config.world, config.faults)
    book = CodeBook(config.pack.codes.values())
    letters = Letters(config, policies, book)
    claims = SecondClaims(config, policies)
    rules = Evaluation(config, policies, book)
    return Service(
        "complementary",
        (
            Operation("issueGuarantee", letters.issue),
            Operation("getGuarantee", letters.read),
            Operation("submitSecondClaim", claims.submit),
            Operation("getSecondClaim", claims.read),
            Operation("evaluateComplementary", rules.evaluate, replayed=False),
        ),
    )
