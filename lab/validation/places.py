"""Where a mechanical mutant sits in an answer, and whether a finding names that place.

A mutant has its place by construction, whatever the suites look for: the member it changes, the
header it leaves out, the status. So the share of caught mutants whose place a finding names is
evidence about attribution that nobody seeded by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.model.base import JsonValue
from lab.model.finding import Finding

_ENTRY = "*"
_WHOLE_ANSWER = frozenset({"stale", "no_effect"})
_AT_THE_PARENT = frozenset({"drop"})
_STAYS: dict[str, Callable[[JsonValue], bool]] = {
    "null": lambda value: value is None,
    "lower": lambda value: not isinstance(value, str) or value.lower() == value,
    "empty": lambda value: not (isinstance(value, str | list) and value),
    "twice": lambda value: not (isinstance(value, list) and value),
    "fewer": lambda value: not (isinstance(value, list) and value),
    "reverse": lambda value: not isinstance(value, list) or value[::-1] == value,
    "other": lambda value: not isinstance(value, str),
    "later": lambda value: not isinstance(value, str),
    "negate": lambda value: not isinstance(value, bool),
    "one_more": lambda value: not isinstance(value, int | float),
    "one_less": lambda value: not isinstance(value, int | float),
}
"""When a change of that name leaves a value as it is; the others always change it."""


def operation_of(mutant: str) -> str:
    """Return `service.operation` of `service.operation change [argument]`."""
    return mutant.split(" ", 1)[0]


def change_of(mutant: str) -> tuple[str, str]:
    """Return name and argument of the change; the argument is "" where there is none."""
    _, name, *argument = mutant.split(" ", 2)
    return name, argument[0] if argument else ""


def place_of(mutant: str) -> str:
    """Return `/items/*/total`, `header:etag` or `status`; "" when the answer as a whole is wrong.

    The last holds for `stale` and `no_effect`: no single place of an answer shows them.
    """
    name, argument = change_of(mutant)
    if name in _WHOLE_ANSWER:
        return ""
    if name == "status":
        return "status"
    return f"header:{argument}" if name == "no_header" else argument


def names_place(mutant: str, finding: Finding) -> bool:
    """Say whether a finding points at the place of a mutant.

    It does when its pointer is the place, lies below it, or is an object or list around it; array
    indexes stand for `*`. The answer as a whole ("") is around everything and names nothing, with
    one exception: a member that is missing can only be missed at the object that should hold it,
    so there the pointer of that object counts when the finding also says the member's name.
    """
    place = place_of(mutant)
    if not place.startswith("/"):
        return bool(place) and finding.pointer == place
    wanted, got = _parts(place), _parts(finding.pointer)
    if got is None or wanted is None:
        return False
    common = min(len(wanted), len(got))
    if not all(_same(*pair) for pair in zip(wanted[:common], got[:common], strict=True)):
        return False
    if got:
        return True
    lacking = change_of(mutant)[0] in _AT_THE_PARENT and len(wanted) == 1
    said = f"{finding.title} {finding.expected} {finding.observed}"
    return lacking and any(f"{mark}{wanted[0]}{mark}" in said for mark in "\"'")


def place_in(change: str) -> str:
    """Return the place of `lower /kind`."""
    return change.partition(" ")[2]


def places_in(value: JsonValue) -> frozenset[str]:
    """Return every place of a body as a pointer in which `*` stands for array indexes."""
    return frozenset(pointer for pointer, _ in _walked(value))


def _walked(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield every place below a body with its value."""
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    while waiting:
        pointer, part = waiting.pop()
        if isinstance(part, dict):
            below = [(f"{pointer}/{name}", row) for name, row in part.items()]
        elif isinstance(part, list):
            below = [(f"{pointer}/{_ENTRY}", row) for row in part]
        else:
            continue
        yield from below
        waiting += below


def unaltered_in(value: JsonValue) -> frozenset[str]:
    """Return changes, as `lower /kind`, that leave every value at their place as it is.

    These are told for places that are there; what is not told does alter some value.
    """
    idle: set[str] = set()
    busy: set[str] = set()
    for pointer, part in _walked(value):
        for name, stays in _STAYS.items():
            (idle if stays(part) else busy).add(f"{name} {pointer}")
    return frozenset(idle - busy)


def _parts(pointer: str) -> list[str] | None:
    """Split a pointer; None for what is none (`status`, `tls`, the name of a module)."""
    if pointer and not pointer.startswith("/"):
        return None
    return pointer.split("/")[1:]


def _same(wanted: str, got: str) -> bool:
    return wanted == got or (wanted == _ENTRY and got.isdigit())
