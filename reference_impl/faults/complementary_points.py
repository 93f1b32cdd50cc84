"""Fault points of the complementary insurers."""

from __future__ import annotations

from reference_impl.faults.declared import Point

COMPLEMENTARY_POINTS: tuple[Point, ...] = (
    Point("complementary.share.cap_ignored", "The plan pays above its cap."),
    Point("complementary.share.of_total", "The percentage is taken from the whole cost."),
    Point("complementary.share.not_deducted", "The patient is still asked for the whole part."),
    Point("complementary.base.unverified", "Any base result is believed as sent."),
    Point("complementary.policy.any_person", "A policy pays for anybody who names its number."),
    Point("complementary.policy.lapsed_accepted", "A policy that has ended still pays."),
    Point("complementary.guarantee.any_centre", "A letter can be read and used by any centre."),
    Point("complementary.guarantee.used_twice", "One letter pays two claims."),
    Point("complementary.guarantee.above_ceiling", "A letter is charged above its ceiling."),
    Point("complementary.claim.any_centre", "Any centre may read any second claim."),
    Point("complementary.rules.own_words", "Outcomes are told in words of the insurer."),
    Point("complementary.rules.uncovered_paid", "The plan pays for what it does not cover."),
    Point(
        "complementary.rules.named_as_base",
        "Rules of the plan are told as those of the base insurer.",
    ),
)
