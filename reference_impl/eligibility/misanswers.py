"""What an inquiry is answered when a fault of the catalogue is switched on."""

from __future__ import annotations

from typing import Any

from reference_impl.eligibility.people import NEWBORN, Insured
from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.problem import Refusal


def misanswer(faults: FaultSwitch, person: Insured, answer: dict[str, Any]) -> dict[str, Any]:
    """Change an honest answer as the faults would have it; without faults it stays as it is."""
    kind = person.key.partition(":")[0]
    if faults.on("eligibility.person.newborns_unknown") and kind in NEWBORN:
        raise Refusal("PATIENT_UNKNOWN", pointer="/patient/value")
    insured = bool(answer["covers"])
    if faults.on("eligibility.covers.period_ignored"):
        answer["entitled"] = insured and person.state in {"ALIVE", "UNREGISTERED"}
    if faults.on("eligibility.person.state_ignored"):
        answer["entitled"] = any(one["state"] == "active" for one in answer["covers"])
    if faults.on("eligibility.person.unique_id_covered") and kind == "UID":
        answer["entitled"] = True
    if faults.on("eligibility.covers.overlap_hidden"):
        answer["overlap"] = False
    if faults.on("eligibility.covers.dropped_hidden"):
        answer["covers"] = answer["covers"][:1]
    if faults.on("eligibility.covers.calendar_year"):
        answer["covers"] = [_whole_year(one) for one in answer["covers"]]
    if faults.on("eligibility.covers.complementary_hidden"):
        answer["covers"] = [one for one in answer["covers"] if one["kind"] == "base"]
    if faults.on("eligibility.covers.private_funds"):
        answer["covers"] = [{**one, "fund": f"x_{one['fund']}"} for one in answer["covers"]]
    return answer


def _whole_year(cover: dict[str, Any]) -> dict[str, Any]:
    first, last = str(cover["validFrom"])[:4], str(cover["validUntil"])[:4]
    return {**cover, "validFrom": f"{first}-01-01", "validUntil": f"{last}-12-31"}
