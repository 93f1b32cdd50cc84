"""``python -m tests.support.hostile_sut --credentials DIR --kind KIND``: a product that misbehaves.

Speaks TLS with the service identity of the kit, asks for a client certificate, and then answers
every request in one bad way. Prints ``{"port": N}`` when it listens; stops on SIGTERM.

Kinds: html, big (100 MB), silence, gzip_bomb (256 MB of zeros), drip (one byte per second),
garbage (not HTTP), closes, nested (100 000 levels of JSON), ansi (terminal escapes and bidi).
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

MEBIBYTE = 1024 * 1024
SILENT_SECONDS = 90.0


def _head(status: str, kind: str, length: int | None, *extra: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", "connection: close", *extra]
    if length is not None:
        lines.append(f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def html(channel: ssl.SSLSocket) -> None:
    page = b"<!doctype html><title>502</title><h1>Bad Gateway</h1><script>alert(1)</script>"
    channel.sendall(_head("200 OK", "text/html", len(page)) + page)


def big(channel: ssl.SSLSocket) -> None:
    channel.sendall(_head("200 OK", "application/json", 100 * MEBIBYTE))
    for _ in range(100):
        channel.sendall(b"x" * MEBIBYTE)


def silence(_channel: ssl.SSLSocket) -> None:
    time.sleep(SILENT_SECONDS)


def gzip_bomb(channel: ssl.SSLSocket) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        for _ in range(256):
            file.write(b"\0" * MEBIBYTE)
    body = packed.getvalue()
    channel.sendall(_head("200 OK", "application/json", len(body), "content-encoding: gzip") + body)


def drip(channel: ssl.SSLSocket) -> None:
    for byte in _head("200 OK", "application/json", 1000) + b"{" * 1000:
        channel.sendall(bytes([byte]))
        time.sleep(1)


def garbage(channel: ssl.SSLSocket) -> None:
    channel.sendall(bytes(range(256)) * 64)


def closes(_channel: ssl.SSLSocket) -> None:
    """Say nothing and hang up."""


def nested(channel: ssl.SSLSocket) -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    channel.sendall(_head("200 OK", "application/json", len(body)) + body)


def ansi(channel: ssl.SSLSocket) -> None:
    text = "\x1b[2J\x1b]0;owned\x07\u202eevil"
    body = json.dumps({"code": text, "title": text}, ensure_ascii=False).encode()
    channel.sendall(_head("400 Bad Request", "application/problem+json", len(body)) + body)


KINDS: dict[str, Callable[[ssl.SSLSocket], None]] = {
    kind.__name__: kind
    for kind in (html, big, silence, gzip_bomb, drip, garbage, closes, nested, ansi)
}


def _serve(plain: socket.socket, context: ssl.SSLContext, kind: str) -> None:
    try:
        with context.wrap_socket(plain, server_side=True) as channel:
            request = b""
            while b"\r\n\r\n" not in request and (piece := channel.recv(65536)):
                request += piece
            if request:
                KINDS[kind](channel)
    except OSError:
        # The laboratory hangs up on us as soon as a limit is reached; that is the point.
        plain.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--kind", choices=sorted(KINDS), required=True)
    parser.add_argument("--identity", default="services.tls")
    asked = parser.parse_args()
    kit = json.loads((asked.credentials / "kit.json").read_text("utf-8"))
    row = kit["identities"][asked.identity]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(asked.credentials / row["chain"], asked.credentials / row["key"])
    context.load_verify_locations(asked.credentials / kit["trust"])
    context.verify_mode = ssl.CERT_OPTIONAL
    with socket.create_server(("127.0.0.1", 0)) as server:
        sys.stdout.write(json.dumps({"port": server.getsockname()[1]}) + "\n")
        sys.stdout.flush()
        while True:
            plain, _ = server.accept()
            threading.Thread(target=_serve, args=(plain, context, asked.kind), daemon=True).start()


if __name__ == "__main__":
    main()
