"""The health certification authority: root, intermediate and the leaves they sign (P-256, SHA-256).

A leaf names where its status can be asked: OCSP, CRL and the issuer's certificate, all on the plain
status address of the exchange.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from reference_impl.pki.identities import Identity
from reference_impl.platform.certificates import class_oid

YEAR = timedelta(days=365)
LEAF_LIFE = 2 * YEAR
_STANDARD_USAGES = {
    "ditas_token": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    "proxy": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    # Services open channels to each other with their seal's certificate.
    "service_seal": (ExtendedKeyUsageOID.CLIENT_AUTH,),
    "service_tls": (ExtendedKeyUsageOID.SERVER_AUTH,),
    "tsa": (ExtendedKeyUsageOID.TIME_STAMPING,),
    "ocsp": (ExtendedKeyUsageOID.OCSP_SIGNING,),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """A certification authority: certificate, key, and the name its CRL and certificate go by."""

    name: str
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def create_root(common_name: str, now: datetime, name: str = "root") -> Issuer:
    """Make a self-signed root, valid from five years ago so that expired leaves fit below it."""
    key = new_key()
    subject = _ca_name(common_name)
    certificate = _ca(subject, subject, key, key, now, path_length=1, authority=None).sign(
        key, hashes.SHA256()
    )
    return Issuer(name, certificate, key)


def create_intermediate(
    root: Issuer, common_name: str, now: datetime, status_url: str, name: str = "intermediate"
) -> Issuer:
    """Make an issuing authority below the root."""
    key = new_key()
    builder = _ca(
        _ca_name(common_name),
        root.certificate.subject,
        key,
        root.key,
        now,
        path_length=0,
        authority=root,
    )
    for extension in _status_extensions(status_url, root.name, ocsp=False):
        builder = builder.add_extension(extension, critical=False)
    return Issuer(name, builder.sign(root.key, hashes.SHA256()), key)


def renew_intermediate(former: Issuer, now: datetime, status_url: str) -> Issuer:
    """Give an issuing authority a new key, certified with the former one (RFC 4210, 4.4).

    Such a certificate is in its own name and does not count against the path length that the former
    one states (RFC 5280, 6.1.4 l); leaves of the new key have one more certificate above them.
    """
    key, name = new_key(), former.certificate.subject
    builder = _ca(name, name, key, former.key, now, path_length=0, authority=former)
    for extension in _status_extensions(status_url, former.name, ocsp=False):
        builder = builder.add_extension(extension, critical=False)
    return Issuer(former.name, builder.sign(former.key, hashes.SHA256()), key)


def issue(
    issuer: Issuer,
    identity: Identity,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime,
    status_url: str,
    *,
    life: timedelta = LEAF_LIFE,
) -> x509.Certificate:
    """Issue one leaf. State "expired" gives a certificate that ended yesterday."""
    ended = identity.state == "expired"
    start = now - YEAR if ended else now - timedelta(hours=1)
    end = now - timedelta(days=1) if ended else now + life
    builder = (
        x509.CertificateBuilder()
        .subject_name(_leaf_name(identity))
        .issuer_name(issuer.certificate.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(identity.kind), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage(
                [*_STANDARD_USAGES.get(identity.kind, ()), class_oid(identity.kind)]
            ),
            # RFC 3161 asks for a critical usage in time-stamping certificates.
            critical=identity.kind == "tsa",
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(_authority_key(issuer), critical=False)
    )
    if identity.server:
        builder = builder.add_extension(_loopback_names(), critical=False)
    if identity.kind == "ocsp":
        # RFC 6960, 4.2.2.2.1: nobody asks the responder about its own certificate.
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    for extension in _status_extensions(status_url, issuer.name, ocsp=True):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _ca(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    path_length: int,
    authority: Issuer | None,
) -> x509.CertificateBuilder:
    aki = (
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        if authority is None
        else _authority_key(authority)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 5 * YEAR)
        .not_valid_after(now + 15 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(
            _usage(digital_signature=False, key_cert_sign=True, crl_sign=True), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(aki, critical=False)
    )


def _authority_key(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)


def _status_extensions(
    status_url: str, issuer_name: str, *, ocsp: bool
) -> list[x509.AuthorityInformationAccess | x509.CRLDistributionPoints]:
    ca_issuers = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS,
        x509.UniformResourceIdentifier(f"{status_url}/ca/{issuer_name}.cer"),
    )
    responder = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(f"{status_url}/ocsp")
    )
    point = x509.DistributionPoint(
        full_name=[x509.UniformResourceIdentifier(f"{status_url}/crl/{issuer_name}.crl")],
        relative_name=None,
        reasons=None,
        crl_issuer=None,
    )
    return [
        x509.AuthorityInformationAccess([responder, ca_issuers] if ocsp else [ca_issuers]),
        x509.CRLDistributionPoints([point]),
    ]


def _loopback_names() -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
    )


def _key_usage(kind: str) -> x509.KeyUsage:
    return _usage(digital_signature=True, content_commitment=kind == "professional")


def _usage(
    *,
    digital_signature: bool,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _ca_name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "IR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Synthetic health authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _leaf_name(identity: Identity) -> x509.Name:
    wanted = (
        (NameOID.COMMON_NAME, identity.common_name[:64]),
        (NameOID.ORGANIZATION_NAME, identity.organisation),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, identity.unit),
        (NameOID.SERIAL_NUMBER, identity.serial_number),
        (NameOID.TITLE, identity.title[:64]),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in wanted if value])
