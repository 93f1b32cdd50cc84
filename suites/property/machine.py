"""State machine of one prescription: generated acts, each compared with the oracle's model."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lab.kit import Expect, Reply, Sut, SyntheticData, shown
from suites import journeys
from suites.oracles.lifecycle import PrescriptionModel, State

ORDERED = 10
centres = st.sampled_from(["pharmacy-1", "pharmacy-2"])
quantities = st.sampled_from([4, 6, ORDERED, ORDERED + 1])


class LifeCycle(RuleBasedStateMachine):
    """One prescription of ten units and everything two pharmacies and an office may try."""

    sut: ClassVar[Sut]
    data: ClassVar[SyntheticData]
    expect: ClassVar[Expect]

    def __init__(self) -> None:
        super().__init__()
        self.model = PrescriptionModel(ordered=ORDERED)
        self.dispenses: dict[str, journeys.Dispensed] = {}
        self.secret = ""
        self.acts = 0
        self.changed = False

    @initialize()
    def register(self) -> None:
        """Register the prescription the acts are about."""
        items = [self.data.item(quantity=ORDERED)]
        self.rx = journeys.register(self.sut, self.data, items=items)

    def _is_done(self) -> bool:
        """Everything was given once: whether the lease ended with it is the IUT's to decide."""
        return self.model.state is State.DISPENSED

    @precondition(lambda self: not (self._is_done() and self.model.remaining))
    @rule(centre=centres)
    def lease(self, centre: str) -> None:
        """Ask for the lease."""
        reply = journeys.take_lease(self.sut, self.rx, journeys.PHARMACIES[centre], "act: lease")
        if self._judged(reply, self.model.may_lease(centre), 201, "lease"):
            self.model.lease_holder = centre
            self.secret = str(reply.find("/secret"))

    @precondition(
        lambda self: self.model.lease_holder and not self.model.prepared and not self._is_done()
    )
    @rule()
    def release(self) -> None:
        """Give the lease back."""
        reply = self.sut.call(
            "releaseLease",
            path={"prescriptionId": self.rx.id},
            lease=self.secret,
            caller=journeys.PHARMACIES[str(self.model.lease_holder)],
            step="act: release",
        )
        if self._judged(reply, True, 204, "release"):
            self.model.lease_holder = None

    @precondition(
        lambda self: self.model.lease_holder and not self.model.cancelled and not self._is_done()
    )
    @rule(quantity=quantities)
    def prepare(self, quantity: int) -> None:
        """Prepare a dispense, perhaps of too much."""
        caller = journeys.PHARMACIES[str(self.model.lease_holder)]
        self.acts += 1
        payload = journeys.dispense_payload(
            self.sut, self.data, self.rx, {"1": quantity}, label=f"act {self.acts}", caller=caller
        )
        reply = journeys.send_dispense(
            self.sut, self.rx, payload, self.secret, caller=caller, step="act: prepare"
        )
        if self._judged(reply, self.model.may_prepare(quantity), 201, f"prepare {quantity}"):
            given = journeys.Dispensed(payload, reply, caller)
            self.dispenses[given.id] = given
            self.model.prepare(given.id, quantity)

    @precondition(lambda self: bool(self.model.prepared))
    @rule()
    def confirm(self) -> None:
        """Confirm the oldest prepared dispense, twice."""
        given = self.dispenses[next(iter(self.model.prepared))]
        for _ in range(2):
            reply = journeys.finish(self.sut, given, step="act: confirm")
            if self._judged(reply, True, 200, "confirm"):
                self.model.confirm(given.id)

    @precondition(lambda self: bool(self.model.prepared))
    @rule()
    def abandon(self) -> None:
        """Abandon the oldest prepared dispense."""
        given = self.dispenses[next(iter(self.model.prepared))]
        reply = journeys.finish(
            self.sut, given, "abandonDispense", reason="PATIENT_LEFT", step="act: abandon"
        )
        if self._judged(reply, True, 200, "abandon"):
            self.model.abandon(given.id)

    @precondition(lambda self: bool(self.model.confirmed))
    @rule()
    def abandon_given(self) -> None:
        """Abandon what was confirmed; only a void may take it back."""
        given = self.dispenses[next(iter(self.model.confirmed))]
        reply = journeys.finish(
            self.sut, given, "abandonDispense", reason="PATIENT_LEFT", step="act: abandon the given"
        )
        self._judged(reply, False, 200, "abandon of a confirmed dispense")

    @rule()
    def cancel(self) -> None:
        """Let the author cancel."""
        self.acts += 1
        payload = self.data.cancellation(self.rx.id, label=f"act {self.acts}")
        payload["reason"] = journeys.coded(journeys.REASONS, "PATIENT_REQUEST")
        reply = self.sut.call(
            "cancelPrescription",
            path={"prescriptionId": self.rx.id},
            document=("cancellation", payload, "dr01"),
            caller=journeys.OFFICE,
            step="act: cancel",
        )
        if self._judged(reply, self.model.may_cancel(), 200, "cancel"):
            self.model.cancelled = True

    @precondition(lambda self: bool(self.model.confirmed))
    @rule()
    def void(self) -> None:
        """Void the oldest confirmed dispense."""
        given = self.dispenses[next(iter(self.model.confirmed))]
        reply = journeys.finish(
            self.sut, given, "voidDispense", reason="DISPENSED_IN_ERROR", step="act: void"
        )
        if self._judged(reply, True, 200, "void"):
            self.model.void(given.id)

    @invariant()
    def reads_back_as_the_model(self) -> None:
        """After every act that changed something, state and quantities are those of the model."""
        if not self.changed:
            return
        self.changed = False
        reply = journeys.read(self.sut, self.rx, step="read back")
        seen = (reply.find("/items/0/dispensed"), reply.find("/items/0/remaining"))
        wanted = (self.model.given, self.model.remaining)
        self.expect.that(
            seen == wanted and reply.find("/state") == self.model.state.value,
            title="state or quantities are not those of the life cycle",
            expected=f"dispensed and remaining {wanted}, state {self.model.state.value}",
            observed=f"{shown(seen)}, state {shown(reply.find('/state'))}",
            pointer="/state",
            reply=reply,
            fix="Derive state and quantities from the dispenses that stand; never go back.",
            fix_fa="وضعیت و مانده را از تحویل‌های معتبر به دست آورید.",
        )

    def _judged(self, reply: Reply, allowed: bool, status: int, act: str) -> bool:
        """Compare taken or refused with the model; return whether it was rightly taken."""
        refused = (
            HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and reply.problem_code is not None
        )
        self.expect.that(
            reply.status == status if allowed else refused,
            title=f"{act} is {'refused' if allowed else 'taken'} against the life cycle",
            expected=f"status {status}" if allowed else "a coded refusal",
            observed=f"{reply.summary()} in state {self.model.state.value}",
            pointer="status",
            reply=reply,
            fix="Check state, lease and remaining quantity before every act.",
            fix_fa="پیش از هر کار، وضعیت و نوبت و مانده را بسنجید.",
        )
        self.changed = allowed
        return allowed
