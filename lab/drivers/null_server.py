"""``python -m lab.drivers.null_server``: answers 204 to everything on a free loopback port.

The load generator measures itself against it: what it reports here is the laboratory's own latency.
Prints ``{"port": N}`` when it listens; stops on SIGTERM.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_MAX_BODY = 1024 * 1024


class NullAnswer(BaseHTTPRequestHandler):
    """Reads the request whole and answers 204 on the same connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer."""
        size = min(int(self.headers.get("content-length") or 0), _MAX_BODY)
        self.rfile.read(size)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - fixed by http.server
        """Say nothing."""


def main() -> None:
    """Serve until terminated."""
    with ThreadingHTTPServer(("127.0.0.1", 0), NullAnswer) as server:
        sys.stdout.write(json.dumps({"port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
