"""How long campaigns take: certification one after the other and at the same time, and smoke.

Seconds are this machine's, now; the ratio of serial to parallel is within one run. Targets, on two
cores that do nothing else: certification of the largest role within 90 s, smoke within 10 s.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

from lab.cli.children import Ended, Exchange, mafalab
from lab.cli.sut import render
from lab.model.roles import Role, role_of, server_roles
from tests.benchmarks.exchange_speed import say

LARGEST = "purchaser_system"
CERTIFICATION_SECONDS = 90
SMOKE_SECONDS = 10


def described(place: Path, around: Exchange, role: Role) -> Path:
    """Write the sut.toml of one role of a running exchange."""
    base = around.gateway if role.address == "gateway" else around.services
    target = place / f"{role.id}.toml"
    target.write_text(
        render(
            role.id,
            base_url=f"{base}{role.base_path}",
            exchange_url=around.gateway,
            status_url=around.status,
            credentials=str(around.credentials.resolve()),
        ),
        "utf-8",
    )
    return target


def campaign_speed(place: Path, around: Exchange) -> None:
    """Certification of the largest role with one and with several workers, then smoke."""
    role = role_of(LARGEST)
    sut = described(place, around, role)
    serial = _ran(sut, role.plan, place / "serial", "1")
    parallel = _ran(sut, role.plan, place / "parallel", str(min(4, os.cpu_count() or 1)))
    say(
        f"campaign {role.plan}: {parallel.seconds:.1f} s (target {CERTIFICATION_SECONDS} s), "
        f"one after the other {serial.seconds:.1f} s, ratio {serial.seconds / parallel.seconds:.2f}"
    )
    smoke = _ran(sut, "purchaser-smoke", place / "smoke", "2")
    say(f"campaign purchaser-smoke: {smoke.seconds:.1f} s (target {SMOKE_SECONDS} s)")


def all_roles(place: Path, around: Exchange) -> None:
    """Certification of every server role, with the workers a person would get."""
    for role in server_roles():
        sut = described(place, around, role)
        done = _ran(sut, role.plan, place / f"of-{role.id}", str(min(4, os.cpu_count() or 1)))
        say(f"  {done.seconds:7.1f} s  {role.plan}")


def _ran(sut: Path, plan: str, out: Path, jobs: str) -> Ended:
    before, started = _processor_seconds(), time.perf_counter()
    done = mafalab(
        "run", "--sut", sut, "--plan", plan, "--out", out, "--seed", "1401", "--jobs", jobs, "-q"
    )
    if done.code != 0:
        raise SystemExit(f"the campaign ended with {done.code}:\n{done.out}{done.err}")
    used = (_processor_seconds() - before) / (time.perf_counter() - started)
    say(f"  {plan} with {jobs}: {done.seconds:.1f} s, {used:.1f} processors busy on our side")
    return done


def _processor_seconds() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime
