"""What a purchaser may tell other services, or not."""

from __future__ import annotations

from reference_impl.faults.declared import Point

PURCHASER_NOTICE_POINTS = (
    Point(
        "purchaser.variant.reports_rule_use",
        "The approvals of accepted documents are reported to the rule service, which counts them.",
        "variant",
    ),
)
