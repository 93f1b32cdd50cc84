"""Life cycles at the counter: reserved HIDs, packs of a medicine, referrals, appointments."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from lab.kit import Caller, Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from suites import citizen_journeys as citizen
from suites import journeys_registries as registries
from suites import record_journeys as record
from suites.property.course import Act, Thing, run

PHARMACY = record.PHARMACY
OTHER_PHARMACY = Caller("pharmacy-2", person="ph02")
PRODUCT = "99012"
PACK_SHOWS = {"active": ("/verdict", "VALID"), "consumed": ("/verdict", "ALREADY_CONSUMED")}
SERIALS = 10_000_000


@conformance_case(
    "TC-ELG-PROP-LC-001",
    verifies=("ERX-2-HID-A", "ERX-9-2-4-B"),
    role="eligibility_service",
    title_fa="چرخهٔ زندگی شناسهٔ رزروشده",
)
def tc_a_reserved_hid_lives_as_published(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT binds, uses and cancels a reserved HID only as its life cycle says.

    Given a HID reserved for an emergency, when it is bound, relied on and cancelled in generated
    orders, then each step is taken or refused as lifecycles.yaml says and the state read back is
    that of the model.
    """

    def begin() -> Thing:
        hid, told = registries.reserved_hid(sut, data), []

        def bind(step: str) -> Reply:
            return registries.bind_hid(sut, data, hid, "P01", step)

        def cancel(step: str) -> Reply:
            return registries.cancel_hid(sut, data, hid, step)

        def use(step: str) -> Reply:
            told.append(step)
            uses = [{"hid": hid, "correlation": data.uuid(f"message {len(told)}")}]
            body, caller = {"uses": uses}, registries.PURCHASER
            return sut.call("reportHidUses", body=body, caller=caller, step=step)

        def read(step: str) -> Reply:
            return sut.call("getHidUse", path={"hid": hid}, step=step)

        bound = frozenset({"HID_ALREADY_BOUND", "HID_INVALID"})
        kept = frozenset({"HID_IN_USE", "HID_CANCELLED"})
        relied = frozenset({"bound", "used"})
        return Thing(
            acts=[
                Act("bindHid", "bound", bind, bound, 201),
                Act("cancelHid", "cancelled", cancel, kept, 201),
                Act("reportHidUses", "used", use, frozenset(), within=relied),
            ],
            reading=read,
        )

    run("hid", begin, expect, generated)


def _pack(sut: Sut, data: SyntheticData) -> Thing:
    serial = int(data.uuid("serial of a pack")[:8], 16) % SERIALS
    pack = {"type": "authenticity", "code": f"9910{PRODUCT}{serial:07d}"}
    given: list[str] = []

    def consume(caller: Caller, step: str) -> Reply:
        dispense = data.uuid(step)
        body = {"product": pack, "count": 1, "dispenseId": dispense}
        reply = sut.call("consumeProduct", body=body, caller=caller, step=step)
        if reply.status == HTTPStatus.CREATED:
            given[:] = [dispense]
        return reply

    def give_back(caller: Caller, step: str) -> Reply:
        dispense = given[0] if given else data.uuid("never given")
        body = {"product": pack, "count": 1, "dispenseId": dispense}
        return sut.call("reactivateProduct", body=body, caller=caller, step=step)

    def read(step: str) -> Reply:
        asked = {
            "productCode": pack["code"],
            "type": pack["type"],
            "product": data.drug(PRODUCT),
        }
        return sut.call("verifyProduct", body=asked, caller=PHARMACY, step=step)

    used = frozenset({"PRODUCT_ALREADY_CONSUMED"})
    unused = frozenset({"PRODUCT_REACTIVATION_REFUSED"})
    first, second = PHARMACY, OTHER_PHARMACY
    return Thing(
        acts=[
            Act("consumeProduct", "consumed", partial(consume, first), used, 201),
            Act("consumeProduct", "nothing", partial(consume, second), used, 201,
                within=frozenset({"consumed"}), name="consumption elsewhere"),
            Act("reactivateProduct", "active", partial(give_back, first), unused, 201),
            Act("reactivateProduct", "nothing", partial(give_back, second), unused, 201,
                name="bringing back by another centre"),
        ],
        reading=read,
        shows=PACK_SHOWS,
    )  # fmt: skip


@conformance_case(
    "TC-TTA-PROP-LC-001",
    verifies=("ERX-8-11-A",),
    role="ttac",
    rulings=("RUL-007",),
    title_fa="چرخهٔ زندگی بستهٔ دارو",
)
def tc_a_pack_is_given_once(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT lets a pack be given once, and again only after its dispense was voided.

    Given a genuine pack, when two pharmacies give it and bring it back in generated orders, then
    each step is taken or refused as lifecycles.yaml says, and the verdict on its code is that of
    the model.
    """
    run("product", lambda: _pack(sut, data), expect, generated)


@conformance_case(
    "TC-CIT-PROP-LC-001",
    verifies=("RM-CIT-REF-B",),
    role="citizen_service",
    title_fa="چرخهٔ زندگی ارجاع",
)
def tc_a_referral_is_answered_once(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT takes one answer to a referral, from the centre it was sent to.

    Given a referral, when the receiving and the sending centre answer it in generated orders, then
    the first answer of the receiver is taken, every other refused, and the state read back is that
    of the model.
    """

    def begin() -> Thing:
        made = citizen.refer(sut, citizen.referral(data, "2"), "preamble: refer")
        receiver = citizen.receiver(data, made)
        codes = frozenset({"REFERRAL_STATE_CONFLICT", "REFERRAL_CENTRE_MISMATCH"})

        def answer(caller: Caller, step: str) -> Reply:
            return citizen.feedback(sut, data, made, caller, step)

        return Thing(
            acts=[
                Act("sendFeedback", "answered", partial(answer, receiver), codes),
                Act("sendFeedback", "nothing", partial(answer, record.OFFICE), codes,
                    name="answer by the sender"),
            ],
            reading=lambda step: citizen.read_referral(sut, made, step),
        )  # fmt: skip

    run("referral", begin, expect, generated)


@conformance_case(
    "TC-CIT-PROP-LC-002",
    verifies=("RM-CIT-WAIT", "RM-CIT-APPT"),
    role="citizen_service",
    title_fa="چرخهٔ زندگی نوبت",
)
def tc_a_waiting_place_moves_up(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT moves who waits up when the moment is given back, and only then.

    Given two people who want one moment, when the first gives it back, the second gives its place
    up and a third asks without waiting, in generated orders, then the place of the second is that
    of the model after every step.
    """

    def begin() -> Thing:
        when = citizen.slot(data, "wanted by two")
        holder = citizen.book(
            sut, citizen.appointment(data, "P01", when), "preamble: the first holds the moment"
        )
        holder.required("/appointmentId")
        wish = citizen.appointment(data, "P02", when, waiting=True)
        second = citizen.book(sut, wish, "preamble: the second waits")
        second.required("/appointmentId")

        def crowd(step: str) -> Reply:
            return citizen.book(sut, citizen.appointment(data, "P03", when), step)

        taken = frozenset({"APPOINTMENT_SLOT_TAKEN"})
        alive = frozenset({"waiting", "booked"})
        return Thing(
            acts=[
                Act("cancelAppointment", "booked", partial(citizen.cancel, sut, holder),
                    frozenset(), within=frozenset({"waiting"}), name="the holder gives back"),
                Act("cancelAppointment", "cancelled", partial(citizen.cancel, sut, second),
                    frozenset(), within=alive, name="the second gives up"),
                Act("bookAppointment", "nothing", crowd, taken, 201, within=alive,
                    name="a third asks"),
            ],
            reading=lambda step: citizen.read_appointment(sut, second, step),
        )  # fmt: skip

    run("appointment", begin, expect, generated)
