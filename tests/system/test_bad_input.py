"""Bad input ends in a clear message or an honest verdict: no traceback, no hang, no pass."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from lab.cli.children import Ended, Exchange, free_ports, mafalab
from tests.support.products import describe, hostile

DEADLINE = 2.0
CASES = ("TC-PUR-WF-SANITY-001", "TC-PUR-SEM-COST-001")
GRACE_SECONDS = 120.0  # start of child processes on a busy machine; a hang would be longer
PLAN = "purchaser-certification"

HEAD = 'role = "purchaser_system"\n[product]\nvendor="v"\nproduct="p"\nversion="1"\n'
BROKEN: dict[str, tuple[str, str]] = {
    "not TOML": ('role = "purchaser_system', "MFL-P001"),
    "binary": ("\x00\x01", "MFL-P"),
    "empty": ("", "MFL-P007"),
    "unknown role": ('role = "dentist_system"\n', "MFL-P007"),
    "misspelt key": ('role = "purchaser_system"\nixti = 1\n', "MFL-P005"),
    "no product": ('role = "purchaser_system"\n[ixit]\ncredentials = "x"\n', "MFL-P006"),
    "wrong scheme": (
        HEAD + '[ixit]\ncredentials="x"\nbase_url = "htp://10.0.0.7:8443"\n',
        "MFL-P014",
    ),
    "odd claim": (
        HEAD + '[ics]\n"purchaser.amend" = "perhaps"\n[ixit]\ncredentials="x"\n',
        "MFL-P009",
    ),
    "terminal escape": ('role = "\\u001b[2J\\u202epharmacy"\n', "MFL-P007"),
}


def clean(done: Ended) -> Ended:
    shown = done.out + done.err
    assert "Traceback" not in shown, shown[-2000:]
    assert "\x1b" not in shown
    return done


# The same reader serves all commands; two kinds are enough for the slower ones.
MISTAKES = [
    *((name, ("doctor",)) for name in sorted(BROKEN)),
    *((name, ("run", "--plan", PLAN)) for name in ("not TOML", "wrong scheme")),
    *((name, ("load", "run")) for name in ("not TOML", "wrong scheme")),
]


@pytest.mark.parametrize(("name", "command"), MISTAKES)
def test_a_broken_description_is_explained(
    name: str, command: tuple[str, ...], tmp_path: Path
) -> None:
    text, code = BROKEN[name]
    (tmp_path / "sut.toml").write_text(text, encoding="utf-8")
    more = () if command[0] == "doctor" else ("--out", tmp_path / "out")
    done = clean(mafalab(*command, "--sut", tmp_path / "sut.toml", *more, limit=60))
    assert done.code == 2
    assert code in done.err
    assert "sut.toml" in done.err
    assert "پیکربندی" in done.err
    assert not (tmp_path / "out" / "result.json").exists()


def run(sut: Path, out: Path) -> Ended:
    only = [part for case in CASES for part in ("--only", case)]
    return clean(mafalab("run", "--sut", sut, "--plan", PLAN, *only, "--out", out, limit=180))


def test_an_unreachable_product_is_never_a_pass(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    dead = f"https://127.0.0.1:{free_ports()}/purchaser/v1"
    sut = describe(tmp_path / "sut.toml", reference_exchange, base_url=dead)
    started = time.monotonic()
    done = run(sut, tmp_path / "out")
    assert done.code in (1, 2, 3, 4), done.out + done.err
    assert time.monotonic() - started < GRACE_SECONDS
    assert_nothing_passed(tmp_path / "out", done)


def test_a_wrong_server_certificate_is_never_a_pass(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    with hostile(
        "html", reference_exchange.credentials, identity="pharmacy-1.token-foreign"
    ) as url:
        done = run(
            describe(tmp_path / "sut.toml", reference_exchange, base_url=url), tmp_path / "out"
        )
    assert done.code != 0
    assert_nothing_passed(tmp_path / "out", done)
    assert "certificate" in (done.out + done.err + result_text(tmp_path / "out"))


def test_credentials_without_a_kit_are_the_configuration(
    reference_exchange: Exchange, tmp_path: Path
) -> None:
    kit = tmp_path / "kit"
    shutil.copytree(reference_exchange.credentials, kit)
    (kit / "kit.json").write_text('{"identities": 7}', encoding="utf-8")
    done = run(
        describe(tmp_path / "sut.toml", reference_exchange, credentials=str(kit)), tmp_path / "out"
    )
    assert done.code == 2
    assert "kit.json" in done.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["html", "big", "silence", "gzip_bomb", "drip", "garbage", "closes", "nested", "ansi"]
)
def test_a_hostile_product_gets_a_reason_within_its_deadline(
    kind: str, reference_exchange: Exchange, tmp_path: Path
) -> None:
    with hostile(kind, reference_exchange.credentials) as url:
        sut = describe(
            tmp_path / "sut.toml",
            reference_exchange,
            base_url=url,
            deadline_seconds=DEADLINE,
            max_response_bytes=1024 * 1024,
        )
        started = time.monotonic()
        done = run(sut, tmp_path / "out")
        took = time.monotonic() - started
    assert done.code in (1, 4), done.out + done.err
    # A handful of calls per case, each held to its deadline, whatever the product dribbles.
    assert took < GRACE_SECONDS + 10 * DEADLINE * len(CASES)
    assert_nothing_passed(tmp_path / "out", done)
    assert "\x1b" not in result_text(tmp_path / "out")


def result_text(out: Path) -> str:
    file = out / "result.json"
    return file.read_text("utf-8") if file.exists() else ""


def assert_nothing_passed(out: Path, done: Ended) -> None:
    """No case passes, and every case that did not says why."""
    text = result_text(out)
    if not text:
        assert done.err.strip(), "neither a result nor a message"
        return
    result = json.loads(text)
    assert result["statement"]["decision"] != "conforming"
    ran = [case for case in result["cases"] if case["selection"] == "selected"]
    verdicts = {case["verdict"] for case in ran}
    assert "pass" not in verdicts
    assert all(
        case["findings"] or case["note"] or case["reason"]
        for case in ran
        if case["verdict"] in ("fail", "inconclusive", "error")
    )
