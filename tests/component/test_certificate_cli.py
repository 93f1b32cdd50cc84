from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from lab.cli.main import main
from lab.evidence.export import write_bundle
from lab.model.campaign import Decision
from tests.support.laboratory import authority, certifiable, laboratory, write_campaign, write_kit

PEOPLE = ("--evaluator", "Sara", "--reviewer", "Babak", "--decider", "Negar")


class Desk:
    """A campaign, a credential kit and the command line."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place = place
        self.campaign = place / "campaign"
        under = authority()
        self.kit = write_kit(place / "kit", under, laboratory(under))
        self.trust = self.kit / "trust.pem"
        self.token = self.campaign / "certificate.jws"
        self._capsys = capsys

    def mafalab(self, *words: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = self._capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    def issue(self, *more: str) -> tuple[int, str, str]:
        words: tuple[str | Path, ...] = (
            "certificate",
            "issue",
            self.campaign,
            "--credentials",
            self.kit,
        )
        return self.mafalab(*words, *PEOPLE, *more)

    def verify(self, *more: str | Path) -> tuple[int, str, str]:
        return self.mafalab("certificate", "verify", self.token, "--trust", self.trust, *more)

    def change(self, event: str, *more: str) -> tuple[int, str, str]:
        words = ("certificate", event, self.token, "--credentials", self.kit, "--by", "Negar")
        return self.mafalab(*words, *more)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, capsys)
    write_campaign(made.campaign, certifiable())
    return made


def test_the_life_of_a_certificate_on_the_command_line(desk: Desk) -> None:
    code, out, err = desk.issue()
    assert (code, err) == (0, "")
    assert out.startswith("ISSUED   CERT-14")
    assert (desk.campaign / "certificate.html").exists()
    code, out, _ = desk.verify("--campaign", desk.campaign)
    assert code == 0
    assert out.startswith("VALID   Valid at")
    assert "BimeYar Core 4.2.1" in out
    assert desk.change("suspend", "--reason", "critical finding")[0] == 0
    code, out, err = desk.verify()
    assert code == 1
    assert err.startswith("SUSPENDED")
    assert "critical finding" in err
    assert "BimeYar" not in out + err, "none of the claims of a suspended certificate"
    assert desk.change("reinstate", "--reason", "mended")[0] == 0
    assert desk.verify()[0] == 0
    assert desk.change("withdraw", "--reason", "product replaced")[0] == 0
    assert desk.verify()[2].startswith("WITHDRAWN")
    code, out, err = desk.change("reinstate", "--reason", "again")
    assert code == 2
    assert "is withdrawn" in err
    code, out, _ = desk.mafalab("certificate", "show", desk.token, "--trust", desk.trust)
    assert code == 0
    assert [line.split()[1] for line in out.splitlines() if line.startswith("  20")] == [
        "issued",
        "suspend",
        "reinstate",
        "withdraw",
    ]


def test_the_three_other_answers_have_their_own_words_and_codes(desk: Desk) -> None:
    assert desk.issue()[0] == 0
    late = (datetime.now(UTC) + timedelta(days=740)).isoformat()
    code, _, err = desk.verify("--at", late)
    assert (code, err.split()[0]) == (1, "EXPIRED")
    (desk.campaign / "status.jwsl").rename(desk.place / "elsewhere.jwsl")
    code, _, err = desk.verify()
    assert (code, err[:12]) == (4, "CANNOT CHECK")
    code, out, _ = desk.verify("--without-status")
    assert code == 0
    assert "status not checked" in out
    desk.token.write_text(desk.token.read_text()[:-3] + "AA\n")
    code, _, err = desk.verify("--status", desk.place / "elsewhere.jwsl")
    assert (code, err[:17]) == (1, "FORGED OR ALTERED")


def test_refusals_name_the_reason_in_both_languages(desk: Desk) -> None:
    words = ("--evaluator", "Sara", "--reviewer", " sara ", "--decider", "Negar")
    issue = ("certificate", "issue", desk.campaign, "--credentials", desk.kit)
    code, _, err = desk.mafalab(*issue, *words)
    assert code == 1
    assert "different people" in err
    assert "سه نفر متفاوت" in err
    result = certifiable()
    statement = result.statement.model_copy(update={"decision": Decision.NOT_CONFORMING})
    shutil.rmtree(desk.campaign)
    write_campaign(desk.campaign, result.model_copy(update={"statement": statement}))
    code, _, err = desk.issue()
    assert code == 1
    assert "the decision is not conforming" in err
    assert not desk.token.exists()


def test_a_bundle_binds_and_a_tampered_one_does_not(desk: Desk) -> None:
    bundle = write_bundle(desk.campaign)
    assert desk.issue()[0] == 0
    assert desk.verify("--campaign", bundle)[0] == 0
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    bundle.write_bytes(content)
    code, _, err = desk.verify("--campaign", bundle)
    assert code == 1
    assert "does not hold" in err


def test_json_answers_carry_claims_only_when_valid(desk: Desk) -> None:
    issued = json.loads(desk.issue("--json")[1])
    told = json.loads(desk.verify("--json")[1])
    assert told["finding"] == "valid"
    assert told["certificate"] == issued
    desk.change("suspend", "--reason", "r")
    told = json.loads(desk.verify("--json")[1])
    assert told["finding"] == "suspended"
    assert "certificate" not in told


@pytest.mark.parametrize(
    "words",
    [
        ("--trust", "absent.pem"),
        ("--at", "yesterday"),
        ("--at", "2027-01-01T00:00:00"),
        ("--status", "absent.jwsl"),
    ],
)
def test_unusable_input_is_a_usage_error(desk: Desk, words: tuple[str, str]) -> None:
    desk.issue()
    given = ("--trust", str(desk.trust)) if words[0] != "--trust" else ()
    code, _, err = desk.mafalab("certificate", "verify", desk.token, *given, *words)
    assert code == 2
    assert "Traceback" not in err


def test_openssl_accepts_the_chain_in_the_certificate(desk: Desk) -> None:
    desk.issue()
    import base64  # noqa: PLC0415 - only here

    header = desk.token.read_text().split(".")[0]
    chain = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["x5c"]
    paths = []
    for number, item in enumerate(chain):
        path = desk.place / f"{number}.pem"
        der = x509.load_der_x509_certificate(base64.b64decode(item))
        path.write_bytes(der.public_bytes(serialization.Encoding.PEM))
        paths.append(path)
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", desk.trust, "-untrusted", paths[1], paths[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_network_is_never_touched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def poisoned(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr("socket.socket.connect", poisoned)
    monkeypatch.setattr("socket.create_connection", poisoned)
    assert desk.issue()[0] == 0
    assert desk.verify("--campaign", desk.campaign)[0] == 0
