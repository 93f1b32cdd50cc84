"""Command line of the client programs.

Exit codes: 0 done, 1 refused by the exchange or stopped for a coded reason (also: an answer that
cannot be trusted), 2 wrong usage, 3 the program's own fault or no connection.
"""

from __future__ import annotations

import argparse
import sys

from fixtures.synthetic import world
from reference_impl.clients.archive import ArchiveRefuses
from reference_impl.clients.arguments import DEFAULTS, parse
from reference_impl.clients.channel import Gateway, Refused, Unreachable, Who
from reference_impl.clients.commands import RUNNERS, Misused
from reference_impl.clients.console import Console
from reference_impl.clients.counter import Counter, Stop
from reference_impl.clients.credentials import KitUnusable, load_kit
from reference_impl.clients.points import UnknownFault, resolve
from reference_impl.clients.seal import SealNotTrusted
from reference_impl.clients.signers import SignerUnavailable
from reference_impl.clients.signing import pen_of
from reference_impl.clients.spool import Spool, SpoolDamaged
from reference_impl.clients.visit import FLAVOURS

__all__ = ["build", "main", "parse"]

DONE, REFUSED, USAGE, OWN_FAULT = 0, 1, 2, 3
EXPLAINED = (
    Refused, Stop, SealNotTrusted, Unreachable, Misused, UnknownFault, KitUnusable,
    SpoolDamaged, SignerUnavailable, ArchiveRefuses, KeyError, TypeError,
)  # fmt: skip


def build(given: argparse.Namespace) -> Counter:
    """Sign the program in: kit, world, gateway, pen."""
    flavour = FLAVOURS.get(getattr(given, "flavour", None) or "")
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
    gateway = Gateway(given.gateway.rstrip("/"), kit, who, faults, timeout=given.timeout)
    signer, professional = kit.identity(person), found.professionals[person]
    return Counter(
        world=found,
        centre_key=centre,
        professional=professional,
        signer=signer,
        gateway=gateway,
        console=Console(as_json=given.json),
        faults=faults,
        spool=None if given.spool is None else Spool(given.spool),
        pen=pen_of(
            given.signer, gateway, signer, professional, pin=given.pin, approves=not given.declines
        ),
    )


def _explain(console: Console, error: Exception) -> int:
    """Tell the person why the program stopped and return the exit code."""
    if isinstance(error, Refused):
        console.stopped("", error.code, error.message_fa, error.message_en, **error.facts())
    elif isinstance(error, Stop):
        console.stopped(error.step, error.code, error.fa, error.en)
    elif isinstance(error, SealNotTrusted):
        fa = "پاسخ مهر معتبر ندارد؛ کار متوقف شد."
        console.stopped("", "ANSWER_NOT_TRUSTED", fa, str(error))
    elif isinstance(error, SignerUnavailable):
        console.stopped("", "SIGNER_UNAVAILABLE", "امضا ممکن نیست.", str(error))
    elif isinstance(error, ArchiveRefuses):
        console.stopped("", "ARCHIVE_REFUSES", "بایگانی تصویر نپذیرفت.", str(error))
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
