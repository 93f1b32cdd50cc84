"""Ways to a claim, a decided base claim and a second claim; expected amounts come from the oracles.

Claims are those of the purchaser. Where a role answers for an operation it is asked itself; else
the exchange around it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from fixtures import load_pack
from lab.kit import Caller, Reply, Sut, SyntheticData
from lab.model.base import JsonValue
from suites import journeys
from suites.journeys import OFFICE, SERVICES, VISIT
from suites.journeys_further import HOSPITAL
from suites.oracles import tariffs
from suites.oracles.pricing import Split
from suites.oracles.rules import Bank, amounts

PHYSIOTHERAPY = "992110"
HOLDER, POLICY, PLAN = "P26", "99000000001", "90"
FORMER, LAPSED = "S02", "99000000002"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
TEHRAN = ZoneInfo("Asia/Tehran")


@dataclass(frozen=True)
class Delivered:
    """A service that was delivered; the price of one is the public tariff when not told."""

    code: str = VISIT
    quantity: int = 1
    price: int | None = None
    inpatient: bool = False

    @property
    def tariff(self) -> int:
        """Public tariff of one, in rial."""
        rows = load_pack().codes[SERVICES]["concepts"]
        return int(next(row["publicTariff"] for row in rows if row["code"] == self.code))

    @property
    def unit_price(self) -> int:
        """What is asked for one, in rial."""
        return self.tariff if self.price is None else self.price

    def split(self) -> Split:
        """Who pays it by the rule bank of the pack, for an outpatient or an inpatient."""
        bank = Bank(load_pack().rule_banks["insurance"]["rules"], {})
        item = {
            "system": "service",
            "code": self.code,
            "quantity": self.quantity,
            "unitPrice": self.unit_price,
            "tariff": self.tariff,
            "covered": True,
        }
        case = {
            "cover": {"state": "valid", "fund": "main", "insurer": "1"},
            "centre": {"sector": "public" if self.inpatient else "private"},
            "context": {"admission": "inpatient" if self.inpatient else "outpatient"},
            "items": [item],
        }
        facts = bank.facts(case)
        return amounts(facts, bank.hits(facts, "I3"))


def cost_of(split: Split) -> dict[str, int]:
    """Return a split as it stands in messages."""
    return {
        "total": split.total,
        "insurerShare": split.insurer,
        "patientShare": split.patient,
    }


def asked(
    sut: Sut,
    service: str,
    operation: str,
    *,
    step: str,
    path: dict[str, str] | None = None,
    body: JsonValue = None,
    document: tuple[str, JsonValue, str] | None = None,
    caller: Caller = OFFICE,
) -> Reply:
    """Ask the product where its role answers for the service, else the exchange around it."""
    if service in sut.role.services:
        return sut.call(
            operation,
            service=service,
            step=step,
            path=path,
            body=body,
            document=document,
            caller=caller,
        )
    return sut.environment(
        service, operation, step=step, path=path, body=body, document=document, caller=caller
    )


def record(
    sut: Sut,
    data: SyntheticData,
    label: str,
    delivered: Delivered | None = None,
    *,
    person: str = "P01",
    hid: str | None = None,
) -> Reply:
    """Send the record of a delivered service to the purchaser, whatever comes of it."""
    given = delivered or Delivered()
    cost = cost_of(given.split())
    line = {
        "itemId": "1",
        "code": journeys.coded(SERVICES, given.code),
        "quantity": given.quantity,
        "unitPrice": given.unit_price,
        "cost": cost,
    }
    caller = HOSPITAL if given.inpatient else OFFICE
    visit = hid or data.hid(sut, person, caller=caller)
    payload = data.service_record(
        visit, services=[line], cost=cost, person=person, label=label, centre=caller.centre
    )
    return asked(
        sut,
        "purchaser",
        "registerServiceRecord",
        step=f"register the service {label}",
        document=("service-record", payload, "dr01"),
        caller=caller,
    )


def registered(
    sut: Sut,
    data: SyntheticData,
    label: str,
    delivered: Delivered | None = None,
    *,
    person: str = "P01",
    hid: str | None = None,
) -> Reply:
    """Register a delivered service, of which the purchaser makes a claim; else INCONCLUSIVE."""
    reply = record(sut, data, label, delivered, person=person, hid=hid)
    reply.required("/claimId")
    return reply


def submission(claim: Reply, **change: JsonValue) -> dict[str, JsonValue]:
    """Return the submission of a claim of the purchaser."""
    return {
        "claimId": claim.required("/claimId"),
        "insurerCode": claim.required("/insurerCode"),
        "admission": "outpatient",
        "documents": [claim.required("/documentId")],
        "cost": {
            name: claim.required(f"/{name}") for name in ("total", "insurerShare", "patientShare")
        },
        **change,
    }


def submit(sut: Sut, body: JsonValue, step: str, caller: Caller = OFFICE) -> Reply:
    """Submit a claim to adjudication, whatever comes of it."""
    return asked(sut, "adjudication", "submitClaim", step=step, body=body, caller=caller)


def decided(sut: Sut, data: SyntheticData, label: str, delivered: Delivered | None = None) -> Reply:
    """Submit the claim of a delivered service; INCONCLUSIVE when it is not decided."""
    claim = registered(sut, data, label, delivered)
    reply = submit(sut, submission(claim), "preamble: submit the claim")
    reply.required("/accepted")
    return reply


def result(sut: Sut, claim: str, step: str = "read the result", caller: Caller = OFFICE) -> Reply:
    """Read the result of a claim."""
    return asked(
        sut, "adjudication", "getClaimResult", step=step, path={"claimId": claim}, caller=caller
    )


def objection(sut: Sut, claim: str, step: str = "stimulus: object") -> Reply:
    """Object to the deduction of the first item."""
    return sut.call(
        "objectToClaim",
        step=step,
        path={"claimId": claim},
        body={"itemRef": "1", "text": "medically needed"},
        caller=OFFICE,
    )


def day(data: SyntheticData, days: int = 10) -> str:
    """Return the day some days after that of the case, in Tehran."""
    return (data.now.astimezone(TEHRAN).date() + timedelta(days=days)).isoformat()


def letter_body(
    data: SyntheticData, person: str = HOLDER, **change: JsonValue
) -> dict[str, JsonValue]:
    """Return the question for a guarantee letter."""
    return {
        "person": data.person_id(person),
        "policy": POLICY,
        "services": [],
        "validUntil": day(data),
        **change,
    }


def letter(sut: Sut, data: SyntheticData, step: str = "preamble: letter") -> str:
    """Have a guarantee letter issued and return its id."""
    reply = sut.call("issueGuarantee", step=step, body=letter_body(data), caller=OFFICE)
    return str(reply.required("/guaranteeId"))


def base_result(
    sut: Sut,
    data: SyntheticData,
    label: str,
    delivered: Delivered | None = None,
    *,
    person: str = HOLDER,
) -> dict[str, JsonValue]:
    """Have a visit delivered and its base claim decided; return the base result."""
    claim = registered(sut, data, label, delivered, person=person)
    reply = submit(sut, submission(claim), "preamble: base claim")
    reply.required("/accepted/patientShare")
    return dict(reply.required(""))


def second_body(base: JsonValue, **change: JsonValue) -> dict[str, JsonValue]:
    """Return the second claim with the base result."""
    return {
        "claimId": base["claimId"],
        "policy": POLICY,
        "baseResult": base,
        "patientPart": base["accepted"]["patientShare"],
        **change,
    }


def second(sut: Sut, body: JsonValue, step: str = "stimulus: second claim") -> Reply:
    """Send a second claim, whatever comes of it."""
    return sut.call("submitSecondClaim", step=step, body=body, caller=OFFICE)


def plan_question(
    sut: Sut,
    data: SyntheticData,
    wanted: Sequence[Delivered],
    *,
    person: str = HOLDER,
    **change: JsonValue,
) -> dict[str, JsonValue]:
    """Return the question what the plan pays of services that are to be delivered."""
    council = data.professional("dr01")
    return {
        "position": "pre_service",
        "patient": data.person_id(person),
        "prescriber": {
            "councilKind": council.council_kind,
            "councilNumber": council.council_number,
        },
        "centre": data.centre("office-1").siam_id,
        "hid": data.hid(sut, person, caller=OFFICE),
        "items": [
            {
                "itemId": str(number),
                "code": journeys.coded(SERVICES, one.code),
                "quantity": one.quantity,
                "unitPrice": one.unit_price,
            }
            for number, one in enumerate(wanted, 1)
        ],
        **change,
    }


def ceiling(code: str, sector: str, data: SyntheticData) -> int:
    """Return the most a centre of a sector may ask on the day of the case, in rial."""
    tables = load_pack().tariff_years
    today = data.now.astimezone(TEHRAN).date()
    return tariffs.ceiling(tables, tariffs.year_of(tables, today), code, sector)


def plan_case(data: SyntheticData, part: int) -> dict[str, int]:
    """Return the case of the second payer: the plan of the holder and the patient's part."""
    plan = next(cover for cover in data.person(HOLDER).cover if cover.insurer == PLAN)
    return {
        "patientPart": part,
        "percent": int(plan.share_of_patient_part_percent or 0),
        "cap": int(plan.cap or 0),
    }
