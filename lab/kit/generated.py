"""Generated inputs inside a case: hypothesis, derandomised from the case seed.

Every exchange of every example is evidence. Of the judgements only the shrunk example counts: its
finding, its input, the seed and the numbers are recorded. Too few accepted inputs make the case
INCONCLUSIVE, because a product that refuses everything would otherwise pass every law.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky, FlakyFailure
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from lab.kit.determinism import use_seed_alone
from lab.kit.rehearsal import plain
from lab.kit.reply import shown
from lab.kit.session import CaseSession
from lab.kit.signals import ExampleRefuted, HarnessProblem, Inconclusive
from lab.model.base import JsonValue
from lab.model.finding import Finding
from lab.model.verdict import Blame

MACHINE_STEPS = 20  # of a state machine, per example

use_seed_alone()


class Generated:
    """Runs a law over many inputs within one case."""

    def __init__(self, session: CaseSession) -> None:
        self._session = session
        self._input: dict[str, object] = {}
        self._total_examples = 0
        self._laws = 0  # run so far; with the case this names a law, as long as none was refuted
        self._refuted = False

    def each(
        self,
        law: Callable[..., None],
        *,
        most: float,
        usable: Callable[[Any], bool] = lambda _value: True,
        **listed: Sequence[object],
    ) -> bool:
        """Run `law(name=value)` over a list instead of draws; returns whether it held throughout.

        At most `most` times the examples of the plan are taken, spread over the whole list from a
        place that the seed chooses. A value that is not `usable` gives its turn to the next one;
        that is asked of values whose turn has come only. The first refutation ends it: a listed
        value is as small as it gets, so nothing is shrunk.
        """
        ((name, values),) = listed.items()
        count = round(most * self._session.examples)
        chosen = _spread(values, count, self._session.case_seed, usable)

        def every() -> None:
            for value in chosen:
                self._begin({name: value})
                law(**{name: value})

        return self._run(every)

    def check(
        self, law: Callable[..., None], *, share: float = 1.0, **strategies: SearchStrategy[Any]
    ) -> None:
        """Run `law(**values)` for the examples of the plan; the first refutation is shrunk.

        `share` of the examples is enough where a list (`each`) went before.
        """
        examples = max(1, round(share * self._session.examples))
        rehearsal = self._session.rehearsal
        if rehearsal is None or self._refuted:
            self._run(self._drawing(law, examples, strategies, None))
            return
        key = f"{self._session.case.id} {self._laws} {examples} {' '.join(sorted(strategies))}"
        known = rehearsal.inputs(key)
        if known is not None:
            self._run(lambda: self._over(known, law))
            return
        seen: list[str | None] = []
        if self._run(self._drawing(law, examples, strategies, seen)):
            rehearsal.keep(key, seen)

    def _drawing(
        self,
        law: Callable[..., None],
        examples: int,
        strategies: dict[str, SearchStrategy[Any]],
        seen: list[str | None] | None,
    ) -> Callable[[], object]:
        """Return a run of the law over drawn inputs; what was drawn is noted in `seen`."""

        def example(**values: object) -> None:
            self._begin(values)
            if seen is not None:
                seen.append(plain(values))  # before the law, which may change them
            law(**values)

        test = self._settings(examples)(given(**strategies)(example))
        drawing: Callable[[], object] = seed(self._session.case_seed)(test)
        return drawing

    def _over(self, inputs: Sequence[dict[str, object]], law: Callable[..., None]) -> None:
        for values in inputs:
            self._begin(values)
            law(**values)

    def machine(
        self, factory: Callable[[], RuleBasedStateMachine], *, steps: int = MACHINE_STEPS
    ) -> None:
        """Run a state machine; `factory` makes a new one per example and sees sut and expect."""

        def make() -> RuleBasedStateMachine:
            self._begin({})
            return factory()

        seeded = seed(self._session.case_seed)(make)
        # Sequences are not shrunk: every attempt is a whole journey over the wire (measured: 5,000
        # exchanges, 2 minutes), and the finding names the act and the state it came in.
        unshrunk = settings(self._settings(self._session.examples, steps), phases=(Phase.generate,))
        self._run(
            lambda: run_state_machine_as_test(
                seeded,  # type: ignore[arg-type]  # a factory is documented, only the type is not
                settings=unshrunk,
            )
        )

    def count(self, *, accepted: object) -> None:
        """Count one generated input and whether the product accepted it."""
        self._session.generated_inputs += 1
        self._session.accepted_inputs += 1 if accepted else 0

    def observe(self, what: str, data: dict[str, JsonValue]) -> None:
        """Record what the inputs were about, for who reads the evidence."""
        self._session.observe(what, data)

    def require_share(self, floor: float | None = None) -> None:
        """INCONCLUSIVE when the accepted share of counted inputs is under the floor of the IXIT."""
        least = self._session.min_accepted_share if floor is None else floor
        total, accepted = self._session.generated_inputs, self._session.accepted_inputs
        if total and accepted / total < least:
            raise Inconclusive(
                f"only {accepted} of {total} generated inputs were accepted",
                blame=Blame.SUT,
                pointer="generated",
                expected=f"at least {least:.0%} of valid generated inputs accepted",
                observed=f"{accepted} of {total}",
                fix="Accept what the contract allows, or look at the refusals of this case.",
            )

    def require_inputs(self) -> None:
        """ERROR when no generated input was counted: a law over nothing holds for everybody."""
        if not self._session.generated_inputs and not self._session.findings:
            raise HarnessProblem(
                "not one valid input was generated, so nothing was judged", pointer="generated"
            )

    def _begin(self, values: dict[str, object]) -> None:
        self._total_examples += 1
        self._session.example = self._total_examples
        self._input = values

    def _settings(self, examples: int, steps: int = MACHINE_STEPS) -> settings:
        return settings(
            database=None,
            deadline=None,
            derandomize=False,  # the seed is given; derandomize would ignore it
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=False,
            max_examples=examples,
            stateful_step_count=steps,
        )

    def _run(self, test: Callable[[], object]) -> bool:
        session = self._session
        self._laws += 1
        session.example_finding = None  # an earlier law's refutation is none of this one's
        refuted: Finding | None = None
        note = ""
        try:
            test()
        except (ExampleRefuted, Flaky, FlakyFailure) as outcome:
            refuted = session.example_finding
            if refuted is None:
                raise
            if not isinstance(outcome, ExampleRefuted):
                note = " (not refuted again when the same input was repeated)"
        except BaseException:
            # The deadline or a signal may strike while shrinking: what was refuted stays refuted.
            refuted = session.example_finding
            if refuted is None:
                raise
            note = " (shrinking was cut short)"
        finally:
            session.example = 0
        session.observe(
            "generated",
            {
                "seed": session.case_seed,
                "examples": self._total_examples,
                "generated": session.generated_inputs,
                "accepted": session.accepted_inputs,
                "shrunk": {key: shown(value, 400) for key, value in self._input.items()}
                if refuted
                else {},
            },
        )
        if refuted is not None:
            self._refuted = True
            described = shown({key: shown(value, 80) for key, value in self._input.items()}, 300)
            observed = (
                f"{refuted.observed} for {described}{note}"
                if self._input
                else refuted.observed + note
            )
            session.found(refuted.model_copy(update={"observed": observed}))
            return False
        self.require_share()
        return True


def _spread(
    values: Sequence[object], most: int, start: int, usable: Callable[[Any], bool]
) -> list[object]:
    """Return at most so many of the values, in their order, evenly apart, from a chosen start."""
    total = len(values)
    count = min(most, total)
    seen: dict[int, bool] = {}
    for turn in range(count):
        place = (start + turn * total // count) % total
        around = ((place + step) % total for step in range(total))
        for one in (other for other in around if other not in seen):
            seen[one] = usable(values[one])
            if seen[one]:
                break
    return [values[place] for place in sorted(seen) if seen[place]]
