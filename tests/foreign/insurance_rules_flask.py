"""An insurance rule service in Flask, written by hand from the pack: `python -m` this module.

`--mistake NAME` plants one of the mistakes of `MISTAKES`, each as a vendor could make it. Prints
one JSON line when it listens; stops when its standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import ssl
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

from cryptography import x509
from flask import Flask, Response, request
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from tests.foreign import requests_checked, sealing
from tests.foreign.conditions import Json
from tests.foreign.desk import Asked, Desk, Habits
from tests.foreign.exchange import Exchange, Unavailable
from tests.foreign.ledger import Ledger
from tests.foreign.published import Pack, Refused
from tests.foreign.requests_checked import Checks, Incoming
from tests.foreign.sealing import Identity, NotTrusted, Trust, quoted
from tests.foreign.verdicts import Leniency

BASE = "/insurance_rules/v1"
LARGEST = 1024 * 1024
DEEPEST = 32
MISTAKES = {
    "rounds_down": "shares of half a rial go down",
    "nonce_forgotten": "nonces of seals are not remembered",
    "status_not_asked": "nobody asks whether a sealing certificate was revoked",
    "last_member_wins": "of two members of one name the last one counts, as json.loads does it",
    "window_short": "the first day of a counting window is left out",
    "ids_for_all": "every item gets a tracking id, rejected ones too",
    "overrides_rejections": "a reason opens rejections as well",
    "trial_counted": "a trial is counted in the audit",
    "key_alone": "a repeated key gives the first answer, whatever the body",
    "health_ignored": "the single service asks the insurance bank alone",
}
_TRACE = re.compile(r"[0-9A-Za-z_-]{16,64}")


class TooDeep(ValueError):
    """A body nested deeper than the profile allows."""


def strict_json(data: bytes, *, last_wins: bool) -> Json:
    """Parse a body; raises Refused for what the profile forbids."""

    def pairs(found: list[tuple[str, Json]]) -> Json:
        made = dict(found)
        if len(made) != len(found) and not last_wins:
            raise Refused("BODY_DUPLICATE_KEY", ("", "a member stands twice"))
        return made

    def constant(name: str) -> Json:
        raise ValueError(name)

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError:
        raise Refused("BODY_TOO_DEEP") from None
    except ValueError:
        raise Refused("BODY_NOT_JSON") from None
    if _depth(value) > DEEPEST:
        raise Refused("BODY_TOO_DEEP")
    return value


def _depth(value: Json) -> int:
    level, deepest = [value], 0
    while level and deepest <= DEEPEST:
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        deepest += 1
    return deepest


class Service:
    """The service behind Flask."""

    def __init__(self, pack: Pack, trust: Trust, own: Identity, desk: Desk, mistake: str) -> None:
        self.pack, self.trust, self.own, self.desk = pack, trust, own, desk
        self.ledger = desk.ledger
        self.checks = replace(
            Checks(),
            nonce=mistake != "nonce_forgotten",
            revocation=mistake != "status_not_asked",
        )
        self.last_wins = mistake == "last_member_wins"
        self.compare = mistake != "key_alone"
        self.routes = list(self._routes())

    def _routes(self) -> Iterable[tuple[str, re.Pattern[str], Mapping[str, Json], str]]:
        for path, methods in self.pack.contract["paths"].items():
            pattern = re.compile(re.sub(r"\\?\{(\w+)\\?\}", r"(?P<\1>[^/]+)", BASE + path))
            for method, operation in methods.items():
                yield method.upper(), pattern, operation, path

    def answer(self, incoming: Incoming) -> tuple[int, Json, dict[str, str]]:
        """Return status, body and further headers."""
        try:
            requests_checked.check_channel(incoming, self.trust)
            requests_checked.check_seal(
                incoming, self.trust, self.checks, self.ledger.remember_nonce
            )
            status, body = self._operation(incoming)
        except NotTrusted as refusal:
            return *self._problem(str(refusal), incoming), {}
        except Refused as refusal:
            allowed = dict(refusal.places).get("allow")
            places = [one for one in refusal.places if one[0] != "allow"]
            more = {"allow": allowed} if allowed else {}
            return *self._problem(refusal.code, incoming, places), more
        except (Unavailable, OSError):
            return *self._problem("DEPENDENCY_UNAVAILABLE", incoming), {}
        return status, body, {}

    def _operation(self, incoming: Incoming) -> tuple[int, Json]:
        path = incoming.target.partition("?")[0].removeprefix("/ditas")
        found = [(one, m) for one in self.routes if (m := one[1].fullmatch(path))]
        # `/rules/trials` is an address of its own, not a rule of that name.
        exact = [one for one in found if "{" not in one[0][3]] or found
        if not exact:
            raise Refused("NOT_FOUND")
        mine = [one for one in exact if one[0][0] == incoming.method]
        if not mine:
            raise Refused("METHOD_NOT_ALLOWED", ("allow", ", ".join(one[0][0] for one in exact)))
        (_, _, operation, _), match = mine[0]
        has_body = "requestBody" in operation
        self._parameters(operation, incoming, match.groupdict())
        body = self._body(operation, incoming) if has_body else None
        name = re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), operation["operationId"])
        handler: Callable[[Asked], Callable[[], tuple[int, Json]]] = getattr(self.desk, name)
        asked = Asked(match.groupdict(), body, incoming.headers)
        if not has_body:
            return handler(asked)()
        return self._once(incoming, lambda: handler(asked))

    def _once(
        self, incoming: Incoming, prepare: Callable[[], Callable[[], tuple[int, Json]]]
    ) -> tuple[int, Json]:
        """Do work once for a key; questions to registries wait outside the transaction."""
        centre, key = incoming.headers["ditas-centre"], incoming.headers["idempotency-key"]
        digest = sealing.digest_of(incoming.target.encode() + b"\n" + incoming.body)
        first = self.ledger.first(centre, key, digest, compare=self.compare)
        if first is not None:
            return first
        work = prepare()
        return self.ledger.once(centre, key, digest, work, compare=self.compare)

    def _parameters(
        self, operation: Mapping[str, Json], incoming: Incoming, path: Mapping[str, str]
    ) -> None:
        for one in operation.get("parameters", ()):
            row = self.pack.parameters[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            name, where = row["name"], row["in"]
            value = path.get(name) if where == "path" else incoming.headers.get(name)
            if name == "idempotency-key" and value is None:
                raise Refused("IDEMPOTENCY_KEY_MISSING", (f"header:{name}", "missing"))
            if value is None and not row.get("required"):
                continue
            if value is None or next(self.pack.violations(row["schema"], value), None):
                raise Refused("PARAMETER_INVALID", (f"{where}:{name}", "not well formed"))

    def _body(self, operation: Mapping[str, Json], incoming: Incoming) -> Json:
        if len(incoming.body) > LARGEST:
            raise Refused("BODY_TOO_LARGE")
        kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused("CONTENT_TYPE_UNSUPPORTED")
        body = strict_json(incoming.body, last_wins=self.last_wins)
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        places = [
            ("/" + "/".join(str(one) for one in error.absolute_path), error.message[:200])
            for error in self.pack.violations(schema, body)
        ]
        if places:
            raise Refused("SCHEMA_VIOLATION", *places[:50])
        return body

    def _problem(
        self, code: str, incoming: Incoming, places: Iterable[tuple[str, str]] = ()
    ) -> tuple[int, Json]:
        row = self.pack.errors[code]
        texts = ("messageFa", "messageEn", "solutionFa", "solutionEn")
        correlation = requests_checked.correlation_of(incoming.headers)
        body = {
            "type": f"urn:ir:mafa:erx:error:{code}",
            "title": self.pack.status_names[row["status"]][0],
            "status": row["status"],
            "code": code,
            "category": row["category"],
            "severity": row["severity"],
            "retryable": row["retryable"],
            "correlation": correlation or str(uuid.uuid4()),
            **{name: row[name] for name in texts},
        }
        errors = [{"pointer": place, "detail": detail} for place, detail in places]
        return row["status"], {**body, "errors": errors} if errors else body

    def sealed(
        self, incoming: Incoming, status: int, body: bytes, correlation: str
    ) -> dict[str, str]:
        """Return the headers every answer carries."""
        headers = {
            "content-digest": sealing.digest_of(body),
            "ditas-correlation": correlation,
            "ditas-certificate": sealing.wrapped(self.own.der),
            "cache-control": "no-store",
            "date": formatdate(usegmt=True),
        }
        covered = [quoted(name) for name in sealing.ANSWER]
        values = {quoted(name): value for name, value in headers.items()} | {
            '"@status"': str(status)
        }
        signed = sealing.members(incoming.headers.get("signature", "")).get("seal")
        if signed:
            covered.append('"signature";req;key="seal"')
            values[covered[-1]] = signed
        raw, signature = sealing.sign(self.own, covered, values.__getitem__, "ditas-response")
        label = "insurance_rules"
        return {
            **headers,
            "signature-input": f"{label}={raw}",
            "signature": f"{label}={signature}",
        }


def create(service: Service) -> Flask:
    """Return the application: one view for everything, the contract decides."""
    app = Flask(__name__)

    @app.before_request  # before routing: the answer to an address unknown to Flask is ours too
    def everything() -> Response:
        der = request.environ.get("foreign.client")
        incoming = Incoming(
            request.method,
            request.environ["REQUEST_URI"],
            {name.lower(): value for name, value in request.headers.items()},
            request.stream.read(LARGEST + 1),
            x509.load_der_x509_certificate(der) if der else None,
        )
        status, shown, more = service.answer(incoming)
        body = json.dumps(shown, ensure_ascii=False).encode()
        correlation = requests_checked.correlation_of(incoming.headers)
        if correlation is None and status >= 400:
            correlation = str(shown["correlation"])
        headers = service.sealed(incoming, status, body, correlation or "")
        kind = "application/problem+json" if status >= 400 else "application/json"
        return Response(body, status, {**headers, **more, "content-type": kind})

    return app


class Handler(WSGIRequestHandler):
    """Tells the application which certificate the channel carries; keeps connections."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        self.request.do_handshake()
        super().setup()

    def make_environ(self) -> dict[str, Json]:
        environ = super().make_environ()
        environ["foreign.client"] = self.connection.getpeercert(binary_form=True)
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing: requests carry identifiers of patients."""


class Server(ThreadedWSGIServer):
    """One thread for each connection; hands are shaken there, not in the accepting one."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, app: Flask, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, app, Handler)
        self.ssl_context = context
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )

    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Json
    ) -> None:
        """Let a channel that failed go; anything else is a defect and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def habits_of(mistake: str) -> Habits:
    leniency = Leniency(
        **{name: mistake == name for name in ("rounds_down", "ids_for_all", "overrides_rejections")}
    )
    names = ("trial_counted", "health_ignored", "window_short")
    return Habits(leniency, **{name: mistake == name for name in names})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    parser.add_argument("--services", required=True, help="address of the services beside this one")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mistake", choices=["", *MISTAKES], default="")
    given = parser.parse_args()
    pack, trust = Pack(given.pack), Trust(given.credentials)
    own = sealing.load_identity(given.credentials / "insurance_rules.seal")
    with tempfile.TemporaryDirectory() as place:
        exchange, ledger = (
            Exchange(given.services, own, trust),
            Ledger(Path(place) / "rules.sqlite"),
        )
        desk = Desk(pack, exchange, ledger, habits_of(given.mistake))
        service = Service(pack, trust, own, desk, given.mistake)
        channel = sealing.load_identity(given.credentials / "services.tls")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(trust.trust_file))
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_cert_chain(channel.chain_file, channel.key_file)
        server = Server(given.port, create(service), context)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"https://127.0.0.1:{server.server_port}{BASE}"
        sys.stdout.write(json.dumps({"ready": True, "address": address}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()  # ends when whoever started us closes it


if __name__ == "__main__":
    main()
