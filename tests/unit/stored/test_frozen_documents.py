"""Documents that were stored stay readable: frozen examples of each format, and refusals."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.campaign import resume
from lab.campaign.freeze import suite_hash
from lab.certification.assurance import STATEMENT, opened
from lab.certification.jose import open_token
from lab.certification.status import STATUS_ENTRY, load_status
from lab.certification.trust import load_anchors
from lab.certification.verify import Finding, read_token, verify_certificate
from lab.cli.report import write_report
from lab.cli.showing import show_item
from lab.evidence.reader import open_evidence
from lab.evidence.verify import verify
from lab.model import stored
from lab.model.certificate import CertificateState
from lab.model.errors import UsageError
from lab.model.evidence import RecordKind
from reports.document import parse_result
from tests.support.frozen_documents import shapes

FROZEN = Path(__file__).parents[2] / "frozen"
FORMATS = sorted(FROZEN.glob("format-*"))
WHAT_TO_DO = "tests/frozen/README.md says what to do"
DOCUMENTS: tuple[stored.Stored[Any], ...] = (
    stored.CAMPAIGN, stored.RESULT, stored.CERTIFICATE, stored.EVIDENCE, STATUS_ENTRY, STATEMENT,
)  # fmt: skip

every_format = pytest.mark.parametrize("place", FORMATS, ids=lambda path: path.name)


def test_a_stored_document_was_not_changed_without_a_new_format() -> None:
    before = (FROZEN / "shapes.txt").read_text("utf-8").splitlines()
    now = shapes().splitlines()
    gone, new = sorted({*before} - {*now}), sorted({*now} - {*before})
    assert (gone, new) == ([], []), f"stored documents changed: {WHAT_TO_DO}"


def test_the_highest_format_has_an_example_and_states_itself() -> None:
    highest = max(one.format for one in DOCUMENTS)
    names = [path.name for path in FORMATS]
    assert names == [f"format-{number + 1}" for number in range(highest)], WHAT_TO_DO
    for document in DOCUMENTS:
        field = document.model.model_fields.get("format")
        assert field is None or field.default == document.format, f"{document.name}: {WHAT_TO_DO}"


@every_format
def test_campaign_and_result_are_read(place: Path) -> None:
    campaign = stored.CAMPAIGN.read((place / "campaign.json").read_bytes(), "campaign.json")
    result = parse_result((place / "result.json").read_text("utf-8"), where="result.json")
    assert result.campaign == campaign, WHAT_TO_DO
    assert {campaign.format, result.format} == {2}
    assert result.counts.planned == len(result.cases) > 0


@every_format
def test_evidence_and_bundle_are_intact_and_read(place: Path) -> None:
    for path in (place, place / "bundle.zip"):
        report = verify(path)
        assert report.problems == ()
        assert report.finished
        reader = open_evidence(path)
        try:
            kinds = [record.kind for record in reader.records()]
            seen = [
                one
                for record in reader.records()
                if record.kind is RecordKind.CASE_FINISHED
                for one in reader.exchanges_of(str(record.case_id), 1)
            ]
        finally:
            reader.close()
        assert kinds[0] is RecordKind.CAMPAIGN_STARTED
        assert kinds[-1] is RecordKind.CAMPAIGN_FINISHED
        assert len(seen) == report.exchanges > 0
        assert {one.operation for one in seen} == {"price"}


@every_format
def test_certificate_status_list_and_campaign_belong_together(place: Path) -> None:
    anchors = load_anchors(place / "trust.pem")
    status = load_status(place / "status.jwsl", anchors)
    token = read_token(place / "certificate.jws")
    issued = status.entries[0].at
    outcomes = {
        hours: verify_certificate(
            token,
            anchors=anchors,
            at=issued + timedelta(hours=hours, minutes=30),
            status=status,
            campaign=place,
        )
        for hours in (0, 1, 2)
    }
    assert [one.finding for one in outcomes.values()] == [
        Finding.VALID, Finding.SUSPENDED, Finding.VALID,
    ], WHAT_TO_DO  # fmt: skip
    certificate = outcomes[0].certificate
    assert certificate is not None
    assert status.state(certificate.id, issued) is CertificateState.VALID


@every_format
def test_the_assurance_statement_is_read(place: Path) -> None:
    payload = opened(place / "assurance.jws", load_anchors(place / "trust.pem"))
    assert payload["format"] == STATEMENT.format
    assert payload["roles"][0]["role"] == "purchaser_system"


@every_format
def test_report_and_show_work_on_it(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result, paths = write_report(place, out_directory=tmp_path)
    assert result.cases[0].case.id in paths["html"].read_text("utf-8")
    show_item(place, result.cases[0].case.id, as_json=False)
    show_item(place, "EV-000001", as_json=False)
    assert "POST https://127.0.0.1:8443" in capsys.readouterr().out


def test_what_was_called_exclusive_is_alone_now() -> None:
    document = json.loads((FROZEN / "format-1" / "campaign.json").read_bytes())
    document["planned"][0]["case"]["exclusive"] = True
    campaign = stored.CAMPAIGN.of(document, "campaign.json")
    assert [row.case.alone for row in campaign.planned[:2]] == [True, False]
    assert document["planned"][0]["case"]["exclusive"] is True  # what was given stays as it is


def test_a_sealed_result_of_an_earlier_format_is_never_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(FROZEN / "format-1", copy)
    then = json.loads((copy / "campaign.json").read_bytes())["suite_hash"]
    assert then != suite_hash()
    monkeypatch.setattr("lab.campaign.service.suite_hash", lambda: then)
    with pytest.raises(UsageError) as caught:
        resume(copy, lambda _event: None)
    assert caught.value.code == "MFL-U082"
    assert (copy / "result.json").read_bytes() == (FROZEN / "format-1" / "result.json").read_bytes()


@pytest.mark.parametrize("document", DOCUMENTS[:3], ids=lambda one: str(one.name))
def test_a_later_format_is_refused_with_the_release_that_reads_it(
    document: stored.Stored[Any],
) -> None:
    with pytest.raises(UsageError) as caught:
        document.of({"format": document.format + 1, "suite_version": "9.9"}, "there")
    assert caught.value.code == stored.NEWER
    assert f"reads up to {document.format}" in caught.value.sentence
    assert "mafa-lab 9.9" in caught.value.fix


def test_evidence_of_a_later_format_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(FROZEN / "format-2", copy)
    db = sqlite3.connect(copy / "evidence.sqlite")
    db.execute("DROP TRIGGER records_keep")
    (text,) = db.execute("SELECT data FROM records WHERE seq = 1").fetchone()
    data = json.dumps({**json.loads(text), "format": stored.EVIDENCE.format + 1})
    db.execute("UPDATE records SET data = ? WHERE seq = 1", (data,))
    db.commit()
    db.close()
    reader = open_evidence(copy)
    try:
        with pytest.raises(UsageError, match="evidence is of format"):
            list(reader.records())
    finally:
        reader.close()
    assert not verify(copy).intact  # the chain binds the format


BROKEN: dict[str, Callable[[dict[str, Any]], object]] = {
    "a format that is no number": lambda document: document.update(format="2"),
    "format 0": lambda document: document.update(format=0),
    "a lost member": lambda document: document.pop("seed"),
    "cases that are no list": lambda document: document.update(planned=3),
    "a strange member": lambda document: document.update(strange=1),
}


@every_format
@pytest.mark.parametrize("how", BROKEN)
def test_what_is_no_campaign_is_refused_with_its_place(place: Path, how: str) -> None:
    document = json.loads((place / "campaign.json").read_bytes())
    BROKEN[how](document)
    with pytest.raises(UsageError) as caught:
        stored.CAMPAIGN.of(document, "there/campaign.json")
    assert (caught.value.code, caught.value.where) == ("MFL-D002", "there/campaign.json")


def test_no_step_changes_what_was_signed() -> None:
    place = FROZEN / "format-1"
    token = read_token(place / "certificate.jws")
    payload = open_token(token, "mafa-certificate+jwt", load_anchors(place / "trust.pem")).payload
    before = json.dumps(payload)
    certificate = stored.CERTIFICATE.of(payload, "certificate.jws")
    assert json.dumps(payload) == before
    assert certificate.issued_at == datetime.fromisoformat(str(payload["issued_at"]))
