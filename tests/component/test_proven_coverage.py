"""Coverage with a proof: caught per requirement, stale proofs, hostile texts on the page."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab.campaign.freeze import suite_hash
from lab.cli.catalogue import ROLES, ROOT, Catalogue, read_catalogue
from lab.cli.children import mafalab
from lab.cli.coverage import measure
from lab.cli.coverage_told import Told, say_all, write_page
from lab.cli.proven_coverage import Proof, as_json, never_seeded, read_proof, rows_of
from lab.cli.terminal import Terminal
from lab.model.errors import UsageError
from lab.validation.corpus import SubjectKind, load_subjects
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.matrix import Matrix, summarise

ROLE = "tax_terminal_registry"
REQUIREMENT = "ERX-7-9-B"


def matrix(suites: str, *survivors: str, role: str = ROLE) -> Matrix:
    """Return what a calibration writes; the named faults were not caught."""
    rows = [
        SubjectResult(
            subject=subject,
            outcome=Outcome.SURVIVED if subject.id in survivors else Outcome.CAUGHT,
            detail="",
            verdicts={},
            seconds=0.1,
        )
        for subject in load_subjects(ROOT / "fixtures" / "faults", role)
        if subject.kind is SubjectKind.FAULT
    ]
    return summarise(role, "plan", 1401, rows, suites)


def written(place: Path, made: Matrix) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "matrix.json").write_text(made.model_dump_json(), "utf-8")
    return place


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return read_catalogue()


def told(known: Catalogue, proof: Proof | None) -> Told:
    return Told(measure(known, (ROLE,)), rows_of(known, (ROLE,), proof), proof)


def against(known: Catalogue) -> list[str]:
    return [f.id for f in known.faults if f.role == ROLE and f.requirement == REQUIREMENT]


def test_rows_count_the_faults_of_their_own_requirement(known: Catalogue, tmp_path: Path) -> None:
    first, *others = against(known)
    proof = read_proof(written(tmp_path, matrix(suite_hash(), first)))
    [row] = told(known, proof).rows
    assert row.caught is not None
    assert (row.caught.hits, row.caught.trials) == (len(others), len(others) + 1)
    assert row.missed == (f"{ROLE}/{first}",)
    assert row.caught.lower < row.caught.value
    assert told(known, proof).exit_code == 0


def test_no_caught_fault_is_exit_1(known: Catalogue, tmp_path: Path) -> None:
    proof = read_proof(written(tmp_path, matrix(suite_hash(), *against(known))))
    found = told(known, proof)
    assert found.exit_code == 1
    assert found.as_json()["detection"]["unproven"] == [REQUIREMENT]
    elsewhere = read_proof(written(tmp_path / "other", matrix(suite_hash(), role="siam")))
    assert told(known, elsewhere).exit_code == 1, "a proof of another role proves nothing here"


def test_a_stale_proof_decides_nothing(known: Catalogue, tmp_path: Path) -> None:
    found = told(known, read_proof(written(tmp_path, matrix("0" * 64))))
    assert found.exit_code == 4
    detection = found.as_json()["detection"]
    assert detection["stale"] is True
    assert "requirements" not in detection
    with_gaps = replace(found, coverage=measure(replace(known, cases=()), (ROLE,)))
    assert with_gaps.exit_code == 1, "a gap is certain, whatever the proof"


def test_without_a_proof_the_seeded_requirements_are_counted(known: Catalogue) -> None:
    rows = rows_of(known, ("siam", ROLE), None)
    counted = as_json(rows, None, stale=False)
    assert counted["requirementsWithCase"] == len(rows) > counted["requirementsWithFault"] > 0
    assert not any(row.is_unproven for row in rows)
    assert told(known, None).exit_code == 0


def test_a_requirement_no_fault_was_seeded_against_is_a_gap(known: Catalogue) -> None:
    bare = replace(known, faults=tuple(f for f in known.faults if f.requirement != REQUIREMENT))
    rows = rows_of(bare, (ROLE,), None)
    # Its cases keep the faults of other requirements, so that this is the only gap.
    coverage = measure(known, (ROLE,))
    found = Told(coverage, rows, None)
    assert coverage.gaps == 0
    assert found.exit_code == 1
    assert found.as_json()["gaps"] == 1
    assert found.as_json()["detection"]["neverSeeded"] == [REQUIREMENT]
    printed = io.StringIO()
    say_all(Terminal(printed), bare, found, None)
    assert f"  {REQUIREMENT}\n" in printed.getvalue()
    assert "\n1 gaps\n" in printed.getvalue()


def test_a_fault_of_another_role_is_enough_to_be_no_gap(known: Catalogue) -> None:
    elsewhere = tuple(
        f.model_copy(update={"role": "siam"}) if f.requirement == REQUIREMENT else f
        for f in known.faults
    )
    [row] = rows_of(replace(known, faults=elsewhere), (ROLE,), None)
    assert row.faults == ()
    assert row.is_seeded
    assert Told(measure(known, (ROLE,)), [row], None).exit_code == 0


def test_every_requirement_with_a_case_has_a_fault_of_its_own(known: Catalogue) -> None:
    assert not never_seeded(rows_of(known, ROLES, None))


def test_several_matrices_of_a_folder_are_one_proof(tmp_path: Path) -> None:
    written(tmp_path / "a", matrix("1" * 64))
    written(tmp_path / "b", matrix("1" * 64, role="siam"))
    found = read_proof(tmp_path)
    assert {row.subject.role for row in found.faults} == {ROLE, "siam"}
    written(tmp_path / "c", matrix("1" * 64))
    with pytest.raises(UsageError, match=f"twice: {ROLE}"):
        read_proof(tmp_path)
    (tmp_path / "empty").mkdir()
    for nothing in ("empty", "absent"):
        with pytest.raises(UsageError, match="no proof of the suites"):
            read_proof(tmp_path / nothing)


def test_the_page_escapes_and_names_the_unproven(known: Catalogue, tmp_path: Path) -> None:
    proof = read_proof(written(tmp_path, matrix(suite_hash(), *against(known))))
    found = told(known, proof)
    hostile = [replace(row, title_fa="<script>x()</script>\u202e") for row in found.rows]
    write_page(replace(found, rows=hostile), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<script>x()" not in page
    assert "⟨U+202E⟩" in page
    assert 'class="bad"' in page
    assert f"0 / {len(against(known))}" in page


def test_the_command_prints_and_ends_with_the_code(tmp_path: Path) -> None:
    proof = written(tmp_path, matrix(suite_hash()))
    command = ("catalogue", "coverage", "--role", ROLE, "--proof")
    done = mafalab(*command, proof, "--html", tmp_path / "c.html")
    assert done.code == 0, done.err
    assert f"{REQUIREMENT:<22}" in done.out
    assert (tmp_path / "c.html").exists()
    seen = json.loads(mafalab(*command, proof / "matrix.json", "--json").out)
    [row] = seen["detection"]["requirements"]
    assert row["caught"] == row["judged"] > 0
    assert "MFL-U053" in mafalab(*command, tmp_path / "c.html").err
