"""P1 to P8 at an office, with editing, a warning that is overridden and a rejection."""

from __future__ import annotations

from reference_impl.clients.counter import Stop, patient_block
from reference_impl.clients.prescriber import VISITS, Wish, prescribe
from reference_impl.clients.visit import service_record, statement
from reference_impl.tour.acts import note_claim, prescription
from reference_impl.tour.stage import Stage, TourBroken


def tell(stage: Stage) -> None:
    """Tell the steps of clause 9-1 with their branches."""
    office = stage.at("office-1", "dr01")
    receipt = prescription(stage, office, VISITS["routine"])
    member = office.counter.member("P7", "9-1-7")
    person = stage.person("P01")
    claim = service_record(
        office.counter,
        member,
        hid=receipt["hid"],
        patient=patient_block(person, office.counter.now()),
        services=("992101",),
        step=("P7", "9-1-7"),
    )
    note_claim(stage, office, "P01", claim)
    statement(office.counter)
    prescription(stage, office, VISITS["amendment"])
    prescription(stage, office, VISITS["warning"])
    _rejected(stage, VISITS["rejection"])


def _rejected(stage: Stage, wish: Wish) -> None:
    office = stage.at("office-1", "dr01")
    try:
        prescribe(office.counter, wish)
    except Stop as stop:
        if stop.code != "RULE_REJECTED":
            raise
        office.tell("P4", "9-1-4", f"{stop.fa} نسخه ثبت نشد.", f"{stop.en}: nothing is registered.")
        return
    raise TourBroken("an item only a specialist may prescribe was not rejected")
