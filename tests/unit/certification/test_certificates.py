from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from lab.certification.acts import folded, problem_of
from lab.certification.campaign_check import Refused
from lab.certification.issue import TYPE, Issued, People, issue, months_after
from lab.certification.jose import Forged, Signer, open_token, sign
from lab.certification.status import Event, append, load_status
from lab.certification.trust import Untrusted, laboratory_of
from lab.certification.verify import Finding, Outcome, verify_certificate
from lab.evidence.export import write_bundle
from lab.model.campaign import Decision, ResultDocument
from lab.model.certificate import Act
from lab.model.errors import EvidenceDamaged, UsageError
from lab.model.verdict import RunState, Verdict
from tests.support.laboratory import (
    OTHER_CLASS,
    Authority,
    authority,
    certifiable,
    laboratory,
    write_campaign,
)
from tests.support.results import load_result

PEOPLE = People(evaluator="سارا آزمایشی", reviewer="بابک نمونه", decider="نگار فرضی")


@pytest.fixture(scope="module")
def health() -> Authority:
    return authority()


@pytest.fixture(scope="module")
def signer(health: Authority) -> Signer:
    return laboratory(health)


def _issue(
    place: Path,
    health: Authority,
    signer: Signer,
    *,
    result: ResultDocument | None = None,
    people: People = PEOPLE,
    at: datetime | None = None,
    recorded: dict[str, str] | None = None,
) -> Issued:
    directory = place / "campaign"
    write_campaign(directory, result or certifiable(), recorded=recorded)
    return issue(
        directory,
        people=people,
        signer=signer,
        anchors=(health.root,),
        out=directory,
        status=place / "status.jwsl",
        at=at or datetime.now(UTC),
    )


def _verify(
    issued: Issued, health: Authority, *, days: int = 0, campaign: Path | None = None
) -> Outcome:
    return verify_certificate(
        issued.token,
        anchors=(health.root,),
        at=datetime.now(UTC) + timedelta(days=days),
        status=load_status(issued.status, (health.root,)),
        campaign=campaign,
    )


def test_a_conforming_campaign_is_certified_and_verifies_with_its_evidence(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path, health, signer)
    outcome = _verify(issued, health, campaign=tmp_path / "campaign")
    assert outcome.finding is Finding.VALID, outcome.reason_en
    assert outcome.certificate == issued.certificate
    months = (issued.certificate.valid_until - issued.certificate.issued_at).days
    assert 729 <= months <= 731
    page = issued.page.read_text(encoding="utf-8")
    assert issued.certificate.id in page
    assert "BimeYar Core" in page


def test_the_bundle_binds_as_the_directory_does(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path, health, signer)
    bundle = write_bundle(tmp_path / "campaign")
    assert _verify(issued, health, campaign=bundle).finding is Finding.VALID


def test_another_campaign_does_not_bind(tmp_path: Path, health: Authority, signer: Signer) -> None:
    issued = _issue(tmp_path, health, signer)
    write_campaign(tmp_path / "other", certifiable())
    outcome = _verify(issued, health, campaign=tmp_path / "other")
    assert outcome.finding is Finding.FORGED
    assert outcome.certificate is None


def test_every_changed_part_of_the_token_is_found(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path, health, signer)
    header, payload, signature = issued.token.split(".")
    text = base64.urlsafe_b64decode(payload + "==").decode()
    changed = text.replace("4.2.1", "4.2.2").encode()
    forged = base64.urlsafe_b64encode(changed).decode().rstrip("=")
    middle = len(signature) // 2
    flipped = signature[:middle] + ("A" if signature[middle] != "A" else "B")
    tokens = (
        f"{header}.{forged}.{signature}",
        f"{header}.{payload}.{flipped}{signature[middle + 1 :]}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "",
    )
    for token in tokens:
        outcome = verify_certificate(
            token, anchors=(health.root,), at=datetime.now(UTC), status=None, status_needed=False
        )
        assert outcome.finding is Finding.FORGED, token[:40]


def test_a_laboratory_of_another_root_is_forged(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path, health, signer)
    foreign = authority()  # same names, other keys
    token = sign(json.loads(issued.certificate.model_dump_json()), TYPE, laboratory(foreign),
                 issued.certificate.issued_at)  # fmt: skip
    outcome = verify_certificate(
        token, anchors=(health.root,), at=datetime.now(UTC), status=None, status_needed=False
    )
    assert outcome.finding is Finding.FORGED


def test_algorithm_none_and_extra_header_members_are_refused(
    health: Authority, signer: Signer
) -> None:
    chain = [base64.b64encode(c).decode() for c in signer.chain]
    good = {"alg": "ES256", "typ": TYPE, "iat": int(datetime.now(UTC).timestamp()), "x5c": chain}
    changes: tuple[dict[str, object], ...] = (
        {"alg": "none"},
        {"crit": ["x"]},
        {"jwk": {}},
        {"typ": "JWT"},
        {"iat": "1"},
    )
    for change in changes:
        header = base64.urlsafe_b64encode(json.dumps(good | change).encode()).decode().rstrip("=")
        with pytest.raises(Forged):
            open_token(f"{header}.e30.AAAA", TYPE, (health.root,))


def _with(result: ResultDocument, index: int, **changes: object) -> ResultDocument:
    cases = list(result.cases)
    cases[index] = cases[index].model_copy(update=changes)
    return result.model_copy(update={"cases": tuple(cases)})


def _decided(result: ResultDocument, decision: Decision) -> ResultDocument:
    statement = result.statement.model_copy(update={"decision": decision})
    return result.model_copy(update={"statement": statement})


def _other_plan(result: ResultDocument) -> ResultDocument:
    plan = result.campaign.plan.model_copy(update={"id": "purchaser-smoke"})
    campaign = result.campaign.model_copy(update={"plan": plan})
    return result.model_copy(update={"campaign": campaign})


def _kind(result: ResultDocument, kind: str) -> ResultDocument:
    campaign = result.campaign.model_copy(update={"kind": kind})
    return result.model_copy(update={"campaign": campaign})


REFUSALS: dict[str, tuple[Callable[[ResultDocument], ResultDocument], str]] = {
    "not conforming": (lambda r: _decided(r, Decision.NOT_CONFORMING), "not conforming"),
    "undecided": (lambda r: _decided(r, Decision.UNDECIDED), "undecided"),
    "failed case": (lambda r: _with(r, 3, verdict=Verdict.FAIL), "ended with fail"),
    "not run": (
        lambda r: _with(r, 3, state=RunState.NOT_RUN, verdict=Verdict.NONE),
        "incomplete",
    ),
    "dropped case": (lambda r: r.model_copy(update={"cases": r.cases[1:]}), "planned cases"),
    "calibration": (lambda r: _kind(r, "calibration"), "calibration campaign"),
    "self-test": (lambda r: _kind(r, "self-test"), "--kind witnessed"),
    "other plan": (_other_plan, "no certification plan"),
    "a part only": (
        lambda r: r.model_copy(
            update={"campaign": r.campaign.model_copy(update={"only": ("TC-PUR-WF-000",)})}
        ),
        "part of the plan",
    ),
    "load missed": (lambda r: r.model_copy(update={"load": load_result()}), "load verdict is fail"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_names_its_reason(
    name: str, tmp_path: Path, health: Authority, signer: Signer
) -> None:
    change, words = REFUSALS[name]
    with pytest.raises(Refused, match=words) as caught:
        _issue(tmp_path, health, signer, result=change(certifiable()))
    assert caught.value.exit_code == 1
    assert not (tmp_path / "campaign" / "certificate.jws").exists()
    assert not (tmp_path / "status.jwsl").exists()


def test_a_result_that_contradicts_the_recorded_verdict_is_refused(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    result = certifiable()
    with pytest.raises(Refused, match="in the evidence"):
        _issue(tmp_path, health, signer, result=result, recorded={result.cases[0].case.id: "fail"})


def test_one_flipped_byte_of_evidence_is_refused(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    directory = tmp_path / "campaign"
    write_campaign(directory, certifiable())
    path = directory / "evidence.sqlite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Refused, match="does not verify"):
        issue(directory, people=PEOPLE, signer=signer, anchors=(health.root,), out=directory,
              status=tmp_path / "s", at=datetime.now(UTC))  # fmt: skip


def test_the_same_person_twice_is_refused_in_any_spelling(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    arabic = People(evaluator="علي كاظمي", reviewer=" علی  کاظمی", decider="نگار فرضی")
    with pytest.raises(Refused, match="different people"):
        _issue(tmp_path, health, signer, people=arabic)
    assert folded("Sara-N. ") == folded("SARA n")


def test_acts_in_wrong_order_or_without_name_do_not_carry() -> None:
    at = datetime.now(UTC)
    acts = (Act(kind="evaluation", person="a", at=at), Act(kind="review", person="b", at=at),
            Act(kind="decision", person="c", at=at))  # fmt: skip
    assert problem_of(acts) is None
    assert problem_of(acts[::-1]) is not None
    assert problem_of(acts[:2]) is not None
    assert problem_of((acts[0], acts[1].model_copy(update={"person": " "}), acts[2])) is not None
    late = acts[0].model_copy(update={"at": at + timedelta(seconds=1)})
    assert problem_of((late, *acts[1:])) is not None


def test_a_laboratory_with_expired_certificate_or_wrong_class_cannot_issue(
    tmp_path: Path, health: Authority
) -> None:
    for name, unfit, words in (
        ("a", laboratory(health, days=(-20, -2)), "is valid"),
        ("b", laboratory(health, usage=OTHER_CLASS), "not of class lab"),
        ("c", laboratory(authority()), "trust file"),
    ):
        with pytest.raises(Refused, match=words):
            _issue(tmp_path / name, health, unfit)


def test_a_key_of_somebody_else_cannot_issue(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    mixed = Signer(key=laboratory(health).key, chain=signer.chain)
    with pytest.raises(Refused, match="key does not belong"):
        _issue(tmp_path, health, mixed)


def test_a_leaf_that_signs_another_leaf_is_no_path(health: Authority, signer: Signer) -> None:
    child = laboratory(Authority(health.root, x509.load_der_x509_certificate(signer.chain[0]),
                                 signer.key))  # fmt: skip
    chain = (child.chain[0], *signer.chain)
    with pytest.raises(Untrusted, match="no certificate authority"):
        laboratory_of(chain, (health.root,), datetime.now(UTC))


def test_expired_is_its_own_reason(tmp_path: Path, health: Authority, signer: Signer) -> None:
    outcome = _verify(_issue(tmp_path, health, signer), health, days=740)
    assert outcome.finding is Finding.EXPIRED
    assert outcome.exit_code == 1
    assert outcome.certificate is None


def test_life_of_a_certificate(tmp_path: Path, health: Authority, signer: Signer) -> None:
    start = datetime.now(UTC) - timedelta(minutes=30)
    issued = _issue(tmp_path, health, signer, at=start)
    anchors = (health.root,)

    def happen(event: Event, minutes: int) -> None:
        append(issued.status, anchors, signer, certificate_id=issued.certificate.id, event=event,
               reason="critical finding confirmed", person="نگار فرضی",
               at=start + timedelta(minutes=minutes))  # fmt: skip

    with pytest.raises(UsageError, match="not possible"):
        happen(Event.REINSTATE, 1)
    happen(Event.SUSPEND, 5)
    suspended = _verify(issued, health)
    assert suspended.finding is Finding.SUSPENDED
    assert "critical finding confirmed" in suspended.reason_en
    happen(Event.REINSTATE, 10)
    assert _verify(issued, health).finding is Finding.VALID
    happen(Event.WITHDRAW, 15)
    assert _verify(issued, health).finding is Finding.WITHDRAWN
    with pytest.raises(UsageError, match="withdrawn"):
        happen(Event.REINSTATE, 20)
    listed = load_status(issued.status, anchors)
    then = verify_certificate(issued.token, anchors=anchors, at=start + timedelta(minutes=12),
                              status=listed)  # fmt: skip
    assert then.finding is Finding.VALID, "history answers for an earlier time"


def test_a_campaign_is_certified_once(tmp_path: Path, health: Authority, signer: Signer) -> None:
    issued = _issue(tmp_path, health, signer)
    with pytest.raises(UsageError, match="not possible"):
        issue(tmp_path / "campaign", people=PEOPLE, signer=signer, anchors=(health.root,),
              out=tmp_path, status=issued.status, at=datetime.now(UTC))  # fmt: skip


def test_a_stale_missing_or_ignorant_status_list_cannot_answer(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path / "a", health, signer)
    assert _verify(issued, health, days=8).finding is Finding.CANNOT_CHECK
    append(issued.status, (health.root,), signer, certificate_id="-", event=Event.REFRESH,
           reason="", person="x", at=datetime.now(UTC) + timedelta(days=6))  # fmt: skip
    assert _verify(issued, health, days=8).finding is Finding.VALID
    missing = verify_certificate(issued.token, anchors=(health.root,), at=datetime.now(UTC),
                                 status=None)  # fmt: skip
    assert (missing.finding, missing.exit_code) == (Finding.CANNOT_CHECK, 4)
    other = _issue(tmp_path / "b", health, signer)
    ignorant = verify_certificate(issued.token, anchors=(health.root,), at=datetime.now(UTC),
                                  status=load_status(other.status, (health.root,)))  # fmt: skip
    assert ignorant.finding is Finding.CANNOT_CHECK


def test_the_status_list_shows_changed_missing_and_reordered_lines(
    tmp_path: Path, health: Authority, signer: Signer
) -> None:
    issued = _issue(tmp_path, health, signer)
    for event in (Event.SUSPEND, Event.REINSTATE, Event.SUSPEND):
        append(issued.status, (health.root,), signer, certificate_id=issued.certificate.id,
               event=event, reason="r", person="p", at=datetime.now(UTC))  # fmt: skip
    lines = issued.status.read_text().splitlines()
    for bad in (lines[1:], [lines[0], lines[2], lines[1]], [*lines[:2], lines[2][:-2] + "AA"],
                [*lines, lines[-1]]):  # fmt: skip
        path = tmp_path / "bad.jwsl"
        path.write_text("\n".join(bad) + "\n")
        with pytest.raises(EvidenceDamaged, match="line"):
            load_status(path, (health.root,))
    path.write_text("\n".join(lines))
    with pytest.raises(EvidenceDamaged, match="incomplete"):
        load_status(path, (health.root,))


def test_months_end_where_the_month_ends() -> None:
    assert months_after(datetime(2024, 2, 29, tzinfo=UTC), 24).day == 28
    assert months_after(datetime(2026, 11, 21, tzinfo=UTC), 24) == datetime(
        2028, 11, 21, tzinfo=UTC
    )
