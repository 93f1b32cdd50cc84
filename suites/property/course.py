"""Any life cycle of the pack, driven: every act is judged by the pack's table.

A `Living` is one thing with a life: how it begins, what may be tried on it, how its state is read.
Allowed and forbidden acts alike are tried, and answer and state read back compared with the table:
by a state machine in generated orders, and by a tour that meets every forbidden act on its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fixtures import load_pack
from lab.kit import Expect, Generated, Reply, shown
from lab.kit.reply import Missing
from lab.model.base import JsonValue
from suites.journeys import item_state
from suites.oracles.cycles import Cycle, cycle

STEPS = 6
LONGEST_TOUR = 12  # steps
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


def _told(reply: Reply, pointer: str) -> JsonValue | Missing:
    """Return what is told at a pointer; `/items/itemId=1/state` is said of one item, anywhere."""
    head, chosen, rest = pointer.partition("/itemId=")
    name, _, member = rest.partition("/")
    return item_state(reply, name, member) if chosen and head == "/items" else reply.find(pointer)


@dataclass
class Life:
    """The life of one thing under acts, beside the model of the pack."""

    living: Living
    cycle: Cycle
    expect: Expect
    generated: Generated
    tried: int = 0
    kept: dict[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = self.cycle.initial
        self._reads_as_the_model("begin", changed=True)

    def acts(self) -> list[Act]:
        """Return what the texts speak of in the present state."""
        return [one for one in self.living.acts if not one.within or self.state in one.within]

    def may(self, one: Act) -> bool:
        """Say whether the pack has the step, and its condition holds."""
        return self.cycle.way(self.state, one.causes, one.to) is not None and one.guard()

    def attempt(self, chosen: Act) -> None:
        """Try an act; it is taken when the pack has the step and refused otherwise."""
        self.tried += 1
        allowed = self.may(chosen)
        reply = chosen.send(f"act {self.tried}: {chosen.called}")
        self._judge(chosen, reply, allowed=allowed)
        if allowed:
            self.state = chosen.to
        self._reads_as_the_model(chosen.called, changed=allowed)

    def _judge(self, chosen: Act, reply: Reply, *, allowed: bool) -> None:
        self.generated.count(accepted=not allowed or reply.status == chosen.status)
        refused = (
            HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and reply.problem_code in chosen.codes
        )
        self.expect.that(
            reply.status == chosen.status if allowed else refused,
            title=f"{chosen.called} is {'refused' if allowed else 'taken'} against the life cycle",
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
        found = _told(reply, pointer)
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


class Course(RuleBasedStateMachine):
    """Lives under acts in any order."""

    begin: ClassVar[Callable[[], Life]]

    @initialize()
    def start(self) -> None:
        """Bring the thing into the world."""
        self.life = type(self).begin()

    @rule(pick=_PICKS, onward=st.booleans())
    def act(self, pick: int, onward: bool) -> None:
        """Try one of the acts.

        `onward` keeps to what may be done, so that a life gets as far as its end.
        """
        acts = self.life.acts()
        lawful = [one for one in acts if self.life.may(one)]
        choice = lawful if onward and lawful else acts
        if choice:
            self.life.attempt(choice[pick % len(choice)])


def _tour(life: Life, times: Counter[tuple[str, str]]) -> None:
    """Go through a life by the steps taken least so far; before each, try all that is forbidden.

    `times` counts the steps of all tours; within one none is taken twice.
    """
    here: set[tuple[str, str]] = set()
    for _ in range(LONGEST_TOUR):
        for one in life.acts():
            if not life.may(one):
                life.attempt(one)
        onward = [one for one in life.acts() if life.may(one)]
        steps = [((life.state, one.called), one) for one in onward]
        new = sorted((s for s in steps if s[0] not in here), key=lambda s: times[s[0]])
        if not new:
            return
        name, chosen = new[0]
        here.add(name)
        times[name] += 1
        life.attempt(chosen)


def run(
    name: str,
    begin: Callable[[], Living],
    expect: Expect,
    generated: Generated,
    *,
    tours: Sequence[Callable[[], Living]] = (),
) -> None:
    """Drive the life cycle `name` of the pack over what `begin` brings into the world.

    Of `tours` each brings a thing into the world for one tour, ahead of the generated orders: what
    it tries, it tries whatever the seed.
    """
    table = cycle(name, load_pack().lifecycles[name])
    offered: set[tuple[str, str, str]] = set()

    def life(of: Callable[[], Living]) -> Life:
        living = of()
        for one in living.acts:
            offered.update(table.set_off(one.causes, one.to))
        return Life(living, table, expect, generated)

    times: Counter[tuple[str, str]] = Counter()
    held = not tours or generated.each(
        lambda tour: _tour(life(tours[tour]), times), most=len(tours), tour=range(len(tours))
    )
    if held:
        machine = type("CourseOf" + name.title(), (Course,), {"begin": lambda: life(begin)})
        generated.machine(machine, steps=STEPS)
    generated.observe(
        "life cycle", {"name": name, "offered": [list(one) for one in sorted(offered)]}
    )


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
