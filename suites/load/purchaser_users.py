"""Open-model load on a purchaser: arrivals at times drawn before the run, whatever the answers do.

Started by ``mafalab load run`` as ``locust -f suites/load/purchaser_users.py`` with the frozen plan
in ``MAFALAB_LOAD_PLAN``. Each arrival registers a prescription, prices it and queries it, every
request sealed and every document signed at the moment it is sent. Latency counts from the intended
start, so a stall is measured and not hidden. No verdict is drawn here.

Leaves ``samples.ndjson`` (one line per request) and ``generator.json`` beside the plan.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, TextIO

import gevent
from gevent.pool import Pool
from locust import User, constant, task
from locust.exception import StopUser

from suites.load.arrival import Arrival, Journey, Shot
from suites.load.preparation import PreparationProblem, prepare

CALIBRATION_REQUESTS = 100
CALIBRATION_RATE = 50.0


class Recorder:
    """Writes one line per request and keeps the generator's own figures."""

    def __init__(self, sink: TextIO, events: Any) -> None:
        self._sink = sink
        self._events = events
        self.sent = 0
        self.completed = 0
        self.in_flight = 0
        self.max_in_flight = 0
        self.crashed = 0
        self.lateness: list[float] = []

    def began(self, late_seconds: float) -> None:
        """Note a dispatched arrival and how late it was."""
        self.sent += 1
        self.lateness.append(late_seconds * 1000)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)

    def ended(self) -> None:
        """Note a finished arrival."""
        self.completed += 1
        self.in_flight -= 1

    def shot(self, shot: Shot) -> None:
        """Write one request; Locust's own statistics get it too."""
        line = {
            "op": shot.operation,
            "arrival": shot.arrival,
            "intended": round(shot.intended, 6),
            "sent": round(shot.sent, 6),
            "done": round(shot.done, 6),
            "status": shot.status,
            "error": shot.error,
        }
        self._sink.write(json.dumps(line) + "\n")
        self._events.fire(
            request_type="CALL",
            name=shot.operation,
            response_time=(shot.done - shot.intended) * 1000,
            response_length=shot.size,
            exception=RuntimeError(shot.error) if shot.error else None,
        )


class PurchaserArrivals(User):
    """One user that plays the whole schedule once and then ends the run."""

    wait_time = constant(0)

    @task
    def play(self) -> None:
        """Prepare, calibrate, play all arrivals, calibrate again, leave the report, quit."""
        plan_path = Path(os.environ["MAFALAB_LOAD_PLAN"])
        plan = json.loads(plan_path.read_text("utf-8"))
        report: dict[str, Any] = _empty_report(plan)
        try:
            journey = prepare(plan)
        except PreparationProblem as problem:
            report["setup_error"] = str(problem)
        else:
            before = null_p99(journey, plan["null_url"])
            with (plan_path.parent / "samples.ndjson").open("w", encoding="utf-8") as sink:
                recorder = Recorder(sink, self.environment.events.request)
                cpu = play_schedule(plan, journey, recorder)
            report |= _report(recorder, cpu)
            report["null_before_p99_ms"] = before
            report["null_after_p99_ms"] = null_p99(journey, plan["null_url"])
        target = plan_path.parent / "generator.json"
        target.write_text(json.dumps(report), encoding="utf-8")
        gevent.spawn(self.environment.runner.quit)
        raise StopUser


def play_schedule(plan: dict[str, Any], journey: Journey, recorder: Recorder) -> float:
    """Dispatch every arrival at its time; returns the CPU seconds used per second."""
    pool = Pool(plan["in_flight_cap"])
    began, cpu = time.monotonic(), time.process_time()
    for number, intended in enumerate(plan["arrivals"]):
        gevent.sleep(max(0.0, began + intended - time.monotonic()))
        pool.spawn(_one, Arrival(number, intended, began), journey, recorder)
    # Every request ends by its own deadline, so the last arrival ends by three of them.
    pool.join(timeout=4 * plan["deadline_seconds"])
    pool.kill()
    return (time.process_time() - cpu) / (time.monotonic() - began)


def _one(arrival: Arrival, journey: Journey, recorder: Recorder) -> None:
    recorder.began(arrival.clock() - arrival.intended)
    try:
        for shot in journey.play(arrival):
            recorder.shot(shot)
    except Exception:
        # Our own defect: counted so that the run is void, and left to the log with its traceback.
        recorder.crashed += 1
        raise
    finally:
        recorder.ended()


def null_p99(journey: Journey, url: str) -> float:
    """Return the p99 in ms of the same client path against a server that does nothing."""
    times: list[float] = []
    pool = Pool()
    began = time.monotonic()
    for number in range(CALIBRATION_REQUESTS):
        intended = number / CALIBRATION_RATE
        gevent.sleep(max(0.0, began + intended - time.monotonic()))
        pool.spawn(lambda at: times.append(journey.null_call(url, at)), began + intended)
    pool.join(timeout=30)
    return percentile(times, 0.99)


def percentile(values: list[float], share: float) -> float:
    """Return the order statistic at `share`; infinite for no values, so that a gate cannot hold."""
    if not values:
        return float("inf")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _empty_report(plan: dict[str, Any]) -> dict[str, Any]:
    return {
        "planned": len(plan["arrivals"]),
        "sent": 0,
        "completed": 0,
        "max_in_flight": 0,
        "lateness_p99_ms": 0.0,
        "cpu_share": 0.0,
        "crashed": 0,
        "null_before_p99_ms": 0.0,
        "null_after_p99_ms": 0.0,
        "setup_error": "",
    }


def _report(recorder: Recorder, cpu: float) -> dict[str, Any]:
    return {
        "sent": recorder.sent,
        "completed": recorder.completed,
        "max_in_flight": recorder.max_in_flight,
        "lateness_p99_ms": percentile(recorder.lateness, 0.99),
        "cpu_share": cpu,
        "crashed": recorder.crashed,
    }
