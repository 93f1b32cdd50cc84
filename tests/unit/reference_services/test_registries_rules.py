"""Pure rules of the registries: days, unique ids, packs, releases, translation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fixtures import load_pack
from fixtures.synthetic import world
from reference_impl.eligibility.domain import IssuedHid, hid_state, may_bind, use_state
from reference_impl.fiscal.domain import fiscal_memory, is_synthetic
from reference_impl.identity.domain import (
    form_fault,
    jalali_year,
    link_is_late,
    person_key,
    types_fit,
    unique_id,
    unique_id_is_sound,
)
from reference_impl.irimc.domain import may_order, privileges
from reference_impl.maksa import releases
from reference_impl.platform.codes import CodeBook
from reference_impl.platform.folding import folded
from reference_impl.platform.problem import Refusal
from reference_impl.siam.domain import source_of
from reference_impl.ttac.domain import Label, label_of, may_reactivate, remaining_after, verdict

DAY = date(2026, 11, 28)
DRUGS = "urn:ir:maksa:eRx-synthetic"


def test_unique_ids_of_the_world_carry_their_check_character() -> None:
    for value in ("U990000005", "U990000013", "U990000021", "U99000003Z"):
        assert unique_id_is_sound(value)
        assert form_fault({"type": "UID", "value": value}) is None
    assert not unique_id_is_sound("U990000006")
    assert unique_id_is_sound(unique_id([0, 1, 2, 3, 4, 5, 6, 31]))


def test_persian_digits_are_the_same_person() -> None:
    written = {"type": "NC", "value": "۹۹۰۰۰۰۰۰۱۳"}
    assert person_key(written) == person_key({"type": "NC", "value": "9900000013"})
    assert person_key({"type": "MOTHER_NC", "value": "9900000277", "birthOrder": 1}) != person_key(
        {"type": "MOTHER_NC", "value": "9900000277", "birthOrder": 2}
    )


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 3, 20), 1404), (date(2026, 3, 21), 1405), (date(2021, 3, 20), 1399)],
)
def test_the_jalali_year_turns_in_march(day: date, year: int) -> None:
    assert jalali_year(day) == year


def test_the_sixtieth_day_of_a_newborn_counts() -> None:
    assert not link_is_late(DAY - timedelta(days=60), DAY)
    assert link_is_late(DAY - timedelta(days=61), DAY)


@pytest.mark.parametrize(
    ("cause", "former", "current", "fits"),
    [
        ("newborn_registered", "MOTHER_NC", "NC", True),
        ("newborn_registered", "AF_INS", "NC", True),
        ("newborn_registered", "UID", "NC", False),
        ("newborn_registered", "MOTHER_NC", "FIDA", False),
        ("identified", "UID", "FIDA", True),
        ("identified", "NC", "NC", False),
        ("corrected", "NC", "FIDA", True),
        ("corrected", "NC", "UID", False),
    ],
)
def test_causes_join_ids_of_their_types(
    cause: str, former: str, current: str, *, fits: bool
) -> None:
    assert types_fit(cause, former, current) is fits


def hid(state: str = "bound", on: date = DAY, patient: str | None = "NC:1") -> IssuedHid:
    return IssuedHid("1W2AZVAKZQ", patient, "centre", "1", on, state)


def test_a_hid_holds_for_sixty_days_and_for_its_person() -> None:
    assert hid_state(None, None, DAY) == "UNKNOWN"
    assert hid_state(hid("reserved", patient=None), None, DAY) == "UNKNOWN"
    assert hid_state(hid(), frozenset({"NC:2"}), DAY) == "PATIENT_MISMATCH"
    assert hid_state(hid(), frozenset({"NC:2", "NC:1"}), DAY) == "ISSUED"
    assert hid_state(hid("cancelled"), None, DAY) == "CANCELLED"
    assert hid_state(hid(on=DAY - timedelta(days=60)), None, DAY) == "ISSUED"
    assert hid_state(hid(on=DAY - timedelta(days=61)), None, DAY) == "EXPIRED"


def test_states_of_use_and_late_binding() -> None:
    assert use_state(hid(), 0, DAY) == "bound"
    assert use_state(hid(), 1, DAY) == "used"
    assert use_state(hid("reserved"), 0, DAY + timedelta(days=3)) == "reserved"
    assert use_state(hid("reserved"), 0, DAY + timedelta(days=4)) == "expired"
    assert may_bind(hid("reserved"), DAY, DAY + timedelta(days=3))
    assert not may_bind(hid("reserved"), DAY, DAY + timedelta(days=4))
    assert not may_bind(hid("reserved"), DAY + timedelta(days=1), DAY + timedelta(days=1))


def test_packs_are_counted_or_used_up_at_once() -> None:
    whole, counted = Label("a", "99005", "VALID"), Label("b", "99005", "VALID", "pack", 5)
    assert remaining_after(whole, 0, 60) == 0
    assert remaining_after(whole, 1, 1) is None
    assert [remaining_after(counted, used, 2) for used in (0, 3, 4)] == [3, 0, None]
    assert verdict(whole, "99005", None, used_up=True) == "ALREADY_CONSUMED"
    assert verdict(whole, "99001", None, used_up=True) == "WRONG_PRODUCT"
    assert verdict(counted, None, "carton", used_up=False) == "WRONG_PRODUCT"
    assert verdict(None, None, None, used_up=False) == "UNKNOWN"
    batch = label_of({}, "authenticity", "9910990120000001")
    assert batch == Label("9910990120000001", "99012", "VALID")
    assert label_of({}, "uid", "9910990120000001") is None


def test_ten_days_to_bring_a_pack_back() -> None:
    given = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert may_reactivate(given, given + timedelta(days=10))
    assert not may_reactivate(given, given + timedelta(days=10, seconds=1))


def test_kinds_of_centres_have_one_licensing_system() -> None:
    assert source_of("office") == "medical_practice"
    assert source_of("hospital_pharmacy") == "pharmacies"
    assert source_of("hospital") == "medical_institutions"


@pytest.mark.parametrize(
    ("licence", "sanction", "held", "drugs"),
    [
        ("active", None, ("prescribing", "service"), True),
        ("active", "reprimand on record", ("prescribing", "service"), True),
        ("limited", "limited to ward rounds by the council", ("service",), False),
        ("suspended", "suspended by discipline", (), False),
        ("lapsed", None, (), False),
        ("revoked", "licence revoked by discipline", (), False),
        ("deceased", None, (), False),
    ],
)
def test_only_the_council_limits_its_members(
    licence: str, sanction: str | None, held: tuple[str, ...], *, drugs: bool
) -> None:
    member = replace(world().professional("dr01"), licence_state=licence, sanction=sanction)
    assert privileges(member) == held
    assert may_order(member, "drug") is drugs
    assert may_order(member, "admission") is (licence in {"active", "limited"})


def test_payments_and_memories() -> None:
    assert is_synthetic("PAY-00aa11bb")
    assert not is_synthetic("BANK-0001")
    assert fiscal_memory("99000007") == "FM0007"


def test_folding_is_blind_to_the_keyboard() -> None:
    assert folded("سي‌تي  ٢") == folded("سیتی ۲") == "سیتی 2"


def systems() -> dict[str, Any]:
    return {str(one["system"]): one for one in load_pack().codes.values()}


def release(**change: Any) -> dict[str, Any]:
    base = {"system": DRUGS, "code": "99012", "version": "1", "kind": "retired"}
    return {"release": "x", "validFrom": "2027-01-01", "changes": [{**base, **change}]}


def test_a_release_changes_nothing_before_its_day() -> None:
    before = systems()
    after = releases.amended(before, release(replacedBy="99013"))
    book = CodeBook(after.values())
    assert book.find(DRUGS, "99012", date(2026, 12, 31)).valid_until == date(2026, 12, 31)
    assert [one.in_force(date(2027, 1, 1)) for one in book.versions(DRUGS, "99012")] == [False]
    untouched = CodeBook(before.values()).find(DRUGS, "99012", date(2027, 1, 1))
    assert untouched.valid_until is None


def test_a_changed_concept_is_a_new_version_with_the_old_properties() -> None:
    change = {"version": "2", "kind": "changed", "displayFa": "نام", "displayEn": "name"}
    book = CodeBook(releases.amended(systems(), release(**change)).values())
    old, new = book.versions(DRUGS, "99012")
    assert (old.version, new.version) == ("1", "2")
    assert new.properties["generic"] == old.properties["generic"]
    assert book.find(DRUGS, "99012", date(2027, 1, 1)) == new


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "added", "displayFa": "ا", "displayEn": "a"},
        {"kind": "changed", "version": "2"},
        {"kind": "changed", "displayFa": "ا", "displayEn": "a"},
        {"version": "7"},
    ],
)
def test_contradictions_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="CODE_RELEASE_CONTRADICTS"):
        releases.check(systems(), release(**change))
