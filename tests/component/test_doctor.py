"""Pre-flight against the real exchange and against configurations that are wrong on purpose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lab.cli.children import Ended, Exchange, free_ports, mafalab
from lab.cli.preflight import Address, Check, Grade, check_clock, check_dns
from tests.support.products import describe, hostile


def checks(done: Ended) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in json.loads(done.out)["checks"]}


def doctor(sut: Path) -> Ended:
    done = mafalab("doctor", "--sut", sut, "--json", limit=60)
    assert "Traceback" not in done.err
    return done


def test_the_reference_is_ready(reference_exchange: Exchange, tmp_path: Path) -> None:
    done = doctor(describe(tmp_path / "sut.toml", reference_exchange))
    assert done.code == 0, done.out + done.err
    rows = checks(done)
    assert {row["grade"] for row in rows.values()} == {"ok"}
    assert {"tls:base_url", "clock:environment", "message:answer", "message:seal"} <= set(rows)


def test_people_get_words_and_no_verdict(reference_exchange: Exchange, tmp_path: Path) -> None:
    sut = describe(tmp_path / "sut.toml", reference_exchange)
    done = mafalab("doctor", "--sut", sut, limit=60)
    assert done.code == 0
    assert "not a verdict" in done.out
    assert "حکم" in done.out


def test_nobody_listening_is_the_product_and_4(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    dead = f"https://127.0.0.1:{free_ports()}/purchaser/v1"
    done = doctor(describe(tmp_path / "sut.toml", reference_exchange, base_url=dead))
    assert done.code == 4
    row = checks(done)["tcp:base_url"]
    assert (row["grade"], row["blame"]) == ("fault", "sut")
    assert "message:answer" not in checks(done)


def test_a_dead_environment_is_the_environment_and_4(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    dead = f"http://127.0.0.1:{free_ports()}"
    done = doctor(describe(tmp_path / "sut.toml", reference_exchange, status_url=dead))
    assert done.code == 4
    assert checks(done)["environment:status_url"]["blame"] == "environment"


def test_an_unknown_host_is_the_configuration_and_2(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    sut = describe(
        tmp_path / "sut.toml", reference_exchange, base_url="https://no-such-host.invalid/v1"
    )
    done = doctor(sut)
    assert done.code == 2
    assert checks(done)["dns:base_url"]["blame"] == "config"


def test_a_foreign_server_certificate_is_named(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    foreign = "pharmacy-1.token-foreign"
    with hostile("html", reference_exchange.credentials, identity=foreign) as url:
        done = doctor(describe(tmp_path / "sut.toml", reference_exchange, base_url=url))
    assert done.code == 4
    row = checks(done)["tls:base_url"]
    assert row["blame"] == "sut"
    assert "certificate" in row["detail"]


@pytest.mark.parametrize("kind", ["html", "garbage", "closes", "ansi"])
def test_a_product_that_talks_nonsense_is_not_ready(
    kind: str, reference_exchange: Exchange, tmp_path: Path
) -> None:
    with hostile(kind, reference_exchange.credentials) as url:
        done = mafalab(
            "doctor", "--sut", describe(tmp_path / "s.toml", reference_exchange, base_url=url)
        )
    assert done.code == 4
    assert "\x1b" not in done.out
    assert "Traceback" not in done.err


def test_a_key_of_somebody_else_is_the_configuration(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    kit = tmp_path / "kit"
    shutil.copytree(reference_exchange.credentials, kit)
    shutil.copy(kit / "office-1.token/key.pem", kit / "office-1.seal/key.pem")
    sut = describe(tmp_path / "sut.toml", reference_exchange, credentials=str(kit))
    done = doctor(sut)
    assert done.code == 2
    row = checks(done)["credentials:office-1.seal"]
    assert "does not belong" in row["detail"]


def test_an_expired_identity_is_the_configuration(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    kit = tmp_path / "kit"
    shutil.copytree(reference_exchange.credentials, kit)
    shutil.rmtree(kit / "office-1.token")
    shutil.copytree(kit / "office-1.token-expired", kit / "office-1.token")
    done = doctor(describe(tmp_path / "sut.toml", reference_exchange, credentials=str(kit)))
    assert done.code == 2
    assert checks(done)["credentials:office-1.token"]["blame"] == "config"


@pytest.mark.parametrize(
    ("header", "grade"),
    [
        ("Sat, 21 Nov 2026 10:00:00 GMT", Grade.OK),
        ("Sat, 21 Nov 2026 10:01:00 GMT", Grade.WARNING),
        ("Sat, 21 Nov 2026 09:50:00 GMT", Grade.FAULT),
        ("yesterday", Grade.WARNING),
        (None, Grade.WARNING),
    ],
)
def test_clock_offset(header: str | None, grade: Grade) -> None:
    assert check_clock("x", header, 1795255200.0).grade is grade


@pytest.mark.parametrize("url", ["http://a", "https://", "https://a:99999", "a", "https://[::"])
def test_addresses_that_are_none(url: str) -> None:
    found = Address.parse("base_url", url, "https")
    assert isinstance(found, Check)
    assert found.grade is Grade.FAULT


def test_localhost_has_an_address() -> None:
    assert check_dns(Address("base_url", "https", "localhost", 1)).grade is Grade.OK
