"""Run the recording proxy: `python -m lab.capture.witness --listen PORT --upstream URL ...`.

Steps: read the credential kit, open the log, embed mitmproxy with four of its addons and ours, say
`{"ready": true, "listen": URL, "out": DIR}` on stdout, record until SIGTERM or SIGINT, then print
`{"stopped": true, "exchanges": N, "refused_handshakes": N}` and leave within two seconds.
Exit codes: 0 stopped, 2 wrong arguments, 3 the witness itself failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from lab.capture.captured import CapturedLog
from lab.capture.wire import WireFault, load_wire_faults
from lab.model.errors import EnvironmentFault, LabError, UsageError

SERVER_IDENTITIES = ("witness.tls", "gateway.tls")
PROXY_IDENTITY = "witness.proxy"


@dataclass(frozen=True)
class KitFiles:
    """Files the witness needs from the kit, as PEM text."""

    trust: str
    server: str
    proxy: str


def read_kit(directory: Path) -> KitFiles:
    """Read trust, the TLS identity shown to clients and the proxy identity shown upstream.

    Raises UsageError naming the missing identity.
    """
    path = directory / "kit.json"
    try:
        kit = json.loads(path.read_text("utf-8"))
        identities = kit["identities"]
        trust = (directory / kit["trust"]).read_text("ascii")
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"credential kit cannot be read: {error}",
            code="MFL-U022",
            where=str(path),
            fix="give --credentials the directory that `mafalab exchange up` printed",
        ) from error
    intermediate = directory / "intermediate.pem"
    if intermediate.is_file():
        trust += intermediate.read_text("ascii")
    server = next((name for name in SERVER_IDENTITIES if name in identities), None)
    if server is None or PROXY_IDENTITY not in identities:
        raise UsageError(
            f"the kit has no {PROXY_IDENTITY} or none of {', '.join(SERVER_IDENTITIES)}",
            code="MFL-U023",
            where=str(path),
            fix="make the kit again with `mafalab exchange up`",
        )
    return KitFiles(
        trust, _pem(directory, identities[server]), _pem(directory, identities[PROXY_IDENTITY])
    )


def _pem(directory: Path, entry: dict[str, str]) -> str:
    return "".join((directory / entry[part]).read_text("ascii") for part in ("key", "chain"))


@dataclass(frozen=True)
class Settings:
    """Parsed arguments."""

    listen: int
    upstream: str
    credentials: Path
    out: Path
    case_id: str
    faults: tuple[WireFault, ...]
    limit: int


def parse(argv: list[str]) -> Settings:
    """Parse the command line; argparse exits with 2 on its own errors."""
    parser = argparse.ArgumentParser(prog="python -m lab.capture.witness", description=__doc__)
    parser.add_argument("--listen", type=int, default=0, help="port on 127.0.0.1, 0 for a free one")
    parser.add_argument("--upstream", required=True, help="gateway, https://host:port")
    parser.add_argument("--credentials", type=Path, required=True, help="directory with kit.json")
    parser.add_argument("--out", type=Path, required=True, help="directory of the captured log")
    parser.add_argument("--case-id", default="SCN-WATCH", help="case id of the recorded exchanges")
    parser.add_argument("--scenario", type=Path, help="scenario file whose [[wire]] tables apply")
    parser.add_argument("--limit", type=int, default=5000, help="exchanges recorded at most")
    given = parser.parse_args(argv)
    if not given.upstream.startswith("https://"):
        raise UsageError(
            f'--upstream is "{given.upstream}": not an https address',
            code="MFL-U024",
            fix="give the gateway address, for example https://127.0.0.1:18443",
        )
    return Settings(
        listen=given.listen,
        upstream=given.upstream.rstrip("/"),
        credentials=given.credentials,
        out=given.out,
        case_id=given.case_id,
        faults=load_wire_faults(given.scenario) if given.scenario else (),
        limit=given.limit,
    )


async def run(settings: Settings, files: KitFiles, private: Path) -> None:
    """Run the proxy until a signal arrives. `private` is a directory for key files."""
    from mitmproxy import options  # noqa: PLC0415 - a second of imports only this process pays
    from mitmproxy.addons import core, next_layer, proxyserver, tlsconfig  # noqa: PLC0415
    from mitmproxy.master import Master  # noqa: PLC0415

    from lab.capture import addons  # noqa: PLC0415 - imports mitmproxy

    trust, server, proxy = (private / name for name in ("trust.pem", "server.pem", "proxy.pem"))
    trust.write_text(files.trust, "ascii")
    server.write_text(files.server, "ascii")
    proxy.write_text(files.proxy, "ascii")
    bound: list[bool] = []
    with CapturedLog(settings.out) as sink:
        opts = options.Options(
            confdir=str(private),
            mode=[f"reverse:{settings.upstream}@127.0.0.1:{settings.listen}"],
        )
        master = Master(opts)
        demand = addons.DemandCertificate(str(trust))
        record = addons.RecordFlows(sink, settings.case_id, "", settings.limit)
        record.disturb(settings.faults)

        def ready(port: int | None) -> None:
            if port is None:
                bound.append(False)
                master.shutdown()  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped
                return
            url = f"https://127.0.0.1:{port}"
            record.listens_at(url)
            addons.announce_on_stdout({"ready": True, "listen": url, "out": str(settings.out)})

        master.addons.add(  # type: ignore[no-untyped-call]  # mitmproxy leaves it untyped
            core.Core(),
            proxyserver.Proxyserver(),  # type: ignore[no-untyped-call]  # as above
            next_layer.NextLayer(),
            tlsconfig.TlsConfig(),
            demand,
            record,  # before the forwarder: the log holds the request as the client sent it
            addons.ForwardCertificate(),
            addons.Announce(ready),
        )
        opts.update(  # type: ignore[no-untyped-call]  # as above
            http2=False,
            connection_strategy="lazy",
            upstream_cert=False,
            request_client_cert=True,
            keep_host_header=True,
            body_size_limit="8m",
            certs=[f"*={server}"],
            client_certs=str(proxy),
            ssl_verify_upstream_trusted_ca=str(trust),
            tls_version_client_min="TLS1_2",
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, master.shutdown)
        await master.run()
        if bound:
            raise EnvironmentFault(
                f"port {settings.listen} of this machine is in use",
                code="MFL-E023",
                fix="stop what listens there or give another --listen",
            )
        addons.announce_on_stdout(
            {"stopped": True, "exchanges": sink.count, "refused_handshakes": demand.refused}
        )


def main(argv: list[str] | None = None) -> int:
    """Run the witness and return its exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="witness: %(message)s")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    try:
        settings = parse(sys.argv[1:] if argv is None else argv)
        files = read_kit(settings.credentials)
        with tempfile.TemporaryDirectory(prefix="mafa-witness-") as private:
            asyncio.run(run(settings, files, Path(private)))
    except LabError as error:
        sys.stderr.write(f"{error.level}[{error.code}] {error.sentence}\n")
        sys.stderr.write("".join(f"  {part}\n" for part in (error.where, error.fix) if part))
        return error.exit_code
    except OSError as error:
        fault = EnvironmentFault(f"the witness stopped: {error}", code="MFL-E022")
        sys.stderr.write(f"{fault.level}[{fault.code}] {fault.sentence}\n")
        return fault.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
