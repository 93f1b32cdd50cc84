"""From a request to verdicts: codes, registries, ledger, bank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reference_impl.insurance_rules.amounts import Amounts, split
from reference_impl.insurance_rules.domain import (
    POSITIONS,
    Question,
    arithmetic_of,
    case_of,
    complementary_of,
    insurer_of,
    leniency_of,
    misread,
    reading_of,
)
from reference_impl.insurance_rules.gathering import gather
from reference_impl.insurance_rules.ledger import Asked, mark_of, pseudonym, remembered
from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.rules.bank import Bank, Hit
from reference_impl.platform.rules.coded import Reader
from reference_impl.platform.rules.verdicts import Judge, Verdict, hits_of
from reference_impl.platform.service import Call


class Asking:
    """Asks the bank; shared by evaluation, unified evaluation and trial."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.faults = config.faults
        self.book = CodeBook(config.pack.codes.values())
        self.reading = reading_of(config.faults)
        self.arithmetic = arithmetic_of(config.faults)
        self.judge = Judge(self.book, leniency_of(config.faults))
        rows: list[Mapping[str, Any]] = config.pack.rule_banks["insurance"]["rules"]
        if config.faults.on("insurance_rules.position.rules_everywhere"):
            rows = [{**row, "positions": list(POSITIONS.values())} for row in rows]
        self.bank = Bank(rows, self.reading)

    async def question(self, call: Call, asked: Mapping[str, Any], root: str = "") -> Question:
        """Check the codes, ask the registries and the ledger.

        Refuses unknown codes, an unknown patient or prescriber, and before prescribing a HID that
        does not hold.
        """
        day = self.config.clock.now().astimezone(TEHRAN).date()
        reader = Reader(self.book, day, root)
        items, diagnoses = reader.items(asked), reader.diagnoses(asked)
        reader.check_conditions(asked)
        reader.active(asked)
        known = await gather(call, asked, root)
        person, mark = pseudonym(asked["patient"]), mark_of(prescriber_of(asked), items)
        with self.config.store.read() as rows:
            memory = remembered(rows, Asked(person, asked["centre"], mark, day), self.faults)
        case = misread(case_of(asked, known, (items, diagnoses), memory, day), self.faults)
        return Question(asked, case, insurer_of(known), complementary_of(known), day, person, root)

    def hits(self, question: Question, bank: Bank | None = None) -> list[Hit]:
        """Return what the rules in force say; `bank` asks another one regardless of validity."""
        own = self.faults.on("insurance_rules.insurer.own_rules_ignored")
        found = (bank or self.bank).hits(
            question.case,
            question.position,
            insurer=None if own else question.insurer,
            day=question.day if bank is None else None,
        )
        if self.faults.on("insurance_rules.items.last_unheard"):
            last = len(question.case.items) - 1
            # Prices are found beside the rules; only what judges is forgotten.
            found = [h for h in found if not last or h.item != last or h.rule.kind == "calculation"]
        return found

    def verdicts(self, question: Question, hits: Sequence[Hit]) -> list[Verdict]:
        """Return the verdict on each item, overrides included."""
        return self.judge.verdicts(question.asked["items"], hits, question.day, question.root)

    def amounts(self, question: Question, hits: Sequence[Hit]) -> list[Amounts | None]:
        """Return what each item costs, None without a price."""
        return [
            split(item, hits_of(hits, index), self.arithmetic)
            for index, item in enumerate(question.case.items)
        ]


def prescriber_of(asked: Mapping[str, Any]) -> str:
    """Return the prescriber as the ledger names him."""
    return f"{asked['prescriber']['councilKind']}-{asked['prescriber']['councilNumber']}"
