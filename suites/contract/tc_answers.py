"""Answers by example: what was sent, what the pack publishes and what the test world holds."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case
from suites.answers.examples import examples_of
from suites.shared import sharing_roles


def tc_answers_are_as_agreed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers honest messages with what was sent and what is on record.

    Given an honest message of every operation and further ones for what these do not show, when
    they are sent, then every member of the answer has the value that follows from the message, the
    pack and the synthetic world.
    """
    for example in examples_of(sut.role):
        example.run(sut, data, expect)


def _register() -> None:
    for role in sharing_roles():
        if examples_of(role):
            conformance_case(
                f"TC-{role.prefix}-CON-ANSWERS-001",
                verifies=("ERX-10-D", "ERX-10-E"),
                role=role.id,
                title_fa="پاسخ‌ها بر پایهٔ نمونه",
            )(tc_answers_are_as_agreed)


_register()
