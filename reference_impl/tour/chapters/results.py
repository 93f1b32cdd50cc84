"""D8: outcomes as FHIR bundles, and the steps of imaging with an archive of pictures (001)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from reference_impl.clients.archive import PictureArchive
from reference_impl.clients.lis import Request as Sample
from reference_impl.clients.lis import examine
from reference_impl.clients.prescriber import VISITS, prescribe
from reference_impl.clients.ris import Request as Study
from reference_impl.clients.ris import image
from reference_impl.tour import bundles
from reference_impl.tour.acts import expect
from reference_impl.tour.stage import Actor, Stage
from reference_impl.tour.writing import Json, hid, identifier

RESULTS = "/sepas/v1/results"


def tell(stage: Stage) -> None:
    """Tell orders until their results, the way through imaging, and a corrected report."""
    _programs(stage)
    _pathology(stage)
    _laboratory(stage)


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


def _programs(stage: Stage) -> None:
    """Orders on their way through the programs of laboratory and imaging centre."""
    office, scene = stage.at("office-1", "dr01"), stage.narrator.scene
    lab, ris = stage.at("lab-1", "dr02"), stage.at("imaging-1", "dr02")
    scene("دستور آزمایش تا نتیجه (LIS)", "An order until its results, at a laboratory (LIS)")
    receipt = prescribe(office.counter, VISITS["laboratory"])
    done = examine(lab.counter, Sample(receipt["patient"], receipt["shortCode"]), invoice=False)
    expect(len(done["results"]), 2, "results of an order of two tests")
    scene("مسیر تصویربرداری (RIS و پکس)", "The way through imaging, with an archive (RIS, PACS)")
    receipt = prescribe(office.counter, VISITS["imaging"])
    with tempfile.TemporaryDirectory(prefix="pacs-") as folder:
        archive = PictureArchive(Path(folder))
        wanted = Study(receipt["patient"], receipt["shortCode"])
        done = image(ris.counter, wanted, archive, invoice=False)
        expect(archive.is_whole(done["study"]), True, "the archive of pictures")
    scene("پاتولوژی و گزارش اصلاح‌شده", "Pathology, and a corrected report")
