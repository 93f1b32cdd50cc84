"""The acts of ``mafalab demo``: real commands, each compared with what was announced.

No act knows a verdict by itself; it reads `result.json` as anybody could.
"""

from __future__ import annotations

import json
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.cli.children import Ended, Exchange, exchange, mafalab
from lab.cli.sut import render
from lab.model.base import JsonValue
from lab.model.inspection import InspectionItem
from lab.model.roles import role_of

FAULTS = Path(__file__).resolve().parents[2] / "fixtures" / "faults"
PURCHASER, PHARMACY = "purchaser_system", "pharmacy_system"
PURCHASER_FAULT, PHARMACY_FAULT = "FLT-PUR-001", "FLT-PHA-001"
CLIENT = (
    "python", "-m", "reference_impl.clients", "pharmacy", "--gateway", "{gateway}",
    "--credentials", "{credentials}", "--scenario", "{scenario}",
    "--prescription", "{prescription}", "--world-seed", "{world_seed}",
)  # fmt: skip
PEOPLE = (
    "--evaluator", "Evaluator (demo)", "--reviewer", "Reviewer (demo)", "--decider",
    "Decider (demo)",
)  # fmt: skip


MADE_UP = "Demonstration data, made up: nobody inspected anything."


@dataclass(frozen=True)
class Act:
    """One act as it ended: what was announced, what came, and where to read it."""

    title: str
    title_fa: str
    announced: str
    came: str
    held: bool
    seconds: float
    look: Path | None = None
    why: str = ""


class Stage:
    """Where the demo plays: one clean exchange, one output directory, the acts so far."""

    def __init__(self, out: Path, clean: Exchange, tell: Callable[[Act], None]) -> None:
        self.out = out
        self.clean = clean
        self.acts: list[Act] = []
        self._tell = tell
        self._lock = threading.Lock()

    def add(self, act: Act) -> None:
        """Note an act and tell it at once."""
        with self._lock:
            self.acts.append(act)
            self._tell(act)


def good_purchaser(stage: Stage) -> None:
    """Test the reference purchaser, then issue and verify its certificate."""
    place = stage.out / "purchaser"
    sut = write_profile(stage.out / "purchaser.toml", PURCHASER, stage.clean, "Reference purchaser")
    _campaign(
        stage,
        ("A good purchaser is tested", "خریدار درست آزموده می‌شود"),
        PURCHASER,
        sut,
        place,
    )
    _inspections(stage, place)
    started = time.monotonic()
    issued = mafalab(
        "certificate", "issue", place, "--credentials", stage.clean.credentials, *PEOPLE
    )
    token = place / "certificate.jws"
    verified = mafalab(
        "certificate", "verify", token, "--trust", stage.clean.credentials / "trust.pem",
        "--campaign", place,
    )  # fmt: skip
    held = issued.code == 0 and verified.code == 0
    stage.add(
        Act(
            title="It gets a certificate that verifies offline",
            title_fa="گواهی می‌گیرد و گواهی بی‌شبکه راستی‌آزمایی می‌شود",
            announced="issued, valid",
            came=f"issue {_word(issued, 'issued')}, verify {_word(verified, 'valid')}",
            held=held,
            seconds=time.monotonic() - started,
            look=token,
            why="" if held else _last(issued if issued.code else verified),
        )
    )


def _inspections(stage: Stage, place: Path) -> None:
    """Show that open inspections bar the certificate, then import a form of made-up attestations.

    Nobody inspected anything here. Every note and every attached file says so.
    """
    started = time.monotonic()
    early = mafalab(
        "certificate", "issue", place, "--credentials", stage.clean.credentials, *PEOPLE
    )
    folder = stage.out / "purchaser-inspections"
    folder.mkdir()
    written = mafalab("inspect", "form", place, "-o", folder / "form.toml")
    filled = folder / "filled.toml"
    filled.write_text(_filled(_document(place / "result.json"), folder), encoding="utf-8")
    imported = mafalab("inspect", "import", place, filled)
    counts = _document(place / "result.json").get("inspection_counts", {})
    held = early.code == 1 and imported.code == 0 and counts.get("open") == 0
    passed = f"{counts.get('passed', 0)} of {counts.get('planned', 0)} inspections pass"
    stage.add(
        Act(
            title="Open inspections bar its certificate until a form is filled in (made up here)",
            title_fa="تا فرم بازرسی پر نشود گواهی نمی‌گیرد (اظهارهای نمایشی و ساختگی)",
            announced="refused while open, then all attested",
            came=f"issue {'refused' if early.code == 1 else f'exit {early.code}'}, then {passed}",
            held=held,
            seconds=time.monotonic() - started,
            look=filled,
            why="" if held else _last(imported if written.code == 0 else written),
        )
    )


def _filled(result: JsonValue, folder: Path) -> str:
    """Return a form with an attestation of every inspection, each of which calls itself made up."""
    (folder / "demo.txt").write_text(f"{MADE_UP}\n", encoding="utf-8")
    lines = [f"# {MADE_UP}", f"campaign = {json.dumps(result['campaign']['id'])}"]
    for row in result["inspections"]:
        item = InspectionItem.model_validate(row["item"])
        lines += [
            "[[attestation]]",
            f"item = {json.dumps(item.id)}",
            'verdict = "pass"',
            f"by = {json.dumps(f'Demo person (made up), {item.attest[0].words.en}')}",
            f"note = {json.dumps(MADE_UP)}",
            f"attach = {json.dumps([f'{one.kind.value}=demo.txt' for one in item.attach])}",
        ]
    return "\n".join(lines) + "\n"


def faulty_purchaser(stage: Stage) -> None:
    """Test the same purchaser with one seeded fault."""
    fault = read_fault("purchaser", PURCHASER_FAULT)
    with exchange(stage.out / "exchange-faulty", faults=(PURCHASER_FAULT,)) as broken:
        sut = write_profile(
            stage.out / "purchaser-faulty.toml", PURCHASER, broken, f"Purchaser {PURCHASER_FAULT}"
        )
        _campaign(
            stage,
            (
                f"A faulty purchaser is refused: {fault['title']}",
                f"خریدار معیوب رد می‌شود ({PURCHASER_FAULT})",
            ),
            PURCHASER,
            sut,
            stage.out / "purchaser-faulty",
            requirement=str(fault["requirement"]),
            plan="purchaser-smoke",
        )


def good_pharmacy(stage: Stage) -> None:
    """Watch the reference pharmacy program through the witness."""
    sut = write_profile(
        stage.out / "pharmacy.toml", PHARMACY, stage.clean, "Reference pharmacy program", CLIENT
    )
    _campaign(
        stage,
        (
            "A pharmacy program is judged from its traffic",
            "برنامهٔ داروخانه از ترافیکش سنجیده می‌شود",
        ),
        PHARMACY,
        sut,
        stage.out / "pharmacy",
    )


def faulty_pharmacy(stage: Stage) -> None:
    """Watch the same program with one seeded fault."""
    fault = read_fault("pharmacy", PHARMACY_FAULT)
    sut = write_profile(
        stage.out / "pharmacy-faulty.toml",
        PHARMACY,
        stage.clean,
        f"Pharmacy program {PHARMACY_FAULT}",
        (*CLIENT, "--fault", PHARMACY_FAULT),
    )
    _campaign(
        stage,
        (
            f"A faulty pharmacy program is refused: {fault['title']}",
            f"برنامهٔ معیوب داروخانه رد می‌شود ({PHARMACY_FAULT})",
        ),
        PHARMACY,
        sut,
        stage.out / "pharmacy-faulty",
        requirement=str(fault["requirement"]),
    )


def held_load(stage: Stage, seconds: float | None) -> None:
    """Offer the smoke load to the reference purchaser, with nothing else running."""
    place = stage.out / "load"
    more = () if seconds is None else ("--seconds", f"{seconds:g}")
    done = mafalab(
        "load", "run", "--sut", stage.out / "purchaser.toml", "--profile", "smoke", "--out", place,
        *more,
    )  # fmt: skip
    verdict = str(_document(place / "load-result.json").get("verdict", "none"))
    # A busy machine honestly ends undecided; the demo fails only when a good product is missed.
    expected = ("pass", "inconclusive")
    stage.add(
        Act(
            title="A small load is held against the SLA",
            title_fa="بار سبک با سطح خدمت سنجیده می‌شود",
            announced="pass (undecided on a busy machine)",
            came=verdict,
            held=verdict in expected and done.code in (0, 4),
            seconds=done.seconds,
            look=place / "load-result.json",
            why=_load_reason(place, done),
        )
    )


def write_profile(
    target: Path, role: str, around: Exchange, product: str, command: tuple[str, ...] = ()
) -> Path:
    """Write the sut.toml of a product of the demo, as `mafalab sut init` would."""
    text = render(
        role,
        base_url=f"{around.services}/purchaser/v1",
        exchange_url=around.gateway,
        status_url=around.status,
        credentials=str(around.credentials.resolve()),
        vendor="Demo of the laboratory",
        product=product,
        client_command=command,
    )
    # The demo may run beside other programs; the witness takes any free port.
    text = "\n".join(x for x in text.splitlines() if not x.startswith("witness_port"))
    target.write_text(text + "\n", encoding="utf-8")
    return target


def read_fault(kind: str, fault: str) -> dict[str, JsonValue]:
    """Read one fault of the catalogue."""
    found: dict[str, JsonValue] = tomllib.loads(
        (FAULTS / kind / f"{fault}.toml").read_text("utf-8")
    )
    return found


def _campaign(
    stage: Stage,
    titles: tuple[str, str],
    role: str,
    sut: Path,
    place: Path,
    *,
    requirement: str = "",
    plan: str | None = None,
) -> None:
    done = mafalab(
        "run",
        "--sut",
        sut,
        "--plan",
        plan or role_of(role).plan,
        "--out",
        place,
        "--seed",
        "1401",
        "--kind",
        "witnessed",
    )
    result = _document(place / "result.json")
    decision = str(result.get("statement", {}).get("decision", "no result"))
    failed = {
        row["requirement_id"] for row in result.get("causes", []) if row.get("verdict") == "fail"
    }
    counts = result.get("counts", {})
    told = f"{decision}: {counts.get('passed', 0)} of {counts.get('planned', 0)} pass"
    if failed:
        told += f"; findings against {', '.join(sorted(failed)[:4])}"
    if requirement:
        held = done.code == 1 and decision == "not_conforming" and requirement in failed
        announced = f"not conforming, with {requirement} named"
    else:
        held = done.code == 0 and decision == "conforming"
        announced = "conforming"
    stage.add(
        Act(
            title=titles[0],
            title_fa=titles[1],
            announced=announced,
            came=told,
            held=held,
            seconds=done.seconds,
            look=place / "report" / "report.html",
            why="" if held else _last(done),
        )
    )


def _document(path: Path) -> dict[str, JsonValue]:
    try:
        found: dict[str, JsonValue] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # reported by the act as "no result" together with what the command said
    return found


def _word(done: Ended, good: str) -> str:
    return good if done.code == 0 else f"exit {done.code}"


def _last(done: Ended) -> str:
    lines = (done.err.strip() or done.out.strip()).splitlines()
    return "\n".join([f"exit {done.code}", *lines[-12:]])


def _load_reason(place: Path, done: Ended) -> str:
    document = _document(place / "load-result.json")
    return str(document.get("reason", "")) if document else _last(done)
