"""Fault points of the identity service."""

from __future__ import annotations

from reference_impl.faults.declared import Point

IDENTITY_POINTS: tuple[Point, ...] = (
    Point("identity.inquiry.check_digit_ignored", "The check digit of a code is not computed."),
    Point("identity.inquiry.unknown_answered", "A code nobody has is answered as a person."),
    Point("identity.inquiry.birth_year_ignored", "A code alone opens the register."),
    Point("identity.inquiry.deceased_answered", "A deceased person is answered like the living."),
    Point("identity.inquiry.blocked_answered", "A blocked code is answered like a usable one."),
    Point("identity.inquiry.name_unfolded", "Arabic and Persian letters make different names."),
    Point("identity.foreign.any_type", "National codes are answered as foreign nationals."),
    Point("identity.unique_id.need_unchecked", "A person with a usable code gets a unique id."),
    Point("identity.unique_id.second_for_one_code", "A blocked code gets a second unique id."),
    Point("identity.unique_id.check_character_wrong", "Unique ids carry a wrong check character."),
    Point("identity.link.day_short", "The mother's code ends on the morning of the 60th day."),
    Point("identity.link.siblings_merged", "The birth date of a sibling is not looked at."),
    Point("identity.link.conflict_overlooked", "A newborn is linked to somebody else's code."),
    Point("identity.link.again_refused", "A link told again is a conflict."),
    Point("identity.link.read_by_others", "Any centre reads the links another one told."),
    Point("identity.link.siblings_told_alike", "Former ids are told as those of a first child."),
    Point("identity.foreign.names_always_match", "Every name matches that of a foreign national."),
    Point("identity.variant.names_withheld", "Names are compared and not told.", "variant"),
)
