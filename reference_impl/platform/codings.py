"""Content codings of answers: gzip, for those who ask for it (RFC 9110, 8.4 and 12.5.3).

The plain reference codes nothing. A legal variant does where the request takes gzip; the digest is
that of the bytes sent (RFC 9530, 2). Two faults code unasked, and digest what was before.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

from reference_impl.platform.configuration import FaultSwitch
from reference_impl.platform.message import Incoming


@dataclass(frozen=True, slots=True)
class Coded:
    """A body as it goes out, its coding ("" for none), and the bytes that its digest covers."""

    sent: bytes
    coding: str
    digested: bytes


def coded(body: bytes, incoming: Incoming, faults: FaultSwitch) -> Coded:
    """Return the body of an answer in the coding that is switched on."""
    taken = _takes_gzip(incoming.headers.get("accept-encoding", ""))
    careless = faults.on("platform.http.digest_before_coding")
    wanted = taken and (careless or faults.on("variant.coded_where_taken"))
    if not body or not (wanted or faults.on("platform.http.coded_unasked")):
        return Coded(body, "", body)
    packed = gzip.compress(body, mtime=0)
    return Coded(packed, "gzip", body if careless else packed)


def uncoded(body: bytes, coding: str, limit: int) -> bytes:
    """Return the content of an answer that came coded although nobody asked for it.

    ValueError for another coding, for what is not complete and for more than `limit` bytes.
    """
    if not coding:
        return body
    if coding.strip().lower() != "gzip":
        raise ValueError(f"content coding {coding[:20]!r} is not known")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        content = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise ValueError("the content is not what its coding says") from error
    if len(content) > limit or not unpacker.eof:
        raise ValueError(f"the content is cut off or longer than {limit} bytes")
    return content


def _takes_gzip(field: str) -> bool:
    """Say whether the field lists gzip with a weight above zero; silence is no wish (RUL-102)."""
    for member in field.split(","):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if name in {"gzip", "x-gzip"} and weight.strip("0.") != "":
            return True
    return False
