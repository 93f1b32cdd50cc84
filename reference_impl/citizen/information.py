"""Information: what a centre offers at which tariff, where a medicine is, what is one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reference_impl.citizen.desk import DRUGS, SERVICES, Desk
from reference_impl.citizen.domain import KINDS, offered
from reference_impl.platform.centres import centre_record
from reference_impl.platform.persons import identity_state
from reference_impl.platform.problem import Refusal
from reference_impl.platform.service import Answer, Call, Operation

OK = 200
SHOWN_CENTRES = 50
SHOWN_ENTRIES = 200
CITIES = frozenset({"tehran", "تهران"})
"""The synthetic pharmacies all stand in one city; elsewhere the finder finds nothing."""
TREATMENT = {
    "system": "urn:ir:maksa:reason-synthetic",
    "code": "TREATMENT",
    "display": "treatment",
}


def operations(desk: Desk) -> tuple[Operation, ...]:
    """Return the operations of information."""
    side = Information(desk)
    return (
        Operation("getCentreInfo", side.centre),
        Operation("searchDrug", side.drug, replayed=False),
        Operation("queryOwnData", side.own, replayed=False),
    )


class Information:
    """The desk that answers questions."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._services = tuple(desk.config.pack.codes[SERVICES]["concepts"])

    async def centre(self, call: Call) -> Answer:
        """Tell name, services and public tariffs of a centre. [RM-CIT-INFO]."""
        record = await centre_record(call, call.path["siamId"])
        if record is None:
            raise Refusal("ADMISSION_CENTRE_UNKNOWN", pointer="path:siamId")
        day = self.desk.today().isoformat()
        every = self.desk.config.faults.on("citizen.information.all_versions")
        rows = offered(record["kind"], self._services, None if every else day)
        tariffs = [int(row["publicTariff"]) for row in rows]
        if self.desk.config.faults.on("citizen.information.tariffs_shifted"):
            tariffs = tariffs[1:] + tariffs[:1]
        if self.desk.config.faults.on("citizen.information.tariff_left_out"):
            tariffs = tariffs[:-1]
        return Answer(
            200,
            {
                "centre": record["siamId"],
                "nameFa": record["nameFa"],
                "nameEn": record["nameEn"],
                "address": f"تهران، {record['nameFa']}",
                "services": [
                    {
                        "system": SERVICES,
                        "code": str(row["code"]),
                        "version": str(row["version"]),
                        "display": row["en"],
                    }
                    for row in rows
                ],
                "tariffs": tariffs,
            },
        )

    async def drug(self, call: Call) -> Answer:
        """Find pharmacies for a medicine, and its cost for a person. [RM-CIT-RX-B, RM-CIT-RX-D]."""
        body: Mapping[str, Any] = call.body
        self.desk.check_channel("drug", body["channel"])
        concept = self.desk.coding.require(body["drug"], self.desk.today(), "/drug", DRUGS)
        hospital_only = bool(concept.properties.get("hospitalOnly"))
        kind = "hospital_pharmacy" if hospital_only else "pharmacy"
        reply = await call.peer("siam").get(f"/centres?kind={kind}")
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        anyhow = self.desk.config.faults.on("citizen.finder.city_ignored")
        near = anyhow or body["city"].strip().casefold() in CITIES
        found = [one["siamId"] for one in reply.json["centres"] if one["active"] and near]
        answer: dict[str, Any] = {"centres": sorted(found)[:SHOWN_CENTRES]}
        if "person" in body:
            price = int(concept.properties["referencePrice"])
            answer["patientShare"] = await self._share(call, body, price)
        return Answer(200, answer)

    async def own(self, call: Call) -> Answer:
        """Tell a citizen the own prescriptions, results, costs, or who read the record."""
        body: Mapping[str, Any] = call.body
        self.desk.check_channel(body["kind"], body["channel"])
        await self.desk.identify(call, body)
        if body["kind"] == "accesses":
            reply = await call.peer("sepas").post("/accesses", {"person": body["person"]})
            if reply.status != OK:
                raise Refusal("DEPENDENCY_UNAVAILABLE")
            told = reply.json["accesses"]
            if self.desk.config.faults.on("citizen.own.last_access_hidden"):
                told = told[:-1]
            return Answer(200, {"entries": [], "accesses": told})
        entries = await self._history(call, body["person"])
        if not self.desk.config.faults.on("citizen.own.kind_ignored"):
            entries = [one for one in entries if one["kind"] in KINDS[body["kind"]]]
        if self.desk.config.faults.on("citizen.own.cancellations_recoded"):
            entries = [_recoded(one) for one in entries]
        if body["kind"] == "costs" and self.desk.config.faults.on("citizen.own.share_hidden"):
            entries = [_all_paid_by_patient(one) for one in entries]
        return Answer(200, {"entries": entries[-SHOWN_ENTRIES:]})

    async def _share(self, call: Call, body: Mapping[str, Any], price: int) -> int:
        """Ask the insurer for the patient's part at the reference price."""
        await identity_state(call, body["person"])
        line = {
            "itemId": "1",
            "code": body["drug"],
            "quantity": body.get("quantity", 1),
            "unitPrice": price,
        }
        question = {
            "patient": body["person"],
            "centreKind": {"kind": "pharmacy", "sector": "private"},
            "items": [line],
        }
        reply = await call.peer("purchaser").post("/price", question)
        if reply.status != OK:
            raise Refusal("DEPENDENCY_UNAVAILABLE")
        total = self.desk.config.faults.on("citizen.finder.total_as_share")
        return int(reply.json["total" if total else "patientShare"])

    async def _history(self, call: Call, person: Mapping[str, Any]) -> list[dict[str, Any]]:
        question: dict[str, Any] = {"person": person, "purpose": TREATMENT}
        entries: list[dict[str, Any]] = []
        while True:
            reply = await call.peer("sepas").post("/history", question)
            if reply.status != OK:
                raise Refusal("DEPENDENCY_UNAVAILABLE")
            entries += reply.json["entries"]
            if "next" not in reply.json:
                return entries
            question["after"] = reply.json["next"]


def _recoded(entry: dict[str, Any]) -> dict[str, Any]:
    """Seeded fault: tell every reason as the wish of the patient, in its own words."""
    if "reason" not in entry:
        return entry
    return {**entry, "reason": {**entry["reason"], "code": "OTHER", "display": "other"}}


def _all_paid_by_patient(entry: dict[str, Any]) -> dict[str, Any]:
    """Seeded fault: tell the cost of a service as if no insurer paid."""
    if "cost" not in entry:
        return entry
    total = entry["cost"]["total"]
    return {**entry, "cost": {"total": total, "insurerShare": 0, "patientShare": total}}
