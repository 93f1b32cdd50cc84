"""Certification and admission are one loop: what the laboratory signs decides admission."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.synthetic.world import world
from lab.cli.main import main
from lab.model.campaign import ResultDocument
from tests.component.trusted import CENTRES, COMPROMISED, PHARMACIST, TrustCaller
from tests.support.laboratory import certifiable, write_campaign
from tests.unit.reference_platform.sealed_caller import Heard

PEOPLE = ("--evaluator", "Sara", "--reviewer", "Babak", "--decider", "Negar")


def pharmacy_result() -> ResultDocument:
    """A conforming result of the pharmacy scheme."""
    result = certifiable()
    campaign = result.campaign
    plan = campaign.plan.model_copy(
        update={
            "scheme": "pharmacy_system",
            "role": "pharmacy_system",
            "id": "pharmacy-certification",
        }
    )
    profile = campaign.profile.model_copy(update={"role": "pharmacy_system"})
    changed = campaign.model_copy(update={"plan": plan, "profile": profile})
    return result.model_copy(update={"campaign": changed})


def software_id(key: str) -> str:
    return world().software[key].software_id


class Desk:
    """An exchange, and the laboratory that publishes its register."""

    def __init__(self, place: Path, state: Path) -> None:
        self.state = state
        # The kit must exist before a laboratory can sign.
        TrustCaller(state).close()
        self.folder = place / "register"
        self.campaign = place / "campaign"
        self.folder.mkdir()
        self.result = pharmacy_result()
        write_campaign(self.campaign, self.result)
        self.callers: list[TrustCaller] = []
        self.list_product()

    def caller(self, *faults: str) -> TrustCaller:
        self.callers.append(TrustCaller(self.state, *faults, register=self.folder))
        return self.callers[-1]

    def list_product(self, *, only: bool = False, **changes: str) -> None:
        product = self.result.campaign.profile.product
        row = {
            "software_id": software_id("sw-pharmacy"),
            "vendor": product.vendor,
            "product": product.product,
            "version": product.version,
            **changes,
        }
        lines = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in row.items()]
        text = "\n".join([f"only = {str(only).lower()}", "[[product]]", *lines]) + "\n"
        (self.folder / "products.toml").write_text(text, "utf-8")

    def mafalab(self, *words: str | Path) -> None:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        assert ended.value.code == 0

    def issue(self) -> None:
        self.mafalab(
            "certificate", "issue", self.campaign, *PEOPLE,
            "--credentials", self.state / "credentials",
            "--out", self.folder / "pharmacy", "--status", self.folder / "status.jwsl",
        )  # fmt: skip

    def change(self, event: str, *more: str) -> None:
        self.mafalab(
            "certificate", event, self.folder / "pharmacy" / "certificate.jws", "--by", "Negar",
            "--credentials", self.state / "credentials",
            "--status", self.folder / "status.jwsl", "--reason", "surveillance", *more,
        )  # fmt: skip


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def desk(tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    made = Desk(tmp_path, state)
    yield made
    capsys.readouterr()
    for caller in made.callers:
        caller.close()


def pharmacy(caller: TrustCaller) -> Heard:
    return caller.ask("GET", CENTRES, **PHARMACIST)


def refused(heard: Heard, word: str) -> None:
    assert (heard.status, heard.code) == (403, "ADMISSION_SOFTWARE_NOT_CERTIFIED")
    assert heard.json["errors"][0]["detail"] == f"certificate: {word}"


def test_issue_suspend_reinstate_withdraw_reach_admission(desk: Desk) -> None:
    caller = desk.caller()
    refused(pharmacy(caller), "none")
    assert caller.ask("GET", CENTRES).status == 200, "software that is not listed is not touched"
    desk.issue()
    assert pharmacy(caller).status == 200
    desk.change("suspend")
    refused(pharmacy(caller), "suspended")
    desk.change("reinstate")
    assert pharmacy(caller).status == 200
    desk.change("withdraw")
    refused(pharmacy(caller), "withdrawn")


def test_a_register_can_stand_alone(desk: Desk) -> None:
    desk.issue()
    desk.list_product(only=True)
    caller = desk.caller()
    assert pharmacy(caller).status == 200
    refused(caller.ask("GET", CENTRES), "unknown")


def test_another_major_version_is_not_certified(desk: Desk) -> None:
    desk.issue()
    caller = desk.caller()
    desk.list_product(version="5.0")
    refused(pharmacy(caller), "none")
    desk.list_product(version="4.9")
    assert pharmacy(caller).status == 200


def test_the_certificate_of_a_pharmacy_product_does_not_prescribe(desk: Desk) -> None:
    desk.issue()
    desk.list_product(software_id=software_id("sw-office"))
    heard = desk.caller().ask("POST", "/purchaser/v1/prescriptions", b"{}")
    assert (heard.status, heard.code) == (403, "ADMISSION_SOFTWARE_NOT_CERTIFIED")
    assert heard.json["errors"][0]["detail"] == "the certificate does not cover this role"


def spoil_certificate(folder: Path) -> None:
    path = folder / "pharmacy" / "certificate.jws"
    head, payload, signature = path.read_text().strip().split(".")
    path.write_text(f"{head}.{payload[:-4]}AAAA.{signature}\n")


def cut_status(folder: Path) -> None:
    path = folder / "status.jwsl"
    path.write_text(path.read_text().rstrip("\n"))


def reorder_status(folder: Path) -> None:
    path = folder / "status.jwsl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))


@pytest.mark.parametrize("spoil", [spoil_certificate, cut_status, reorder_status])
def test_a_register_that_is_not_genuine_admits_nobody_listed(desk: Desk, spoil: Any) -> None:
    desk.issue()
    desk.change("suspend")
    caller = desk.caller()
    refused(pharmacy(caller), "suspended")
    spoil(desk.folder)
    heard = pharmacy(caller)
    assert (heard.status, heard.code) == (503, "DEPENDENCY_UNAVAILABLE")


def test_an_old_status_list_decides_nothing(desk: Desk) -> None:
    desk.issue()
    caller = desk.caller()
    assert pharmacy(caller).status == 200
    caller.later(days=8)
    assert pharmacy(caller).code == "DEPENDENCY_UNAVAILABLE"


def test_a_revoked_laboratory_is_believed_no_more(desk: Desk) -> None:
    desk.issue()
    caller = desk.caller()
    body = {**caller.named("laboratory"), "reason": COMPROMISED}
    assert caller.ministry("POST", "/pki/v1/revocations", body).status == 201
    caller.later(minutes=61)
    assert pharmacy(caller).code == "DEPENDENCY_UNAVAILABLE"


def _suspended(desk: Desk, caller: TrustCaller) -> int:
    desk.issue()
    desk.change("suspend")
    return pharmacy(caller).status


def _version(desk: Desk, caller: TrustCaller) -> int:
    desk.issue()
    desk.list_product(version="5.0")
    return pharmacy(caller).status


SEEN: dict[str, Any] = {
    "gateway.register.ignore_status_list": (_suspended, 403),
    "gateway.register.any_major_version": (_version, 403),
}


@pytest.mark.parametrize("point", SEEN)
def test_each_fault_point_shows(desk: Desk, point: str) -> None:
    act, sound = SEEN[point]
    assert (act(desk, desk.caller(point)), sound) == (200, sound)


def test_the_scope_fault_point_shows(desk: Desk) -> None:
    desk.issue()
    desk.list_product(software_id=software_id("sw-office"))
    heard = desk.caller("gateway.admission.skip_scope").ask(
        "POST", "/purchaser/v1/prescriptions", b"{}"
    )
    assert heard.code != "ADMISSION_SOFTWARE_NOT_CERTIFIED"
