"""Bounds of a load before anything is sent: target, rate, time, arrivals."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest

from lab.drivers.load import LoadPlan, draw_arrivals, plan_load, require_allowed_target
from lab.model.errors import UsageError
from lab.model.sut import Ixit, ProductIdentity, SutProfile


def profile(base_url: str | None = "https://127.0.0.1:8444/purchaser/v1") -> SutProfile:
    return SutProfile(
        product=ProductIdentity(vendor="v", product="p", version="1"),
        role="purchaser_system",
        ixit=Ixit(base_url=base_url, credentials="/nowhere"),
    )


def planned(**changes: float) -> LoadPlan:
    asked = {"rate_per_second": 5.0, "seconds": 60.0, "seed": 1401} | changes
    return plan_load(
        profile(),
        name="smoke",
        rate_per_second=asked["rate_per_second"],
        seconds=asked["seconds"],
        seed=int(asked["seed"]),
    )


def test_arrivals_follow_the_seed_only() -> None:
    assert draw_arrivals(7, 5, 60) == draw_arrivals(7, 5, 60)
    assert draw_arrivals(7, 5, 60) != draw_arrivals(8, 5, 60)


def test_arrivals_are_a_poisson_process() -> None:
    times = draw_arrivals(7, 50, 200)
    gaps = [b - a for a, b in pairwise(times)]
    assert 9600 < len(times) < 10400
    assert statistics.stdev(gaps) == pytest.approx(statistics.mean(gaps), rel=0.05)
    assert max(times) < 200


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.7:8443/purchaser/v1",
        "https://example.test/purchaser/v1",
        "https://localhost.example.test/",
        "https://127.0.0.1@10.0.0.7/",
        "https://0.0.0.0:1/",
        "",
    ],
)
def test_load_stays_on_this_machine(url: str) -> None:
    with pytest.raises(UsageError, match="may not be sent"):
        require_allowed_target(url)


def test_loopback_and_allowed_hosts_are_targets() -> None:
    for url in ("https://127.0.0.1:1/", "https://[::1]:1/", "https://localhost:1/"):
        require_allowed_target(url)
    require_allowed_target("https://lab.example.test/", ("lab.example.test",))


@pytest.mark.parametrize(
    "changes", [{"rate_per_second": 0}, {"rate_per_second": 201}, {"seconds": 0}, {"seconds": 3601}]
)
def test_out_of_bounds_is_a_usage_error(changes: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        planned(**changes)


def test_the_cap_never_binds_even_when_every_answer_is_late() -> None:
    plan = planned()
    assert plan.in_flight_cap >= plan.rate_per_second * 3 * plan.deadline_seconds


def test_a_product_without_address_cannot_be_loaded() -> None:
    with pytest.raises(UsageError, match="address"):
        plan_load(profile(None), name="smoke", rate_per_second=5, seconds=60, seed=1)
