"""What is wrong on our own side stops a campaign before anything is sent to the product."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

import pytest

from lab.campaign import own_side
from lab.campaign.own_side import check_own_side
from lab.kit.asgi import AsgiTransport
from lab.model.errors import EnvironmentFault, ProfileError
from lab.model.sut import Ixit, ProductIdentity, SutProfile
from lab.selection.profile import load_profile

TOKEN = "office-1.token"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("exchange")
    AsgiTransport(f"reference_impl.topology.inprocess:create?state={state}").close()
    return state / "credentials"


@pytest.fixture
def status() -> Iterator[str]:
    """Serve a clock that is right."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def kit(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "kit"))


def profile(kit: Path, status_url: str | None = None) -> SutProfile:
    return SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="siam",
        ixit=Ixit(
            base_url="https://127.0.0.1:1/siam/v1", credentials=str(kit), status_url=status_url
        ),
    )


def test_a_sound_kit_is_taken(kit: Path) -> None:
    check_own_side(profile(kit))
    check_own_side(profile(kit, "http://127.0.0.1:9"))  # nobody answers: nothing is known


@pytest.mark.parametrize(
    ("source", "names", "reason"),
    [
        ("office-1.token-expired", ("cert.pem", "chain.pem", "key.pem"), "today is"),
        ("office-1.token-foreign", ("cert.pem", "chain.pem", "key.pem"), "does not lead to"),
        ("office-2.token", ("key.pem",), "private key"),
    ],
)
def test_a_certificate_of_ours_that_a_product_must_refuse_is_named(
    kit: Path, source: str, names: tuple[str, ...], reason: str
) -> None:
    for name in names:
        shutil.copy(kit / source / name, kit / TOKEN / name)
    with pytest.raises(ProfileError, match=reason) as caught:
        check_own_side(profile(kit))
    assert TOKEN in caught.value.sentence
    assert caught.value.sentence_fa


def test_the_root_of_another_authority_is_named(kit: Path) -> None:
    shutil.copy(kit / "office-1.token-foreign" / "chain.pem", kit / "trust.pem")
    with pytest.raises(ProfileError, match=r"trust\.pem"):
        check_own_side(profile(kit))


class _Ahead(datetime):
    @classmethod
    def now(cls, tz: object = None) -> Self:
        del tz
        return cls.fromtimestamp((datetime.now(UTC) + timedelta(hours=1)).timestamp(), UTC)


def test_a_clock_that_is_off_is_no_finding_on_the_product(
    kit: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    check_own_side(profile(kit, status))
    monkeypatch.setattr(own_side, "datetime", _Ahead)
    with pytest.raises(EnvironmentFault, match=r"\+36\d\d s off"):
        check_own_side(profile(kit, status))


def test_an_address_of_another_roles_service_is_refused(tmp_path: Path) -> None:
    text = (
        'role = "siam"\n[product]\nvendor = "v"\nproduct = "p"\nversion = "1"\n'
        '[ixit]\ncredentials = "kit"\nbase_url = "https://127.0.0.1:1/{}/v1"\n'
    )
    (tmp_path / "sut.toml").write_text(text.format("ttac"), "utf-8")
    with pytest.raises(ProfileError, match="leads to the service ttac"):
        load_profile(tmp_path / "sut.toml")
    for path in ("siam", "my/own/prefix"):
        (tmp_path / "sut.toml").write_text(text.format(path), "utf-8")
        assert load_profile(tmp_path / "sut.toml").role == "siam"
