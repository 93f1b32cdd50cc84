"""Plain HTTP to the status addresses of our own processes on this machine."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from reference_impl.platform.revocation import Ask

SECONDS = 5.0
MAX_ANSWER = 1024 * 1024


async def fetch(
    url: str, *, method: str = "GET", body: bytes = b"", media_type: str = "text/plain"
) -> tuple[int, bytes]:
    """Return status and body; raises OSError when nothing answers within five seconds."""
    parts = urlsplit(url)
    head = (
        f"{method} {parts.path} HTTP/1.0\r\nhost: {parts.netloc}\r\n"
        f"content-type: {media_type}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(head.encode("ascii") + body)
                answer = await reader.read(-1)
            finally:
                writer.close()
    except TimeoutError as error:
        raise ConnectionResetError(f"{url} did not answer") from error
    first, _, content = answer.partition(b"\r\n\r\n")
    fields = first.split(b" ", 2)
    if len(fields) < 2 or not fields[1].isdigit():  # noqa: PLR2004 - version and status
        raise ConnectionResetError(f"{url} did not answer in HTTP")
    return int(fields[1]), content


def plain_ocsp(status_url: str) -> Ask:
    """Return the question that a service in its own process asks the OCSP responder."""

    async def ask(request: bytes) -> bytes:
        status, content = await fetch(
            f"{status_url}/ocsp",
            method="POST",
            body=request,
            media_type="application/ocsp-request",
        )
        if status != 200:  # noqa: PLR2004 - OK
            raise ConnectionResetError(f"the OCSP responder answers {status}")
        return content

    return ask
