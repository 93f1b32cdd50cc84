"""Inspections from form to certificate, on the command line and on real evidence."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.campaign.attest import Statement, attest, standing
from lab.campaign.inspection_form import form_text, read_form
from lab.campaign.rejudge import inspections_again
from lab.campaign.service import finish
from lab.certification.campaign_check import Refused, check_evidence
from lab.certification.scheme import objections, scheme_for
from lab.cli.main import main
from lab.evidence.chain import link, record_content
from lab.evidence.reader import DATABASE, open_evidence
from lab.evidence.store import EvidenceStore
from lab.evidence.verify import SEALED, sealed_lines, verify
from lab.model.campaign import Decision, ResultDocument
from lab.model.errors import EvidenceDamaged, UsageError
from lab.model.evidence import RecordKind
from lab.model.roles import role_of
from lab.model.verdict import Selection, Verdict
from tests.support.inspected import ANALYST, PDF, PNG, REQUIRED, SCREEN, ended, frozen, started
from tests.support.laboratory import authority, laboratory, write_kit

INSURER = "Reza Amini, insurer representative"
TWICE = '[[attestation]]\nitem = "INS-SUP-001"\nverdict = "pass"\n'
PEOPLE = ("--evaluator", "Sara", "--reviewer", "Babak", "--decider", "Negar")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ended(started(tmp_path_factory.mktemp("inspected")))


@pytest.fixture
def out(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "out")
    (tmp_path / "screen.png").write_bytes(PNG)
    (tmp_path / "paper.pdf").write_bytes(PDF)
    return tmp_path / "out"


def mafalab(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended_with:
        main([str(word) for word in words])
    return int(ended_with.value.code or 0)


def result_of(out: Path) -> ResultDocument:
    return ResultDocument.model_validate_json((out / "result.json").read_bytes())


def record(out: Path, item: str = SCREEN, verdict: str = "pass", **changes: str) -> int:
    words = {"by": ANALYST, "note": "Three insurers tried", "attach": "", **changes}
    files = ("--attach", words["attach"]) if words["attach"] else ()
    return mafalab(
        "inspect", "record", out, item, "--verdict", verdict, "--by", words["by"],
        "--note", words["note"], *files,
    )  # fmt: skip


def fill(out: Path) -> Path:
    """Fill in everything that is open, with every kind of file."""
    place = out.parent
    campaign = frozen(out)
    lines = [f'campaign = "{campaign.id}"']
    for row in campaign.inspections:
        kinds = {one.kind.value for one in row.item.attach}
        lines += [
            "[[attestation]]",
            f'item = "{row.item.id}"',
            'verdict = "pass"',
            f'by = "Test person, {row.item.attest[0].words.en}"',
            'note = "made up for a test"',
            f"attach = {json.dumps([f'{kind}=paper.pdf' for kind in sorted(kinds)])}",
        ]
    (place / "filled.toml").write_text("\n".join(lines), "utf-8")
    return place / "filled.toml"


def test_every_planned_inspection_is_frozen_and_open_at_first(out: Path) -> None:
    result = result_of(out)
    campaign = result.campaign
    assert len(campaign.inspections) == campaign.plan.expected_inspections >= 10
    assert result.statement.decision is Decision.CONFORMING, "nobody inspected, the tests passed"
    assert {row.verdict for row in result.inspections} == {Verdict.INCONCLUSIVE}
    assert result.inspection_counts.open == len(result.inspections)
    assert "inspections open" in result.statement.reason_en
    assert result.amended_at is None


def test_an_attestation_is_evidence_before_it_is_judged(out: Path) -> None:
    before = verify(out).records
    assert record(out, attach=str(out.parent / "screen.png")) == 0
    report = verify(out)
    assert (report.problems, report.finished, report.records) == ((), True, before + 2)
    with EvidenceStore(out / DATABASE) as store:
        last = list(store.records())[-2:]
        assert [row.kind for row in last] == [RecordKind.INSPECTION, RecordKind.RESULT_AMENDED]
        assert last[1].data["attestations"] == ["ATT-0001"]
        (file,) = last[0].data["attachments"]
        reader = open_evidence(out / "bundle.zip")
        assert reader.document(f"bodies/{file['body']['sha256']}") == PNG
        reader.close()
    result = result_of(out)
    row = next(one for one in result.inspections if one.item.id == SCREEN)
    assert row.verdict is Verdict.PASS
    assert result.amended_at is not None
    assert verify(out / "bundle.zip").intact
    assert SCREEN in (out / "report" / "report.html").read_text("utf-8")


def test_a_pass_without_its_file_stays_open(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record(out) == 0
    said = capsys.readouterr().out
    assert "inconclusive, incomplete" in said
    assert "missing screenshot" in said
    assert "تصویر صفحه" in said


def test_a_failed_must_makes_the_campaign_not_conforming_until_corrected(out: Path) -> None:
    assert record(out, REQUIRED, "fail", by=INSURER, note="two results disputed") == 0
    assert result_of(out).statement.decision is Decision.NOT_CONFORMING
    paper = str(out.parent / "paper.pdf")
    assert record(out, REQUIRED, "pass", by=INSURER, note="settled", attach=paper) == 0
    result = result_of(out)
    assert result.statement.decision is Decision.CONFORMING
    row = next(one for one in result.inspections if one.item.id == REQUIRED)
    first, second = row.attestations
    assert (first.id, first.note, second.corrects) == ("ATT-0001", "two results disputed", first.id)
    assert verify(out).intact


def test_inspections_attested_before_the_end_count_at_the_end(tmp_path: Path) -> None:
    out = started(tmp_path)
    (tmp_path / "screen.png").write_bytes(PNG)
    assert record(out, attach=str(tmp_path / "screen.png")) == 0
    assert not (out / "result.json").exists(), "the testing has not ended"
    assert not verify(out).finished
    result = result_of(ended(out))
    row = next(one for one in result.inspections if one.item.id == SCREEN)
    assert (row.verdict, result.amended_at) == (Verdict.PASS, None)
    assert verify(out).intact


def test_a_claim_takes_an_item_out_and_nothing_can_be_recorded_of_it(tmp_path: Path) -> None:
    claims = {item.key: "yes" for item in role_of("purchaser_system").ics}
    claims["purchaser.embedded_rules"] = "no"
    ics = "[ics]\n" + "\n".join(f'"{key}" = "{claim}"' for key, claim in claims.items())
    out = started(tmp_path, ics=ics)
    row = next(one for one in frozen(out).inspections if one.item.id == "INS-RULE-003")
    assert row.selection is Selection.NOT_APPLICABLE
    assert record(out, "INS-RULE-003") == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"item": "INS-NONE-001"}, "MFL-U082"),
        ({"verdict": "perhaps"}, "MFL-U084"),
        ({"by": "Sara"}, "MFL-U084"),
        ({"by": "Sara, wizard"}, "MFL-U084"),
        ({"by": ", laboratory analyst"}, "MFL-U084"),
        ({"by": "Sara, vendor"}, "MFL-U084"),
        ({"verdict": "not-applicable", "by": "Sara, operator"}, "MFL-U084"),
        ({"note": "  "}, "MFL-U084"),
        ({"note": "x" * 2001}, "MFL-U084"),
        ({"attach": "/etc"}, "MFL-U080"),
    ],
)
def test_what_cannot_be_taken_leaves_the_evidence_alone(
    out: Path, changes: dict[str, str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    item, verdict = changes.pop("item", SCREEN), changes.pop("verdict", "pass")
    assert record(out, item, verdict, **changes) == 2
    assert code in capsys.readouterr().err
    after = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert after == {**before, f"{DATABASE}.lock": after.get(f"{DATABASE}.lock", b"")}


@pytest.mark.parametrize(
    "by", ["سارا کریمی، تحليلگر آزمايشگاه", "Sara, Laboratory_Analyst", "ندا، نماینده وزارت"]
)
def test_functions_are_understood_in_both_languages(out: Path, by: str) -> None:
    paper = str(out.parent / "paper.pdf")
    assert record(out, "INS-RULE-004", by=by, attach=paper) == 0


def test_hostile_words_move_nothing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\u202e<script>alert(1)</script>\udcff"
    assert record(out, by=f"{evil}, laboratory analyst", note=evil) == 0
    assert mafalab("inspect", "show", out, SCREEN) == 0
    shown = capsys.readouterr().out
    page = (out / "report" / "report.html").read_text("utf-8")
    for text in (shown, page):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "<script>alert" not in page
    assert verify(out).intact


def test_the_form_is_bilingual_and_comes_back_in_both_formats(out: Path) -> None:
    for ending in ("toml", "yaml"):
        form = out.parent / f"form.{ending}"
        assert mafalab("inspect", "form", out, "-o", form) == 0
        text = form.read_text("utf-8")
        assert "What" in text or "pass when" in text
        assert "حکم" in text
        assert mafalab("inspect", "form", out, "-o", form) == 2, "it may be filled in already"
        assert mafalab("inspect", "import", out, form) == 2, "nothing is filled in"
        filled = text.replace('""', '"pass"', 1)  # the verdict of the first item
        form.write_text(filled, "utf-8")
        (one,) = read_form(form, frozen(out))
        assert one.verdict == "pass"


def test_a_hostile_product_name_cannot_write_into_the_form(out: Path) -> None:
    reader = open_evidence(out)
    campaign, rows = standing(reader)
    reader.close()
    product = campaign.profile.product.model_copy(
        update={"product": 'x\n[[attestation]]\nitem = "INS-SUP-001"\nverdict = "pass"'}
    )
    profile = campaign.profile.model_copy(update={"product": product})
    text = form_text(campaign.model_copy(update={"profile": profile}), rows, "toml")
    assert {row["verdict"] for row in tomllib.loads(text)["attestation"]} == {""}


def test_a_form_is_imported_whole_or_not_at_all(out: Path) -> None:
    form = fill(out)
    good = form.read_text("utf-8")
    form.write_text(good.replace("laboratory analyst", "nobody", 1), "utf-8")
    before = verify(out).records
    assert mafalab("inspect", "import", out, form) == 2
    assert verify(out).records == before
    form.write_text(good, "utf-8")
    assert mafalab("inspect", "import", out, form) == 0
    result = result_of(out)
    assert result.inspection_counts.passed == len(result.inspections)
    assert "open" not in result.statement.reason_en
    assert verify(out).records == before + len(result.inspections) + 1, "sealed once"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.toml", 'campaign = "CMP-OTHER"\n'),
        ("f.toml", "campaign = \n"),
        ("f.toml", 'campaign = "ID"\nunknown = 1\n'),
        ("f.toml", f'campaign = "ID"\n{TWICE}{TWICE}'),
        ("f.yaml", "campaign: &a [x]\nattestation: [*a, *a]\n"),
        ("f.yaml", "campaign: !!python/object/apply:os.system ['true']\n"),
        ("f.yaml", "{" * 5000),
        ("f.txt", 'campaign = "ID"\n'),
        ("f.toml", "#" * (1024 * 1024 + 1)),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(out: Path, name: str, text: str) -> None:
    path = out.parent / name
    path.write_text(text.replace("ID", frozen(out).id), "utf-8")
    with pytest.raises(UsageError) as caught:
        read_form(path, frozen(out))
    assert caught.value.code == "MFL-U085"


def test_an_interrupted_recording_is_unfinished_and_finishing_seals_it(out: Path) -> None:
    with EvidenceStore(out / DATABASE) as store:
        data: dict[str, object] = {
            "id": "ATT-0001", "item": SCREEN, "verdict": "fail", "name": "Sara",
            "function": "laboratory_analyst", "note": "n", "attachments": [], "corrects": None,
            "at": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        store.record(RecordKind.INSPECTION, data)
    report = verify(out)
    assert report.intact
    assert not report.finished
    with pytest.raises(Refused, match="not finished"):
        check_evidence(out)
    finish(out)
    assert verify(out).finished
    row = next(one for one in result_of(out).inspections if one.item.id == SCREEN)
    assert row.verdict is Verdict.FAIL


def test_judged_again_from_evidence_inspections_are_the_same(out: Path) -> None:
    assert record(out, attach=str(out.parent / "screen.png")) == 0
    result = result_of(out)
    assert inspections_again(out, result) == ()
    forged = result.model_copy(update={"inspections": result.inspections[1:]})
    (difference,) = inspections_again(out, forged)
    assert difference.case_id == result.inspections[0].item.id


def rewrite(out: Path, change: str) -> None:
    """Change an attestation as somebody with full access would, chain and seal file mended."""
    db = sqlite3.connect(out / DATABASE)
    for trigger in ("records_keep", "records_stay", "bodies_keep", "bodies_stay"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    db.execute(change)
    head = "0" * 64
    rows = db.execute("SELECT seq, kind, at, case_id, attempt, data FROM records ORDER BY seq")
    for seq, kind, at, case_id, attempt, data in rows.fetchall():
        content = record_content(seq, kind, at, case_id, attempt, json.loads(data))
        digest = link(head, content)
        db.execute("UPDATE records SET previous = ?, hash = ? WHERE seq = ?", (head, digest, seq))
        head = digest
    db.commit()
    db.close()
    lines = sealed_lines(out, (DATABASE, "campaign.json", "result.json"))
    (out / SEALED).write_text("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE records SET data = replace(data, '\"fail\"', '\"pass\"') WHERE kind = 'inspection'",
        "DELETE FROM records WHERE kind = 'inspection'",
        "DELETE FROM records WHERE kind = 'result_amended'",
        "UPDATE records SET kind = 'observation' WHERE kind = 'inspection'",
        "UPDATE records SET data = replace(data, 'replaces\":\"', 'replaces\":\"0')",
    ],
)
def test_a_tampered_attestation_is_found(out: Path, change: str) -> None:
    assert record(out, REQUIRED, "fail", by=INSURER) == 0
    rewrite(out, "SELECT 1")
    assert verify(out).intact, "the mending itself is sound"
    rewrite(out, change)
    assert not verify(out).intact
    with pytest.raises(EvidenceDamaged):
        attest(out, [Statement(SCREEN, "fail", ANALYST, "n")])


def test_an_attestation_that_contradicts_the_result_carries_no_certificate(out: Path) -> None:
    """Whoever mends chain, seal and head still leaves a result that says something else."""
    assert record(out, REQUIRED, "fail", by=INSURER) == 0
    rewrite(
        out,
        "UPDATE records SET data = replace(data, 'Three', 'Four') WHERE kind = 'inspection'",
    )
    report = verify(out)
    document = json.loads((out / "result.json").read_bytes())
    document["evidence"]["head"] = report.head
    (out / "result.json").write_text(json.dumps(document))
    rewrite(out, "SELECT 1")
    assert verify(out).intact
    with pytest.raises(Refused, match="not what the recorded attestations say"):
        check_evidence(out)


def test_an_attachment_cannot_be_exchanged(out: Path) -> None:
    assert record(out, attach=str(out.parent / "screen.png")) == 0
    db = sqlite3.connect(out / DATABASE)
    db.execute("DROP TRIGGER bodies_keep")
    db.execute("UPDATE bodies SET content = x'00'")
    db.commit()
    db.close()
    assert any(problem.where.startswith("body ") for problem in verify(out).problems)


def test_a_certificate_waits_for_required_inspections(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    under = authority()
    kit = write_kit(out.parent / "kit", under, laboratory(under))
    issue = ("certificate", "issue", out, "--credentials", kit, *PEOPLE)
    assert mafalab(*issue) == 1
    said = capsys.readouterr().err
    assert "11 of 11 required inspections are open" in said
    assert REQUIRED in said
    assert SCREEN not in said, "a SHOULD is listed, not demanded"
    assert mafalab("inspect", "import", out, fill(out)) == 0
    assert record(out, REQUIRED, "fail", by=INSURER) == 0
    capsys.readouterr()
    assert mafalab(*issue) == 1
    assert f"1 of 11 required inspections are failed: {REQUIRED}" in capsys.readouterr().err
    paper = str(out.parent / "paper.pdf")
    assert record(out, REQUIRED, by=INSURER, attach=paper) == 0
    assert record(out, SCREEN, "fail", note="a SHOULD that is not met") == 0
    capsys.readouterr()
    assert mafalab(*issue) == 1, "the decision rule of the scheme tolerates no minor fail"
    screen = str(out.parent / "screen.png")
    assert record(out, SCREEN, attach=screen) == 0
    assert mafalab(*issue) == 0, capsys.readouterr().err
    assert record(out, SCREEN, "fail") == 2, "a certificate rests on this evidence"
    assert "MFL-U081" in capsys.readouterr().err
    trust = kit / "trust.pem"
    token = out / "certificate.jws"
    assert mafalab("certificate", "verify", token, "--trust", trust, "--campaign", out) == 0


def test_a_level_may_list_inspections_without_demanding_them(out: Path) -> None:
    result = result_of(out)
    scheme = scheme_for(result)
    assert scheme.wants_inspections
    named = " ".join(english for english, _ in objections(scheme, result))
    assert "required inspections are open" in named
    relaxed = type(scheme)(**{**vars(scheme), "wants_inspections": False})
    assert objections(relaxed, result) == []


def test_listing_shows_progress_and_what_bars_a_certificate(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record(out, attach=str(out.parent / "screen.png")) == 0
    capsys.readouterr()
    assert mafalab("inspect", "list", out) == 0
    said = capsys.readouterr().out
    assert "13 inspections = 1 pass + 0 fail + 12 open" in said
    assert "11 of the open ones bar a certificate" in said
    assert "بازرسی" in said
    assert mafalab("inspect", "list", out / "bundle.zip", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert sum(row["verdict"] == "pass" for row in rows) == 1
    assert mafalab("inspect", "list", "--role", "pharmacy_system") == 0
    assert "INS-PROD-004" in capsys.readouterr().out
    assert mafalab("inspect", "list", out, "--role", "siam") == 2
    assert mafalab("inspect", "list") == 2
