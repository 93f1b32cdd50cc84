"""Who may run beside whom."""

from __future__ import annotations

from lab.model.case import Case, Plan, SuiteKind
from lab.selection.schedule import schedule


def case(
    name: str, *, alone: bool = False, shares: tuple[str, ...] = (), law: bool = False
) -> Case:
    return Case(
        id=f"TC-{name}", title="t", purpose="Ensure that", suite=SuiteKind.WORKFLOW, role="siam",
        requirements=("ERX-1",), module="m", function="f", alone=alone, shares=shares,
        generated=law,
    )  # fmt: skip


PLAN = Plan(
    id="p", title="p", scheme="s", role="siam", level="l", suites=(SuiteKind.WORKFLOW,),
    expected_cases=1, opening="TC-OPEN", closing="TC-CLOSE",
)  # fmt: skip


def test_opening_and_closing_case_have_the_product_for_themselves() -> None:
    made = schedule([case("OPEN"), case("A"), case("B"), case("CLOSE")], PLAN)
    assert (made.opening, made.closing) == (("TC-OPEN",), ("TC-CLOSE",))
    assert made.groups == (("TC-A",), ("TC-B",))


def test_a_case_alone_is_in_no_group() -> None:
    made = schedule([case("A"), case("OUTAGE", alone=True), case("B")], PLAN)
    assert made.alone == ("TC-OUTAGE",)
    assert made.groups == (("TC-A",), ("TC-B",))


def test_cases_that_share_a_thing_follow_each_other_in_the_order_of_the_plan() -> None:
    rows = [
        case("A", shares=("person F02",)),
        case("B", shares=("token x",)),
        case("C"),
        case("D", shares=("token x", "person F02")),
    ]
    assert schedule(rows, PLAN).groups == (("TC-A", "TC-B", "TC-D"), ("TC-C",))


def test_the_costliest_group_is_taken_first() -> None:
    assert schedule([case("A"), case("LAW", law=True)], PLAN).groups == (("TC-LAW",), ("TC-A",))


def test_one_case_may_open_and_close() -> None:
    plan = PLAN.model_copy(update={"closing": "TC-OPEN"})
    made = schedule([case("OPEN"), case("A")], plan)
    assert (made.opening, made.closing) == (("TC-OPEN",), ())


def test_every_case_has_exactly_one_place() -> None:
    rows = [case("OPEN"), *(case(f"N{n}", shares=(f"s{n % 3}",)) for n in range(9)), case("CLOSE")]
    made = schedule(rows, PLAN)
    placed = [*made.opening, *(one for group in made.groups for one in group), *made.closing]
    assert sorted(placed) == sorted(row.id for row in rows)
    assert len(made.groups) == 3
