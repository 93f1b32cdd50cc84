"""The channel: mutual TLS with the DITAS token of one centre."""

from __future__ import annotations

from lab.kit import Caller, Expect, Sut, SyntheticData, conformance_case
from suites.security.probes import Probe, attempt


@conformance_case(
    "TC-PUR-SEC-TLS-001",
    verifies=("RM-P8-B", "ERX-11-B"),
    role="purchaser_system",
    title_fa="رد تماس بدون گواهی کانال",
)
def tc_no_client_certificate(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT turns a caller away who presents no client certificate.

    Given a complete and sealed registration, when it arrives over a channel without client
    certificate, then it is refused in the handshake or with 401, and nothing is registered.
    """
    reply = attempt(sut, data, expect, Probe(caller=Caller("office-1", token=None)))
    expect.refused(
        reply,
        status=401,
        code="TRANSPORT_CLIENT_CERTIFICATE_REQUIRED",
        fix="Demand a client certificate in the TLS handshake.",
        fix_fa="در دست‌دهی TLS گواهی مشتری را الزامی کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-TLS-002",
    verifies=("ERX-6-4-D", "RM-P8-B"),
    role="purchaser_system",
    title_fa="رد گواهی کانال بیگانه",
)
def tc_foreign_client_certificate(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a client certificate of another certificate authority.

    Given a token with the right names from a foreign root, when a sealed registration arrives over
    it, then it is refused in the handshake or with 401, and nothing is registered.
    """
    foreign = Caller("office-1", token="office-1.token-foreign")  # noqa: S106 - identity name
    reply = attempt(sut, data, expect, Probe(caller=foreign))
    expect.refused(
        reply,
        status=401,
        code="TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
        fix="Trust the health root only.",
        fix_fa="تنها به ریشهٔ سلامت اعتماد کنید.",
    )


@conformance_case(
    "TC-PUR-SEC-TLS-003",
    verifies=("ERX-A1-9-7-B", "RM-P8-B"),
    role="purchaser_system",
    title_fa="رد گواهی کانال منقضی یا باطل",
)
def tc_expired_and_revoked_client_certificates(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses expired and revoked client certificates.

    Given tokens that have expired or been revoked, when sealed registrations arrive over them,
    then both are refused in the handshake or with 401, and nothing is registered.
    """
    for state in ("expired", "revoked"):
        caller = Caller("office-1", token=f"office-1.token-{state}")
        reply = attempt(sut, data, expect, Probe(caller=caller, label=state))
        expect.refused(
            reply,
            status=401,
            code="TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
            title=f"a client certificate that is {state} is taken",
            fix="Check validity and revocation (OCSP, CRL) of the client certificate.",
            fix_fa="اعتبار و ابطال گواهی مشتری را بسنجید.",
        )


@conformance_case(
    "TC-PUR-SEC-TLS-004",
    verifies=("RM-P8-B", "ERX-15-N"),
    role="purchaser_system",
    title_fa="رد گواهی کانال مرکز دیگر",
)
def tc_channel_of_another_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a seal of one centre over the channel of another.

    Given a registration sealed by office-1, when it arrives over the token of office-2, then it is
    refused as a mismatch, and nothing is registered.
    """
    caller = Caller("office-1", token="office-2.token")  # noqa: S106 - identity name
    reply = attempt(sut, data, expect, Probe(caller=caller))
    expect.refused(
        reply,
        status=(401, 403),
        code="TRANSPORT_CENTRE_MISMATCH",
        fix="Compare centre and software of token and seal.",
        fix_fa="مرکز و نرم‌افزار گواهی کانال و مُهر را با هم بسنجید.",
    )
