"""What authority, gateway and mobile signature decided holds after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.component.test_esign import DIGEST, Telephone, answer, ask, collect, enrolled
from tests.component.test_gateway_tokens import TOKENS, order
from tests.component.trusted import CENTRES, COMPROMISED, PHARMACIST, TrustCaller, new_key


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def test_decisions_survive(state: Path, tmp_path: Path) -> None:
    before = TrustCaller(state, databases=tmp_path)
    reason = {"reason": COMPROMISED}
    target = f"{TOKENS}/{before.token_id('pharmacy-1.token')}/suspend"
    assert before.ministry("POST", target, reason).status == 200
    which = before.named("office-2.seal")
    assert before.ministry("POST", "/pki/v1/revocations", {**which, **reason}).status == 201
    issued = before.ministry("POST", TOKENS, order(before)).json
    telephone = Telephone(new_key())
    request_id = ask(before, enrolled(before, telephone)["enrolmentId"]).json["requestId"]
    before.close()

    after = TrustCaller(state, databases=tmp_path)
    try:
        assert after.ask("GET", CENTRES, **PHARMACIST).code == "TOKEN_SUSPENDED"
        refused = after.ask("GET", CENTRES, centre="office-2", person="dr02")
        assert refused.code == "SEAL_CERTIFICATE_REVOKED", "no kept answer after a restart"
        assert after.ministry("GET", f"{TOKENS}/{issued['tokenId']}").json == issued
        question = {"certificate": issued["certificate"]}
        assert after.ask("POST", "/pki/v1/validation", question).json["state"] == "good"
        assert answer(after, request_id, telephone.sign(DIGEST)).status == 200
        assert collect(after, request_id).status == 200
    finally:
        after.close()
