"""Names used in the code exist where they are declared: refusal codes in the error bank, points."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema_rs
import pytest

from fixtures import load_pack
from reference_impl.faults.platform_points import PLATFORM_POINTS
from reference_impl.faults.points import POINTS
from reference_impl.platform.careless_forms import MISTAKES
from reference_impl.platform.problem import ErrorBank, FieldError, Refusal
from reference_impl.platform.trust import Standing

HOUSE = Path(__file__).resolve().parents[3] / "reference_impl"
SOURCES = {
    path: path.read_text("utf-8")
    for folder in ("platform", "gateway", "sepas", "topology", "pki")
    for path in (HOUSE / folder).glob("*.py")
}
ALL = "\n".join(SOURCES.values())
PACK = load_pack()


def test_every_refusal_has_its_texts() -> None:
    used = set(re.findall(r'Refusal\(\s*"([A-Z_]+)"', ALL))
    for ending in (s.value for s in Standing if s not in {Standing.GOOD, Standing.UNAVAILABLE}):
        used |= {f"SEAL_CERTIFICATE_{ending}", f"DOCUMENT_CERTIFICATE_{ending}"}
    assert len(used) > 40
    assert used <= set(PACK.errors)


@pytest.mark.parametrize("code", sorted(PACK.errors))
def test_every_problem_fits_its_schema(code: str) -> None:
    bank = ErrorBank(PACK.errors)
    refusal = Refusal(code, errors=(FieldError("/a", "b"),), item_ref="1", rule_id="N01")
    body = bank.render(refusal, "0b0f5a9c-6b5e-4c35-9d83-2f1a0a3f0001")
    validator = jsonschema_rs.Draft202012Validator(PACK.schemas["Problem"])
    assert [str(e) for e in validator.iter_errors(body)] == []
    assert body["status"] == bank.status(code)


def test_every_point_asked_for_is_declared_and_every_declared_one_is_asked_for() -> None:
    asked = set(re.findall(r'\.on\(\s*"((?:platform|gateway|variant)\.[a-z_.]+)"', ALL))
    asked |= set(MISTAKES)  # asked for by a table, one after the other
    assert asked <= set(POINTS)
    ours = {point.name for point in PLATFORM_POINTS}
    assert ours <= asked


def test_the_log_line_of_a_refusal_names_places_only() -> None:
    refusal = Refusal("SCHEMA_VIOLATION", pointer="/patient/value", detail="the value is too long")
    assert refusal.summary == "SCHEMA_VIOLATION /patient/value the value is too long"
