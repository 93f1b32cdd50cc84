from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.capture.captured import CapturedLog, read_body, read_exchanges
from lab.model.errors import EvidenceDamaged
from lab.model.exchange import Direction, Exchange, SentRequest


def put(log: CapturedLog, number: int, body: bytes = b"x") -> Exchange:
    exchange = Exchange(
        id=f"EV-{number:06d}", case_id="SCN-X", attempt=1, ordinal=number - 1,
        direction=Direction.OBSERVED, step="s", identity="i", started_at=datetime.now(UTC),
        elapsed_ms=1,
        request=SentRequest(method="GET", url="u", target="/t", headers=(), body=log.body(body)),
    )  # fmt: skip
    log.append(exchange)
    return exchange


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    with CapturedLog(tmp_path) as log:
        written = (put(log, 1, b"one"), put(log, 2, b"two"))
        assert log.count == 2
    assert read_exchanges(tmp_path) == written
    assert read_body(tmp_path, written[1].request.body) == b"two"


def test_a_second_writer_goes_on_counting(tmp_path: Path) -> None:
    with CapturedLog(tmp_path) as log:
        put(log, 1)
    with CapturedLog(tmp_path) as log:
        assert log.count == 1


def test_a_half_last_line_was_never_answered_and_is_left(tmp_path: Path) -> None:
    with CapturedLog(tmp_path) as log:
        put(log, 1)
    path = tmp_path / "exchanges.ndjson"
    path.write_bytes(path.read_bytes() + b'{"id": "EV-0000')
    assert len(read_exchanges(tmp_path)) == 1


def test_a_changed_line_or_body_is_noticed(tmp_path: Path) -> None:
    with CapturedLog(tmp_path) as log:
        exchange = put(log, 1, b"body")
    (tmp_path / "bodies" / exchange.request.body.sha256).write_bytes(b"b0dy")
    with pytest.raises(EvidenceDamaged):
        read_body(tmp_path, exchange.request.body)
    path = tmp_path / "exchanges.ndjson"
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(EvidenceDamaged, match="line 1"):
        read_exchanges(tmp_path)
