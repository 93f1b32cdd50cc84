"""The exchange as one application, for calibration: what it mounts, how fast it is made."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from reference_impl.faults.points import UndeclaredPoint
from reference_impl.platform.peers import AsgiApp, _Collected
from reference_impl.topology.inprocess import create


def get(app: AsgiApp, path: str) -> tuple[int, bytes]:
    async def ask() -> tuple[int, bytes]:
        collected = _Collected()
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        await app(scope, receive, collected.send)
        response = collected.response()
        return response.status, response.body

    return asyncio.run(ask())


def test_it_answers_at_every_address(tmp_path: Path) -> None:
    app = create(str(tmp_path))
    for path in ("/ready", "/health", "/crl/root.crl", "/ca/intermediate.cer"):
        assert get(app, path)[0] == 200, path
    for path in ("/purchaser/v1/claims/x", "/siam/v1/centres", "/ditas/purchaser/v1/price"):
        status, body = get(app, path)
        assert (status, b"TRANSPORT_CLIENT_CERTIFICATE_REQUIRED" in body) == (401, True), path
    assert get(app, "/nothing")[0] == 404


def test_two_of_them_share_certificates_but_no_data(tmp_path: Path) -> None:
    first = create(str(tmp_path))
    kit = (tmp_path / "credentials/kit.json").stat().st_mtime_ns
    second = create(str(tmp_path))
    assert (tmp_path / "credentials/kit.json").stat().st_mtime_ns == kit
    assert get(first, "/health") == get(second, "/health")


def test_many_processes_may_create_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from reference_impl.topology.inprocess import create; create(sys.argv[1]);"
        "print(hash(open(sys.argv[1] + '/credentials/dr01/cert.pem').read()))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    environment = {"PYTHONHASHSEED": "0", "PATH": "/usr/bin"}
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(3)
    ]
    seen = {child.communicate(timeout=60)[0] for child in children}
    assert [child.returncode for child in children] == [0, 0, 0]
    assert len(seen) == 1


def test_catalogue_ids_and_points_switch_faults_on(tmp_path: Path) -> None:
    create(str(tmp_path), fault="platform.http.cacheable, variant.json_pretty")
    with pytest.raises(UndeclaredPoint, match="neither a catalogue id nor a fault point"):
        create(str(tmp_path), fault="FLT-NOBODY-1")
