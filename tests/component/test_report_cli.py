from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.cli.main import main
from lab.cli.report import SHOWN, collect_exchanges, view_of, write_report
from lab.evidence.reader import open_evidence
from lab.evidence.store import EvidenceStore
from lab.kit.documents import encode_base64url
from lab.model.exchange import Header
from tests.support.laboratory import write_campaign
from tests.support.results import failing


def _with_exchanges(place: Path) -> None:
    """Write the failing campaign with its exchanges into the evidence."""
    result, views = failing()
    payload = encode_base64url('{"note":"نسخه"}'.encode())
    header = encode_base64url(b"{}")
    signed = json.dumps({"payload": payload, "protected": header, "signature": "AA"}).encode()
    place.mkdir()
    with EvidenceStore(place / "evidence.sqlite") as store:
        for view in views.values():
            request = view.exchange.request.model_copy(
                update={
                    "body": store.body(signed),
                    "headers": (Header(name="Content-Type", value="application/jose+json"),),
                }
            )
            change: dict[str, object] = {"request": request}
            if view.exchange.response is not None:
                response = view.exchange.response
                body = store.body(b"\xff\xfe" if view.exchange.ordinal == 1 else b"x" * 300_000)
                change["response"] = response.model_copy(update={"body": body})
            store.exchange(view.exchange.model_copy(update=change))
    write_campaign(place, result)


def test_bodies_become_bounded_text(tmp_path: Path) -> None:
    _with_exchanges(tmp_path / "c")
    reader = open_evidence(tmp_path / "c")
    views = collect_exchanges(reader, failing()[0])
    assert set(views) == set(failing()[1])
    first = views["EV-000001"]
    assert first.document == '{"note":"نسخه"}'
    assert "not UTF-8" in first.response_text
    assert "ff fe" in first.response_text
    second = views["EV-000002"]
    assert second.truncated
    assert len(second.response_text) < SHOWN + 100
    assert view_of(reader, first.exchange) == first
    reader.close()


def test_report_writes_beside_the_campaign_and_prints_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_exchanges(tmp_path / "c")
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path / "c"), "-f", "html,junit,csv"])
    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert said.out.startswith("NOT CONFORMING")
    for name in ("report.html", "junit.xml", "matrix.csv"):
        assert (tmp_path / "c" / "report" / name).exists()
        assert name in said.out
    html = (tmp_path / "c" / "report" / "report.html").read_text("utf-8")
    assert 'id="EV-000003"' in html
    assert "نسخه" in html


def test_an_unfinished_campaign_and_an_unknown_format_are_usage_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_exchanges(tmp_path / "c")
    for words in (["-f", "pdf"], ["-f", " , "]):
        with pytest.raises(SystemExit) as ended:
            main(["report", str(tmp_path / "c"), *words])
        assert ended.value.code == 2
    (tmp_path / "c" / "result.json").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["report", str(tmp_path / "c")])
    assert ended.value.code == 2
    assert "mafalab resume" in capsys.readouterr().err


def test_write_report_returns_result_and_paths(tmp_path: Path) -> None:
    _with_exchanges(tmp_path / "c")
    result, paths = write_report(tmp_path / "c", out_directory=tmp_path / "r")
    assert result.campaign.id == "CMP-0042"
    assert paths == {"html": tmp_path / "r/report.html", "junit": tmp_path / "r/junit.xml"}
