"""Level 2: cases with their finding cards, in the order of the plan."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.model.base import Bilingual
from lab.model.campaign import CaseResult, ExchangeView, ResultDocument
from lab.model.finding import Finding
from lab.model.requirement import Requirement
from reports.view_models import wording
from reports.view_models.budget import CARD_LIMIT, CARD_TOTAL, CARDS_PER_CASE, Budget
from reports.view_models.sequence import SequenceView, build_sequence
from reports.view_models.text import changed_parts, clipped, one_line, visible

_GENERIC_FIX = Bilingual(
    fa="رفتار محصول را با متن الزام و جدول انتظار و مشاهده بسنجید و پس از اصلاح دوباره بیازمایید.",
    en="Compare the behaviour with the requirement text and with expected and observed above, "
    "mend it, and run the case again.",
)


@dataclass(frozen=True)
class Card:
    """One finding. `expected` and `observed` are (text, changed) parts."""

    mark: str
    symbol: str
    words: Bilingual
    severity: Bilingual
    title: str
    requirement_id: str
    clause: str
    why: Bilingual
    expected: tuple[tuple[str, bool], ...]
    observed: tuple[tuple[str, bool], ...]
    pointer: str
    exchange_id: str | None
    fix: Bilingual
    blame: Bilingual
    rulings: str
    again: str  # command that sends the requests of the finding again


@dataclass(frozen=True)
class CaseView:
    """One case. Passing cases have neither cards nor a sequence."""

    id: str
    mark: str
    symbol: str
    words: Bilingual
    title: Bilingual
    purpose: str
    suite: Bilingual
    requirements: tuple[str, ...]
    reason: str
    note: str
    attempts: int
    expectations: int
    seconds: float
    generated: tuple[int, int] | None
    cards: tuple[Card, ...]
    hidden_cards: int
    sequence: SequenceView | None
    exchange_ids: tuple[str, ...]
    replay: str

    @property
    def is_open(self) -> bool:
        """Whether somebody has to look at it: anything but pass and not applicable."""
        return self.mark not in {"pass", "na"}


def build_cases(
    result: ResultDocument, exchanges: Mapping[str, ExchangeView], place: str
) -> tuple[CaseView, ...]:
    """Compute all cases; finding cards stop when the card budget is spent, and say so.

    `place` is the campaign directory or bundle, for the commands that a reader copies.
    """
    texts = {r.requirement.id: r.requirement for r in result.requirements}
    budget = Budget(CARD_TOTAL)
    return tuple(
        _case(result, case, exchanges, lambda one: _cards(one, texts, budget, place))
        for case in result.cases
    )


def _case(
    result: ResultDocument,
    outcome: CaseResult,
    exchanges: Mapping[str, ExchangeView],
    cards_of: Callable[[CaseResult], list[Card]],
) -> CaseView:
    mark = wording.mark(outcome)
    symbol, words = wording.VERDICTS[mark]
    shown = mark not in {"pass", "na"}
    cards = tuple(cards_of(outcome)) if shown else ()
    views = [exchanges[i] for i in outcome.exchange_ids if i in exchanges] if shown else []
    case = outcome.case
    blamed = frozenset(f.exchange_id for f in outcome.findings if f.exchange_id)
    return CaseView(
        id=case.id,
        mark=mark,
        symbol=symbol,
        words=words,
        title=Bilingual(fa=one_line(case.title_fa or case.title), en=one_line(case.title)),
        purpose=visible(case.purpose),
        suite=wording.named(wording.SUITES, str(case.suite.value)),
        requirements=case.requirements,
        reason=one_line(outcome.reason, 300),
        note=one_line(outcome.note, 600),
        attempts=outcome.attempts,
        expectations=outcome.expectations,
        seconds=outcome.seconds,
        generated=(outcome.generated_inputs, outcome.accepted_inputs) if case.generated else None,
        cards=cards,
        hidden_cards=len(outcome.findings) - len(cards) if shown else 0,
        sequence=build_sequence(views, blamed) if views else None,
        exchange_ids=outcome.exchange_ids,
        replay=_replay(result, case.id),
    )


def _cards(
    outcome: CaseResult, texts: Mapping[str, Requirement], budget: Budget, place: str
) -> list[Card]:
    cards = []
    for number, finding in enumerate(outcome.findings[:CARDS_PER_CASE], start=1):
        weight = min(CARD_LIMIT, len(finding.expected)) + min(CARD_LIMIT, len(finding.observed))
        if not budget.take(weight + 400):
            break
        again = _again(place, outcome.case.id, number)
        cards.append(_card(finding, texts.get(finding.requirement_id), again))
    return cards


def _card(finding: Finding, requirement: Requirement | None, again: str) -> Card:
    mark = str(finding.verdict.value)
    symbol, words = wording.VERDICTS[mark]
    expected, observed = changed_parts(
        clipped(finding.expected, CARD_LIMIT), clipped(finding.observed, CARD_LIMIT)
    )
    why = Bilingual(fa="", en="")
    if requirement is not None:
        why = Bilingual(fa=visible(requirement.text.fa), en=visible(requirement.text.en))
    return Card(
        mark=mark,
        symbol=symbol,
        words=words,
        severity=wording.named(wording.SEVERITIES, str(finding.severity.value)),
        title=one_line(finding.title, 240),
        requirement_id=finding.requirement_id,
        clause=one_line(requirement.clause, 80) if requirement is not None else "",
        why=why,
        expected=tuple(expected),
        observed=tuple(observed),
        pointer=one_line(finding.pointer, 200),
        exchange_id=finding.exchange_id,
        fix=_fix(finding),
        blame=wording.named(wording.BLAMES, str(finding.blame.value)),
        rulings=" ".join(finding.ruling_ids),
        again=again,
    )


def _fix(finding: Finding) -> Bilingual:
    english = one_line(finding.fix, 1000) or _GENERIC_FIX.en
    return Bilingual(fa=one_line(finding.fix_fa, 1000) or _GENERIC_FIX.fa, en=english)


def _again(place: str, case_id: str, number: int) -> str:
    return (
        f"mafalab show {shlex.quote(visible(place))} {case_id} --reproduce --finding {number} | sh"
    )


def _replay(result: ResultDocument, case_id: str) -> str:
    campaign = result.campaign
    source = visible(campaign.profile.source) or "sut.toml"
    return (
        f"mafalab run --sut {shlex.quote(source)} --plan {shlex.quote(campaign.plan.id)} "
        f"--case {case_id} --seed {campaign.seed} --out out/again"
    )
