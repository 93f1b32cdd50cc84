"""Speed of the pack: loading it, validating a prescription, streaming world L."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice

import jsonschema_rs
from jsonschema import Draft202012Validator

from fixtures import load_pack
from fixtures.bundle import Json
from fixtures.enrich import content_of
from fixtures.synthetic.population import SIZES, people

LOADS = 5
BYTES = 2_048
SECONDS = 1.0
STREAMED = 200_000
_LOAD = (
    "import time; import fixtures; t = time.process_time(); fixtures.load_pack();"
    "print(time.process_time() - t)"
)


def pack_lines() -> Iterator[str]:
    """Yield what was measured, one line each."""
    yield f"pack: loaded in {_load_seconds():.2f} s by a fresh process (files warm, limit 0.5)"
    schema, prescription = load_pack().schemas["PrescriptionDocument"], prescription_of(BYTES)
    fast = jsonschema_rs.Draft202012Validator(schema)
    readable = Draft202012Validator(schema)
    size = len(json.dumps(prescription, ensure_ascii=False).encode())
    quick = _per_second(lambda: fast.is_valid(prescription))
    slow = _per_second(lambda: readable.is_valid(prescription))
    yield (
        f"validation: {quick:.0f} prescriptions of {size} bytes per second on one core "
        f"(limit 20000), the readable validator {slow:.0f}, ratio {quick / slow:.0f}"
    )
    yield from _stream_lines()


def prescription_of(size: int) -> Json:
    """Return the example of a signed prescription with as many items as the size needs."""
    shown = load_pack().examples["purchaser"]["registerPrescription"]["request"]["typical"]
    document: Json = content_of(shown["value"])
    (item,) = document["items"]
    while len(json.dumps(document, ensure_ascii=False).encode()) < size:
        document["items"].append({**item, "itemId": str(len(document["items"]) + 1)})
    return document


def _load_seconds() -> float:
    runs = [
        float(subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, check=True).stdout)
        for _ in range(LOADS)
    ]
    return min(runs)  # what the machine needs when nobody disturbs it


def _per_second(work: Callable[[], bool]) -> float:
    count, started = 0, time.process_time()
    while (spent := time.process_time() - started) < SECONDS:
        for _ in range(20):
            if not work():
                raise SystemExit("the example of a prescription is not valid")
        count += 20
    return count / spent


def _stream_lines() -> Iterator[str]:
    started = time.process_time()
    made = sum(1 for _ in people(STREAMED))
    rate = made / (time.process_time() - started)
    started = time.process_time()
    middle = sum(1 for _ in people(SIZES["M"][0]))
    spent = time.process_time() - started
    tracemalloc.start()
    stream = people(SIZES["L"][0])
    next(stream)
    before, _ = tracemalloc.get_traced_memory()
    for _ in islice(stream, STREAMED // 4):
        pass
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield f"world M: {middle} people in {spent:.2f} s"
    yield (
        f"world L: {rate:.0f} people per second on one core (limit 20000), "
        f"{(after - before) / 1024:.0f} KiB more after {STREAMED // 4}"
    )


if __name__ == "__main__":
    for line in pack_lines():
        sys.stdout.write(line + "\n")
