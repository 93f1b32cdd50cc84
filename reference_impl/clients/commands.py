"""What each program does with its arguments and the signed-in counter."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from reference_impl.clients import his, lis, ris
from reference_impl.clients.archive import PictureArchive
from reference_impl.clients.channel import Refused
from reference_impl.clients.counter import Counter
from reference_impl.clients.credentials import load_kit
from reference_impl.clients.pharmacy import ask_prescriber, dispense, order_from, printed
from reference_impl.clients.prescriber import VISITS, answer_question, prescribe, wish_from
from reference_impl.clients.visit import FLAVOURS, statement

T = TypeVar("T")


class Misused(ValueError):
    """Wrong arguments; the text says what to give."""


def run_prescriber(given: argparse.Namespace, counter: Counter) -> None:
    """Prescribe what the order says, or the visit of that name; or answer a question."""
    if given.act == "answer":
        if not (given.question and given.text):
            raise Misused("prescriber answer needs --question ID and --text TEXT")
        _told(given, counter, "پرسش", answer_question(counter, given.question, given.text))
        return
    if given.order:
        wish = _made(wish_from, _read(given.order), given.order)
    elif given.scenario in VISITS:
        wish = VISITS[given.scenario]
    else:
        raise Misused(
            f'no visit "{given.scenario}"; there are {", ".join(VISITS)}, or give --order FILE'
        )
    service = FLAVOURS[given.flavour or "office"].visit if given.visit else None
    _told(given, counter, "رسید بیمار", prescribe(counter, wish, given.print, service))


def run_pharmacy(given: argparse.Namespace, counter: Counter) -> None:
    """Dispense what the patient brings, or ask the prescriber about it."""
    path = _brought(given)
    order = replace(_made(order_from, _read(path), path), rules_apart=given.rules == "apart")
    if given.ask:
        _told(given, counter, "پرسش", ask_prescriber(counter, order, given.ask, given.about))
        return
    wrong = load_kit(given.credentials).identity("dr01")
    confirmed = dispense(counter, order, wrong)
    counter.console.note("صورت‌حساب بیمار", printed(confirmed))
    if given.out:
        _written(given.out, confirmed)
    if given.statement:
        statement(counter, ("D9", "9-2-9"))


def run_lis(given: argparse.Namespace, counter: Counter) -> None:
    """Examine what was ordered and send the results."""
    path = _brought(given)
    request = _made(lis.request_from, _read(path), path)
    if given.pathology:
        request = replace(request, pathology=given.pathology)
    _told(given, counter, "نتیجه", lis.examine(counter, request, invoice=given.statement))


def run_ris(given: argparse.Namespace, counter: Counter) -> None:
    """Image what was ordered, archive it and send the report."""
    path = _brought(given)
    request = _made(ris.request_from, _read(path), path)
    archive = PictureArchive(given.pacs)
    _told(given, counter, "نتیجه", ris.image(counter, request, archive, invoice=given.statement))


def run_his(given: argparse.Namespace, counter: Counter) -> None:
    """Go through a stay of that name, or the one of the plan file."""
    if given.plan:
        plan = _made(his.plan_from, _read(given.plan), given.plan)
    elif given.scenario in his.STAY_PLANS:
        plan = his.STAY_PLANS[given.scenario]
    else:
        known = ", ".join(his.STAY_PLANS)
        raise Misused(f'no stay "{given.scenario}"; there are {known}, or give --plan FILE')
    _told(given, counter, "پروندهٔ بستری", his.stay(counter, plan, invoice=given.statement))


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
    "lis": run_lis,
    "ris": run_ris,
    "his": run_his,
    "forward": run_forward,
}


def _brought(given: argparse.Namespace) -> Path:
    if not given.prescription:
        raise Misused(
            f"{given.program} needs --prescription FILE, written by the prescriber's --out"
        )
    path: Path = given.prescription
    return path


def _told(given: argparse.Namespace, counter: Counter, fa: str, outcome: dict[str, Any]) -> None:
    """Hand the outcome over: to the file that was named, else to the person."""
    if given.out:
        _written(given.out, outcome)
    else:
        counter.console.note(fa, json.dumps(outcome, ensure_ascii=False))


def _written(path: Path, outcome: dict[str, Any]) -> None:
    path.write_text(json.dumps(outcome, ensure_ascii=False, indent=1), "utf-8")


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
