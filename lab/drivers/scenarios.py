"""Drives a client under test through scenarios and stores what the witness saw.

Per scenario: our prescriber registers a prescription at the exchange; the witness starts in its
own process; the client acts (its command is run, or a person is told what to do); the witness
stops; its log becomes evidence, direction OBSERVED, case id `SCN-<NAME>`. Nothing is judged here.
What goes wrong on our side raises EnvironmentFault; what the client does wrong is evidence and
never raises.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from lab.drivers.scenario_model import Scenario
from lab.drivers.witnessed import (
    BODIES,
    EXCHANGES,
    ClientRun,
    Witness,
    captured,
    captured_body,
    run_command,
)
from lab.model.base import Frozen, JsonValue
from lab.model.errors import EnvironmentFault, UsageError
from lab.model.evidence import Recorder, RecordKind
from lab.model.exchange import BodyRef
from lab.model.sut import SutProfile

PEER_SECONDS = 60.0
DEFAULT_PRESCRIBER = (
    "python", "-m", "reference_impl.clients", "prescriber",
    "--gateway", "{gateway}", "--credentials", "{credentials}", "--order", "{order}",
    "--out", "{prescription}", "--world-seed", "{world_seed}",
)  # fmt: skip
"""Our own prescriber, started by command; `[ixit] prescriber_command` replaces it."""

QUIET_SECONDS = 20.0


class ScenarioEvent(Frozen):
    """Progress of a scenario, for the person who watches."""

    kind: Literal["preparing", "acting", "waiting", "finished"]
    scenario: str
    text_en: str
    text_fa: str


class ScenarioOutcome(Frozen):
    """What one scenario left in the evidence."""

    scenario: str
    case_id: str
    attempt: int
    exchanges: int
    client_exit: int | None  # None: no command, a person acted
    timed_out: bool
    seconds: float


class Listener(Protocol):
    """Receives progress."""

    def __call__(self, event: ScenarioEvent) -> None:
        """Take one event; must not raise."""
        ...


@dataclass(frozen=True)
class Setting:
    """Where and how the scenarios of one campaign run.

    `prescriber` is the command of our own prescriber with the placeholders {gateway} {credentials}
    {scenario} {order} {prescription} {world_seed}; `client` the vendor's with {gateway}
    {credentials} {scenario} {prescription} {world_seed}, empty when a person acts.
    """

    gateway: str
    credentials: Path
    directory: Path
    prescriber: tuple[str, ...]
    client: tuple[str, ...] = ()
    witness_port: int = 0
    world_seed: int = 1401


def setting_of(profile: SutProfile, directory: Path) -> Setting:
    """Take the setting from `sut.toml`; UsageError when the gateway is missing.

    `directory` receives one folder per scenario: order, prescription, captured log.
    """
    ixit = profile.ixit
    if not ixit.gateway_url:
        raise UsageError(
            "[ixit] gateway_url is missing; a client campaign needs it",
            code="MFL-U032",
            where=profile.source,
            fix=f"add gateway_url to [ixit]; `mafalab sut init --role {profile.role}` shows how",
            sentence_fa="در بخش ixit مقدار gateway_url نیامده است.",
        )
    return Setting(
        gateway=ixit.gateway_url,
        credentials=Path(ixit.credentials),
        directory=directory,
        prescriber=ixit.prescriber_command or DEFAULT_PRESCRIBER,
        client=ixit.client_command,
        witness_port=ixit.witness_port or 0,
    )


def run_scenarios(
    scenarios: Sequence[Scenario],
    setting: Setting,
    recorder: Recorder,
    *,
    listener: Listener,
    attempts: Mapping[str, int] | None = None,
) -> tuple[ScenarioOutcome, ...]:
    """Run every scenario once and return what came of them, in the given order.

    `attempts` holds how often a case id was begun before (after an interruption): the next number
    is used, so that half a scenario never mixes with a whole one. A scenario is complete when its
    CASE_FINISHED stands in the evidence.
    """
    before = attempts or {}
    return tuple(
        _run_one(scenario, setting, recorder, listener, before.get(scenario.case_id, 0) + 1)
        for scenario in scenarios
    )


def _run_one(
    scenario: Scenario, setting: Setting, recorder: Recorder, listener: Listener, attempt: int
) -> ScenarioOutcome:
    started = time.monotonic()
    place = setting.directory / f"{scenario.id}-{attempt}"
    place.mkdir(parents=True, exist_ok=True)
    recorder.record(
        RecordKind.CASE_STARTED,
        {"scenario": scenario.id, "source": scenario.source},
        case_id=scenario.case_id,
        attempt=attempt,
    )
    listener(_event("preparing", scenario, "registering a prescription", "ثبت نسخهٔ آزمایشی"))
    with Witness(
        setting.gateway, setting.credentials, place / "captured", scenario, setting.witness_port
    ) as witness:
        order = prepare_order(scenario, setting, place)  # while the witness gets ready
        run = _act(
            scenario,
            setting,
            witness,
            prescription=place / "prescription.json",
            order=order,
            listener=listener,
        )
    count = _store(place / "captured", recorder, scenario.case_id, attempt)
    outcome = ScenarioOutcome(
        scenario=scenario.id,
        case_id=scenario.case_id,
        attempt=attempt,
        exchanges=count,
        client_exit=run.exit_code,
        timed_out=run.timed_out,
        seconds=round(time.monotonic() - started, 3),
    )
    for kind, data in (
        (RecordKind.OBSERVATION, {"what": "scenario", "order": order, "output": run.output}),
        (RecordKind.CASE_FINISHED, outcome.model_dump()),
    ):
        recorder.record(kind, data, case_id=scenario.case_id, attempt=attempt)
    listener(_event("finished", scenario, f"{count} exchanges recorded", f"{count} پیام ثبت شد"))
    return outcome


def prepare_order(scenario: Scenario, setting: Setting, place: Path) -> dict[str, JsonValue]:
    """Let our prescriber register the prescription and write the order for the client.

    The order (`prescription.json`) holds what the patient brings (tracking and short code, HID,
    person) and what the counter is told (`quantities`, `shelf`). EnvironmentFault when the
    exchange does not take the prescription: the product is not blamed.
    """
    wish, target = place / "order.json", place / "prescription.json"
    wish.write_text(json.dumps(scenario.prescription, ensure_ascii=False), "utf-8")
    command = filled(
        setting.prescriber,
        gateway=setting.gateway,
        credentials=str(setting.credentials),
        scenario=scenario.id,
        order=str(wish),
        prescription=str(target),
        world_seed=str(setting.world_seed),
    )
    run = run_command(command, PEER_SECONDS)
    if run.exit_code != 0:
        raise _no_order(scenario, command, run, f"the command ended with {run.exit_code}")
    try:
        registered = json.loads(target.read_text("utf-8"))
        order = {**registered, **with_serials(scenario.order), "scenario": scenario.id}
        target.write_text(json.dumps(order, ensure_ascii=False, indent=1), "utf-8")
    except (OSError, ValueError) as error:
        raise _no_order(scenario, command, run, str(error)) from error
    return order


def with_serials(order: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Put a fresh serial into every `{serial}` of the shelf.

    A pack can be given only once per exchange, so each run brings new ones; what was drawn stands
    in the evidence with the order.
    """
    shelf = [
        {**pack, "code": str(pack["code"]).replace("{serial}", f"{secrets.randbelow(10**7):07d}")}
        for pack in order.get("shelf", ())
    ]
    return {**order, "shelf": shelf} if shelf else dict(order)


def _no_order(
    scenario: Scenario, command: Sequence[str], run: ClientRun, why: str
) -> EnvironmentFault:
    return EnvironmentFault(
        f"scenario {scenario.id}: no prescription could be registered: {why}",
        code="MFL-E030",
        where=" ".join(command)[:500],
        fix=f"start the exchange, then try that command. It said: {run.output[-600:]}",
        sentence_fa="نسخهٔ آزمایشی این سناریو ثبت نشد؛ محصول شما مقصر نیست.",
    )


def _act(
    scenario: Scenario,
    setting: Setting,
    witness: Witness,
    *,
    prescription: Path,
    order: Mapping[str, JsonValue],
    listener: Listener,
) -> ClientRun:
    if setting.client:
        listener(_event("acting", scenario, scenario.title_en, scenario.title_fa))
        command = filled(
            setting.client,
            gateway=witness.url,
            credentials=str(setting.credentials),
            scenario=scenario.id,
            prescription=str(prescription),
            world_seed=str(setting.world_seed),
        )
        return run_command(command, scenario.deadline_seconds)
    listener(instruction(scenario, witness.url, order))
    timed_out = wait_for_person(
        lambda: witness.seen, scenario.deadline_seconds, quiet_seconds=QUIET_SECONDS
    )
    return ClientRun(exit_code=None, output="", timed_out=timed_out)


def instruction(scenario: Scenario, gateway: str, order: Mapping[str, JsonValue]) -> ScenarioEvent:
    """Return what a person at the vendor's counter is asked to do, with the values to type."""
    values = {
        name: order[name]
        for name in ("patient", "trackingCode", "shortCode", "hid", "quantities", "shelf")
        if name in order
    }
    shown = json.dumps(values, ensure_ascii=False)
    minutes = f"{scenario.deadline_seconds / 60:.1f}"
    acts_en = "\n".join(f"  {n}. {act}" for n, act in enumerate(scenario.do_en, start=1))
    acts_fa = "\n".join(f"  {n}. {act}" for n, act in enumerate(scenario.do_fa, start=1))
    return ScenarioEvent(
        kind="waiting",
        scenario=scenario.id,
        text_en=f"{scenario.title_en}\nGateway: {gateway}\n{acts_en}\nValues: {shown}\n"
        f"Time: {minutes} min; it ends by itself when nothing is sent for {QUIET_SECONDS:.0f} s.",
        text_fa=f"{scenario.title_fa}\nنشانی درگاه: {gateway}\n{acts_fa}\nمقدارها: {shown}\n"
        f"مهلت: {minutes} دقیقه",
    )


def wait_for_person(
    seen: Callable[[], int],
    deadline_seconds: float,
    *,
    quiet_seconds: float,
    poll_seconds: float = 0.25,
) -> bool:
    """Wait until traffic came and then ceased for `quiet_seconds`; True when the time ran out."""
    started = changed = time.monotonic()
    last = seen()
    while (now := time.monotonic()) - started < deadline_seconds:
        count = seen()
        if count != last:
            last, changed = count, now
        if last and now - changed >= quiet_seconds:
            return False
        time.sleep(poll_seconds)
    return True


def filled(command: Sequence[str], **values: str) -> list[str]:
    """Put values into the placeholders of a command; `python` means this interpreter."""
    result = []
    for part in command:
        text = part
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        result.append(text)
    if result and result[0] == "python":
        result[0] = sys.executable
    return result


def _store(place: Path, recorder: Recorder, case_id: str, attempt: int) -> int:
    """Move the witness's log into the evidence; returns the number of exchanges."""
    count = 0
    for exchange in captured(place / EXCHANGES):
        bodies = [exchange.request.body]
        if exchange.response is not None:
            bodies.append(exchange.response.body)
        for ref in bodies:
            _same(recorder.body(captured_body(place / BODIES, ref)), ref)
        recorder.exchange(
            exchange.model_copy(
                update={
                    "id": recorder.next_exchange_id(),
                    "case_id": case_id,
                    "attempt": attempt,
                    "ordinal": count,
                }
            )
        )
        count += 1
    return count


def _same(stored: BodyRef, captured_ref: BodyRef) -> None:
    if stored != captured_ref:
        raise EnvironmentFault(
            f"a body changed between witness and evidence: {captured_ref.sha256[:12]}",
            code="MFL-E031",
            fix="check the disk and run the scenario again",
        )


def _event(
    kind: Literal["preparing", "acting", "finished"], scenario: Scenario, en: str, fa: str
) -> ScenarioEvent:
    return ScenarioEvent(kind=kind, scenario=scenario.id, text_en=en, text_fa=fa)
