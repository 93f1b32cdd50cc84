"""What a recording says about mutants, and which subject comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.kit.contract import load_contracts
from lab.validation.corpus import Subject, SubjectKind
from lab.validation.judgement import Outcome, SubjectResult
from lab.validation.queue import Queue, lacks_recording
from lab.validation.reach import Reach, Route, Seen, matched, read_reach, route, write_reach
from lab.validation.work import Work

INPROCESS = "https://inprocess.invalid"
REACH = Reach(
    seconds={"TC-SIA-CON-GETCENTRE-001": 9.0, "TC-SIA-WF-A": 2.0, "TC-SIA-WF-B": 1.0},
    operations={
        "siam.getCentre": {
            "TC-SIA-WF-A": Seen(answers=1, places={"/kind", "/name"}, headers={"etag"}),
            "TC-SIA-WF-B": Seen(
                answers=2, places={"/kind"}, headers=set(), unaltered={"lower /kind"}
            ),
            "TC-SIA-CON-GETCENTRE-001": Seen(answers=1, places={"/kind"}, headers=set()),
        }
    },
)
ALL = ("TC-SIA-CON-GETCENTRE-001", "TC-SIA-WF-B", "TC-SIA-WF-A")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("other /kind", Route(ALL, ALL)),
        ("drop /name", Route(("TC-SIA-WF-A",), ("TC-SIA-WF-A",))),
        ("lower /kind", Route(ALL[::2], ALL[::2])),
        ("drop /nothing", Route((), (), reached=False)),
        ("no_header etag", Route(("TC-SIA-WF-A",), ("TC-SIA-WF-A",))),
        ("no_header location", Route((), (), reached=False)),
        ("status 201", Route(ALL, ALL)),
        ("stale", Route((), ALL)),
        ("no_effect", Route((), ALL)),
    ],
)
def test_only_cases_with_an_answer_that_changes_are_tried_the_likeliest_first(
    change: str, expected: Route
) -> None:
    assert route(REACH, f"siam.getCentre {change}") == expected


@pytest.mark.parametrize("change", ["status 200", "stale", "no_effect"])
def test_what_acts_across_cases_runs_the_whole_plan_even_when_nothing_was_recorded(
    change: str,
) -> None:
    assert route(REACH, f"siam.listCentres {change}") == Route((), ())


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/siam/v1/centres/1234?x=1", "siam.getCentre"),
        ("GET", "/siam/v1/centres", "siam.listCentres"),
        ("POST", "/siam/v1/centres/1234", None),
        ("GET", "/siam/v1/nowhere", None),
        ("GET", "/ditas/siam/v1/centres/1234", None),
        ("GET", "/clock", None),
        ("GET", "", None),
    ],
)
def test_an_answer_belongs_to_the_operation_at_the_products_own_address(
    method: str, path: str, operation: str | None
) -> None:
    assert matched(load_contracts("erx-1401"), method, INPROCESS + path) == operation


def test_only_the_gateways_own_operations_change_behind_its_address() -> None:
    contracts = load_contracts("erx-1401")
    own = next(one for one in contracts.operations("gateway") if "{" not in one.path)
    url = f"{INPROCESS}/ditas/gateway/v1{own.path}"
    assert matched(contracts, own.method, url) == f"gateway.{own.id}"


def test_a_recording_is_written_whole_and_one_cut_off_is_none(tmp_path: Path) -> None:
    path = tmp_path / "reach" / "siam.json"
    assert read_reach(path) is None
    write_reach(path, REACH)
    assert read_reach(path) == REACH
    path.write_bytes(path.read_bytes()[:-3])
    assert read_reach(path) is None


def subject(kind: SubjectKind, role: str) -> Subject:
    return Subject(id=kind.value, kind=kind, role=role, title="t")


def judged(one: Subject, seconds: float) -> SubjectResult:
    outcome = Outcome.ACCEPTED
    return SubjectResult(subject=one, outcome=outcome, detail="", verdicts={}, seconds=seconds)


def names(queue: Queue) -> list[str]:
    taken = iter(queue.take, None)
    return [f"{one.role}/{one.kind.value}" for one in taken]


def test_whole_plans_wait_for_the_reference_of_their_role_and_long_ones_go_first() -> None:
    kinds = (SubjectKind.FAULT, SubjectKind.MECHANICAL, SubjectKind.VARIANT, SubjectKind.REFERENCE)
    queue = Queue()
    queue.add([subject(kind, role) for role in ("siam", "ttac") for kind in kinds], len)
    first = [queue.take(), queue.take()]
    assert [one.kind for one in first if one] == [SubjectKind.REFERENCE] * 2
    one = next(one for one in first if one and one.role == "siam")
    other = next(one for one in first if one and one.role == "ttac")
    assert [queue.take(), queue.take(), queue.take()][-1] is None  # two faults, then nothing
    queue.learn(judged(one, 1.0))
    queue.learn(judged(other, 60.0))
    assert names(queue) == ["ttac/variant", "ttac/mechanical", "siam/variant", "siam/mechanical"]
    assert len(queue) == 0


def test_subjects_that_answer_late_have_a_lane_of_their_own() -> None:
    slow = subject(SubjectKind.VARIANT, "siam").model_copy(update={"id": "SLOW", "waits": True})
    queue = Queue()
    queue.add([subject(kind, "siam") for kind in (SubjectKind.VARIANT, SubjectKind.REFERENCE)], len)
    queue.add([slow], len)
    assert queue.take(waits=True) is None  # its reference has not been judged
    reference = queue.take()
    assert reference
    assert reference.kind is SubjectKind.REFERENCE
    queue.learn(judged(reference, 1.0))
    assert names(queue) == ["siam/variant"]
    late = queue.take(waits=True)
    assert late
    assert late.id == "SLOW"
    assert len(queue) == 0


def test_programs_of_client_roles_act_one_at_a_time() -> None:
    queue = Queue()
    queue.add([subject(SubjectKind.FAULT, "pharmacy_system") for _ in range(2)], len)
    queue.add([subject(SubjectKind.FAULT, "siam")], len)
    first = queue.take()
    assert first
    second = queue.take(running=[first])
    assert [one.role for one in (first, second) if one] == ["pharmacy_system", "siam"]
    assert queue.take(running=[first]) is None
    assert queue.take() is not None


def test_a_reference_runs_again_when_mutants_lack_its_recording(tmp_path: Path) -> None:
    reference, mutant = (
        subject(kind, "siam") for kind in (SubjectKind.REFERENCE, SubjectKind.MECHANICAL)
    )
    work = Work(out=tmp_path, suite_hash="0", plans={}, subjects=(reference, mutant))
    assert lacks_recording(work, reference)
    assert not lacks_recording(work, mutant)
    write_reach(work.reach_path("siam"), REACH)
    assert not lacks_recording(work, reference)
    alone = work.model_copy(update={"subjects": (reference,)})
    assert not alone.records(reference)
