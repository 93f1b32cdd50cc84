"""Legal variants of the channel: other chains of the server's certificate, an older TLS.

The root allows one authority below it and that one none (RFC 5280, 4.2.1.9), so a longer chain is
that of an authority which has renewed its key: a certificate in its own name, made with the former
key, does not count against the length of the path.
"""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reference_impl.pki.authority import issue, new_key, renew_intermediate
from reference_impl.pki.identities import Identity
from reference_impl.pki.kit import Authority
from reference_impl.platform.configuration import FaultSwitch

_PEM = serialization.Encoding.PEM


def show_certificate(
    context: ssl.SSLContext, authority: Authority, identity: str, faults: FaultSwitch
) -> None:
    """Load certificate, chain and key of a server identity in the form that is switched on."""
    folder = authority.credentials / identity
    if faults.on("variant.tls_1_2_only"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    if faults.on("variant.tls_chain_renewed"):
        _load_renewed(context, authority, identity)
        return
    root = authority.root.certificate if faults.on("variant.tls_chain_with_root") else None
    chain = x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes())
    _load(context, [*chain, *([root] if root else [])], authority.credential(identity).key)


def _load_renewed(context: ssl.SSLContext, authority: Authority, identity: str) -> None:
    """Show a certificate that the health authority issued after it had renewed its key."""
    now, former = datetime.now(UTC), authority.intermediate
    renewed = renew_intermediate(former, now, authority.status_url)
    key, service = new_key(), identity.partition(".")[0]
    subject = (("service", service),)
    holder = Identity(identity, "service_tls", "good", identity, subject, unit=service, server=True)
    leaf = issue(renewed, holder, key.public_key(), now, authority.status_url)
    _load(context, [leaf, renewed.certificate, former.certificate], key)


def _load(
    context: ssl.SSLContext, chain: list[x509.Certificate], key: ec.EllipticCurvePrivateKey
) -> None:
    """Load a chain and its key; OpenSSL reads them from a file only."""
    secret = key.private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.NamedTemporaryFile(suffix=".pem") as whole:  # readable by its owner alone
        whole.write(secret + b"".join(one.public_bytes(_PEM) for one in chain))
        whole.flush()
        context.load_cert_chain(whole.name)
