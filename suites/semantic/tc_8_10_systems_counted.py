"""Clause 8-10: a code system is listed with as many concepts as were published."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites.messages.maksa import DRUGS, SECRETARIAT, release


def _rows(reply: Reply, pointer: str) -> list[Mapping[str, JsonValue]]:
    found = reply.required(pointer)
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, Mapping)]


def _published_since(sut: Sut) -> int:
    """Count the medicines, and versions of them, in releases that are not in the pack."""
    own = {row["release"] for row in load_pack().releases["releases"]}
    own.add(load_pack().releases["baseline"]["release"])
    listed = _rows(sut.call("listReleases", step="control: the releases"), "/releases")
    names = [str(one.get("release")) for one in listed if one.get("release") not in own]
    changes = [
        change
        for name in names
        for change in _rows(
            sut.call("listChanges", path={"release": name}, step=f"control: {name}"), "/changes"
        )
    ]
    return sum(one.get("system") == DRUGS and one.get("kind") != "retired" for one in changes)


@conformance_case(
    "TC-MAK-SEM-SYSTEMS-002",
    verifies=("ERX-8-10-D",),
    role="maksa",
    title_fa="شمار مفاهیم هر دستگاه کد",
    alone=True,  # no other release comes between publishing and counting
)
def tc_concepts_of_a_system_are_counted(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lists a code system with the number of concepts it has published.

    Given a release that adds a medicine, when the code systems are listed, then the medicines are
    as many as those of the pack and of all releases since.
    """
    body = release(data, "counted")
    made = sut.call("publishRelease", body=body, caller=SECRETARIAT, step="preamble: publish")
    expect.control(made, 201)
    wanted = len(load_pack().codes[DRUGS]["concepts"]) + _published_since(sut)

    reply = sut.call("listSystems", step="stimulus: the code systems")

    told = [one.get("concepts") for one in _rows(reply, "/systems") if one.get("system") == DRUGS]
    expect.that(
        told == [wanted],
        title="a code system is listed with another number of concepts",
        expected=f"{wanted} concepts of {DRUGS}",
        observed=f"{told}",
        pointer="/systems",
        reply=reply,
        fix="Count what the releases have published, each time the systems are listed.",
        fix_fa="هر بار شمار مفاهیم منتشرشده را از نو بشمارید.",
    )
