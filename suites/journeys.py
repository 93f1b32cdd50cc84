"""Ways to a state that many cases start from: a registered, leased, prepared or confirmed document.

Every step is an ordinary recorded call. A step that does not succeed makes the case INCONCLUSIVE:
the case could not reach the point where it judges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from fixtures import load_pack
from lab.kit import MISSING, Caller, Reply, Sut, SyntheticData
from lab.kit.reply import Missing
from lab.model.base import JsonValue

DRUG = "99012"  # losartan 50 mg, covered, no special rule
OTHER_DRUG = "99015"  # amlodipine 5 mg, covered, no special rule
OFFICE = Caller("office-1", person="dr01")
OTHER_OFFICE = Caller("office-2", person="dr02")
PHARMACY = Caller("pharmacy-1", person="ph01")
OTHER_PHARMACY = Caller("pharmacy-2", person="ph02")
DISPENSER = {"pharmacy-1": "ph01", "pharmacy-2": "ph02"}
PHARMACIES = {"pharmacy-1": PHARMACY, "pharmacy-2": OTHER_PHARMACY}
VISIT = "992101"
REASONS = "urn:ir:maksa:reason-synthetic"
SERVICES = "urn:ir:maksa:service-synthetic"


@dataclass(frozen=True)
class Registered:
    """A prescription the IUT has registered, with what the author knows about it."""

    payload: JsonValue
    reply: Reply
    person: str

    @property
    def id(self) -> str:
        """Id the IUT gave."""
        return str(self.reply.required("/prescriptionId"))

    @property
    def hid(self) -> str:
        """HID of the visit."""
        return str(self.payload["hid"])

    @property
    def tracking_code(self) -> str:
        """The 20-digit tracking code."""
        return str(self.reply.required("/trackingCode"))

    @property
    def short_code(self) -> str:
        """The 5-digit short code."""
        return str(self.reply.required("/shortCode"))

    @property
    def etag(self) -> str:
        """Entity tag of the registered version."""
        return self.reply.header("etag") or '"absent"'


@dataclass(frozen=True)
class Dispensed:
    """A dispense that was prepared, and perhaps confirmed."""

    payload: JsonValue
    reply: Reply
    caller: Caller = field(default=PHARMACY)

    @property
    def id(self) -> str:
        """Id the IUT gave."""
        return str(self.reply.required("/dispenseId"))


@lru_cache(maxsize=16)
def _concepts(system: str) -> dict[str, dict[str, JsonValue]]:
    """Rows of one code system of the pack by code."""
    table = load_pack("erx-1401").codes[system]
    return {str(row["code"]): row for row in table["concepts"]}


def coded(system: str, code: str) -> dict[str, JsonValue]:
    """Coded text from a code system of the pack, for example `coded(REASONS, "PATIENT_LEFT")`."""
    return {"system": system, "code": code, "display": str(_concepts(system)[code]["en"])}


def visit_tariff() -> int:
    """Public tariff of a general practitioner's visit, in rial, from the pack."""
    return int(_concepts(SERVICES)[VISIT]["publicTariff"])


def new_hid(
    sut: Sut, data: SyntheticData, person: str = "P01", caller: Caller = OFFICE, by: str = "dr01"
) -> str:
    """Let eligibility issue the HID of a visit; INCONCLUSIVE when it does not."""
    covers, signer = data.person(person).cover, data.professional(by)
    body = {
        "patient": data.person_id(person),
        "insurerCode": covers[0].insurer if covers else "37",
        "providerCouncil": {
            "councilKind": signer.council_kind,
            "councilNumber": signer.council_number,
        },
    }
    reply = sut.environment(
        "eligibility", "issueHid", body=body, caller=caller, step="environment: issue a HID"
    )
    return str(reply.required("/hid"))


def draft(
    sut: Sut,
    data: SyntheticData,
    label: str = "rx",
    *,
    person: str = "P01",
    professional: str = "dr01",
    caller: Caller = OFFICE,
    hid: str | None = None,
    **overrides: JsonValue,
) -> dict[str, JsonValue]:
    """Payload of a prescription for a fresh visit; keyword overrides as in the kit."""
    visit = hid or new_hid(sut, data, person, caller, professional)
    return data.prescription(
        visit,
        person=person,
        professional=professional,
        centre=caller.centre,
        label=label,
        **overrides,
    )


def submit(sut: Sut, payload: JsonValue, step: str, signer: str = "dr01") -> Reply:
    """Send a signed prescription of the office, whatever comes of it."""
    document = ("prescription", payload, signer)
    return sut.call("registerPrescription", document=document, caller=OFFICE, step=step)


def register(
    sut: Sut,
    data: SyntheticData,
    label: str = "rx",
    *,
    person: str = "P01",
    payload: JsonValue = None,
    professional: str = "dr01",
    caller: Caller = OFFICE,
    step: str = "preamble: register",
    **overrides: JsonValue,
) -> Registered:
    """Register a prescription; INCONCLUSIVE when the IUT does not."""
    body = payload or draft(
        sut, data, label, person=person, professional=professional, caller=caller, **overrides
    )
    reply = sut.call(
        "registerPrescription",
        document=("prescription", body, professional),
        caller=caller,
        step=step,
    )
    reply.required("/prescriptionId")
    return Registered(body, reply, person)


def read(sut: Sut, rx: Registered, caller: Caller = OFFICE, step: str = "read back") -> Reply:
    """Read a prescription as its author."""
    return sut.call("getPrescription", path={"prescriptionId": rx.id}, caller=caller, step=step)


def item_state(reply: Reply, item_id: str, member: str) -> JsonValue | Missing:
    """Return a member of the state of one item, wherever it stands: no order is agreed for them."""
    rows = reply.find("/items")
    own = [
        row
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping) and row.get("itemId") == item_id
    ]
    return own[0].get(member, MISSING) if own else MISSING


def find_by_hid(sut: Sut, hid: str, caller: Caller = OFFICE, step: str = "look up by HID") -> Reply:
    """Ask which prescriptions stand under a HID."""
    return sut.call("queryPrescriptions", body={"hid": hid}, caller=caller, step=step)


def take_lease(
    sut: Sut, rx: Registered, caller: Caller = PHARMACY, step: str = "preamble: lease"
) -> Reply:
    """Ask for the lease on the basis of the HID."""
    return sut.call(
        "leasePrescription",
        path={"prescriptionId": rx.id},
        body={"basis": {"hid": rx.hid}},
        caller=caller,
        step=step,
    )


def lease(sut: Sut, rx: Registered, caller: Caller = PHARMACY) -> str:
    """Take the lease and return its secret; INCONCLUSIVE when the IUT does not grant it."""
    return str(take_lease(sut, rx, caller).required("/secret"))


def price_body(
    data: SyntheticData,
    rows: Sequence[tuple[str, str, int, int]],
    *,
    person: str = "P01",
    kind: str = "pharmacy",
    sector: str = "private",
    referral: JsonValue = None,
) -> dict[str, JsonValue]:
    """Question for a split; rows are (item id, drug code, quantity, unit price in rial)."""
    body: dict[str, JsonValue] = {
        "patient": data.person_id(person),
        "centreKind": {"kind": kind, "sector": sector},
        "items": [
            {
                "itemId": item_id,
                "code": coded(SERVICES, code) if code.startswith("992") else data.drug(code),
                "quantity": quantity,
                "unitPrice": price,
            }
            for item_id, code, quantity, price in rows
        ],
    }
    if referral is not None:
        body["referral"] = referral
    return body


def _shares(source: JsonValue) -> dict[str, JsonValue]:
    return {name: source[name] for name in ("total", "insurerShare", "patientShare")}


def priced(
    sut: Sut, data: SyntheticData, rows: Sequence[tuple[str, str, int, int]], **options: JsonValue
) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Ask the IUT for the split, as a pharmacy does; returns (shares by item id, shares in sum)."""
    caller = options.pop("caller", PHARMACY)
    body = price_body(data, rows, **options)
    reply = sut.call("price", body=body, caller=caller, step="preamble: price")
    reply.required("/insurerShare")
    reply.required("/patientShare")
    for place in range(len(rows)):
        reply.required(f"/items/{place}/patientShare")
    answer = reply.required("")
    return {row["itemId"]: _shares(row) for row in answer["items"]}, _shares(answer)


def dispense_payload(
    sut: Sut,
    data: SyntheticData,
    rx: Registered,
    quantities: Mapping[str, int],
    *,
    label: str = "dispense",
    caller: Caller = PHARMACY,
    **overrides: JsonValue,
) -> dict[str, JsonValue]:
    """Payload of a dispense at reference prices, with the split the IUT itself gives."""
    codes = {row["itemId"]: row["code"]["code"] for row in rx.payload["items"]}
    rows = [
        (item_id, codes[item_id], count, data.product(codes[item_id]).reference_price)
        for item_id, count in quantities.items()
    ]
    shares, total = priced(sut, data, rows, person=rx.person, caller=caller)
    items = [
        data.dispensed_item(
            code, quantity=count, unit_price=price, cost=shares[item_id], item_id=item_id
        )
        for item_id, code, count, price in rows
    ]
    made = {"items": items, "cost": total, **overrides}
    return data.dispense(
        rx.id,
        str(made.pop("hid", rx.hid)),
        person=rx.person,
        professional=DISPENSER[caller.centre],
        centre=caller.centre,
        label=label,
        **made,
    )


def send_dispense(
    sut: Sut,
    rx: Registered,
    payload: JsonValue,
    secret: str | None,
    *,
    caller: Caller = PHARMACY,
    step: str = "stimulus: prepare",
) -> Reply:
    """Send the first step of a dispense."""
    return sut.call(
        "prepareDispense",
        path={"prescriptionId": rx.id},
        document=("dispense", payload, DISPENSER[caller.centre]),
        caller=caller,
        lease=secret,
        step=step,
    )


def prepare(
    sut: Sut,
    data: SyntheticData,
    rx: Registered,
    secret: str,
    quantities: Mapping[str, int],
    *,
    label: str = "dispense",
    caller: Caller = PHARMACY,
) -> Dispensed:
    """Prepare a dispense; INCONCLUSIVE when the IUT does not."""
    payload = dispense_payload(sut, data, rx, quantities, label=label, caller=caller)
    reply = send_dispense(
        sut, rx, payload, secret, caller=caller, step=f"preamble: prepare {label}"
    )
    reply.required("/dispenseId")
    return Dispensed(payload, reply, caller)


def finish(
    sut: Sut, given: Dispensed, act: str = "confirmDispense", *, step: str = "", reason: str = ""
) -> Reply:
    """Confirm, abandon or void a dispense; a reason code is sent where one is due."""
    body: JsonValue = {"reason": coded(REASONS, reason)} if reason else {}
    return sut.call(
        act,
        path={"dispenseId": given.id},
        body=body,
        caller=given.caller,
        step=step or f"preamble: {act}",
    )


def dispense(
    sut: Sut,
    data: SyntheticData,
    rx: Registered,
    quantities: Mapping[str, int],
    *,
    label: str = "dispense",
    caller: Caller = PHARMACY,
) -> Dispensed:
    """Lease, prepare and confirm; INCONCLUSIVE when a step does not succeed."""
    given = prepare(sut, data, rx, lease(sut, rx, caller), quantities, label=label, caller=caller)
    finish(sut, given).required("/confirmedAt")
    return given


def service_payload(
    sut: Sut,
    data: SyntheticData,
    label: str = "visit",
    *,
    person: str = "P01",
    **overrides: JsonValue,
) -> dict[str, JsonValue]:
    """Payload of a registered visit at the public tariff, with the split the IUT itself gives."""
    tariff = visit_tariff()
    shares, total = priced(
        sut, data, [("1", VISIT, 1, tariff)], person=person, kind="office", caller=OFFICE
    )
    service = {
        "itemId": "1",
        "code": coded(SERVICES, VISIT),
        "quantity": 1,
        "unitPrice": tariff,
        "cost": shares["1"],
    }
    made = {"services": [service], "cost": total, **overrides}
    hid = made.pop("hid") if "hid" in made else new_hid(sut, data, person)
    return data.service_record(str(hid), person=person, label=label, **made)


def send_service(sut: Sut, payload: JsonValue, step: str = "preamble: service record") -> Reply:
    """Send a service record of the office."""
    return sut.call(
        "registerServiceRecord",
        document=("service-record", payload, "dr01"),
        caller=OFFICE,
        step=step,
    )
