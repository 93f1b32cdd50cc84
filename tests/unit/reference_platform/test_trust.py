from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from fixtures.synthetic.world import world
from reference_impl.faults.points import FaultSet
from reference_impl.pki.kit import Authority, open_authority
from reference_impl.pki.revocation import OcspResponder
from reference_impl.platform.certificates import (
    Certificate,
    UnreadableCertificate,
    read_certificate,
)
from reference_impl.platform.clock import MovableClock
from reference_impl.platform.revocation import Ask, OcspStatus
from reference_impl.platform.trust import Standing, Trust
from reference_impl.topology.roster import identities

DER = Encoding.DER


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    state = tmp_path_factory.mktemp("state")
    return open_authority(state, identities(world()), "http://127.0.0.1:1")


def certificate(authority: Authority, name: str) -> Certificate:
    return read_certificate(authority.credential(name).der)


def trust(
    authority: Authority, *faults: str, ask: Ask | None = None, clock: MovableClock | None = None
) -> Trust:
    responder = OcspResponder(authority)

    async def answer(request: bytes) -> bytes:
        return responder.respond(request)

    used = clock or MovableClock()
    return Trust(
        authority.root.certificate,
        (authority.intermediate.certificate,),
        OcspStatus(ask or answer, used),
        used,
        FaultSet(frozenset(faults)),
    )


def standing(used: Trust, found: Certificate) -> Standing:
    return asyncio.run(used.standing(found))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("dr01", Standing.GOOD),
        ("dr01-expired", Standing.EXPIRED),
        ("dr01-foreign", Standing.UNTRUSTED),
        ("dr04", Standing.REVOKED),
        ("office-1.token-revoked", Standing.REVOKED),
        ("purchaser.seal", Standing.GOOD),
    ],
)
def test_standing_follows_the_state_of_the_kit(
    authority: Authority, name: str, wanted: Standing
) -> None:
    assert standing(trust(authority), certificate(authority, name)) is wanted


def test_authorities_are_no_holders(authority: Authority) -> None:
    for issuer in (authority.root, authority.intermediate):
        der = issuer.certificate.public_bytes(DER)
        assert standing(trust(authority), read_certificate(der)) is Standing.UNTRUSTED


def test_foreign_intermediates_that_come_along_do_not_help(
    authority: Authority,
) -> None:
    foreign = (authority.directory / "pki/foreign-intermediate.cert.pem").read_bytes()
    der = x509.load_pem_x509_certificate(foreign).public_bytes(DER)
    judged = trust(authority).standing(certificate(authority, "dr01-foreign"), (der, b"junk"))
    assert asyncio.run(judged) is Standing.UNTRUSTED


def test_the_intermediate_may_come_with_the_message(authority: Authority) -> None:
    used = Trust(
        authority.root.certificate,
        (),
        OcspStatus(_responder(authority), MovableClock()),
        MovableClock(),
        FaultSet(),
    )
    leaf = certificate(authority, "dr01")
    supplied = authority.intermediate.certificate.public_bytes(DER)
    assert asyncio.run(used.standing(leaf)) is Standing.UNTRUSTED
    assert asyncio.run(used.standing(leaf, (supplied,))) is Standing.GOOD


def test_validity_is_looked_at_on_every_use(authority: Authority) -> None:
    clock = MovableClock()
    used, leaf = trust(authority, clock=clock), certificate(authority, "dr01")
    assert standing(used, leaf) is Standing.GOOD
    clock.advance(timedelta(days=800))
    assert standing(used, leaf) is Standing.EXPIRED


def _broken(change: Callable[[bytes], bytes], authority: Authority) -> Ask:
    responder = OcspResponder(authority)

    async def answer(request: bytes) -> bytes:
        return change(responder.respond(request))

    return answer


def test_an_unusable_answer_is_no_good_answer(authority: Authority) -> None:
    leaf = certificate(authority, "dr01")
    changes: list[Callable[[bytes], bytes]] = [
        lambda _good: b"",
        lambda _good: b"\x30\x03\x0a\x01\x03",
        lambda good: good[:-1] + bytes([good[-1] ^ 1]),
        lambda good: good[:400] + bytes([good[400] ^ 1]) + good[401:],
        lambda good: good + b"x" * 20_000,
    ]
    for change in changes:
        used = trust(authority, ask=_broken(change, authority))
        assert standing(used, leaf) is Standing.UNAVAILABLE


def test_an_answer_about_another_certificate_is_not_taken(authority: Authority) -> None:
    responder = OcspResponder(authority)
    kept: list[bytes] = []

    async def always_the_first(request: bytes) -> bytes:
        kept.append(responder.respond(request))
        return kept[0]

    used = trust(authority, ask=always_the_first)
    assert standing(used, certificate(authority, "dr01")) is Standing.GOOD
    assert standing(used, certificate(authority, "dr04")) is Standing.UNAVAILABLE


def test_an_old_answer_is_not_taken(authority: Authority) -> None:
    clock = MovableClock()
    clock.advance(timedelta(hours=2))
    assert standing(trust(authority, clock=clock), certificate(authority, "dr01")) is (
        Standing.UNAVAILABLE
    )


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"not a certificate", bytes(200)])
def test_bytes_that_are_no_certificate_are_named(der: bytes) -> None:
    with pytest.raises(UnreadableCertificate):
        read_certificate(der)


def _responder(authority: Authority) -> Ask:
    return _broken(lambda good: good, authority)
