from __future__ import annotations

from pathlib import Path

import pytest

from lab.model.case import Case, Plan, SuiteKind
from lab.model.errors import ProfileError, UsageError
from lab.model.sut import Claim, Ixit, ProductIdentity, SutProfile
from lab.model.verdict import Selection
from lab.selection.plan import load_plan
from lab.selection.profile import load_profile
from lab.selection.select import narrow, select

GOOD = """role = "purchaser_system"
[product]
vendor = "v"
product = "p"
version = "1"
[ics]
"purchaser.amend" = "no"
[ixit]
base_url = "https://127.0.0.1:8444/purchaser/v1"
credentials = "cred"
"""


def case(case_id: str, *, suite: SuiteKind = SuiteKind.WORKFLOW, item: str | None = None) -> Case:
    return Case(
        id=case_id,
        title="t",
        purpose="p",
        suite=suite,
        role="purchaser_system",
        requirements=("R-1",),
        selected_if=item,
        module="m",
        function="f",
    )


def plan(**changes: object) -> Plan:
    settings: dict[str, object] = {
        "id": "p",
        "title": "t",
        "scheme": "s",
        "role": "purchaser_system",
        "level": "basic",
        "suites": (SuiteKind.WORKFLOW, SuiteKind.SECURITY),
        "expected_cases": 3,
        **changes,
    }
    return Plan(**settings)


def profile(**ics: str) -> SutProfile:
    claims = {f"purchaser.{key}": Claim(value) for key, value in ics.items()}
    return SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="purchaser_system",
        ics=claims,
        ixit=Ixit(base_url="https://x", credentials="c"),
        source="sut.toml",
    )


CASES = (
    case("TC-B", item="purchaser.amend"),
    case("TC-A"),
    case("TC-Z", suite=SuiteKind.SECURITY),
)


def test_every_case_gets_a_reason_and_an_order() -> None:
    rows = select(CASES, plan(opening="TC-Z"), profile(amend="no"))
    assert [row.case.id for row in rows] == ["TC-Z", "TC-A", "TC-B"]
    assert rows[2].selection is Selection.NOT_APPLICABLE
    assert all(row.reason for row in rows)


def test_without_claims_the_whole_role_is_claimed() -> None:
    rows = select(CASES, plan(), profile())
    assert all(row.selection is Selection.SELECTED for row in rows)


@pytest.mark.parametrize(
    ("changes", "claims", "message"),
    [
        ({"expected_cases": 4}, {}, "expects 4 cases"),
        ({"include": ("TC-X*",)}, {}, "matches no case"),
        ({"opening": "TC-Q"}, {}, "does not exist"),
        ({"role": "pharmacy_system"}, {}, "describes a"),
        ({}, {"amned": "yes"}, "asked for by no case"),
        ({}, {"amend": "unknown"}, "is unknown"),
        ({}, {"other": "yes"}, "unanswered"),
    ],
)
def test_mistakes_are_usage_errors(
    changes: dict[str, object], claims: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        select(CASES, plan(**changes), profile(**claims))


def test_a_part_keeps_the_sanity_cases() -> None:
    made = plan(opening="TC-A", closing="TC-Z")
    rows = select(CASES, made, profile())
    assert narrow(rows, made, ("TC-B",)) == ("TC-A", "TC-B", "TC-Z")
    assert narrow(rows, made, ()) == ()
    with pytest.raises(UsageError, match="matches no case"):
        narrow(rows, made, ("TC-NOWHERE",))


def test_a_good_profile_has_absolute_paths(tmp_path: Path) -> None:
    path = tmp_path / "sut.toml"
    path.write_text(GOOD)
    loaded = load_profile(path)
    assert loaded.ixit.credentials == str(tmp_path / "cred")
    assert loaded.ics == {"purchaser.amend": Claim.NO}


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ('"purchaser_system"', '"purchaser"', "MFL-P007", ":1"),
        ("vendor =", "vendr =", "MFL-P005", ":3"),
        ('version = "1"', 'version = ""', "MFL-P006", ":5"),
        ('version = "1"\n', "", "MFL-P006", ""),
        ('"purchaser.amend" =', "purchaser.amend =", "MFL-P008", ""),
        ('"no"', '"nein"', "MFL-P009", ":7"),
        ("https://127", "htp://127", "MFL-P014", ":9"),
        ("[product]", "[product", "MFL-P001", ""),
        ('base_url = "https://127.0.0.1:8444/purchaser/v1"\n', "", "MFL-P010", ""),
        ('credentials = "cred"', "credentials = 5", "MFL-P006", ":10"),
    ],
)
def test_every_mistake_names_place_and_way_out(
    tmp_path: Path, old: str, new: str, code: str, line: str
) -> None:
    path = tmp_path / "sut.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    assert caught.value.code == code
    assert f"{path}{line}" in caught.value.where
    assert caught.value.fix
    assert caught.value.sentence_fa


def test_missing_and_binary_profiles(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="there is no"):
        load_profile(tmp_path / "absent.toml")
    binary = tmp_path / "sut.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(binary)


def test_unknown_plan_suggests_the_near_one() -> None:
    with pytest.raises(UsageError) as caught:
        load_plan("purchaser-certifikation")
    assert "purchaser-certification" in caught.value.fix
