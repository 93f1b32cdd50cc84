"""Answers of the services: their seal under a second verifier, repetition, variants and faults."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lab.kit.mutation import Draft
from lab.kit.seal import content_digest, parse_signature, parse_signature_input, verify_raw
from tests.unit.reference_platform.sealed_caller import Heard, SealedCaller

HIDS = "/eligibility/v1/hids"
ABANDON = "/purchaser/v1/prescriptions/query"
CENTRES = "/siam/v1/centres?kind=office"
MISSING = "/purchaser/v1/claims/0b0f5a9c-6b5e-4c35-9d83-2f1a0a3f0001"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def clean(state: Path) -> Iterator[SealedCaller]:
    caller = SealedCaller(state)
    yield caller
    caller.close()


def wanted(insurer: str = "1") -> dict[str, Any]:
    return {
        "patient": {"type": "NC", "value": "9900000013"},
        "insurerCode": insurer,
        "providerCouncil": {"councilKind": "MD", "councilNumber": "990001"},
    }


def seal_problem(heard: Heard) -> str | None:
    """Verify a response seal with the judging side's primitives; None when it holds."""
    if content_digest(heard.body) != heard.headers["content-digest"]:
        return "digest"
    member = parse_signature_input(heard.headers["signature-input"])[0]
    der = base64.b64decode(heard.headers["ditas-certificate"].strip(":"))
    lines = []
    for component in member.components:
        if component == '"@status"':
            value = str(heard.status)
        elif component == '"signature";req;key="seal"':
            found = re.search(r"seal=(:[^:]+:)", heard.request.header("signature") or "")
            assert found is not None
            value = found.group(1)
        else:
            value = heard.headers[component.strip('"')]
        lines.append(f"{component}: {value}")
    base = "\n".join([*lines, f'"@signature-params": {member.raw}']).encode()
    signature = parse_signature(heard.headers["signature"], "seal")
    assert signature is not None
    return verify_raw(x509.load_der_x509_certificate(der).public_key(), signature, base)


def unsealed(draft: Draft) -> None:
    draft.drop_header("signature")
    draft.drop_header("signature-input")


def test_every_answer_is_sealed_and_bound_to_its_request(clean: SealedCaller) -> None:
    answers = [
        clean.call("GET", CENTRES),
        clean.call("GET", MISSING),
        clean.call("POST", HIDS, wanted()),
        clean.call("GET", CENTRES, gateway=True),
        clean.call("GET", CENTRES, token=None),
    ]
    assert [heard.status for heard in answers] == [200, 404, 201, 200, 401]
    for heard in answers:
        assert seal_problem(heard) is None
        assert '"signature";req;key="seal"' in heard.headers["signature-input"]
        assert heard.headers["ditas-correlation"] == heard.request.header("ditas-correlation")
        assert heard.headers["cache-control"] == "no-store"
        assert heard.headers["date"].endswith("GMT")
        assert heard.headers["content-length"] == str(len(heard.body))
    other = Heard(answers[0].status, answers[0].headers, answers[0].body, answers[1].request)
    assert seal_problem(other) is not None


def test_an_answer_to_an_unsealed_request_is_sealed_too(clean: SealedCaller) -> None:
    heard = clean.call("GET", CENTRES, after=unsealed)
    assert heard.code == "SEAL_MISSING"
    assert seal_problem(heard) is None
    assert ";req" not in heard.headers["signature-input"]


def test_a_correlation_that_is_no_uuid_is_not_echoed(clean: SealedCaller) -> None:
    def spoil(draft: Draft) -> None:
        draft.set_header("ditas-correlation", "<script>")

    heard = clean.call("GET", CENTRES, before=spoil)
    assert heard.code == "SEAL_MALFORMED"
    assert re.fullmatch(r"[0-9a-f-]{36}", heard.headers["ditas-correlation"])
    assert heard.json["correlation"] == heard.headers["ditas-correlation"]


def with_key(key: str) -> dict[str, Any]:
    return {"headers": {"idempotency-key": key}}


def test_the_same_key_and_body_give_the_first_answer_again(clean: SealedCaller) -> None:
    first = clean.call("POST", HIDS, wanted(), **with_key("key-of-one-visit-1"))
    again = clean.call("POST", HIDS, wanted(), **with_key("key-of-one-visit-1"))
    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert first.headers["ditas-correlation"] != again.headers["ditas-correlation"]


def test_the_same_key_with_another_body_is_refused(clean: SealedCaller) -> None:
    clean.call("POST", HIDS, wanted(), **with_key("key-of-one-visit-2"))
    other = clean.call("POST", HIDS, wanted("2"), **with_key("key-of-one-visit-2"))
    assert (other.status, other.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    question = {"hid": "1W2AZVAKZQ"}
    clean.call("POST", f"{HIDS}/verification", question, **with_key("key-of-a-question"))
    changed = {"hid": "1XRK6PFUVM"}
    heard = clean.call("POST", f"{HIDS}/verification", changed, **with_key("key-of-a-question"))
    assert heard.code == "IDEMPOTENCY_KEY_REUSED"


def test_keys_belong_to_their_centre(clean: SealedCaller) -> None:
    first = clean.call("POST", HIDS, wanted(), **with_key("key-that-two-use-01"))
    other = clean.call(
        "POST",
        HIDS,
        wanted(),
        centre="hospital-1",
        **with_key("key-that-two-use-01"),
    )
    assert (first.status, other.status) == (201, 201)
    assert first.json["hid"] != other.json["hid"]


def test_a_repeated_refusal_carries_the_new_correlation(clean: SealedCaller) -> None:
    body = wanted("3")  # P01 has no cover of the armed forces
    first = clean.call("POST", HIDS, body, **with_key("key-of-a-refusal-01"))
    again = clean.call("POST", HIDS, body, **with_key("key-of-a-refusal-01"))
    assert first.status == again.status == 422
    assert again.json["correlation"] == again.request.header("ditas-correlation")
    without = [{k: v for k, v in x.json.items() if k != "correlation"} for x in (first, again)]
    assert without[0] == without[1]


def test_ten_at_once_with_one_key_are_one_change(clean: SealedCaller) -> None:
    drafts = [
        clean.draft("POST", HIDS, wanted(), **with_key("key-of-ten-at-once")) for _ in range(10)
    ]

    async def all_of_them() -> list[Heard]:
        return list(await asyncio.gather(*(clean.send(draft) for draft in drafts)))

    heard = clean.runner.run(all_of_them())
    assert {h.status for h in heard} == {201}
    assert len({h.body for h in heard}) == 1


def purchaser_twice(caller: SealedCaller, second: dict[str, Any]) -> tuple[Heard, Heard]:
    query = {"patient": {"type": "NC", "value": "9900000013"}}
    key = with_key("key-of-a-query-0001")
    first = caller.call("POST", ABANDON, query, **key)
    return first, caller.call("POST", ABANDON, second, **key)


def test_fault_points_of_idempotency(state: Path) -> None:
    other = {"patient": {"type": "NC", "value": "9900000021"}}
    for point in ("platform.idempotency.accept_other_body", "platform.idempotency.ignore_key"):
        caller = SealedCaller(state, point)
        try:
            first, second = purchaser_twice(caller, other)
            assert (first.status, second.status) == (200, 200), point
        finally:
            caller.close()


def purchaser_answer(state: Path, point: str) -> tuple[Heard, Heard]:
    """Return a success and a refusal of the purchaser with a point switched on."""
    caller = SealedCaller(state, point)
    try:
        good = caller.call("GET", "/purchaser/v1/statements/1405-08")
        return good, caller.call("GET", MISSING)
    finally:
        caller.close()


@pytest.mark.parametrize(
    "point",
    [
        "variant.members_reversed",
        "variant.json_pretty",
        "variant.json_ascii",
        "variant.slow",
        "variant.reasons_reworded",
        "variant.problem_extra_members",
        "variant.header_names_titled",
    ],
)
def test_legal_variants_stay_sealed_and_mean_the_same(state: Path, point: str) -> None:
    plain = purchaser_answer(state, "variant.slow")
    good, bad = purchaser_answer(state, point)
    assert seal_problem(good) is None
    assert seal_problem(bad) is None
    assert (good.status, bad.status) == (200, 404)
    assert good.json == plain[0].json
    assert {k: bad.json[k] for k in ("type", "status", "code", "category", "messageFa")} == {
        k: plain[1].json[k] for k in ("type", "status", "code", "category", "messageFa")
    }


def test_faults_of_answers(state: Path) -> None:
    good, bad = purchaser_answer(state, "platform.problem.html_error")
    assert (bad.status, bad.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert good.status == 200
    _, bad = purchaser_answer(state, "platform.problem.wrong_media_type")
    assert bad.headers["content-type"] == "application/json"
    good, _ = purchaser_answer(state, "platform.http.cacheable")
    assert "cache-control" not in good.headers
    good, _ = purchaser_answer(state, "platform.seal.unsealed_response")
    assert "signature" not in good.headers
    good, _ = purchaser_answer(state, "platform.seal.response_digest_wrong")
    assert seal_problem(good) == "digest"
    good, _ = purchaser_answer(state, "platform.http.other_correlation")
    assert good.headers["ditas-correlation"] != good.request.header("ditas-correlation")


def test_faults_do_not_reach_the_services_around_the_subject(state: Path) -> None:
    caller = SealedCaller(state, "platform.seal.skip_digest", "platform.problem.html_error")
    try:
        heard = caller.call(
            "POST", HIDS, wanted(), after=lambda d: setattr(d, "body", d.body + b" ")
        )
        assert json.loads(heard.body)["code"] == "SEAL_DIGEST_MISMATCH"
    finally:
        caller.close()
