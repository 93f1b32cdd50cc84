"""Fault points of the certification authority."""

from __future__ import annotations

from reference_impl.faults.declared import Point

PKI_POINTS: tuple[Point, ...] = (
    Point("pki.validation.skip_revocation", "Validation forgets to look for a revocation."),
    Point("pki.validation.ignore_moment", "Validation answers for now whatever time was asked."),
    Point("pki.validation.any_issuer", "Validation does not build the chain to the health root."),
    Point("pki.revocation.anybody", "Any centre may revoke any certificate."),
    Point("pki.revocation.not_published", "A revocation is answered but never published."),
    Point("pki.revocation.reason_unchecked", "Any coded text passes as a reason."),
    Point("pki.revocation.first_moment", "Every revocation is told with the first one's time."),
    Point("pki.revocation.time_moves", "A repeated revocation gets a new time."),
    Point("pki.timestamp.digest_hashed_again", "The digest is hashed before it is stamped."),
    Point("pki.timestamp.weak_digest", "SHA-1 digests are stamped."),
    Point("pki.issue.possession_unchecked", "The signature of a request is not verified."),
    Point("pki.renewal.anybody", "Any centre may renew any certificate."),
    Point("pki.renewal.revoked", "A revoked certificate is renewed."),
    Point("pki.variant.shorter_life", "Certificates are issued for twelve months.", "variant"),
)
