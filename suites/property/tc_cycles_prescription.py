"""Life cycles of the purchaser: the prescription with its versions, and each of its items."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from lab.kit import Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.property.course import Act, Thing, run

ORDERED = 30
CLOSED = frozenset({"PRESCRIPTION_STATE_CONFLICT"})
STALE = frozenset({"PRECONDITION_FAILED", "PRESCRIPTION_STATE_CONFLICT"})
SPENT = frozenset(
    {
        "DISPENSE_QUANTITY_EXCEEDED",
        "DISPENSE_STATE_CONFLICT",
        "PRESCRIPTION_STATE_CONFLICT",
        "LEASE_INVALID",
        "LEASE_REQUIRED",
    }
)


class _Prescription:
    """One prescription of some items, its present entity tag and what was given of item 1."""

    def __init__(self, sut: Sut, data: SyntheticData, items: list[JsonValue]) -> None:
        self.sut, self.data = sut, data
        self.rx = journeys.register(sut, data, items=items)
        self.tag = self.rx.etag
        self.version = 1
        self.given = 0

    def amend(self, tag: str, step: str) -> Reply:
        """Send an amendment under an entity tag; the empty one stands for the present tag."""
        payload = self.data.amendment(
            self.rx.id,
            self.version,
            self.rx.hid,
            items=self.rx.payload["items"],
            label=step,
            note=f"changed at {step}",
        )
        reply = self.sut.call(
            "amendPrescription",
            path={"prescriptionId": self.rx.id},
            document=("amendment", payload, "dr01"),
            if_match=tag or self.tag,
            caller=journeys.OFFICE,
            step=step,
        )
        if reply.status == HTTPStatus.OK:
            self.tag = reply.header("etag") or '"absent"'
            self.version += 1
        return reply

    def cancel(self, step: str) -> Reply:
        """Let the author cancel."""
        payload = self.data.cancellation(self.rx.id, label=step)
        return self.sut.call(
            "cancelPrescription",
            path={"prescriptionId": self.rx.id},
            document=("cancellation", payload, "dr01"),
            caller=journeys.OFFICE,
            step=step,
        )

    def give(self, quantities: dict[str, int], step: str, **more: JsonValue) -> Reply:
        """Lease, prepare, confirm, release; return the answer that decided."""
        taken = journeys.take_lease(self.sut, self.rx, step=f"{step}: lease")
        if taken.status != HTTPStatus.CREATED:
            return taken
        secret = str(taken.required("/secret"))
        payload = journeys.dispense_payload(
            self.sut, self.data, self.rx, quantities, label=step, **more
        )
        reply = journeys.send_dispense(self.sut, self.rx, payload, secret, step=step)
        if reply.status == HTTPStatus.CREATED:
            given = journeys.Dispensed(payload, reply)
            reply = journeys.finish(self.sut, given, step=f"{step}: confirm")
            self.given += quantities.get("1", 0)
        # A lease may end with the last unit, so whatever is answered to this is right.
        self.sut.call(
            "releaseLease",
            path={"prescriptionId": self.rx.id},
            lease=secret,
            caller=journeys.PHARMACY,
            step=f"{step}: release",
        )
        return reply

    def rest(self, step: str) -> Reply:
        """Give what remains of item 1, or one unit too many when nothing does."""
        return self.give({"1": (ORDERED - self.given) or 1}, step)

    def read(self, step: str) -> Reply:
        """Read it as its author."""
        return journeys.read(self.sut, self.rx, step=step)


@conformance_case(
    "TC-PUR-PROP-LC-001",
    verifies=("ERX-9-1-6-A", "ERX-9-N-C"),
    role="purchaser_system",
    rulings=("RUL-002",),
    title_fa="چرخهٔ زندگی نسخه و ویرایش‌های آن",
)
def tc_a_prescription_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT edits, cancels and dispenses a prescription only as its life cycle says.

    Given a registered prescription, when it is amended under the present and an old entity tag,
    cancelled and dispensed in parts and whole, in generated orders, then each act is taken or
    refused as lifecycles.yaml says and the state read back is that of the model.
    """

    def begin() -> Thing:
        one = _Prescription(sut, data, [data.item(quantity=ORDERED)])
        return Thing(
            acts=[
                Act("amendPrescription", "REGISTERED", partial(one.amend, ""), CLOSED),
                Act("amendPrescription", "nothing", partial(one.amend, '"an-old-tag"'), STALE,
                    name="amendment of an old version"),
                Act("cancelPrescription", "CANCELLED", one.cancel, CLOSED),
                Act("confirmDispense", "PARTIALLY_DISPENSED", partial(one.give, {"1": 1}), SPENT,
                    name="give one unit"),
                Act("confirmDispense", "DISPENSED", one.rest, SPENT, name="give the rest"),
            ],
            reading=one.read,
        )  # fmt: skip

    run("prescription", begin, expect, generated)


@conformance_case(
    "TC-PUR-PROP-LC-002",
    verifies=("ERX-9-2-6-D",),
    role="purchaser_system",
    title_fa="چرخهٔ زندگی قلم نسخه",
)
def tc_an_item_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT gives an item in parts, whole or not at all, and nothing after its end.

    Given a prescription of two medicines, when the first is given in parts, completed or left out
    with a coded reason, in generated orders, then each dispense is taken or refused as
    lifecycles.yaml says and the state of the item read back is that of the model.
    """

    def begin() -> Thing:
        beside = data.item("99002", quantity=100, item_id="2")
        one = _Prescription(sut, data, [data.item(quantity=ORDERED), beside])
        reason = journeys.coded(journeys.REASONS, "OUT_OF_STOCK")

        def leave_out(step: str) -> Reply:
            return one.give({"2": 1}, step, notGiven=[{"itemId": "1", "reason": reason}])

        states = ("ORDERED", "PARTIAL", "COMPLETE", "NOT_GIVEN", "CANCELLED")
        return Thing(
            acts=[
                Act("confirmDispense", "PARTIAL", partial(one.give, {"1": 1}), SPENT,
                    name="give one unit"),
                Act("confirmDispense", "COMPLETE", one.rest, SPENT, name="give the rest"),
                Act("confirmDispense", "NOT_GIVEN", leave_out, SPENT,
                    within=frozenset({"ORDERED", "PARTIAL"}), name="leave out"),
                Act("cancelPrescription", "CANCELLED", one.cancel, CLOSED),
            ],
            reading=one.read,
            shows={state: ("/items/itemId=1/state", state) for state in states},
        )  # fmt: skip

    run("item", begin, expect, generated, tours=[begin, begin, begin])


def _dispense(sut: Sut, data: SyntheticData) -> Thing:
    rx = journeys.register(sut, data, items=[data.item(quantity=ORDERED)])
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 1})

    def end(act: str, reason: str, step: str) -> Reply:
        return journeys.finish(sut, given, act, reason=reason, step=step)

    def read(step: str) -> Reply:
        path, caller = {"dispenseId": given.id}, given.caller
        return sut.call("getDispense", path=path, caller=caller, step=step)

    over = frozenset({"DISPENSE_STATE_CONFLICT", "DISPENSE_CONFIRMATION_EXPIRED"})
    unless_done = frozenset({"PREPARED", "ABANDONED", "VOIDED"})  # once more is the same answer
    return Thing(
        acts=[
            Act("confirmDispense", "CONFIRMED", partial(end, "confirmDispense", ""), over,
                within=unless_done),
            Act("abandonDispense", "ABANDONED", partial(end, "abandonDispense", "PATIENT_LEFT"),
                over, within=frozenset({"PREPARED", "CONFIRMED", "VOIDED"})),
            Act("voidDispense", "VOIDED", partial(end, "voidDispense", "DISPENSED_IN_ERROR"), over),
        ],
        reading=read,
        keeps=("/items", "/total"),
    )  # fmt: skip


@conformance_case(
    "TC-PUR-PROP-LC-003",
    verifies=("ERX-9-N-C",),
    role="purchaser_system",
    rulings=("RUL-002",),
    title_fa="چرخهٔ زندگی تحویل",
)
def tc_a_dispense_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT confirms, abandons and voids a dispense only as its life cycle says.

    Given prepared dispenses, when they are confirmed, abandoned and voided in generated orders,
    then each act is taken or refused as lifecycles.yaml says and the state read back is that of the
    model; what was abandoned or voided stays so.
    """
    begin = partial(_dispense, sut, data)
    run("dispense", begin, expect, generated, tours=[begin, begin])
