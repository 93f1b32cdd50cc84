"""Fault points of the coding service."""

from __future__ import annotations

from reference_impl.faults.declared import Point

MAKSA_POINTS: tuple[Point, ...] = (
    Point("maksa.validate.retired_valid", "A retired code is valid."),
    Point("maksa.validate.announced_valid", "A code is valid from its announcement on."),
    Point("maksa.validate.text_ignored", "Any text goes with a code that is right."),
    Point("maksa.validate.text_unfolded", "A text is compared letter by letter."),
    Point("maksa.validate.any_system", "A code is found in whichever system has it."),
    Point("maksa.validate.newest_only", "Only the newest version of a concept is known."),
    Point("maksa.systems.codes_once", "Versions of a concept are not counted."),
    Point("maksa.systems.private_one", "A coding of the server's own is published."),
    Point("maksa.systems.old_release", "Systems are told with the release before."),
    Point("maksa.concept.by_number", "Codes that are equal as numbers are one code."),
    Point("maksa.releases.only_valid_ones", "Announced releases are not told before their day."),
    Point("maksa.changes.retired_left_out", "Retired codes are not among the changes."),
    Point("maksa.search.unfolded", "Arabic letters, other digits and joiners find nothing."),
    Point("maksa.search.limit_ignored", "More concepts come than were asked for."),
    Point("maksa.search.retired_found", "Concepts out of force are found."),
    Point("maksa.translate.one_way", "Services are not led back to their tests."),
    Point("maksa.translate.always_lenient", "Aliases are read in strict mode too."),
    Point("maksa.translate.alias_silent", "An alias is read and not reported."),
    Point("maksa.publish.at_once", "A release is valid without any notice."),
    Point("maksa.publish.by_anybody", "Any centre publishes codes."),
    Point("maksa.publish.code_given_twice", "A code that exists is given to another concept."),
    Point("maksa.publish.codes_unchanged", "A published release changes no code."),
    Point("maksa.variant.concept_left_out", "The verdict comes without the concept.", "variant"),
    Point("maksa.variant.short_search", "A search answers five concepts at most.", "variant"),
)
