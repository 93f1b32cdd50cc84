"""The bad input catalogue: each coded refusal is provoked, rightly told, and leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fixtures import load_pack
from tests.component.record_bench import keys
from tests.component.refusals.catalogue import ROWS
from tests.component.refusals.desk import Desk, Refused

BANK = load_pack().errors
TEXTS = ("messageFa", "messageEn", "solutionFa", "solutionEn", "category", "severity", "retryable")
"""Members of the problem that stand in the bank word for word."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(keys(tmp_path_factory))
    yield made
    made.close()


@pytest.mark.parametrize("name", ROWS)
def test_the_mistake_is_refused_with_its_code_and_leaves_no_trace(name: str, desk: Desk) -> None:
    row = ROWS[name]
    with desk.row():
        act = row.prepare(desk)
        before = desk.ledgers()
        refused = act()
        after = desk.ledgers()
    _check_answer(row.code, refused)
    changed = {table for table in before | after if before.get(table) != after.get(table)}
    assert changed <= row.leaves, changed


def _check_answer(code: str, refused: Refused) -> None:
    entry = BANK[code]
    assert (refused.code, refused.status) == (code, entry["status"]), refused.json
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["cache-control"] == "no-store"
    assert refused.json["status"] == entry["status"]
    assert refused.json["type"] == f"urn:ir:mafa:erx:error:{code}"
    assert {text: refused.json[text] for text in TEXTS} == {text: entry[text] for text in TEXTS}
