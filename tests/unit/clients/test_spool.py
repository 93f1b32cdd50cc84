"""Documents wait on disk while the gateway is away, and are sent exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reference_impl.clients.channel import Answer, Refused, Unreachable
from reference_impl.clients.spool import Spool, SpoolDamaged, deliver


@dataclass
class Line:
    """A gateway that answers as planned, and remembers what it was sent."""

    plan: list[Any]
    sent: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, target: str, **what: Any) -> Answer:
        self.sent.append({"method": method, "target": target, **what})
        outcome = self.plan.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Answer(outcome, {}, {"prescriptionId": str(len(self.sent))})


def put(line: Line, spool: Spool | None, text: str = "{}") -> Answer | str:
    return deliver(
        line, spool, method="POST", target="/purchaser/v1/prescriptions", document=text.encode()  # type: ignore[arg-type]
    )  # fmt: skip


def test_with_a_line_nothing_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    answer = put(Line([201]), spool)
    assert isinstance(answer, Answer)
    assert list(spool.waiting()) == []


@pytest.mark.parametrize("lost", [Unreachable("gone"), Refused(503, {"code": "X"})])
def test_without_a_line_the_document_waits_and_keeps_its_key(
    tmp_path: Path, lost: Exception
) -> None:
    away, spool = Line([lost]), Spool(tmp_path)
    name = put(away, spool, '{"payload":"a"}')
    assert isinstance(name, str)
    back = Line([201])
    (delivery,) = Spool(tmp_path).forward(back)  # type: ignore[arg-type]
    assert delivery.name == name
    assert back.sent[0]["key"] == away.sent[0]["key"]
    assert back.sent[0]["document"] == b'{"payload":"a"}'
    assert list(spool.waiting()) == []
    assert [p.stem for p in (tmp_path / "sent").iterdir()] == [name]


def test_documents_go_out_in_the_order_they_came(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    names = [put(Line([Unreachable("gone")]), spool, f'{{"n":{n}}}') for n in range(12)]
    back = Line([201] * 12)
    assert [one.name for one in spool.forward(back)] == names  # type: ignore[arg-type]
    assert [row["document"] for row in back.sent] == [f'{{"n":{n}}}'.encode() for n in range(12)]


def test_a_line_that_breaks_again_keeps_the_rest(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for _ in range(3):
        put(Line([Unreachable("gone")]), spool)
    with pytest.raises(Unreachable):
        list(spool.forward(Line([201, Unreachable("gone")])))  # type: ignore[arg-type]
    assert len(list(spool.waiting())) == 2


def test_a_refused_document_is_set_aside_with_its_reason_and_does_not_block(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path)
    for _ in range(2):
        put(Line([Unreachable("gone")]), spool)
    line = Line([Refused(422, {"code": "HID_INVALID"}), 201])
    first, second = spool.forward(line)  # type: ignore[arg-type]
    assert first.refusal is not None
    assert first.refusal.code == "HID_INVALID"
    assert second.answer is not None
    (aside,) = (tmp_path / "refused").iterdir()
    assert "HID_INVALID" in aside.read_text("utf-8")


def test_a_refusal_at_once_does_not_wait(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(Refused):
        put(Line([Refused(422, {"code": "HID_INVALID"})]), spool)
    assert list(spool.waiting()) == []


def test_without_a_spool_the_loss_is_told() -> None:
    with pytest.raises(Unreachable):
        put(Line([Unreachable("gone")]), None)


def test_a_half_written_file_is_not_a_parcel_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    (tmp_path / "waiting" / "00000001-aa.part").write_text("{", "utf-8")
    assert list(spool.waiting()) == []
    (tmp_path / "waiting" / "00000002-bb.json").write_text("{", "utf-8")
    with pytest.raises(SpoolDamaged, match="00000002-bb"):
        list(spool.waiting())
