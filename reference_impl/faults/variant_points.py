"""Legal variants: another conforming product could do it this way and must not be refused."""

from __future__ import annotations

from reference_impl.faults.declared import Point

VARIANT_POINTS: tuple[Point, ...] = (
    Point("variant.members_reversed", "Members of every object in another order.", "variant"),
    Point("variant.json_pretty", "Answers are indented JSON instead of compact.", "variant"),
    Point("variant.json_ascii", "Persian text in answers as \\u escapes.", "variant"),
    Point("variant.slow", "Every operation answers 50 ms later.", "variant"),
    Point("variant.reasons_reworded", "Problem titles and texts in other words.", "variant"),
    Point("variant.extra_members", "Answers carry additional members.", "variant"),
    Point("variant.utc_times", "Times of the service in UTC (Z) instead of +03:30.", "variant"),
    Point("variant.matches_newest_first", "Query results in another order.", "variant"),
    Point("variant.etag_opaque", "Entity tags are hashes instead of version numbers.", "variant"),
    Point("variant.fractional_seconds", "Times with fractions of a second.", "variant"),
    Point("variant.problem_extra_members", "Problems carry further members.", "variant"),
    Point("variant.header_names_titled", "Header names in title case.", "variant"),
)
