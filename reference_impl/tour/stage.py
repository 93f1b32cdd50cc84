"""The stage: actors signed in at their centres, the clock, and the books they keep."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.synthetic import Person, World
from reference_impl.clients.channel import Answer, Gateway, Refused, Who
from reference_impl.clients.counter import TEHRAN, Counter
from reference_impl.clients.credentials import Kit
from reference_impl.clients.points import Faults
from reference_impl.clients.visit import jalali_month
from reference_impl.tour.books import Books
from reference_impl.tour.narration import Message, NarratedConsole, Narrator

CLOCK_SECONDS = 10.0
PAUSE_SECONDS = 0.25
DAY = timedelta(days=1)


class TourBroken(Exception):
    """Something came out otherwise than the tour tells; the text says what was expected."""


@dataclass
class KeptLine(Gateway):
    """A centre's line whose answered messages are entered in its books."""

    books: Books = field(default_factory=Books)

    def call(self, method: str, target: str, **what: Any) -> Answer:
        """Send one message, and enter what it did."""
        answer = super().call(method, target, **what)
        if method != "GET":
            document, body = what.get("document"), what.get("body")
            self.books.note(self.who.centre, target, answer, document=document, body=body)
        return answer


@dataclass
class Actor:
    """A program at a centre with its person signed in."""

    key: str
    counter: Counter
    narrator: Narrator

    @property
    def siam_id(self) -> str:
        """SIAM id of the centre."""
        return self.counter.siam_id

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles of the centre."""
        return tuple(self.counter.world.centre(self.key).roles)

    def call(self, method: str, target: str, **what: Any) -> Answer:
        """Send one message and return its answer. Raises Refused."""
        return self.counter.gateway.call(method, target, **what)

    def ask(self, target: str, body: Any = None, **what: Any) -> dict[str, Any]:
        """POST a body (GET without one) and return the JSON object of the answer."""
        answer = self.call("GET" if body is None else "POST", target, body=body, **what)
        found: dict[str, Any] = answer.json if isinstance(answer.json, dict) else {}
        return found

    def refused(self, code: str, method: str, target: str, **what: Any) -> Refused:
        """Send a message that must be refused with this code; TourBroken when it is not."""
        try:
            answer = self.call(method, target, **what)
        except Refused as refusal:
            if refusal.code != code:
                raise TourBroken(f"{target}: refused with {refusal.code}, not {code}") from refusal
            return refusal
        raise TourBroken(f"{target}: answered {answer.status} instead of the refusal {code}")

    def tell(self, step: str, clause: str, fa: str, en: str, **facts: Any) -> None:
        """Tell a finished step."""
        self.narrator.step(step, clause, fa, en, **facts)


@dataclass
class Stage:
    """One running exchange and everybody who acts on it.

    `status` is its plain address, whose clock can be moved when the exchange allows it.
    """

    gateway: str
    status: str
    kit: Kit
    world: World
    narrator: Narrator
    patience: float = 60.0
    register: Path | None = None
    books: Books = field(default_factory=Books)
    _offset: timedelta = timedelta()
    _actors: dict[tuple[str, str], Actor] = field(default_factory=dict)
    _further: list[Actor] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time of the exchange, as far as it was moved from here."""
        return datetime.now(UTC) + self._offset

    def today(self) -> date:
        """Return the day in Tehran."""
        return self.now().astimezone(TEHRAN).date()

    def day(self, days: int = 0) -> str:
        """Return a day counted from today, as it stands on the wire."""
        return (self.today() + DAY * days).isoformat()

    def instant(self, **ahead: float) -> str:
        """Return a time counted from now, as it stands on the wire."""
        moment = self.now() + timedelta(**ahead)
        return moment.astimezone(TEHRAN).isoformat(timespec="seconds")

    def advance(self, by: timedelta, fa: str, en: str) -> None:
        """Move the clock of the exchange and of everybody on the stage forward.

        The exchange may be killed before it answers, so the way that is left is asked anew.
        """
        goal = self._offset + by
        deadline = time.monotonic() + max(self.patience, CLOCK_SECONDS)
        while True:
            try:
                left = goal - timedelta(seconds=self._clock(None)["offsetSeconds"])
                if left > timedelta():
                    self._clock({"advance": left.total_seconds()})
                break
            except (OSError, http.client.HTTPException):  # nobody listens, or the line broke
                if time.monotonic() >= deadline:
                    raise
                time.sleep(PAUSE_SECONDS)
        self._offset = goal
        self.narrator.step("clock", "", fa, en, seconds=by.total_seconds())

    def _clock(self, body: dict[str, float] | None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - loopback address of the exchange
            f"{self.status}/clock",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=CLOCK_SECONDS) as answer:  # noqa: S310 - same
            content = answer.read(4096)
        if len(content) != int(answer.headers["content-length"]):
            raise ConnectionResetError("the answer of the clock broke off")
        found: dict[str, Any] = json.loads(content)
        return found

    def at(self, centre: str, professional: str) -> Actor:
        """Return the program of a centre with this person signed in."""
        if (centre, professional) not in self._actors:
            self._actors[centre, professional] = self._signed_in(centre, professional)
        return self._actors[centre, professional]

    def authority(self, key: str, operator: str) -> Actor:
        """Return the program of a body of the exchange; its operator signs no documents."""
        if (key, operator) not in self._actors:
            self._actors[key, operator] = self._signed_in(key, "dr07", operator)
        return self._actors[key, operator]

    def another(self, centre: str, professional: str) -> Actor:
        """Return a further counter of a centre with a line of its own, closed with the stage."""
        made = self._signed_in(centre, professional)
        self._further.append(made)
        return made

    def actors(self) -> list[Actor]:
        """Return everybody who has acted, one per centre, in a fixed order."""
        by_centre = {one.key: one for _, one in sorted(self._actors.items(), reverse=True)}
        return [by_centre[key] for key in sorted(by_centre)]

    def months(self) -> set[str]:
        """Return the Jalali months the tour has touched, as periods are named."""
        span = int(self._offset.total_seconds() // DAY.total_seconds()) + 1
        start = self.now() - self._offset
        return {jalali_month((start + DAY * n).astimezone(TEHRAN)) for n in range(span + 1)}

    def eventually(self, look: Callable[[], object], wanted: object, about: str) -> None:
        """Look until something the exchange does beside its answers is done; it takes a second."""
        deadline = time.monotonic() + max(self.patience, CLOCK_SECONDS)
        while (found := look()) != wanted:
            if time.monotonic() >= deadline:
                raise TourBroken(f"{about}: {found} instead of {wanted}")
            time.sleep(PAUSE_SECONDS)

    def wait_for_record(self, actor: Actor) -> None:
        """Wait until the copies of a centre have left for the record."""
        self.eventually(
            lambda: actor.ask("/gateway/v1/outbox")["waiting"], 0, f"copies of {actor.key}"
        )

    def person(self, key: str) -> Person:
        """Return a person of the synthetic world."""
        return self.world.person(key)

    def close(self) -> None:
        """Close all lines."""
        for actor in (*self._actors.values(), *self._further):
            actor.counter.gateway.close()

    def _signed_in(self, centre: str, professional: str, user: str | None = None) -> Actor:
        def heard(method: str, target: str, outcome: str) -> None:
            self.narrator.heard(Message(centre, method, target, outcome))

        who = Who(
            token=self.kit.identity(f"{centre}.token"),
            seal=self.kit.identity(f"{centre}.seal"),
            user_id=self.world.user_id(user or professional, centre),
        )
        line = KeptLine(
            self.gateway,
            self.kit,
            who,
            Faults(),
            clock=self.now,
            trace=heard,
            patience=self.patience,
            books=self.books,
        )
        counter = Counter(
            world=self.world,
            centre_key=centre,
            professional=self.world.professionals[professional],
            signer=self.kit.identity(professional),
            gateway=line,
            console=NarratedConsole(narrator=self.narrator),
            faults=Faults(),
        )
        return Actor(centre, counter, self.narrator)


Chapter = Callable[[Stage], None]
