"""The channel of every role: mutual TLS with the DITAS token of one centre."""

from __future__ import annotations

from lab.kit import Caller, Expect, Recipe, Sut, SyntheticData
from suites.shared import Attempt, attempt, shared_case


def _over(token: str | None, label: str) -> Attempt:
    return Attempt(caller=Caller("office-1", person="dr01", token=token), label=label)


@shared_case(
    "SEC-TLS-001",
    verifies=("RM-P8-B", "ERX-11-B"),
    title_fa="رد تماس بدون گواهی کانال",
)
def tc_channel_without_certificate(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT turns a channel away that has no client certificate.

    Given a complete and sealed message, when it arrives over a channel without client certificate,
    then it is refused in the handshake or with 401.
    """
    reply = attempt(probe, sut, data, expect, _over(None, "no certificate"))
    expect.refused(
        reply,
        status=401,
        code="TRANSPORT_CLIENT_CERTIFICATE_REQUIRED",
        fix="Demand a client certificate in the TLS handshake.",
        fix_fa="در دست‌دهی TLS گواهی مشتری را الزامی کنید.",
    )


@shared_case(
    "SEC-TLS-002",
    verifies=("ERX-6-4-D", "RM-P8-B"),
    title_fa="رد گواهی کانال بیگانه",
)
def tc_channel_of_a_foreign_root(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses a channel certificate of another root.

    Given a token with the right names from a foreign root, when a sealed message arrives over it,
    then it is refused in the handshake or with 401.
    """
    reply = attempt(probe, sut, data, expect, _over("office-1.token-foreign", "foreign token"))
    expect.refused(
        reply,
        status=401,
        code="TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
        fix="Trust the health root only.",
        fix_fa="تنها به ریشهٔ سلامت اعتماد کنید.",
    )


@shared_case(
    "SEC-TLS-003",
    verifies=("ERX-A1-9-7-B", "RM-P8-B"),
    title_fa="رد گواهی کانال منقضی یا باطل",
)
def tc_channels_expired_and_revoked(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses channel certificates that have expired or been revoked.

    Given such tokens, when sealed messages arrive over them, then both are refused in the handshake
    or with 401.
    """
    for state in ("expired", "revoked"):
        reply = attempt(probe, sut, data, expect, _over(f"office-1.token-{state}", state))
        expect.refused(
            reply,
            status=401,
            code="TRANSPORT_CLIENT_CERTIFICATE_REFUSED",
            title=f"a client certificate that is {state} is taken",
            fix="Check validity and revocation (OCSP, CRL) of the client certificate.",
            fix_fa="اعتبار و ابطال گواهی مشتری را بسنجید.",
        )


@shared_case(
    "SEC-TLS-004",
    verifies=("RM-P8-B", "ERX-15-N"),
    title_fa="رد گواهی کانال مرکز دیگر",
)
def tc_channel_that_is_another_centres(
    sut: Sut, data: SyntheticData, expect: Expect, probe: Recipe
) -> None:
    """Ensure that the IUT refuses the seal of one centre over the channel of another.

    Given a message sealed by office-1, when it arrives over the token of office-2, then it is
    refused as a mismatch.
    """
    reply = attempt(probe, sut, data, expect, _over("office-2.token", "other channel"))
    expect.refused(
        reply,
        status=(401, 403),
        code="TRANSPORT_CENTRE_MISMATCH",
        fix="Compare centre and software of token and seal.",
        fix_fa="مرکز و نرم‌افزار گواهی کانال و مُهر را با هم بسنجید.",
    )
