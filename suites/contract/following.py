"""Following the links of a contract: two resources are made, the first is read by its link."""

from __future__ import annotations

from dataclasses import dataclass

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData
from lab.kit.links import Link
from suites.contract.conformance import Recipe

CREATED = 201


@dataclass(frozen=True)
class Following:
    """One link in one case: the recipe of what makes a resource, and who reads it."""

    link: Link
    source: Recipe
    reader: Caller | None  # None: who made it

    def run(self, sut: Sut, data: SyntheticData, expect: Expect) -> None:
        """Expect that the link of the first resource leads to it, also after a second was made."""
        source, target = self.link.source.id, self.link.target.id
        first, maker = self._made(sut, data, expect, "first")
        second, _ = self._made(sut, data, expect, "second")
        reader = self.reader or maker
        # Whoever caches without the address answers the next reading with this one.
        self._read(sut, reader, second, f"stimulus: {source} leads to {target}, the second")

        reply = self._read(sut, reader, first, f"stimulus: {source} leads to {target}, the first")

        if self.source.success == CREATED:
            expect.that(
                first != second,
                title=f"two resources of {source} have one address",
                expected="an id of its own for each",
                observed=f"{first} twice",
                pointer=self.link.expression,
                fix="Give every resource an id that no other has.",
                fix_fa="به هر منبع شناسه‌ای یکتا بدهید.",
            )
        expect.status(
            reply,
            self.link.success,
            fix="Answer every link of the contract: what was made can be read at its address.",
            fix_fa="هر پیوند قرارداد باید پاسخ داشته باشد.",
        )
        expect.schema(reply)
        member = self.link.member(sut.contracts)
        if member is not None:
            expect.field(
                reply,
                f"/{member}",
                equals=first,
                fix="Answer with the resource that was asked for, not with one that is at hand.",
                fix_fa="همان منبعی را بدهید که خواسته شده است.",
            )

    def _made(
        self, sut: Sut, data: SyntheticData, expect: Expect, label: str
    ) -> tuple[str, Caller]:
        message = self.source.honest(
            sut, data, f"{label} {self.link.source.id} {self.link.target.id}"
        )
        reply = self.source.send(sut, message, f"preamble: {self.source.operation}, {label}")
        expect.control(reply, self.source.success)
        return self.link.value(message.path, reply), message.caller or self.source.caller

    def _read(self, sut: Sut, reader: Caller, value: str, step: str) -> Reply:
        return sut.call(
            self.link.target.id,
            service=self.link.target.service,
            path={self.link.parameter: value},
            caller=reader,
            step=step,
        )
