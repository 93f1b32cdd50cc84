"""Whether a service could work right now: its storage answers, its keys sign, its clock is sane."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.exc import SQLAlchemyError

from reference_impl.platform.certificates import read_certificate
from reference_impl.platform.clock import SystemClock
from reference_impl.platform.configuration import Configuration
from reference_impl.platform.message import Incoming
from reference_impl.platform.seal import seal_holds

OK = "ok"
DRIFT = timedelta(seconds=2)


def check(config: Configuration) -> dict[str, str]:
    """Return "ok" or the reason for storage, keys and clock of one service."""
    return {
        "storage": _storage(config),
        "keys": _keys(config),
        "clock": _clock(config),
    }


def is_ready(checks: dict[str, dict[str, str]]) -> bool:
    """Say whether every check of every service holds; no service at all is not ready."""
    return bool(checks) and all(
        verdict == OK for service in checks.values() for verdict in service.values()
    )


def _storage(config: Configuration) -> str:
    try:
        config.store.ping()
    except SQLAlchemyError as error:
        return f"the database does not answer ({type(error).__name__})"
    return OK


def _keys(config: Configuration) -> str:
    """Seal a message with the service's key and check it with its certificate."""
    target = f"/{config.service}/v1/ready"
    headers = dict.fromkeys(
        ("ditas-centre", "ditas-software", "ditas-user", "ditas-correlation"), config.service
    )
    sealed = config.sealer.request("GET", target, b"", headers)
    certificate = read_certificate(config.sealer.certificate)
    incoming = Incoming("GET", target, tuple(sealed.items()), headers=sealed)
    if not isinstance(certificate.public_key, ec.EllipticCurvePublicKey):
        return "the seal's key is of another kind"
    try:
        seal_holds(incoming, certificate)
    except InvalidSignature:
        return "the seal's key does not fit its certificate"
    now = config.clock.now()
    if not certificate.not_before <= now <= certificate.not_after:
        return "the certificate of the seal is not valid now"
    return OK


def _clock(config: Configuration) -> str:
    """Compare a system clock with the machine; a moved one must at least move."""
    first = config.clock.now()
    if first.tzinfo is None or config.clock.now() < first:
        return "the clock runs backwards or knows no time zone"
    machine = datetime.fromtimestamp(time.time(), UTC)
    if isinstance(config.clock, SystemClock) and abs(first - machine) > DRIFT:
        return "the clock is not the machine's"
    return OK


Checks = Callable[[], dict[str, dict[str, str]]]
