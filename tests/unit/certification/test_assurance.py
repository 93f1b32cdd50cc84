"""A certificate names the assurance statement about its suites, and takes no other one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.certification.assurance import TYPE, digest_of, opened, statement, write
from lab.certification.issue import Issued, People, issue
from lab.certification.jose import Signer, sign
from lab.certification.status import load_status
from lab.certification.verify import Finding, verify_certificate
from lab.model.base import JsonValue
from lab.model.errors import UsageError
from tests.support.laboratory import Authority, authority, certifiable, laboratory, write_campaign

MEASURES = ("sensitivity", "attribution", "specificity", "null_panel", "mechanical")
PEOPLE = People(evaluator="سارا آزمایشی", reviewer="بابک نمونه", decider="نگار فرضی")
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def health() -> Authority:
    return authority()


@pytest.fixture(scope="module")
def signer(health: Authority) -> Signer:
    return laboratory(health)


def payload_of(suites: str) -> dict[str, JsonValue]:
    role = certifiable().campaign.profile.role
    rates = dict.fromkeys(MEASURES)  # no numbers: what counts here is what was decided from them
    lists: dict[str, JsonValue] = {"survivors": [], "accused": []}
    proven = {"role": role, "complete": True, "proven": True, **rates, **lists}
    return {**statement([], [], NOW, "1"), "suiteHash": suites, "roles": [proven]}


def certified(place: Path, health: Authority, signer: Signer, assurance: Path | None) -> Issued:
    write_campaign(place / "campaign", certifiable())
    return issue(
        place / "campaign",
        people=PEOPLE,
        signer=signer,
        anchors=(health.root,),
        out=place / "campaign",
        status=place / "status.jwsl",
        at=datetime.now(UTC),
        assurance=assurance,
    )


def test_a_certificate_carries_the_hash_of_the_statement(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    suites = certifiable().campaign.suite_hash
    signed = write(payload_of(suites), signer, NOW, tmp_path / "assurance")
    issued = certified(tmp_path, health, signer, signed)
    wanted = digest_of(signed.read_text("ascii"))
    assert issued.certificate.assurance_sha256 == wanted
    assert issued.certificate.suite_hash == suites
    status = load_status(issued.status, (health.root,))
    outcome = verify_certificate(
        issued.token, anchors=(health.root,), at=datetime.now(UTC), status=status
    )
    assert outcome.finding is Finding.VALID
    assert outcome.certificate is not None
    assert outcome.certificate.assurance_sha256 == wanted
    assert wanted[:16] in issued.page.read_text("utf-8")


def test_without_a_statement_the_certificate_says_so(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = certified(tmp_path, health, signer, None)
    assert issued.certificate.assurance_sha256 == ""
    assert "none named" in issued.page.read_text("utf-8")


def test_a_statement_about_other_suites_or_of_nobody_is_refused(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    other = write(payload_of("0" * 64), signer, NOW, tmp_path / "other")
    with pytest.raises(UsageError, match="about other suites"):
        certified(tmp_path / "1", health, signer, other)
    stranger = laboratory(authority("Somebody else"))
    suites = certifiable().campaign.suite_hash
    foreign = write(payload_of(suites), stranger, NOW, tmp_path / "foreign")
    with pytest.raises(UsageError, match="no statement of a trusted laboratory"):
        certified(tmp_path / "2", health, signer, foreign)
    wrong_kind = tmp_path / "kind.jws"
    wrong_kind.write_text(sign({"suiteHash": suites}, "mafa-certificate+jwt", signer, NOW), "ascii")
    with pytest.raises(UsageError, match="no statement of a trusted laboratory"):
        certified(tmp_path / "3", health, signer, wrong_kind)
    assert not list(tmp_path.rglob("certificate.jws"))


def test_a_statement_without_anything_measured_is_not_sound(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    signed = write(statement([], [], NOW, "1"), signer, NOW, tmp_path)
    told = opened(signed, (health.root,))
    assert told["sound"] is False
    assert len(told["notMeasured"]) == 7
    page = (tmp_path / "assurance.html").read_text("utf-8")
    for text in told["notMeasured"]:
        assert str(text) in page
    assert TYPE not in page
