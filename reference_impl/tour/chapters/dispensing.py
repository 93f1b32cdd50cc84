"""D1 to D9 at a pharmacy: at once, in part, taken back, and two pharmacies at one lease."""

from __future__ import annotations

from reference_impl.clients.prescriber import VISITS
from reference_impl.clients.visit import statement
from reference_impl.tour.acts import dispensed, prescription, take_back
from reference_impl.tour.stage import Stage


def tell(stage: Stage) -> None:
    """Tell the steps of clause 9-2 with their branches."""
    office = stage.at("office-1", "dr01")
    pharmacy, other = stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02")
    receipt = prescription(stage, office, VISITS["routine"])
    dispensed(stage, pharmacy, receipt, quantities={"99012": 20})
    dispensed(stage, other, receipt)
    returned = prescription(stage, office, VISITS["routine"])
    given = dispensed(stage, pharmacy, returned)
    take_back(stage, pharmacy, given)
    dispensed(stage, pharmacy, returned)
    _race(stage)
    statement(pharmacy.counter, ("D9", "9-2-9"))


def _race(stage: Stage) -> None:
    office = stage.at("office-1", "dr01")
    pharmacy, other = stage.at("pharmacy-1", "ph01"), stage.at("pharmacy-2", "ph02")
    receipt = prescription(stage, office, VISITS["routine"])
    target = f"/purchaser/v1/prescriptions/{receipt['prescriptionId']}/lease"
    basis = {"basis": {"shortCode": receipt["shortCode"], "patient": receipt["patient"]}}
    lease = pharmacy.ask(target, basis)
    pharmacy.tell(
        "D3", "9-2-3", "داروخانهٔ نخست نسخه را رزرو کرد.", "The first pharmacy holds the lease."
    )
    other.refused("LEASE_HELD", "POST", target, body=basis)
    other.tell("D3", "9-2-3", "داروخانهٔ دوم رد شد.", "The second pharmacy is turned away.")
    pharmacy.call("DELETE", target, lease=str(lease["secret"]))
    pharmacy.tell("D3", "9-2-3", "رزرو آزاد شد.", "The lease is given back.")
    dispensed(stage, other, receipt)
