"""Fault points of the gateway: register of software, tokens, copy for the record, counters."""

from __future__ import annotations

from reference_impl.faults.declared import Point

GATEWAY_POINTS: tuple[Point, ...] = (
    Point("gateway.admission.skip_token", "Suspended, locked and revoked tokens are admitted."),
    Point("gateway.admission.skip_scope", "A certificate is good for every role of a centre."),
    Point("gateway.admission.remember_for_ever", "Facts about a centre are never asked again."),
    Point("gateway.register.ignore_status_list", "Suspended certificates count as valid."),
    Point("gateway.register.stale_list", "A status list past its time is believed."),
    Point("gateway.register.any_major_version", "The certified major version is not compared."),
    Point("gateway.token.reinstate_revoked", "A revoked token can be reinstated."),
    Point("gateway.token.certificate_stays_good", "Revoking a token leaves its certificate good."),
    Point("gateway.token.issue_unconditionally", "Tokens are issued whatever licence says."),
    Point("gateway.token.reason_unchecked", "Any coded text passes as a reason."),
    Point("gateway.outbox.forget_unreachable", "A copy the record cannot take now is dropped."),
    Point("gateway.outbox.poison_blocks", "A refused copy is tried again for ever."),
    Point("gateway.outbox.copy_refused", "Documents the service refused are copied as well."),
    Point("gateway.log.other_centres", "The message log is shown to every centre."),
    Point("gateway.rate.unlimited", "No sender is ever slowed down."),
    Point("gateway.rate.one_bucket_for_all", "One busy centre slows down all others."),
    Point("gateway.traffic.refusals_are_faults", "Refusals count as faults of the service."),
    Point("gateway.traffic.mean_as_p95", "The 95th percentile is the mean."),
    Point("gateway.variant.catalogue_reversed", "The catalogue has another order.", "variant"),
    Point("gateway.variant.copy_later", "Copies leave with the next round only.", "variant"),
)
