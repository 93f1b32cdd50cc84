"""Command line of the client programs.

Exit codes: 0 done, 1 refused by the exchange or stopped for a coded reason (also: an answer that
cannot be trusted), 2 wrong usage, 3 the program's own fault or no connection.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fixtures.synthetic import world
from reference_impl.clients.channel import Gateway, Refused, Unreachable, Who
from reference_impl.clients.console import Console
from reference_impl.clients.counter import Counter, Stop
from reference_impl.clients.credentials import KitUnusable, load_kit
from reference_impl.clients.pharmacy import dispense, order_from, printed
from reference_impl.clients.points import POINTS, UnknownFault, resolve
from reference_impl.clients.prescriber import VISITS, prescribe, wish_from
from reference_impl.clients.seal import SealNotTrusted
from reference_impl.clients.spool import Spool, SpoolDamaged
from reference_impl.clients.visit import FLAVOURS

DONE, REFUSED, USAGE, OWN_FAULT = 0, 1, 2, 3
DEFAULTS = {
    "prescriber": ("office-1", "dr01"),
    "pharmacy": ("pharmacy-1", "ph01"),
    "forward": ("office-1", "dr01"),
}

T = TypeVar("T")


class Misused(ValueError):
    """Wrong arguments; the text says what to give."""


EXPLAINED = (
    Refused, Stop, SealNotTrusted, Unreachable, Misused, UnknownFault, KitUnusable,
    SpoolDamaged, KeyError, TypeError,
)  # fmt: skip


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse the arguments; argparse leaves with 2 on its own errors."""
    parser = argparse.ArgumentParser(
        prog="python -m reference_impl.clients",
        description="Reference client programs of the e-prescription exchange.",
        epilog="fault points: " + " ".join(sorted(POINTS)),
    )
    parser.add_argument("program", choices=sorted(DEFAULTS))
    parser.add_argument("--gateway", required=True, help="https://host:port")
    parser.add_argument("--credentials", required=True, type=Path, help="directory with kit.json")
    parser.add_argument("--scenario", default="routine", help="name of the visit or scenario")
    parser.add_argument("--order", type=Path, help="prescriber: what to prescribe (JSON)")
    parser.add_argument("--prescription", type=Path, help="pharmacy: what the patient brings")
    parser.add_argument(
        "--flavour", choices=sorted(FLAVOURS), help="prescriber: which kind of system this is"
    )
    parser.add_argument(
        "--visit", action="store_true", help="prescriber: also register the visit (P7, P8)"
    )
    parser.add_argument("--print", type=Path, help="prescriber: folder for the printed HID slip")
    parser.add_argument(
        "--spool", type=Path, help="folder in which documents wait while the gateway is away"
    )
    parser.add_argument("--out", type=Path, help="prescriber: write what the patient takes along")
    parser.add_argument("--world-seed", type=int, default=1401)
    parser.add_argument("--centre", help="key of the centre, for example pharmacy-2")
    parser.add_argument("--professional", help="key of the person who signs, for example ph02")
    parser.add_argument("--fault", action="append", default=[], help="fault point or FLT-PHA-...")
    parser.add_argument("--timeout", type=float, default=15.0, help="seconds per answer")
    parser.add_argument("--json", action="store_true", help="one JSON line per step")
    return parser.parse_args(argv)


def build(given: argparse.Namespace) -> Counter:
    """Sign the program in: kit, world, gateway."""
    flavour = FLAVOURS.get(given.flavour or "")
    standing = (flavour.centre, flavour.professional) if flavour else DEFAULTS[given.program]
    centre, person = standing
    centre, person = given.centre or centre, given.professional or person
    kit = load_kit(given.credentials)
    found = world(given.world_seed)
    if person not in found.professionals or centre not in found.centres:
        raise Misused(f'"{centre}" or "{person}" is not in the synthetic world')
    faults = resolve(given.fault)
    who = Who(
        token=kit.identity(f"{centre}.token"),
        seal=kit.identity(f"{centre}.seal"),
        user_id=found.user_id(person, centre),
    )
    return Counter(
        world=found,
        centre_key=centre,
        professional=found.professionals[person],
        signer=kit.identity(person),
        gateway=Gateway(given.gateway.rstrip("/"), kit, who, faults, timeout=given.timeout),
        console=Console(as_json=given.json),
        faults=faults,
        spool=None if given.spool is None else Spool(given.spool),
    )


def run_prescriber(given: argparse.Namespace, counter: Counter) -> None:
    """Prescribe what the order says, or the visit of that name."""
    if given.order:
        wish = _made(wish_from, _read(given.order), given.order)
    elif given.scenario in VISITS:
        wish = VISITS[given.scenario]
    else:
        raise Misused(
            f'no visit "{given.scenario}"; there are {", ".join(VISITS)}, or give --order FILE'
        )
    service = FLAVOURS[given.flavour or "office"].visit if given.visit else None
    receipt = prescribe(counter, wish, given.print, service)
    if given.out:
        given.out.write_text(json.dumps(receipt, ensure_ascii=False, indent=1), "utf-8")
    else:
        counter.console.note("رسید بیمار", json.dumps(receipt, ensure_ascii=False))


def run_pharmacy(given: argparse.Namespace, counter: Counter) -> None:
    """Dispense what the patient brings."""
    if not given.prescription:
        raise Misused("the pharmacy needs --prescription FILE, written by the prescriber's --out")
    order = _made(order_from, _read(given.prescription), given.prescription)
    wrong = load_kit(given.credentials).identity("dr01")
    confirmed = dispense(counter, order, wrong)
    counter.console.note("صورت‌حساب بیمار", printed(confirmed))


def run_forward(_given: argparse.Namespace, counter: Counter) -> None:
    """Send what waits in the spool; what the exchange refuses is set aside with its reason."""
    if counter.spool is None:
        raise Misused("forward needs --spool DIR, the folder another program filled")
    refused: Refused | None = None
    sent = 0
    for delivery in counter.spool.forward(counter.gateway):
        if delivery.refusal is not None:
            refused = delivery.refusal
            counter.console.stopped(
                "", refused.code, refused.message_fa, refused.message_en, parcel=delivery.name
            )
        else:
            sent += 1
            counter.console.note(f"{delivery.name} ارسال شد.", f"{delivery.name} was sent.")
    counter.console.note(f"{sent} سند ارسال شد.", f"{sent} documents were sent.")
    if refused is not None:
        raise refused


RUNNERS: dict[str, Callable[[argparse.Namespace, Counter], None]] = {
    "prescriber": run_prescriber,
    "pharmacy": run_pharmacy,
    "forward": run_forward,
}


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Misused(f"{path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise Misused(f"{path} does not hold a JSON object")
    return data


def _made(build_from: Callable[[dict[str, Any]], T], data: dict[str, Any], path: Path) -> T:
    try:
        return build_from(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Misused(f"{path}: {type(error).__name__} {error}") from error


def _explain(console: Console, error: Exception) -> int:
    """Tell the person why the program stopped and return the exit code."""
    if isinstance(error, Refused):
        console.stopped("", error.code, error.message_fa, error.message_en, **error.facts())
    elif isinstance(error, Stop):
        console.stopped(error.step, error.code, error.fa, error.en)
    elif isinstance(error, SealNotTrusted):
        fa = "پاسخ مهر معتبر ندارد؛ کار متوقف شد."
        console.stopped("", "ANSWER_NOT_TRUSTED", fa, str(error))
    elif isinstance(error, Unreachable):
        console.stopped("", "UNREACHABLE", "درگاه در دسترس نیست.", str(error))
        return OWN_FAULT
    elif isinstance(error, (Misused, UnknownFault, KitUnusable, SpoolDamaged)):
        sys.stderr.write(f"{error}\n")
        return USAGE
    else:  # an answer without a member this program relies on
        sys.stderr.write(f"an answer could not be used: {type(error).__name__} {error}\n")
        return OWN_FAULT
    return REFUSED


def main(argv: list[str] | None = None) -> int:
    """Run a program and return its exit code."""
    given = parse(sys.argv[1:] if argv is None else argv)
    counter: Counter | None = None
    try:
        counter = build(given)
        RUNNERS[given.program](given, counter)
    except EXPLAINED as error:
        return _explain(Console(as_json=given.json), error)
    finally:
        if counter is not None:
            counter.gateway.close()
    return DONE
