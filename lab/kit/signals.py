"""What may stop a case early.

All derive from BaseException, so that no `except Exception` in a case or in a library below it can
swallow a verdict.

CaseSignal
├── Inconclusive     the case could not reach the point where it judges
└── HarnessProblem   our own side is wrong; the case is ERROR
"""

from __future__ import annotations

from lab.model.verdict import Blame


class CaseSignal(BaseException):
    """Base of the signals; carries the sentence that goes into the finding."""

    def __init__(
        self,
        sentence: str,
        *,
        blame: Blame = Blame.SUT,
        pointer: str = "status",
        exchange_id: str | None = None,
        expected: str = "",
        observed: str = "",
        fix: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.blame = blame
        self.pointer = pointer
        self.exchange_id = exchange_id
        self.expected = expected or sentence
        self.observed = observed or sentence
        self.fix = fix


class Inconclusive(CaseSignal):
    """The preamble, a positive control or the environment did not allow a judgement."""


class HarnessProblem(CaseSignal):
    """The laboratory's own fault, found while a case ran; never the product's."""

    def __init__(self, sentence: str, *, pointer: str = "harness", fix: str = "") -> None:
        super().__init__(sentence, blame=Blame.HARNESS, pointer=pointer, fix=fix)


class ExampleRefuted(AssertionError):
    """An expectation did not hold inside a generated example; shrinking needs an exception."""
