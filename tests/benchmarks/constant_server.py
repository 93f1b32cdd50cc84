"""``python -m tests.benchmarks.constant_server CREDENTIALS``: the exchange's server, empty inside.

Same uvicorn settings, same TLS with client certificates, same parser; the application answers one
constant. What remains of the time of a real request is the work of the services.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
from pathlib import Path

import uvloop

from reference_impl.platform.peers import AsgiApp
from reference_impl.topology import servers

BODY = b'{"constant":true}'


async def constant(_scope: object, receive: object, send: object) -> None:
    """Read the request whole, answer 201."""
    assert callable(receive)
    assert callable(send)
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"17")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    folder = Path(sys.argv[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "services.tls/chain.pem", folder / "services.tls/key.pem")
    context.load_verify_locations(folder / "trust.pem")
    context.load_verify_locations(folder / "intermediate.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))
    app: AsgiApp = constant
    server = servers._server(app, context)
    sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
    sys.stdout.flush()
    uvloop.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
