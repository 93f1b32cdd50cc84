"""The purchaser from registration to statement, in process, sealed and signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.bench import Bench, bench


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = bench(Path(tmp_path_factory.mktemp("exchange")))
    yield made
    made.close()


def test_registration_answers_with_codes_version_and_location(table: Bench) -> None:
    answered = table.register()
    assert answered.status == 201, answered
    assert answered.headers["etag"] == '"1"'
    assert answered.headers["location"].endswith(answered.json["prescriptionId"])
    assert len(answered.json["trackingCode"]) == 20
    assert len(answered.json["shortCode"]) == 5
    assert answered.json["state"] == "REGISTERED"
    assert answered.json["items"] == [
        {"itemId": "1", "ordered": 60, "dispensed": 0, "remaining": 60, "state": "ORDERED"}
    ]
