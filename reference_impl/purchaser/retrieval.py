"""Operations that find a prescription and open it: query, lease, release.

A person's identifier alone shows only that there are prescriptions; content opens with a code the
person carries (short code, tracking code, HID). Every look is logged. [RUL-004, RUL-005]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from reference_impl.platform.identifiers import hid_is_sound
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation, Work
from reference_impl.purchaser import leases, presentation, store
from reference_impl.purchaser.desk import Desk
from reference_impl.purchaser.lifecycle import OPEN_STATES, PrescriptionState
from reference_impl.purchaser.orders import check_giver
from reference_impl.purchaser.persons import check_identifier, key_for_search
from reference_impl.purchaser.questions import questions_on
from reference_impl.purchaser.records import Prescription, load_prescription
from reference_impl.purchaser.transaction import Transaction

MOST_MATCHES = 100
_KEYS = {"hid": "hid", "trackingCode": "tracking_code", "shortCode": "short_code"}


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of this module."""
    side = Retrieval(desk)
    return (
        Operation("queryPrescriptions", side.query, replayed=False),
        Operation("leasePrescription", side.lease),
        Operation("releaseLease", side.release),
    )


class Retrieval:
    """The desk where prescriptions are asked for."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def query(self, call: Call) -> Answer:
        """Find prescriptions; show content only when a code opens exactly one."""
        asked: Mapping[str, Any] = call.body
        if "hid" in asked:
            self._check_hid(asked["hid"])
        if "patient" in asked:
            check_identifier(call, asked["patient"], "/patient")
        with self.desk.config.store.transaction() as rows:
            within = self.desk.within(rows)
            found = self._find(within, call, asked)
            opened = found[0] if self._opens(asked, len(found)) else None
            if opened is None and asked.keys() == {"patient"}:
                opened = self._preferred(call, found)
            for one in found:
                _log(within, call, one, "content" if one is opened else "header")
        faults = self.desk.faults
        found.sort(
            key=lambda one: one.registered_at, reverse=faults.on("variant.matches_newest_first")
        )
        content = None if opened is None else presentation.prescription(opened, faults)
        return Answer(
            200,
            {
                "matches": [presentation.header(one, faults) for one in found],
                "content": content,
            },
        )

    async def lease(self, call: Call) -> Work:
        """Give the caller a quarter of an hour alone with a prescription it can name a code of."""
        basis = call.body["basis"]
        if "hid" in basis:
            self._check_hid(basis["hid"])
        else:
            check_identifier(call, basis["patient"], "/basis/patient")
        with self.desk.config.store.read() as reading:
            wanted = load_prescription(self.desk.within(reading), call.path["prescriptionId"])
        if self._basis_fits(call, wanted, basis):
            await check_giver(call, wanted)  # who cannot open it is not told what it is

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            known = load_prescription(within, call.path["prescriptionId"])
            if not self._basis_fits(call, known, basis):
                raise Refusal("PRESCRIPTION_ACCESS_REFUSED", pointer="/basis")
            self._check_open(known)
            granted = leases.grant(within, known.prescription_id, call.caller.centre)
            _log(within, call, known, "lease")
            faults = self.desk.faults
            return Answer(
                200 if faults.on("purchaser.http.created_as_200") else 201,
                {
                    "leaseId": granted.lease_id,
                    "secret": granted.secret,
                    "expiresAt": presentation.written_time(granted.expires_at, faults),
                    "prescription": presentation.prescription(
                        known, faults, questions_on(rows, known.prescription_id)
                    ),
                },
            )

        return commit

    async def release(self, call: Call) -> Work:
        """Give the lease back before it runs out."""

        def commit(rows: Connection) -> Answer:
            within = self.desk.within(rows)
            prescription_id = load_prescription(within, call.path["prescriptionId"]).prescription_id
            if not self.desk.faults.on("purchaser.lease.anybody_releases"):
                leases.demand(within, prescription_id, call.caller.centre, call.lease)
            leases.end(rows, prescription_id, within.now)
            return Answer(204)

        return commit

    def _check_hid(self, hid: str) -> None:
        if not hid_is_sound(hid) and not self.desk.faults.on(
            "purchaser.hid.check_character_ignored"
        ):
            raise Refusal("HID_INVALID", pointer="/hid", detail="the check character does not fit")

    def _check_open(self, known: Prescription) -> None:
        if known.state is PrescriptionState.CANCELLED and self.desk.faults.on(
            "purchaser.dispense.cancelled_allowed"
        ):
            return
        nothing_left = all(one.quantity.remaining <= 0 for one in known.items)
        if self.desk.faults.on("purchaser.dispense.over_dispensing_allowed"):
            nothing_left = False
        if known.state not in OPEN_STATES or nothing_left:
            raise Refusal("PRESCRIPTION_STATE_CONFLICT")

    def _opens(self, asked: Mapping[str, Any], matches: int) -> bool:
        """Say whether content may be shown; the newest match stands first."""
        faults = self.desk.faults
        if matches and faults.on("purchaser.query.person_returns_content"):
            return True
        careless = "shortCode" in asked and faults.on("purchaser.query.short_code_ignored")
        return any(name in asked for name in _KEYS) and (matches == 1 or (careless and matches > 0))

    def _preferred(self, call: Call, found: list[Prescription]) -> Prescription | None:
        """Return the one open prescription that names the caller as its pharmacy, if it is one.

        The patient named it for this, so that no code is needed. [RUL-004, RUL-086]
        """
        if self.desk.faults.on("purchaser.query.preferred_pharmacy_unknown"):
            return None
        anybody = self.desk.faults.on("purchaser.query.any_pharmacy_preferred")
        named = [
            one
            for one in found
            if one.state in OPEN_STATES
            and (wanted := one.document.get("preferredPharmacy")) is not None
            and (anybody or str(wanted).lower() == call.caller.centre.lower())
        ]
        return named[0] if len(named) == 1 else None

    def _basis_fits(self, call: Call, known: Prescription, basis: Mapping[str, Any]) -> bool:
        if "hid" in basis:
            return bool(basis["hid"] == known.hid)
        anybody = self.desk.faults.on("purchaser.query.short_code_for_anybody")
        if key_for_search(call, basis["patient"]) != known.person and not anybody:
            return False
        ignored = self.desk.faults.on("purchaser.query.short_code_ignored")
        return ignored or bool(basis["shortCode"] == known.short_code)

    def _find(
        self, within: Transaction, call: Call, asked: Mapping[str, Any]
    ) -> list[Prescription]:
        table = store.prescriptions
        query = select(table.c.prescription_id, table.c.person)
        for name, column in _KEYS.items():
            if name in asked and not (
                name == "shortCode" and self.desk.faults.on("purchaser.query.short_code_ignored")
            ):
                query = query.where(table.c[column] == asked[name])
        if "patient" in asked:
            person = key_for_search(call, asked["patient"])
            if "hid" in asked:
                _check_owner(within, asked["hid"], person)
            anybody = self.desk.faults.on("purchaser.query.short_code_for_anybody")
            if not (anybody and "shortCode" in asked):
                query = query.where(table.c.person == person)
        foreign = "patient" in asked and asked["patient"]["type"] != "NC"
        if foreign and self.desk.faults.on("purchaser.query.only_national_codes"):
            return []
        if self.desk.faults.on("purchaser.query.codes_find_nothing") and (
            "hid" in asked or "trackingCode" in asked
        ):
            return []
        query = query.order_by(table.c.registered_at.desc()).limit(MOST_MATCHES)
        return [
            load_prescription(within, row.prescription_id)
            for row in within.rows.execute(query).all()
        ]


def _check_owner(within: Transaction, hid: str, person: str) -> None:
    """Refuse a HID under which another person's prescription is registered. [ERX-9-2-4-B]."""
    table = store.prescriptions
    owners = set(within.rows.execute(select(table.c.person).where(table.c.hid == hid)).scalars())
    if owners and person not in owners:
        raise Refusal("HID_PATIENT_MISMATCH", pointer="/hid")


def _log(within: Transaction, call: Call, known: Prescription, basis: str) -> None:
    within.rows.execute(
        insert(store.accesses).values(
            at=store.instant(within.now),
            centre=call.caller.centre,
            user=call.caller.user,
            person=known.person,
            prescription_id=known.prescription_id,
            basis=basis,
        )
    )
