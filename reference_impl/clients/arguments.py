"""The command lines of the client programs: common options, and those of each program."""

from __future__ import annotations

import argparse
from pathlib import Path

from reference_impl.clients.his import STAY_PLANS
from reference_impl.clients.points import POINTS
from reference_impl.clients.prescriber import VISITS
from reference_impl.clients.signing import CARD_PIN, CHOICES
from reference_impl.clients.visit import FLAVOURS

QUESTIONS = ("dose", "interaction", "availability", "identity", "other")
DEFAULTS = {
    "prescriber": ("office-1", "dr01"),
    "pharmacy": ("pharmacy-1", "ph01"),
    "lis": ("lab-1", "dr02"),
    "ris": ("imaging-1", "dr02"),
    "his": ("hospital-1", "dr01"),
    "forward": ("office-1", "dr01"),
}
"""Where a program stands and who is signed in, unless told otherwise."""
EXITS = (
    "exit codes: 0 done; 1 refused by the exchange or stopped, with a coded reason; 2 wrong usage; "
    "3 no connection or the program's own fault"
)


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse the arguments; argparse leaves with 2 on its own errors."""
    parser = argparse.ArgumentParser(
        prog="python -m reference_impl.clients",
        description="Reference client programs of the e-prescription exchange.",
        epilog=EXITS,
    )
    programs = parser.add_subparsers(dest="program", required=True, metavar="PROGRAM")
    for name, (text, fill) in PROGRAMS.items():
        fill(
            programs.add_parser(
                name,
                help=text,
                description=text,
                epilog=f"{EXITS}. Fault points: {_points(name)}",
                parents=[_common()],
            )
        )
    return parser.parse_args(argv)


def _points(program: str) -> str:
    """Name the fault points a program honours, beside those of the channel."""
    own = {"lis": ("lis", "pharmacy"), "ris": ("ris", "pharmacy")}.get(program, (program,))
    return " ".join(n for n in sorted(POINTS) if n.split(".")[0] in {*own, "client"})


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--gateway", required=True, help="https://host:port")
    common.add_argument("--credentials", required=True, type=Path, help="directory with kit.json")
    common.add_argument("--scenario", default="routine", help="name of the visit or scenario")
    common.add_argument("--world-seed", type=int, default=1401)
    common.add_argument("--centre", help="key of the centre, for example pharmacy-2")
    common.add_argument("--professional", help="key of the person who signs, for example ph02")
    common.add_argument("--signer", choices=CHOICES, default="local", help="where the key lives")
    common.add_argument("--pin", default=CARD_PIN, help="PIN typed for --signer card")
    common.add_argument("--declines", action="store_true", help="--signer mobile: say no")
    common.add_argument(
        "--spool", type=Path, help="folder in which documents wait while the gateway is away"
    )
    common.add_argument("--fault", action="append", default=[], help="fault point or FLT-PHA-...")
    common.add_argument("--timeout", type=float, default=15.0, help="seconds per answer")
    common.add_argument("--json", action="store_true", help="one JSON line per step")
    common.add_argument("--out", type=Path, help="write the outcome to this file (JSON)")
    return common


def _prescriber(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "act", nargs="?", choices=("prescribe", "answer"), default="prescribe",
        help="answer: answer what a dispenser asked",
    )  # fmt: skip
    parser.add_argument("--order", type=Path, help="what to prescribe (JSON), instead of a visit")
    parser.add_argument("--flavour", choices=sorted(FLAVOURS), help="which kind of system this is")
    parser.add_argument("--visit", action="store_true", help="also register the visit (P7, P8)")
    parser.add_argument("--print", type=Path, help="folder for the printed HID slip")
    parser.add_argument("--question", help="answer: id of the question")
    parser.add_argument("--text", help="answer: what to say")
    parser.description = f"{parser.description}. Visits: {', '.join(VISITS)}."


def _brought(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--prescription", type=Path, help="what the patient brings: the prescriber's --out"
    )
    parser.add_argument("--statement", action="store_true", help="show the statement (D9)")


def _pharmacy(parser: argparse.ArgumentParser) -> None:
    _brought(parser)
    parser.add_argument(
        "--rules", choices=("unified", "apart"), default="unified",
        help="D5: ask the unified rule service, or both rule services one by one",
    )  # fmt: skip
    parser.add_argument("--ask", metavar="TEXT", help="ask the prescriber instead of dispensing")
    parser.add_argument("--about", choices=QUESTIONS, default="dose", help="what --ask is about")


def _lis(parser: argparse.ArgumentParser) -> None:
    _brought(parser)
    parser.add_argument("--pathology", metavar="TEXT", help="final diagnosis of a tissue")


def _ris(parser: argparse.ArgumentParser) -> None:
    _brought(parser)
    parser.add_argument("--pacs", type=Path, default=Path("pacs"), help="folder of the archive")


def _his(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(scenario="stay")
    parser.add_argument("--plan", type=Path, help="what happens in the stay (JSON)")
    parser.add_argument("--statement", action="store_true", help="show the statement (D9)")
    parser.description = f"{parser.description}. Stays: {', '.join(STAY_PLANS)}."


def _forward(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}: --spool DIR names it."


PROGRAMS = {
    "prescriber": ("Prescriber (OIS, CIS, HIS outpatient, PHCIS): P1 to P8", _prescriber),
    "pharmacy": ("Pharmacy (PIS): D1 to D9 for medicines", _pharmacy),
    "lis": ("Laboratory (LIS): D1 to D9 with the result in the record", _lis),
    "ris": ("Imaging centre (RIS) with its archive (PACS): the steps of document 001", _ris),
    "his": ("Hospital (HIS): inpatient stay, letter, base and second claim", _his),
    "forward": ("Send what waits in a spool", _forward),
}
