"""Mistakes of configuration and environment, made on purpose: nothing of it is the product's fault.

The product is the sound exchange over real HTTPS. Each point changes `sut.toml`, the credential kit
it names, or this process, in the way an operator would get it wrong. The process is given up
afterwards.
"""

from __future__ import annotations

import json
import resource
import shutil
import signal
import socket
import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from lab.campaign import own_side
from lab.drivers import pytest_execution
from lab.model.base import JsonValue
from lab.validation.corpus import Subject

Profile = dict[str, JsonValue]
_CALLER = "office-1.token"
_AHEAD = timedelta(hours=1)
_DISK_BYTES = 400_000


def misconfigure(subject: Subject, sut: Path, state: Path) -> None:
    """Apply the mistake `subject.point` to a profile and this process; KeyError when unknown."""
    profile = tomllib.loads(sut.read_text("utf-8"))
    kit = sut.parent / "kit"
    shutil.copytree(state / "credentials", kit)
    profile["ixit"]["credentials"] = str(kit)
    _POINTS[subject.point](profile, kit)
    sut.write_text(_toml(profile), "utf-8")


def _toml(profile: Profile) -> str:
    lines = [f"{k} = {json.dumps(v)}" for k, v in profile.items() if not isinstance(v, dict)]
    for name, table in profile.items():
        if isinstance(table, dict):
            lines += ["", f"[{name}]", *(f"{k} = {json.dumps(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _moved(url: str, host: str, port: int) -> str:
    return urlsplit(url)._replace(netloc=f"{host}:{port}").geturl()


def _wrong_port(profile: Profile, _kit: Path) -> None:
    ixit = profile["ixit"]
    ixit["base_url"] = _moved(ixit["base_url"], "127.0.0.1", _closed_port())


def _wrong_address(profile: Profile, _kit: Path) -> None:
    ixit = profile["ixit"]
    ixit["base_url"] = _moved(ixit["base_url"], "127.0.0.99", urlsplit(ixit["base_url"]).port or 0)


def _unknown_name(profile: Profile, _kit: Path) -> None:
    ixit = profile["ixit"]
    ixit["base_url"] = _moved(ixit["base_url"], "product.invalid", 443)


def _not_https(profile: Profile, _kit: Path) -> None:
    profile["ixit"]["base_url"] = profile["ixit"]["base_url"].removeprefix("https://")


def _wrong_role(profile: Profile, _kit: Path) -> None:
    profile["role"] = "irimc_registry"


def _no_environment(profile: Profile, _kit: Path) -> None:
    for key in ("environment_url", "status_url"):
        url = profile["ixit"][key]
        profile["ixit"][key] = _moved(url, "127.0.0.1", _closed_port())


def _no_kit(profile: Profile, kit: Path) -> None:
    profile["ixit"]["credentials"] = str(kit / "nowhere")


def _another_certificate(profile: Profile, kit: Path, source: str, *names: str) -> None:
    for name in names:
        shutil.copy(kit / source / name, kit / _CALLER / name)
    del profile


def _expired(profile: Profile, kit: Path) -> None:
    source = "office-1.token-expired"
    _another_certificate(profile, kit, source, "cert.pem", "chain.pem", "key.pem")


def _foreign(profile: Profile, kit: Path) -> None:
    source = "office-1.token-foreign"
    _another_certificate(profile, kit, source, "cert.pem", "chain.pem", "key.pem")


def _key_of_another(profile: Profile, kit: Path) -> None:
    _another_certificate(profile, kit, "office-2.token", "key.pem")


def _no_trust(_profile: Profile, kit: Path) -> None:
    """Trust somebody else: the root of another authority, as after renewing one side only."""
    foreign = kit / "office-1.token-foreign" / "chain.pem"
    shutil.copy(foreign, kit / "trust.pem")


class _Ahead(datetime):
    """The clock of this machine, an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp((datetime.now(tz) + _AHEAD).timestamp(), tz)


def _clock_ahead(_profile: Profile, _kit: Path) -> None:
    for module in (own_side, pytest_execution):
        vars(module)["datetime"] = _Ahead


def _full_disk(_profile: Profile, _kit: Path) -> None:
    """Let every write beyond a size fail in this process, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_DISK_BYTES, hard))


_POINTS: dict[str, Callable[[Profile, Path], None]] = {
    "config.wrong_port": _wrong_port,
    "config.wrong_address": _wrong_address,
    "config.unknown_name": _unknown_name,
    "config.not_https": _not_https,
    "config.wrong_role": _wrong_role,
    "config.no_kit": _no_kit,
    "config.client_certificate_expired": _expired,
    "config.client_certificate_foreign": _foreign,
    "config.key_of_another": _key_of_another,
    "config.no_trust": _no_trust,
    "environment.clock_ahead": _clock_ahead,
    "environment.down": _no_environment,
    "environment.disk_full": _full_disk,
}
