"""The viewer: a physician's view of a record. Whether it may be seen is the record's decision.

The viewer keeps nothing: a view that outlives a revoked consent would be a copy without basis.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.coding import Coding
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.persons import person_key
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Service

OK = 200
PURPOSES = ("consent", "break_glass")
REFUSED = frozenset({"CONSENT_MISSING", "PATIENT_UNKNOWN", "PATIENT_IDENTIFIER_INVALID"})
EMPTY: Mapping[str, list[Any]] = {
    "activeMedicines": [],
    "allergies": [],
    "diagnoses": [],
    "results": [],
}
MISSING: Mapping[str, str] = {
    "viewer.view.allergies_left_out": "allergies",
    "viewer.view.medicines_left_out": "activeMedicines",
    "viewer.view.results_left_out": "results",
}


def create(config: Configuration) -> Service:
    """Make the viewer."""
    desk = Viewer(config)
    return Service("viewer", (Operation("queryView", desk.view, replayed=False),))


class Viewer:
    """The screen beside the prescription pad."""

    def __init__(self, config: Configuration) -> None:
        self.config = config
        self.coding = Coding(config.pack)
        self._kept: dict[str, Any] = {}

    async def view(self, call: Call) -> Answer:
        """Show the summary of a person for a stated purpose. [ERX-A1-9-21, RM-EHR-ACC-PHY]."""
        body: dict[str, Any] = dict(call.body)
        faults = self.config.faults
        today = self.config.clock.now().astimezone(TEHRAN).date()
        stated = self.coding.reason(body["purpose"], today, *PURPOSES)
        if not stated and not faults.on("viewer.purpose.unchecked"):
            raise Refusal("VIEW_PURPOSE_REQUIRED", pointer="/purpose/code")
        if faults.on("viewer.basis.hid_not_passed_on"):
            body.pop("hid", None)
        kept = self._remembered(call, body)
        if kept is not None:
            return Answer(200, kept)
        reply = await call.peer("sepas").post("/summary", body)
        if reply.code == "CONSENT_MISSING" and faults.on("viewer.refusal.shown_as_empty"):
            return Answer(200, dict(EMPTY))
        if reply.code in REFUSED:
            raise Refusal(str(reply.code), pointer="/person")
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        shown = self._shown(reply.json)
        if self._keeps():
            self._kept[self._slot(call, body)] = shown
        return Answer(200, shown)

    def _shown(self, summary: dict[str, Any]) -> dict[str, Any]:
        """Return the summary as it is; only seeded faults change it."""
        for point, member in MISSING.items():
            if self.config.faults.on(point):
                summary = {**summary, member: []}
        if self.config.faults.on("viewer.view.versions_of_system"):
            summary = {name: _of_system(rows) for name, rows in summary.items()}
        return summary

    def _remembered(self, call: Call, body: Mapping[str, Any]) -> Any:
        return self._kept.get(self._slot(call, body)) if self._keeps() else None

    def _keeps(self) -> bool:
        """Say whether a fault makes the viewer keep what it showed."""
        faults = self.config.faults
        later = faults.on("viewer.view.kept_after_revocation")
        return later or faults.on("viewer.view.kept_for_everybody")

    def _slot(self, call: Call, body: Mapping[str, Any]) -> str:
        who = "" if self.config.faults.on("viewer.view.kept_for_everybody") else call.caller.centre
        return f"{who} {person_key(body['person'])}"


def _of_system(rows: Any) -> Any:
    """Seeded fault: put the version of the system in place of that of the concept."""
    if not isinstance(rows, list):
        return rows
    return [
        {**one, "version": "1405"} if isinstance(one, dict) and "version" in one else one
        for one in rows
    ]
