"""Whatever is changed, missing, reordered or added is found, and the place is named."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.evidence.chain import canonical
from lab.evidence.export import write_bundle
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import SEALED, result_digest, sealed_lines, verify
from lab.model.errors import UsageError
from lab.model.evidence import RecordKind
from tests.unit.evidence.test_evidence_store import an_exchange

TABLES = ("records_keep", "records_stay", "bodies_keep", "bodies_stay")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished campaign directory, small but with everything in it."""
    directory = tmp_path_factory.mktemp("campaign")
    campaign = canonical({"id": "CMP-1", "plan": "p"})
    (directory / "campaign.json").write_bytes(campaign)
    with EvidenceStore(directory / "evidence.sqlite") as store:
        store.record(
            RecordKind.CAMPAIGN_STARTED,
            {"campaign_sha256": hashlib.sha256(campaign).hexdigest()},
        )
        for number in range(8):
            store.record(RecordKind.CASE_STARTED, {"now": "t"}, case_id=f"TC-A-{number}", attempt=1)
            body = json.dumps({"n": number, "text": "نسخه " * 40}).encode()
            store.exchange(an_exchange(store, f"TC-A-{number}", 0, body))
            store.record(RecordKind.EXPECTATION, {"held": True}, case_id=f"TC-A-{number}")
            store.record(RecordKind.CASE_FINISHED, {"verdict": "pass"}, case_id=f"TC-A-{number}")
        document = {"decision": "conforming", "finished_at": datetime.now(UTC).isoformat()}
        store.record(RecordKind.CAMPAIGN_FINISHED, {"result_sha256": result_digest(document)})
        evidence = {"head": store.head, "records": store.count, "exchanges": 8}
    (directory / "result.json").write_text(json.dumps({**document, "evidence": evidence}))
    lines = sealed_lines(directory, ("evidence.sqlite", "campaign.json", "result.json"))
    (directory / SEALED).write_text("".join(f"{line}\n" for line in lines))
    write_bundle(directory)
    return directory


@pytest.fixture
def campaign(original: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(original, copy)
    return copy


def test_untouched_campaign_and_bundle_are_intact(campaign: Path) -> None:
    for path in (campaign, campaign / "bundle.zip"):
        report = verify(path)
        assert report.problems == ()
        assert report.finished
        assert (report.records, report.exchanges, report.bodies) == (34, 8, 8)


def test_verifying_does_not_touch_the_directory(campaign: Path) -> None:
    before = {path.name: path.read_bytes() for path in campaign.iterdir()}
    verify(campaign)
    assert {path.name: path.read_bytes() for path in campaign.iterdir()} == before


def positions(size: int, count: int) -> list[int]:
    chooser = random.Random(size)  # noqa: S311 - positions, not secrets
    drawn = chooser.sample(range(size), min(count, size))
    return sorted({0, size - 1, *drawn})


@pytest.mark.parametrize("name", ["evidence.sqlite", "campaign.json", "result.json", SEALED])
def test_any_flipped_byte_of_the_directory_is_found(campaign: Path, name: str) -> None:
    path = campaign / name
    content = path.read_bytes()
    for position in positions(len(content), 60):
        changed = bytearray(content)
        changed[position] ^= 0x20
        path.write_bytes(changed)
        report = verify(campaign)
        assert not report.intact, f"byte {position} of {name}"
        assert all(problem.where for problem in report.problems)
    path.write_bytes(content)
    assert verify(campaign).intact


def test_any_flipped_byte_of_the_bundle_is_found(campaign: Path) -> None:
    path = campaign / "bundle.zip"
    content = path.read_bytes()
    for position in positions(len(content), 120):
        changed = bytearray(content)
        changed[position] ^= 0x01
        path.write_bytes(changed)
        assert not verify(path).intact, f"byte {position} of bundle.zip"


def tamper(campaign: Path, *statements: str) -> None:
    """Change rows as somebody with full access would, and make the seal file fit again."""
    db = sqlite3.connect(campaign / "evidence.sqlite")
    for trigger in TABLES:
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()
    lines = sealed_lines(campaign, ("evidence.sqlite", "campaign.json", "result.json"))
    (campaign / SEALED).write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ('UPDATE records SET data = \'{"verdict":"fail"}\' WHERE seq = 9', "record 9"),
        ("UPDATE records SET at = '2020-01-01T00:00:00Z' WHERE seq = 3", "record 3 (exchange EV-"),
        ("UPDATE records SET case_id = 'TC-A-9' WHERE seq = 2", "record 2"),
        ("DELETE FROM records WHERE seq = 12", "record 13"),
        ("DELETE FROM records WHERE seq = 34", "result.json"),
        ("UPDATE bodies SET content = x'00'", "body "),
        ("DELETE FROM bodies", "body "),
        (
            "INSERT INTO bodies (sha256, size, content) VALUES ('ab', 0, x'00')",
            "body ab",
        ),
        (
            (
                "INSERT INTO records (seq, kind, at, data, previous, hash) SELECT 35, 'finding', "
                "at, '{}', hash, 'ff' FROM records WHERE seq = 34"
            ),
            "record 35",
        ),
    ],
)
def test_changed_missing_and_added_rows_are_named(
    campaign: Path, statement: str, place: str
) -> None:
    tamper(campaign, statement)
    report = verify(campaign)
    assert any(problem.where.startswith(place) for problem in report.problems), report.problems


def test_swapped_records_are_named(campaign: Path) -> None:
    tamper(
        campaign,
        "UPDATE records SET seq = -7 WHERE seq = 7",
        "UPDATE records SET seq = 7 WHERE seq = 8",
        "UPDATE records SET seq = 8 WHERE seq = -7",
    )
    places = [problem.where for problem in verify(campaign).problems]
    assert any(place.startswith("record 7") for place in places)
    assert any(place.startswith("record 8") for place in places)


def test_cut_tail_is_found_even_when_everything_else_fits(campaign: Path) -> None:
    tamper(campaign, "DELETE FROM records WHERE seq >= 30")
    report = verify(campaign)
    assert not report.finished
    assert not report.intact


def test_forged_result_is_found(campaign: Path) -> None:
    result = json.loads((campaign / "result.json").read_text())
    result["decision"] = "not_conforming"
    (campaign / "result.json").write_text(json.dumps(result))
    lines = sealed_lines(campaign, ("evidence.sqlite", "campaign.json", "result.json"))
    (campaign / SEALED).write_text("".join(f"{line}\n" for line in lines))
    assert [p.where for p in verify(campaign).problems] == ["result.json"]


def rebuilt(path: Path, change: dict[str, bytes | None]) -> None:
    """Write the archive again with entries replaced, added, or (None) left out."""
    with zipfile.ZipFile(path) as old:
        entries = {info.filename: old.read(info) for info in old.infolist()}
    entries.update({name: content for name, content in change.items() if content is not None})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for name, content in entries.items():
            if name not in change or change[name] is not None:
                new.writestr(name, content)
    path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "extra.txt", "bodies/" + "0" * 64])
def test_strange_entries_of_a_bundle_are_found(campaign: Path, name: str) -> None:
    rebuilt(campaign / "bundle.zip", {name: b"x"})
    report = verify(campaign / "bundle.zip")
    assert any(name.removeprefix("/") in problem.where for problem in report.problems)


def test_missing_entry_of_a_bundle_is_found(campaign: Path) -> None:
    rebuilt(campaign / "bundle.zip", {"campaign.json": None})
    assert any(p.where == "campaign.json" for p in verify(campaign / "bundle.zip").problems)


def test_twice_stored_entry_is_found(campaign: Path) -> None:
    path = campaign / "bundle.zip"
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("campaign.json", b"{}")
    assert any("twice" in problem.what for problem in verify(path).problems)


def test_compressed_entry_is_refused_before_it_is_unpacked(campaign: Path) -> None:
    path = campaign / "bundle.zip"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bodies/" + "1" * 64, b"0" * 5_000_000)
    assert any("not stored plainly" in problem.what for problem in verify(path).problems)


def test_no_zip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"PK nothing")
    assert not verify(path).intact
    with pytest.raises(UsageError, match="neither"):
        verify(tmp_path / "absent")
    with pytest.raises(UsageError, match="holds no"):
        verify(tmp_path)
