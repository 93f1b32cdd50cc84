"""The imaging centre's program (RIS), with its archive: the steps of document 001.

Request seen, appointment, admission, conditions explained, imaging, image and report delivered,
archived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reference_impl.clients import delivery, results
from reference_impl.clients.archive import PictureArchive
from reference_impl.clients.channel import Answer, Refused
from reference_impl.clients.counter import Counter, Stop
from reference_impl.clients.delivery import Basket
from reference_impl.clients.results import IMAGING, Study
from reference_impl.clients.visit import coded_service, statement

KINDS = frozenset({"imaging"})
FIRST_FREE = timedelta(hours=2)
IMAGES = {"CT": 120, "MR": 180, "PT": 240}
WITHOUT_METAL = ("اشیای فلزی و زیورآلات را بیرون بیاورید.", "Take off metal and jewellery.")
CONDITIONS: dict[str, tuple[str, str]] = {
    "MR": (
        "ایمپلنت فلزی یا ضربان‌ساز را پیش از ورود بگویید.",
        "Tell about metal implants or a pacemaker before you enter.",
    ),
    "US": ("شش ساعت ناشتا باشید.", "Do not eat for six hours."),
    "CT": (
        "بارداری، آلرژی به مادهٔ حاجب و کارکرد کلیه را بگویید.",
        "Tell about pregnancy, allergy to contrast and the function of the kidneys.",
    ),
}


@dataclass(frozen=True)
class Request:
    """What the patient brings, when the appointment shall be, and what the reader concludes."""

    patient: dict[str, Any]
    short_code: str
    phone: str = ""
    slot: datetime | None = None
    conclusion: str = "No acute finding."


def request_from(data: dict[str, Any]) -> Request:
    """Read what the prescriber gave along; `slot` (RFC 3339) and `conclusion` may be added."""
    slot = data.get("slot")
    return Request(
        patient=dict(data["patient"]),
        short_code=str(data["shortCode"]),
        slot=None if slot is None else datetime.fromisoformat(str(slot)),
        conclusion=str(data.get("conclusion", Request.conclusion)),
    )


def image(
    counter: Counter, request: Request, archive: PictureArchive, *, invoice: bool = True
) -> dict[str, Any]:
    """Go through the steps of document 001; return dispense, claim, appointment, study, result.

    Raises Refused, Stop, SealNotTrusted, ArchiveRefuses.
    """
    basket = Basket(request.patient, request.short_code, started=counter.instant())
    counter.admission("D1", "9-2-1", "dispensing")
    basket.member = counter.member("D2", "9-2-2")
    delivery.look(counter, basket)
    _seen(counter, basket)
    booked = None
    if not counter.faults.on("ris.appointment.skipped"):
        booked = book(counter, basket, request)
    delivery.take(counter, basket)
    try:
        study, prepared = _imaged(counter, basket, request, archive)
        confirmed = delivery.confirm(counter, prepared)
    except (Refused, Stop):
        delivery.release(counter, basket)
        raise
    claim = delivery.record(counter, basket)
    record = _reported(counter, basket, request, study)
    if not counter.faults.on("ris.study.not_archived"):
        digest = archive.archive(study.uid)
        counter.console.step(
            "R7", "001", "تصویر بایگانی شد.", "Archived.", study=study.uid, digest=digest
        )
    if invoice:
        statement(counter, ("D9", "9-2-9"))
    return {
        "dispenseId": confirmed["dispenseId"],
        "documentId": basket.document_id,
        "prescriptionId": basket.identifier,
        "claimId": claim.text("claimId") if isinstance(claim, Answer) else None,
        "appointmentId": booked,
        "cost": basket.cost,
        "study": study.uid,
        "results": [record],
    }


def book(counter: Counter, basket: Basket, request: Request) -> str:
    """Book the time of the imaging for the citizen; return the id of the appointment [003]."""
    document = basket.prescription["document"]
    slot = request.slot or counter.now() + FIRST_FREE
    if counter.faults.on("ris.appointment.in_the_past"):
        slot = counter.now() - FIRST_FREE
    body = {
        "person": request.patient,
        "centre": counter.siam_id,
        "service": coded_service(_service(basket)),
        "slot": counter.instant(slot),
        "channel": "web",
        "phone": request.phone or document["patient"]["phone"],
        "waiting": True,
    }
    answer = counter.gateway.call("POST", "/citizen/v1/appointments", body=body)
    counter.console.step(
        "R2",
        "001",
        "نوبت داده شد.",
        "The appointment is made.",
        appointmentId=answer.text("appointmentId"),
        state=answer.text("state"),
    )
    return answer.text("appointmentId")


def _seen(counter: Counter, basket: Basket) -> None:
    counter.console.step(
        "R1",
        "001",
        "درخواست تصویربرداری دیده شد.",
        "The request is seen.",
        prescriptionId=basket.identifier,
    )


def _imaged(
    counter: Counter, basket: Basket, request: Request, archive: PictureArchive
) -> tuple[Study, str]:
    """Admit, explain, image; return the study and the prepared delivery."""
    delivery.validate(counter, basket)
    delivery.choose_services(counter, basket, KINDS)
    counter.console.step("R3", "001", "بیمار پذیرش شد.", "The patient is admitted.")
    modality = str(results.term_of(_service(basket), IMAGING)["modality"])
    fa, en = CONDITIONS.get(modality, WITHOUT_METAL)
    counter.console.step("R4", "001", fa, en, modality=modality)
    delivery.ask_rules(counter, basket)
    delivery.price(counter, basket)
    if counter.faults.on("ris.report.before_imaging"):
        _reported(counter, basket, request, None)
    prepared = delivery.prepare(counter, basket)
    started = counter.instant()
    uid = archive.open_study(modality, basket.identifier)
    count = archive.store(uid, IMAGES.get(modality, 2))
    counter.console.step("R5", "001", "تصویربرداری شد.", "Imaged.", study=uid, images=count)
    return Study(uid, modality, count, started), prepared


def _reported(counter: Counter, basket: Basket, request: Request, study: Study | None) -> str:
    """Send the report with its study to the record [9-2-8]; return the record's id."""
    document = basket.prescription["document"]
    now = counter.now()
    if counter.faults.on("ris.report.dated_ahead"):
        now += timedelta(days=1)
    if study is not None and counter.faults.on("ris.study.wrong_modality"):
        study = replace(study, modality="OT")
    about = results.About(
        subject=results.subject_of(document["patient"]["id"]),
        prescription_id=basket.identifier,
        observed=basket.started if study is None else study.started,
        issued=counter.instant(now),
    )
    bundle = results.imaging(about, _service(basket), study, request.conclusion)
    if counter.faults.on("ris.study.other_patient"):
        other = results.subject_of({"value": counter.world.person("P02").id_value})
        bundle["entry"][-1]["resource"]["subject"] = {"reference": other}
    body = {
        "prescriptionId": basket.identifier,
        "person": document["patient"]["id"],
        "hid": document["hid"],
        "bundle": bundle,
    }
    answer = counter.gateway.call("POST", "/sepas/v1/results/imaging", body=body)
    counter.console.step(
        "R6",
        "9-2-8",
        "تصویر و گزارش تحویل شد.",
        "Image and report are delivered.",
        recordId=answer.text("recordId"),
    )
    return answer.text("recordId")


def _service(basket: Basket) -> str:
    """Return the code of the ordered study; an imaging order is imaged one study at a time."""
    return str(basket.prescription["document"]["items"][0]["code"]["code"])
