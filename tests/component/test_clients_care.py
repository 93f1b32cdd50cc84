"""Laboratory, imaging centre, hospital: their whole ways through the exchange, by function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from lab.cli.children import Exchange
from reference_impl.clients import his, lis, ris
from reference_impl.clients.archive import ArchiveRefuses, PictureArchive
from reference_impl.clients.cli import main
from reference_impl.clients.counter import Stop
from reference_impl.clients.pharmacy import ask_prescriber, dispense, order_from
from reference_impl.clients.prescriber import VISITS, Wish, answer_question, prescribe
from reference_impl.clients.visit import statement
from tests.component.care_desk import Desk, desk, ordered, refusal, served


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    yield from served(tmp_path_factory.mktemp("exchange"))


def claims(at: Desk) -> set[str]:
    return {row["claimId"] for row in statement(at.counter, ("D9", "9-2-9"))["claims"]}


def bundles(at: Desk) -> list[Any]:
    return [one.body["bundle"] for one in at.calls("POST", "/sepas/v1/results/")]


def test_a_laboratory_delivers_claims_and_reports(running: Exchange) -> None:
    order, at = ordered(running, "laboratory"), desk(running, "lis")
    done = lis.examine(at.counter, lis.request_from({**order, "values": {"1558-6": 101}}))
    assert len(done["results"]) == 2  # two tests, one of them a panel
    assert done["cost"]["total"] == 120_000 + 450_000
    assert done["claimId"] in claims(at)
    glucose, panel = bundles(at)
    assert [b["resourceType"] for b in (glucose, panel)] == ["Bundle", "Bundle"]
    assert glucose["entry"][1]["resource"]["valueQuantity"]["value"] == 101
    assert len(panel["entry"]) == 4
    for bundle in (glucose, panel):
        Bundle.model_validate(bundle)


def test_pathology_goes_through_the_laboratory(running: Exchange) -> None:
    order, at = ordered(running, "laboratory"), desk(running, "lis")
    request = lis.request_from({**order, "pathology": "chronic gastritis"})
    done = lis.examine(at.counter, request, invoice=False)
    assert len(done["results"]) == 1
    (sent,) = at.calls("POST", "/sepas/v1/results/pathology")
    assert sent.status == 201
    Bundle.model_validate(sent.body["bundle"])


def test_an_order_of_another_kind_is_not_the_laboratorys(running: Exchange) -> None:
    order, at = ordered(running, "imaging"), desk(running, "lis")
    assert refusal(lambda: lis.examine(at.counter, lis.request_from(order))) == "ORDER_CENTRE_UNFIT"
    assert at.calls("POST", "/dispenses") == []
    hospital = desk(running, "lis", "--centre", "hospital-1")
    with pytest.raises(Stop, match="ORDER_KIND_MISMATCH"):
        lis.examine(hospital.counter, lis.request_from(order))
    assert hospital.traffic[-1].method == "DELETE", "the lease was not given back"


def test_an_imaging_centre_goes_through_all_steps(running: Exchange, tmp_path: Path) -> None:
    order, at = ordered(running, "imaging"), desk(running, "ris")
    archive = PictureArchive(tmp_path / "pacs")
    done = ris.image(at.counter, ris.request_from(order), archive)
    assert archive.is_whole(done["study"])
    assert done["claimId"] in claims(at)
    steps = ("/query", "/appointments", "/lease", "/unified-evaluations", "/dispenses")
    places = [at.place("POST", part) for part in (*steps, "/confirmation", "/results/imaging")]
    assert places == sorted(places)
    (bundle,) = bundles(at)
    Bundle.model_validate(bundle)
    assert bundle["entry"][1]["resource"]["numberOfInstances"] == 2


def test_an_archived_study_is_closed_and_notices_a_change(tmp_path: Path) -> None:
    archive = PictureArchive(tmp_path)
    uid = archive.open_study("CT", "order")
    with pytest.raises(ArchiveRefuses, match="no images"):
        archive.archive(uid)
    assert archive.store(uid, 3) == 3
    assert not archive.is_whole(uid)
    archive.archive(uid)
    with pytest.raises(ArchiveRefuses, match="archived"):
        archive.store(uid, 1)
    with pytest.raises(ArchiveRefuses, match="no study"):
        archive.store("2.25.1", 1)
    assert archive.is_whole(uid)
    (tmp_path / uid / "00001.img").write_bytes(b"other")
    assert not archive.is_whole(uid)


def test_a_stay_is_followed_and_claimed_from_both_payers(running: Exchange) -> None:
    at = desk(running, "his")
    done = his.stay(at.counter, his.STAY_PLANS["stay"])
    base, second = done["base"], done["second"]
    left = base["accepted"]["patientShare"]
    assert base["accepted"]["total"] == base["accepted"]["insurerShare"] + left
    assert left * 10 == base["accepted"]["total"], "inpatient share is ten per cent"
    assert second["complementaryShare"] == 300_000  # the ceiling of the letter
    assert second["complementaryShare"] + second["patientShare"] == left
    kinds = [one.body["kind"] for one in at.calls("POST", "/purchaser/v1/stays")]
    assert kinds == [
        "admitted", "transferred", "service", "service", "protocol_deviation", "discharged"
    ]  # fmt: skip
    assert done["claimId"] in claims(at)


def test_a_stay_without_second_payer_ends_with_the_base_claim(running: Exchange) -> None:
    at = desk(running, "his")
    done = his.stay(at.counter, his.STAY_PLANS["base-only"], invoice=False)
    assert (done["guaranteeId"], done["second"]) == (None, None)
    assert at.calls("POST", "/complementary/") == []


def test_a_pharmacy_claims_what_it_gave_and_not_what_came_back(running: Exchange) -> None:
    at = desk(running, "pharmacy")
    given = dispense(at.counter, order_from(ordered(running, "routine")))
    record = at.calls("POST", "/service-records")[-1]
    assert record.body["prescriptionId"] == given["prescriptionId"]
    assert given["claimId"] in claims(at)
    known = claims(at)
    back = {**ordered(running, "routine"), "takeBack": "RETURNED_UNOPENED"}
    assert dispense(at.counter, order_from(back))["state"] == "VOIDED"
    assert claims(at) == known


def test_packs_whose_label_the_rules_ask_for_are_named(running: Exchange) -> None:
    wish = Wish("P02", ({"code": "99005", "quantity": 1},), override="PATIENT_INFORMED")
    order = prescribe(desk(running, "prescriber").counter, wish)
    at = desk(running, "pharmacy")
    given = dispense(at.counter, order_from(order))
    assert given["state"] == "CONFIRMED"
    (asked,) = at.calls("POST", "/unified-evaluations")
    named = asked.body["items"][0]["product"]
    assert at.calls("POST", "/dispenses")[0].body["items"][0]["product"]["code"] == named


def test_a_reason_is_told_to_the_rules_and_written_into_the_prescription(running: Exchange) -> None:
    at = desk(running, "prescriber")
    prescribe(at.counter, VISITS["warning"])
    first, again = at.calls("POST", "/unified-evaluations")
    assert ["overrides" in one.body["items"][0] for one in (first, again)] == [False, True]
    (sent,) = at.calls("POST", "/purchaser/v1/prescriptions")
    assert sent.body["items"][0]["overrides"] == again.body["items"][0]["overrides"]


def test_a_question_is_asked_answered_and_read(running: Exchange) -> None:
    order = ordered(running, "routine")
    at = desk(running, "pharmacy")
    asked = ask_prescriber(at.counter, order_from(order), "morning or evening?")
    office = desk(running, "prescriber")
    answered = answer_question(office.counter, asked["questionId"], "in the morning")
    assert (answered["state"], answered["answer"]) == ("answered", "in the morning")
    target = f"/purchaser/v1/prescriptions/{order['prescriptionId']}"
    shown = office.counter.gateway.call("GET", target).json
    assert [one["answer"] for one in shown["questions"]] == ["in the morning"]
    assert dispense(at.counter, order_from(order))["state"] == "CONFIRMED"
    other = lambda: answer_question(office.counter, asked["questionId"], "later")  # noqa: E731 - one use
    assert refusal(other) == "PRESCRIPTION_STATE_CONFLICT"


@pytest.mark.parametrize("signer", ["local", "card", "mobile"])
def test_every_pen_signs_for_prescriber_and_pharmacy(
    running: Exchange, tmp_path: Path, signer: str
) -> None:
    common = ["--gateway", running.gateway, "--credentials", str(running.credentials)]
    taken, given = tmp_path / "rx.json", tmp_path / "given.json"
    pen = ["--signer", signer]
    assert main(["prescriber", *common, *pen, "--out", str(taken)]) == 0
    more = ["--prescription", str(taken), "--out", str(given), "--statement"]
    assert main(["pharmacy", *common, *pen, *more]) == 0
    assert json.loads(given.read_text("utf-8"))["claimId"]


@pytest.mark.parametrize(
    ("pen", "code"),
    [
        (["--signer", "card", "--pin", "0000"], "SIGNER_UNAVAILABLE"),
        (["--signer", "mobile", "--declines"], "SIGNATURE_REQUEST_DECLINED"),
    ],
)
def test_without_a_signature_nothing_is_registered(
    running: Exchange, capsys: pytest.CaptureFixture[str], pen: list[str], code: str
) -> None:
    common = ["--gateway", running.gateway, "--credentials", str(running.credentials), "--json"]
    assert main(["prescriber", *common, *pen]) == 1
    steps = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert steps[-1]["stopped"] == code
    assert "P5" not in [row.get("step") for row in steps]


def test_the_programs_run_by_command(
    running: Exchange, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--gateway", running.gateway, "--credentials", str(running.credentials)]
    tests, images = tmp_path / "tests.json", tmp_path / "images.json"
    for visit, path in (("laboratory", tests), ("imaging", images)):
        assert main(["prescriber", *common, "--scenario", visit, "--out", str(path)]) == 0
    assert main(["lis", *common, "--prescription", str(tests), "--statement"]) == 0
    pacs = ["--pacs", str(tmp_path / "pacs")]
    assert main(["ris", *common, "--prescription", str(images), *pacs, "--statement"]) == 0
    assert main(["his", *common, "--statement"]) == 0
    assert main(["his", *common, "--scenario", "unheard-of"]) == 2
    assert main(["lis", *common]) == 2
    assert main(["prescriber", "answer", *common]) == 2
    assert "Traceback" not in capsys.readouterr().err
