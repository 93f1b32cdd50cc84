"""Legal variants around an answer: its header fields and how its bytes are handed over."""

from __future__ import annotations

import posixpath
from datetime import datetime, timedelta
from email.utils import format_datetime

from reference_impl.platform.configuration import FaultSwitch

PIECES = 3
"""Into how many pieces a body without announced length is cut."""


def dressed(
    headers: dict[str, str], faults: FaultSwitch, now: datetime, path: str
) -> dict[str, str]:
    """Return the fields of an answer to a request of `path` before it is sealed.

    Names are in lower case; a line end stands between lines of one name.
    """
    told = {**headers, **_further(faults)}
    media_type = told.get("content-type")
    if "location" in told and faults.on("variant.location_relative"):
        told["location"] = posixpath.relpath(told["location"], posixpath.dirname(path))
    if "etag" not in told and faults.on("variant.etag_weak_elsewhere"):
        told["etag"] = 'W/"as-of-today"'
    if media_type is not None and faults.on("variant.charset_quoted"):
        told["content-type"] = f'{media_type} ;charset="UTF-8"'
    if media_type is not None and faults.on("variant.charset_named"):
        told["content-type"] = f"{media_type}; charset=UTF-8"
    if media_type is not None and faults.on("variant.media_type_case"):
        told["content-type"] = media_type.title()
    if "cache-control" in told and faults.on("variant.cache_control_more"):
        told |= {"cache-control": "private, no-store, max-age=0", "pragma": "no-cache"}
        told["expires"] = "0"
    if "retry-after" in told and faults.on("variant.retry_after_date"):
        again = now + timedelta(seconds=int(told["retry-after"]))
        told["retry-after"] = format_datetime(again, usegmt=True)
    if "allow" in told and faults.on("variant.allow_tight"):
        told["allow"] = ",".join(reversed(told["allow"].split(", ")))
    return told


def _further(faults: FaultSwitch) -> dict[str, str]:
    more: dict[str, str] = {}
    if faults.on("variant.server_named"):
        more |= {"server": "Apache-Coyote/1.1 (Iran)", "x-powered-by": "Servlet/4.0"}
    if faults.on("variant.security_headers"):
        more |= {
            "strict-transport-security": "max-age=31536000",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'",
        }
    if faults.on("variant.trace_headers"):
        more |= {"x-request-id": "b3c1-77", "server-timing": "db;dur=2.1, rules;dur=0.4"}
    if faults.on("variant.content_language"):
        more |= {"content-language": "fa, en"}
    if faults.on("variant.vary_named"):
        more |= {"vary": "accept, accept-encoding", "accept-ranges": "none"}
    if faults.on("variant.description_linked"):
        more |= {"link": '</description>; rel="service-desc", </terms>; rel="terms-of-service"'}
    if faults.on("variant.cookies_set"):
        until = "Thu, 01 Jan 2037 00:00:00 GMT"
        more |= {"set-cookie": f"node=b2; Path=/; Secure\ntrack=17; Expires={until}; HttpOnly"}
    if faults.on("variant.connection_close"):
        more |= {"connection": "close"}
    return more


def spelled(headers: dict[str, str], faults: FaultSwitch) -> tuple[tuple[str, str], ...]:
    """Return the fields of a sealed answer as they go onto the wire, line by line."""
    lines = [(name, one) for name, value in headers.items() for one in value.split("\n")]
    if faults.on("variant.chunked"):
        lines = [line for line in lines if line[0] != "content-length"]
    if faults.on("variant.header_lines_split"):
        lines = [("cache-control", "private"), *lines, ("vary", "accept"), ("vary", "origin")]
    if faults.on("variant.headers_reversed"):
        lines.reverse()
    if faults.on("variant.header_names_titled"):
        lines = [(name.title(), value) for name, value in lines]
    if faults.on("variant.header_names_upper"):
        lines = [(name.upper(), value) for name, value in lines]
    return tuple(lines)


def pieces(body: bytes) -> list[bytes]:
    """Cut a body for a server that does not announce its length."""
    size = len(body) // PIECES + 1
    return [body[at : at + size] for at in range(0, len(body), size)]
