"""D8: outcomes as FHIR bundles, and the steps of imaging with an archive of pictures (001)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from reference_impl.tour import bundles
from reference_impl.tour.acts import expect, service, visit_line
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, coded, hid, identifier, patient

RESULTS = "/sepas/v1/results"


@dataclass
class Archive:
    """Stub of a PACS: keeps studies and gives them back; pictures are synthetic bytes."""

    studies: dict[str, tuple[Json, bytes]] = field(default_factory=dict)

    def take(self, stage: Stage, pictures: int) -> Json:
        """Archive the pictures of a study; return what the report refers to."""
        content = hashlib.sha256(f"synthetic study of {pictures}".encode()).digest() * pictures
        number = hashlib.sha256(content).hexdigest()[:16]
        study: Json = {
            "id": f"study-{number}", "started": stage.instant(minutes=-10), "instances": pictures,
        }  # fmt: skip
        self.studies[study["id"]] = (study, content)
        return study


def tell(stage: Stage) -> None:
    """Tell results of a laboratory, of pathology, and the way through imaging."""
    _laboratory(stage)
    _pathology(stage)
    _imaging(stage)


def _sent(actor: Actor, kind: str, who: Json, visit: str, bundle: Json) -> Json:
    body = {"person": who, "hid": visit, "bundle": bundle}
    taken = actor.ask(f"{RESULTS}/{kind}", body)
    expect(taken["kind"], f"{kind}_result", "a result in the record")
    return taken


def _laboratory(stage: Stage) -> None:
    office, lab = stage.at("office-1", "dr01"), stage.at("lab-1", "ph02")
    who = identifier(stage, "P32")
    visit = hid(office, who, "1")
    bundle = bundles.laboratory(stage, who)
    taken = _sent(lab, "laboratory", who, visit, bundle)
    expect(_sent(lab, "laboratory", who, visit, bundle)["recordId"], taken["recordId"], "a repeat")
    lab.tell(
        "D8", "9-2-8", "قند ناشتا به صورت بستهٔ FHIR ثبت شد؛ تکرار همان است.",
        "A fasting glucose as FHIR DiagnosticReport with Observation; sent twice, kept once.",
    )  # fmt: skip
    report = bundle["entry"][0]["resource"]
    report |= {"status": "corrected", "issued": stage.instant()}
    bundle["entry"][1]["resource"]["valueQuantity"]["value"] = 112
    corrected = _sent(lab, "laboratory", who, visit, bundle)
    expect(corrected["version"], 2, "a corrected report")
    lab.tell(
        "D8", "9-2-8", "گزارش اصلاح شد؛ نسخهٔ دوم جای آن را گرفت.",
        "The report is corrected: version two takes its place.",
    )  # fmt: skip


def _pathology(stage: Stage) -> None:
    office, lab = stage.at("office-1", "dr01"), stage.at("lab-1", "ph02")
    who = identifier(stage, "P31")
    _sent(lab, "pathology", who, hid(office, who, "1"), bundles.pathology(stage, who))
    lab.tell("D8", "9-2-8", "پاسخ پاتولوژی در پرونده نشست.", "A pathology report is in the record.")


def _imaging(stage: Stage) -> None:
    """001: request, appointment, admission, preparation, imaging, report, archive."""
    office, ris = stage.at("office-1", "dr01"), stage.at("imaging-1", "dr02")
    person = patient(stage, "P22")
    who = person["id"]
    visit = hid(office, who, "2")
    ris.tell("1", "001", "درخواست در سامانه دیده شد.", "The request is seen in the system.")
    booked = ris.ask(
        "/citizen/v1/appointments",
        {
            "person": who, "phone": person["phone"], "centre": ris.siam_id,
            "service": coded("service", "992002"), "slot": stage.instant(days=1, seconds=7),
            "channel": "web",
        },
    )  # fmt: skip
    expect(booked["state"], "booked", "an appointment for imaging")
    ris.tell("2", "001", "نوبت تصویربرداری داده شد.", "An appointment is given.")
    told = ris.ask("/eligibility/v1/hids/verification", {"hid": visit, "patient": who})
    expect(told["valid"], True, "the HID at the imaging centre")
    ris.tell("3", "001", "پذیرش با شباد.", "Admitted with the HID.")
    ris.tell("4", "001", "شرایط توضیح داده شد.", "Conditions and preparation are explained.")
    archive = Archive()
    study = archive.take(stage, 24)
    ris.tell("5", "001", "تصویربرداری انجام شد.", f"{study['instances']} pictures are taken.")
    _sent(ris, "imaging", who, visit, bundles.imaging(stage, who, study))
    ris.tell("6", "001", "گزارش و نشانی تصاویر تحویل شد.", "Report and study are delivered.")
    kept, content = archive.studies[study["id"]]
    expect((kept["instances"], bool(content)), (24, True), "the archive of pictures")
    ris.tell(
        "7", "001", "تصاویر در بایگانی (پکس) ماند.", "The pictures stay in the archive (PACS)."
    )
    claim = service(office, person, visit, [visit_line("992101", 500_000)])
    office.tell(
        "P7", "9-1-7", "ویزیت همان شباد ثبت شد.", "The visit of the same HID is registered.",
        claimId=claim["claimId"],
    )  # fmt: skip
