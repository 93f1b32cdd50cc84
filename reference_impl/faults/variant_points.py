"""Legal variants: another conforming product could do it this way and must not be refused."""

from __future__ import annotations

from reference_impl.faults.declared import Point

# What an answer says, in another form.
_VALUE = {
    "variant.members_reversed": "Members of every object in another order.",
    "variant.members_sorted": "Members of every object sorted by name.",
    "variant.extra_members": "Answers carry additional members where the contract leaves room.",
    "variant.optional_left_out": "Optional members that no clause asks for are left out.",
    "variant.nulls_left_out": "Optional members without a value are left out instead of null.",
    "variant.lists_turned_round": "Lists without a prescribed order come in another one.",
    "variant.matches_newest_first": "Query results in another order.",
    "variant.utc_times": "Times of the service in UTC (Z) instead of +03:30.",
    "variant.zero_offset_times": "Times of the service in UTC, written +00:00.",
    "variant.eastern_times": "Times of the service with the offset of another place.",
    "variant.western_times": "Times of the service with an offset in which it is another day.",
    "variant.tenths": "Times with one digit after the second.",
    "variant.fractional_seconds": "Times with fractions of a second.",
    "variant.microseconds": "Times with six digits after the second.",
    "variant.time_ordered_ids": "New identifiers are UUIDs of version 7.",
    "variant.long_secrets": "Secrets of leases have 120 characters.",
    "variant.low_short_codes": "Short codes start with zeros.",
    "variant.etag_opaque": "Entity tags are hashes instead of version numbers.",
    "variant.etag_long": "Entity tags are as long as the contract lets them be.",
}
# The same JSON text, written otherwise.
_TEXT = {
    "variant.json_pretty": "Answers are indented JSON instead of compact.",
    "variant.json_ascii": "Persian text in answers as \\u escapes.",
    "variant.json_escapes": "Escapes with upper-case digits, also of the solidus.",
    "variant.json_spaced": "Tabs and line ends before, between and after the tokens.",
}
# Problem details.
_PROBLEM = {
    "variant.reasons_reworded": "Problem titles and texts in other words.",
    "variant.problem_extra_members": "Problems carry further members.",
    "variant.problem_in_persian": "The title of a problem is Persian.",
    "variant.problem_detail": "Problems carry a detail and a text in a third language.",
    "variant.problem_places_turned_round": "The places of a problem come in another order.",
}
# Header fields and how the bytes are handed over.
_HTTP = {
    "variant.header_names_titled": "Header names in title case.",
    "variant.header_names_upper": "Header names in upper case.",
    "variant.headers_reversed": "Header fields in another order.",
    "variant.header_lines_split": "Lists in header fields are spread over several lines.",
    "variant.server_named": "The server names its product.",
    "variant.security_headers": "Further security headers.",
    "variant.trace_headers": "Headers for tracing and timing.",
    "variant.content_language": "The languages of the answer are told.",
    "variant.vary_named": "Vary and Accept-Ranges are told.",
    "variant.description_linked": "Answers link to a description of the service.",
    "variant.cache_control_more": "Caching is forbidden in more ways than one.",
    "variant.charset_named": "The media type names its character set.",
    "variant.media_type_case": "The media type is written with capitals.",
    "variant.retry_after_date": "Retry-After is a date.",
    "variant.allow_tight": "Allow lists methods in another order, without spaces.",
    "variant.repetition_marked": "An answer from memory says that it is one.",
    "variant.connection_close": "No connection is kept after an answer.",
    "variant.chunked": "Bodies come in pieces, without an announced length.",
    "variant.coded_where_taken": "Bodies are compressed for readers who take gzip.",
    "variant.head_like_get": "HEAD is answered like GET, without content.",
    "variant.options_told": "OPTIONS says what an address can do.",
    "variant.cookies_set": "Answers set two cookies.",
    "variant.charset_quoted": "The character set is a quoted string.",
    "variant.repr_digest": "The digest of the representation stands beside that of the content.",
    "variant.etag_weak_elsewhere": "Answers without a version have a weak entity tag.",
    "variant.location_relative": "The place of what was made is told relative to the request.",
    "variant.slow": "Every operation answers 50 ms later.",
    "variant.slow_unevenly": "Answers take their time by turns, so that they overtake each other.",
}
# The channel; seen over real TLS only (tests/component/test_legal_channels.py).
_TLS = {
    "variant.tls_chain_with_root": "The server shows its chain up to the root.",
    "variant.tls_chain_renewed": "The chain has a further authority: one that renewed its key.",
    "variant.tls_1_2_only": "The server speaks TLS 1.2 only.",
}
# The seal of answers.
_SEAL = {
    "variant.seal_label": "The seal of answers has another label.",
    "variant.seal_turned_round": "Components and parameters of the seal in another order.",
    "variant.seal_covers_more": "The seal covers content type, date and cache control too.",
    "variant.seal_expires": "The seal names when it ends.",
    "variant.seal_beside_another": "A second signature of another meaning stands beside the seal.",
    "variant.seal_lines_split": "Two signatures stand in lines of their own.",
    "variant.seal_clock_behind": "The clock of the sealing node is 45 s late.",
    "variant.seal_nonce_in_hex": "Nonces are hexadecimal.",
}

VARIANT_POINTS: tuple[Point, ...] = tuple(
    Point(name, sentence, "variant")
    for group in (_VALUE, _TEXT, _PROBLEM, _HTTP, _TLS, _SEAL)
    for name, sentence in group.items()
)
