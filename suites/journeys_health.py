"""Questions to the health rules, judged by the clinical bank of the pack."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData
from suites import journeys_rules as rules
from suites.journeys_rules import Asked

WARNED = ("99023", "99007")  # warfarin and acetylsalicylic acid: D02, a warning
FORBIDDEN = ("99023", "99042")  # warfarin and ibuprofen: D01A, a rejection


def ask(sut: Sut, data: SyntheticData, asked: Asked, step: str = "stimulus: evaluate") -> Reply:
    """Put a question to the health rules."""
    return rules.ask(sut, data, asked, operation="evaluateHealthRules", step=step)


def judged(
    sut: Sut, data: SyntheticData, expect: Expect, asked: Asked, fix: tuple[str, str]
) -> Reply:
    """Ask, and expect the rules the oracle gives."""
    reply = ask(sut, data, asked)
    wanted = rules.expected(asked, rules.hits(data, asked, "clinical"))
    expect.that(
        isinstance(reply.find("/items"), list) and rules.said(reply) == wanted,
        title="other health rules speak than the bank says",
        expected=f"{sorted(wanted)}",
        observed=f"{reply.summary()} {sorted(rules.said(reply))}",
        pointer="/items",
        reply=reply,
        fix=fix[0],
        fix_fa=fix[1],
    )
    return reply
