"""After the prescription: the visit as a service record, and the statement (P7, P8 of 9-1).

The four flavours of prescriber systems differ in where they stand: an office, a clinic, the
outpatient department of a hospital, a primary health care centre. They do the same steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fixtures import load_pack
from reference_impl.clients.calendar import jalali
from reference_impl.clients.channel import Answer
from reference_impl.clients.counter import Counter, Stop, cost_of
from reference_impl.clients.spool import deliver

SERVICES = "urn:ir:maksa:service-synthetic"
VISIT_LASTS = timedelta(minutes=12)


@dataclass(frozen=True)
class Flavour:
    """Where a prescriber system stands: keys of the synthetic world."""

    name_fa: str
    name_en: str
    centre: str
    professional: str
    visit: str = "992101"


FLAVOURS: dict[str, Flavour] = {
    "office": Flavour("سامانهٔ مطب", "Office system (OIS)", "office-1", "dr01"),
    "clinic": Flavour("سامانهٔ درمانگاه", "Clinic system (CIS)", "clinic-2", "dr01"),
    "hospital": Flavour(
        "سامانهٔ بیمارستان، سرپایی",
        "Hospital system, outpatient (HIS)",
        "hospital-1",
        "dr02",
        "992102",
    ),
    "phc": Flavour(
        "سامانهٔ مرکز جامع سلامت", "Primary health care system (PHCIS)", "phc-rural", "dr01"
    ),
}


def coded_service(code: str) -> dict[str, str]:
    """Return a service of the pack as coded text."""
    book = load_pack().codes[SERVICES]
    row = next((r for r in book["concepts"] if r["code"] == code), None)
    if row is None:
        raise KeyError(f"service {code} is not in {SERVICES}")
    return {
        "system": SERVICES,
        "code": code,
        "version": str(row["version"]),
        "display": str(row["en"]),
    }


def public_tariff(code: str) -> int:
    """Return the public tariff of a service, in rial."""
    rows = load_pack().codes[SERVICES]["concepts"]
    return next(int(r["publicTariff"]) for r in rows if r["code"] == code)


@dataclass(frozen=True)
class Served:
    """What was delivered: `lines` with their cost, and their sum."""

    hid: str
    patient: dict[str, Any]
    lines: list[dict[str, Any]]
    cost: dict[str, Any]
    prescription_id: str | None = None


def service_record(
    counter: Counter,
    member: dict[str, Any],
    *,
    hid: str,
    patient: dict[str, Any],
    services: tuple[str, ...],
    step: tuple[str, str],
    prescription_id: str | None = None,
    inpatient: bool = False,
) -> Answer | str:
    """Register delivered services at the public tariff; `step` is its name and clause.

    Returns the answer (a claim), or the name under which the document waits in the spool.
    """
    rows = [
        {
            "itemId": str(number),
            "code": coded_service(code),
            "quantity": 1,
            "unitPrice": public_tariff(code),
        }
        for number, code in enumerate(services, start=1)
    ]
    priced = counter.priced(patient["id"], rows, inpatient=inpatient)
    shares = {str(row["itemId"]): cost_of(row) for row in priced["items"]}
    lines = [{**row, "cost": shares[str(row["itemId"])]} for row in rows]
    served = Served(hid, patient, lines, cost_of(priced), prescription_id)
    return register_service(counter, member, served, step)


def register_service(
    counter: Counter, member: dict[str, Any], served: Served, step: tuple[str, str]
) -> Answer | str:
    """Sign and register what was delivered; returns as `service_record` does."""
    ended = counter.now()
    payload: dict[str, Any] = {
        **counter.head(ended),
        "provider": counter.professional_block(member),
        "hid": served.hid,
        "patient": served.patient,
        "startedAt": counter.instant(ended - VISIT_LASTS),
        "endedAt": counter.instant(ended),
        "services": served.lines,
        "cost": served.cost,
        "payment": counter.payment(),
    }
    if served.prescription_id is not None:
        payload["prescriptionId"] = served.prescription_id
    return _sent(counter, payload, step)


def _sent(counter: Counter, payload: dict[str, Any], step: tuple[str, str]) -> Answer | str:
    document = counter.signed("service-record", payload)
    target = "/purchaser/v1/service-records"
    done = deliver(counter.gateway, counter.spool, method="POST", target=target, document=document)
    if isinstance(done, str):
        counter.console.step(
            *step,
            "درگاه در دسترس نیست؛ ثبت خدمت در صف ماند.",
            "The gateway is away: the service record waits in the spool.",
            waiting=done,
        )
        return done
    counter.console.step(
        *step,
        "خدمت ثبت شد.",
        "The service is registered.",
        claimId=done.text("claimId"),
        **cost_of(payload["cost"]),
    )
    return done


def statement(counter: Counter, step: tuple[str, str] = ("P8", "9-1-8")) -> dict[str, Any]:
    """Fetch the electronic statement of this Jalali month [9-1-8, 9-2-9]."""
    period = jalali_month(counter.now())
    answer = counter.gateway.call("GET", f"/purchaser/v1/statements/{period}")
    shown: dict[str, Any] = answer.json if isinstance(answer.json, dict) else {}
    if not isinstance(shown.get("claims"), list):
        raise Stop(
            *step[:1], "ANSWER_INCOMPLETE", "صورت‌حساب ناقص است.", "the statement has no claims"
        )
    counter.console.step(
        *step,
        f"صورت‌حساب {period}: {len(shown['claims'])} سند",
        f"Statement {period}: {len(shown['claims'])} claims",
        **cost_of(shown),
    )
    return shown


def jalali_month(moment: datetime) -> str:
    """Return the Jalali month of a time as periods are named, for example `1405-09`."""
    return jalali(moment.date(), "%Y-%m")
