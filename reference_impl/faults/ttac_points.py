"""Fault points of the authenticity service."""

from __future__ import annotations

from reference_impl.faults.declared import Point

TTAC_POINTS: tuple[Point, ...] = (
    Point("ttac.verify.product_ignored", "A genuine label is valid on any product."),
    Point("ttac.verify.level_ignored", "The code of a carton is valid on a pack."),
    Point("ttac.verify.recall_ignored", "Packs of a recalled lot are valid."),
    Point("ttac.verify.lot_ignored", "The expiry of a lot is not looked at."),
    Point("ttac.verify.unknown_valid", "A code nobody printed is genuine."),
    Point("ttac.verify.label_only", "The 20-digit code is not read."),
    Point("ttac.verify.length_ignored", "A code of another length is unknown, not refused."),
    Point("ttac.verify.product_code_state", "Retired and future medicine codes are taken."),
    Point("ttac.verify.product_text", "The text beside a medicine's code is not compared."),
    Point("ttac.verify.own_words", "Verdicts come in words of the service's own."),
    Point("ttac.consume.verdict_ignored", "What a pack is worth is not asked when it is used."),
    Point("ttac.consume.not_remembered", "A pack that was given can be given again."),
    Point("ttac.consume.irc_ignored", "A pack is used for another brand than it belongs to."),
    Point("ttac.consume.whole_pack_at_once", "One item uses up the whole pack."),
    Point("ttac.reactivate.any_centre", "Any centre brings back a pack another one gave."),
    Point("ttac.reactivate.without_end", "Packs are brought back after more than ten days."),
    Point("ttac.reactivate.stays_used", "A pack brought back cannot be given again."),
    Point("ttac.recalls.since_excluded", "Recalls of the very day asked for are left out."),
    Point("ttac.variant.recalls_newest_first", "Recalls come newest first.", "variant"),
)
