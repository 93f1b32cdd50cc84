"""State machine of any life cycle of the pack: generated acts, each judged by the pack's table.

A `Living` is one thing with a life: how it begins, what may be tried on it, how its state is read.
The machine picks acts, allowed and forbidden ones alike, and compares answer and state read back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fixtures import load_pack
from lab.kit import Expect, Generated, Reply, shown
from lab.model.base import JsonValue
from suites.oracles.cycles import Cycle, cycle

STEPS = 6
_PICKS = st.integers(0, 719)


@dataclass(frozen=True)
class Act:
    """Something that may be tried at any time: by which operation, towards which state.

    `by` may be several causes that one message sets off, one after the other. `send` gets the words
    that describe the attempt. `status` is that of success; `codes` are those of the error bank that
    may refuse it. `within` limits the act to states in which the texts say what it does. `guard`
    says whether the condition of the step holds that a state alone does not tell (`when`).
    """

    by: str | tuple[str, ...]
    to: str
    send: Callable[[str], Reply]
    codes: frozenset[str]
    status: int = 200
    within: frozenset[str] = frozenset()
    name: str = ""
    guard: Callable[[], bool] = lambda: True

    @property
    def causes(self) -> tuple[str, ...]:
        """What the act sets off, in its order."""
        return (self.by,) if isinstance(self.by, str) else self.by

    @property
    def called(self) -> str:
        """The name it has in findings."""
        return self.name or self.causes[0]


class Living(Protocol):
    """One thing with a life cycle."""

    acts: Sequence[Act]
    shows: Mapping[str, tuple[str, JsonValue]]
    """Pointer and value by which a state is told, where that is not its name in `/state`."""

    keeps: Sequence[str]
    """Pointers to what a refused act must leave as it was, beside the state."""

    def read(self, step: str) -> Reply:
        """Read the thing back."""


class Course(RuleBasedStateMachine):
    """The life of one thing under acts in any order."""

    begin: ClassVar[Callable[[], Living]]
    cycle: ClassVar[Cycle]
    expect: ClassVar[Expect]
    generated: ClassVar[Generated]
    offered: ClassVar[set[tuple[str, str, str]]]
    """Steps of the life cycle that some act sets off."""

    @initialize()
    def start(self) -> None:
        """Bring the thing into the world."""
        self.living = type(self).begin()
        for one in self.living.acts:
            self.offered.update(self.cycle.set_off(one.causes, one.to))
        self.state = self.cycle.initial
        self.tried = 0
        self.kept: dict[str, object] = {}
        self._reads_as_the_model("begin", changed=True)

    @rule(pick=_PICKS, onward=st.booleans())
    def act(self, pick: int, onward: bool) -> None:
        """Try one of the acts; it is taken when the pack has the step and refused otherwise.

        `onward` keeps to what may be done, so that a life gets as far as its end.
        """
        acts = [one for one in self.living.acts if not one.within or self.state in one.within]
        lawful = [one for one in acts if self._may(one)]
        choice = lawful if onward and lawful else acts
        if not choice:
            return
        chosen = choice[pick % len(choice)]
        self.tried += 1
        name = chosen.called
        allowed = self._may(chosen)
        reply = chosen.send(f"act {self.tried}: {name}")
        self._judge(chosen, name, reply, allowed=allowed)
        if allowed:
            self.state = chosen.to
        self._reads_as_the_model(name, changed=allowed)

    def _may(self, one: Act) -> bool:
        return self.cycle.way(self.state, one.causes, one.to) is not None and one.guard()

    def _judge(self, chosen: Act, name: str, reply: Reply, *, allowed: bool) -> None:
        self.generated.count(accepted=not allowed or reply.status == chosen.status)
        refused = (
            HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and reply.problem_code in chosen.codes
        )
        self.expect.that(
            reply.status == chosen.status if allowed else refused,
            title=f"{name} is {'refused' if allowed else 'taken'} against the life cycle",
            expected=f"status {chosen.status}" if allowed else f"{sorted(chosen.codes)}",
            observed=f"{reply.summary()} in state {self.state}",
            pointer="status",
            reply=reply,
            fix=f"Take the steps that lifecycles.yaml names for {self.cycle.name}, and no others.",
            fix_fa="فقط گام‌های منتشرشدهٔ چرخهٔ زندگی را بپذیرید.",
        )

    def _reads_as_the_model(self, name: str, *, changed: bool) -> None:
        reply = self.living.read(f"read back after {name}")
        pointer, wanted = self.living.shows.get(self.state, ("/state", self.state))
        found = reply.find(pointer)
        self.expect.that(
            found == wanted,
            title=f"after {name} the state is not that of the life cycle",
            expected=f"{pointer} {wanted}",
            observed=f"{reply.summary()}, {shown(found)}",
            pointer=pointer,
            reply=reply,
            fix="Change the state with every step taken, and with no step refused.",
            fix_fa="وضعیت را فقط با گام پذیرفته‌شده تغییر دهید.",
        )
        now = {pointer: reply.find(pointer) for pointer in self.living.keeps}
        self.expect.that(
            changed or now == self.kept,
            title=f"{name} was refused and changed something",
            expected=shown(self.kept),
            observed=shown(now),
            pointer=next(iter(now), "/state"),
            reply=reply,
            fix="Let a refused step leave everything as it was.",
            fix_fa="گام ردشده نباید چیزی را تغییر دهد.",
        )
        self.kept = now


def run(name: str, begin: Callable[[], Living], expect: Expect, generated: Generated) -> None:
    """Drive the life cycle `name` of the pack over what `begin` brings into the world."""
    offered: set[tuple[str, str, str]] = set()
    machine = type(
        "CourseOf" + name.title(),
        (Course,),
        {
            "begin": staticmethod(begin),
            "cycle": cycle(name, load_pack().lifecycles[name]),
            "expect": expect,
            "generated": generated,
            "offered": offered,
        },
    )
    generated.machine(machine, steps=STEPS)
    generated.observe("life cycle", {"name": name, "offered": [list(one) for one in sorted(offered)]})


@dataclass
class Thing:
    """A `Living` put together from its parts."""

    acts: Sequence[Act]
    reading: Callable[[str], Reply]
    shows: Mapping[str, tuple[str, JsonValue]] = field(default_factory=dict)
    keeps: Sequence[str] = ()

    def read(self, step: str) -> Reply:
        """Read the thing back."""
        return self.reading(step)
