"""Results as FHIR R4 bundles: laboratory, imaging, pathology [ERX-9-2-8-A, ERX-9-2-8-B]."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reference_impl.platform.clock import TEHRAN
from reference_impl.platform.folding import LETTERS
from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.persons import identity_state, person_key, subject_reference
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.sepas import store
from reference_impl.sepas.bundles import (
    IMAGING,
    LABORATORY,
    LOINC,
    PATHOLOGY,
    BundleCheck,
    Order,
    Profile,
)
from reference_impl.sepas.desk import Desk, refusals_remembered
from reference_impl.sepas.documents import utc
from reference_impl.sepas.reading import shown

OK = 200
CANCELLED, FINAL = "cancelled", "final"
VISIT_STATES = frozenset({"ISSUED", "USED"})


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the three operations."""
    side = Results(desk)

    def taking(profile: Profile) -> Callable[[Call], Awaitable[Work]]:
        async def handler(call: Call) -> Work:
            return await side.take(call, profile)

        return handler

    return tuple(
        Operation(name, refusals_remembered(desk, taking(profile), _caller))
        for name, profile in (
            ("submitLaboratoryResult", LABORATORY),
            ("submitImagingResult", IMAGING),
            ("submitPathologyResult", PATHOLOGY),
        )
    )


class Results:
    """The side of the record that laboratories and imaging centres talk to."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def take(self, call: Call, profile: Profile) -> Work:
        """Store a result. A corrected report is a new version of the earlier one."""
        body: Mapping[str, Any] = call.body
        await identity_state(call, body["person"])
        await self._check_hid(call, body)
        order = Order(subject_reference(body["person"]), body.get("prescriptionId"))
        now = self.desk.config.clock.now().astimezone(TEHRAN)
        check = BundleCheck(self.desk.coding.book, self.desk.config.faults, now)
        report = check.report(profile, body["bundle"], order)
        key = self.desk.key_in_store(person_key(body["person"]))
        with self.desk.config.store.read() as rows:
            self._check_prescription(rows, order.prescription_id, key)
            earlier = _earlier(rows, call.caller.centre, report["id"])
        same = earlier is not None and earlier.bundle == body["bundle"]
        if earlier is not None and not same:
            self._check_version(earlier, report)

        def commit(rows: Connection) -> Answer:
            if same:
                return Answer(201, self._told(earlier))
            if earlier is not None:
                _replace(rows, earlier.record_id)
            record = self.desk.config.ids.uuid()
            version = 1 if earlier is None else earlier.version + 1
            values = self._values(call, profile, report, key) | {
                "record_id": record,
                "version": version,
            }
            rows.execute(insert(store.entries).values(values))
            query = select(store.entries).where(store.entries.c.record_id == record)
            return Answer(201, self._told(rows.execute(query).one()))

        return commit

    def _told(self, row: Any) -> dict[str, Any]:
        """Tell what was taken as a whole, so that the centre sees what the record keeps."""
        told = shown(row, whole=True)
        if self.desk.config.faults.on("sepas.result.bundle_of_first"):
            told["bundle"] = {**told["bundle"], "entry": told["bundle"]["entry"][:1]}
        return told

    def _values(
        self, call: Call, profile: Profile, report: Mapping[str, Any], key: str | None
    ) -> dict[str, Any]:
        started = report["effectiveDateTime"]
        return {
            "report_id": report["id"],
            "person_key": key,
            "centre": call.caller.centre,
            "kind": profile.kind,
            "started_at": started,
            "ended_at": report["issued"],
            "started_utc": utc(started),
            "stored_at": self.desk.now(),
            "hid": call.body["hid"],
            "prescription_id": call.body.get("prescriptionId"),
            "state": CANCELLED if report["status"] == CANCELLED else "current",
            "core": {"items": self._coded(profile, report)},
            "bundle": self._kept(call.body["bundle"]),
        }

    def _kept(self, bundle: Mapping[str, Any]) -> Any:
        """Return the collection as it came; only a seeded fault folds its texts."""
        if not self.desk.config.faults.on("sepas.result.text_folded"):
            return bundle
        return json.loads(json.dumps(bundle, ensure_ascii=False).translate(LETTERS))

    def _coded(self, profile: Profile, report: Mapping[str, Any]) -> list[dict[str, str]]:
        """Write the code of a report in the form the other events have."""
        return [
            {"code": one["code"], "display": one["display"]}
            | self._in_force(profile.systems[0], one["code"])
            for one in report["code"]["coding"]
            if one["system"] in {LOINC, *profile.systems}
        ]

    def _in_force(self, system: str, code: str) -> dict[str, str]:
        """Return the system with the version of the concept in force, where it is known."""
        today = self.desk.today()
        known = [one for one in self.desk.coding.book.versions(system, code) if one.in_force(today)]
        return {"system": system} | ({"version": known[0].version} if known else {})

    async def _check_hid(self, call: Call, body: Mapping[str, Any]) -> None:
        if self.desk.config.faults.on("sepas.result.hid_unchecked"):
            return
        if not hid_is_sound(body["hid"]):
            raise Refusal("HID_INVALID", pointer="/hid")
        asked = {"hid": body["hid"], "patient": body["person"]}
        reply = await call.peer("eligibility").post("/hids/verification", asked)
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        if reply.json["state"] == "PATIENT_MISMATCH":
            raise Refusal("RESULT_ORDER_MISMATCH", pointer="/hid")
        if reply.json["state"] not in VISIT_STATES:
            raise Refusal("HID_INVALID", pointer="/hid")

    def _check_prescription(
        self, rows: Connection, prescription: str | None, key: str | None
    ) -> None:
        if prescription is None:
            return
        table = store.entries
        query = select(table.c.person_key).where(
            table.c.prescription_id == prescription, table.c.person_key.is_not(None)
        )
        found = rows.execute(query.limit(1)).first()
        if found is not None and found.person_key != key:
            raise Refusal("RESULT_ORDER_MISMATCH", pointer="/prescriptionId")

    def _check_version(self, earlier: Any, report: Mapping[str, Any]) -> None:
        """Let a report change only by a later one that says it is a correction."""
        if self.desk.config.faults.on("sepas.result.final_overwrites"):
            return
        older = utc(report["issued"]) <= utc(earlier.ended_at)
        if older or report["status"] == FINAL:
            raise Refusal("RECORD_VERSION_CONFLICT", pointer="/bundle/entry")


def _earlier(rows: Connection, centre: str, report_id: str) -> Any:
    table = store.entries
    query = select(table).where(
        table.c.centre == centre, table.c.report_id == report_id, table.c.state != "replaced"
    )
    return rows.execute(query).one_or_none()


def _replace(rows: Connection, record_id: str) -> None:
    table = store.entries
    rows.execute(update(table).where(table.c.record_id == record_id).values(state="replaced"))


def _caller(call: Call) -> str:
    return call.caller.centre
