"""A private PostgreSQL cluster for a test session, from the programs of the system's package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "mafalab"


@dataclass(frozen=True)
class Cluster:
    """A running server, reached through a socket in `directory` (its owner trusts local users)."""

    directory: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{database}?host={self.directory}&port={self.port}"

    def new_database(self) -> str:
        """Create an empty database and return its URL."""
        name = f"d{uuid.uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster under a temporary directory and run it until the block ends.

    The server refuses to run as root; then it runs as the user the package made for it. Durability
    is off: what is tested is our transactions, not its disk.
    """
    # Socket paths have at most 107 characters, hence not below pytest's own directories.
    place = Path(tempfile.mkdtemp(prefix="mafalab-pg-"))
    run_as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if run_as:
        shutil.chown(place, "postgres")
    place.chmod(0o755)
    data = place / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = (
        f"-c listen_addresses= -c unix_socket_directories={place} -c port={port} -c fsync=off "
        "-c max_connections=200 -c shared_buffers=16MB"
    )

    def run(*command: str) -> None:
        done = subprocess.run(
            [*run_as, *command], capture_output=True, text=True, cwd=place, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")

    try:
        run(
            _program("initdb"), "-D", str(data), "-U", USER, "--auth=trust", "--no-sync",
            "--encoding=UTF8", "--locale=C.UTF-8",
        )  # fmt: skip
        run(
            _program("pg_ctl"), "-D", str(data), "-w", "-t", "30", "-o", options,
            "-l", str(place / "server.log"), "start",
        )  # fmt: skip
        try:
            yield Cluster(place, port)
        finally:
            run(_program("pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _program(name: str) -> str:
    """Find a server program; Debian keeps them off the PATH."""
    found = shutil.which(name)
    if found is not None:
        return found
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not places:
        raise RuntimeError(f"{name} is not installed; .ci/system-packages installs PostgreSQL")
    return str(places[-1])
