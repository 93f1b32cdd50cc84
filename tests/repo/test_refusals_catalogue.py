"""Every code of the error bank has a row in the bad input catalogue, or is a code of clients."""

from __future__ import annotations

from pathlib import Path

from fixtures import load_pack
from tests.component.refusals.catalogue import AREAS, OF_CLIENTS, PROVOKED, ROWS

ROOT = Path(__file__).resolve().parents[2]
BANK = load_pack().errors


def test_every_code_a_service_may_raise_is_provoked() -> None:
    of_services = {code for code, row in BANK.items() if row.get("raisedBy") != "client"}
    assert of_services == PROVOKED


def test_codes_of_clients_are_seen_in_the_test_that_is_named() -> None:
    assert set(OF_CLIENTS) == {code for code, row in BANK.items() if row.get("raisedBy")}
    for code, named in OF_CLIENTS.items():
        path, _, name = named.partition("::")
        body = (ROOT / path).read_text("utf-8").partition(f"def {name}(")[2]
        assert code in body.partition("\ndef ")[0], named


def test_rows_have_their_own_names() -> None:
    assert len(ROWS) == sum(len(area.rows) for area in AREAS)
