"""Clause 8-10: releases of codes are announced, read as a delta, and change what is valid."""

from __future__ import annotations

from typing import Any

from fixtures import load_pack
from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case
from suites import journeys_codes as codes
from suites.messages.maksa import DRUGS, addition, release

THROUGH_DITAS = Caller("office-1", token="gateway.seal")  # noqa: S106 - identity name
STATE_AFTER = {"retired": "retired", "changed": "valid", "announced": "future"}
TOO_SOON = 13


def _names(reply: Reply) -> list[str]:
    found = reply.find("/releases")
    shown = found if isinstance(found, list) else []
    return [str(one.get("release")) for one in shown if isinstance(one, dict)]


def _delta(row: dict[str, Any]) -> list[dict[str, str]]:
    """Write a change as the contract does; the pack names systems by their last part."""
    names = ("code", "version", "kind", "replacedBy")
    told = {name: change for name, change in row.items() if name in names}
    return [{"system": codes.URN + row["system"], **told}]


@conformance_case(
    "TC-MAK-WF-RELEASE-001",
    verifies=("ERX-8-10-D", "RM-HIS-CONF-D", "ERX-A1-8-2"),
    role="maksa",
    title_fa="تغییرات هر انتشار از مسیر دیتاس",
)
def tc_deltas_of_all_releases(sut: Sut, expect: Expect) -> None:
    """Ensure that the IUT serves the exact delta of every release through DITAS.

    Given the releases of the pack, when list and changes are read by the channel of the gateway,
    then each release is listed, its changes are exactly those published, and each changed concept
    stands as the delta says: applying it to the old release yields the new one.
    """
    listed = sut.call("listReleases", caller=THROUGH_DITAS, step="stimulus: list of releases")
    fix = "Serve every change of a release, retirements and announcements too, from its notice on."
    fix_fa = "همهٔ تغییرات هر انتشار، از جمله خروج و اعلام، را از زمان اعلام ارائه کنید."
    for one in load_pack().releases["releases"]:
        path = {"release": one["release"]}
        reply = sut.call(
            "listChanges", path=path, caller=THROUGH_DITAS, step=f"stimulus: {one['release']}"
        )
        wanted = [row for change in one["changes"] for row in _delta(change)]
        expect.that(
            one["release"] in _names(listed),
            title="an announced release is not listed",
            expected=f"{one['release']} among the releases",
            observed=", ".join(_names(listed))[:200] or listed.summary(),
            pointer="/releases",
            reply=listed,
            fix=fix,
            fix_fa=fix_fa,
        )
        expect.field(reply, "/changes", equals=wanted, fix=fix, fix_fa=fix_fa)
        for change in wanted:
            told = codes.concept(
                sut, change["system"], change["code"], f"read: {change['code']} after the release"
            )
            state = STATE_AFTER[change["kind"]]
            expect.field(
                told, "/state", equals=state, requirement="ERX-A1-8-2", fix=fix, fix_fa=fix_fa
            )
            expect.field(told, "/version", equals=change["version"], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-MAK-WF-RELEASE-002",
    verifies=("ERX-A1-8-2", "ERX-8-10-D", "ERX-8-10-A"),
    role="maksa",
    title_fa="کد تازه و کد خارج‌شده از اعلام تا اعتبار",
)
def tc_published_release_reaches_everybody(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a new code to everybody from its announcement, and holds it back.

    Given a release of the secretariat that adds one medicine, when it is published, then an office
    finds release and change, the new code is told with its first day and not valid before it, and
    the texts are those published.
    """
    wanted = release(data, "new medicine")
    added = addition(data, "new medicine")
    published = codes.publish(sut, wanted, "stimulus: publish")
    name, code = str(wanted["release"]), str(added["code"])

    listed = sut.call("listReleases", step="read: releases")
    delta = codes.changes(sut, name, "read: changes")
    told = codes.concept(sut, DRUGS, code, "read: the new code")
    text = {"system": DRUGS, "code": code, "display": added["displayEn"]}
    early = codes.validate(sut, text, "read: is it valid today")

    fix = "Store a release durably; from its notice on tell it, from its first day on apply it."
    fix_fa = "انتشار را پایدار ذخیره کنید؛ از زمان اعلام بگویید و از روز اعتبار اعمال کنید."
    expect.status(published, 201, fix=fix, fix_fa=fix_fa)
    expect.that(
        name in _names(listed),
        title="a published release is not listed",
        expected=f"{name} among the releases",
        observed=listed.summary(),
        pointer="/releases",
        reply=listed,
        requirement="ERX-8-10-D",
        fix=fix,
        fix_fa=fix_fa,
    )
    row = {key: added[key] for key in ("system", "code", "version", "kind")}
    expect.field(delta, "/changes", equals=[row], requirement="ERX-8-10-D", fix=fix, fix_fa=fix_fa)
    expect.field(told, "/validFrom", equals=wanted["validFrom"], fix=fix, fix_fa=fix_fa)
    expect.field(told, "/displayFa", equals=added["displayFa"], fix=fix, fix_fa=fix_fa)
    codes.refused_code(expect, early, "CODE_NOT_YET_VALID", fix, fix_fa)


@conformance_case(
    "TC-MAK-WF-RELEASE-003",
    verifies=("ERX-8-10-A", "RM-HIS-CONF-D"),
    role="maksa",
    rulings=("RUL-013",),
    title_fa="انتشار تنها از دبیرخانه و با مهلت اعلام",
)
def tc_release_is_announced_by_the_secretariat(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT publishes codes for the secretariat alone, two weeks ahead.

    Given releases of an office, of the secretariat 13 days ahead and of the secretariat 14 days
    ahead, when each is published, then only the last is taken and the others are not listed.
    """
    foreign, soon = release(data, "foreign"), release(data, "soon", validFrom=data.day(TOO_SOON))
    good = release(data, "in time", validFrom=data.day(TOO_SOON + 1))
    by_office = codes.publish(sut, foreign, "stimulus: by an office", caller=Caller("office-1"))
    at_once = codes.publish(sut, soon, "stimulus: 13 days ahead")
    in_time = codes.publish(sut, good, "stimulus: 14 days ahead")
    listed = sut.call("listReleases", step="read: releases")

    expect.problem(
        by_office,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Let the secretariat of the coding committee publish, nobody else.",
        fix_fa="تنها دبیرخانهٔ کارگروه کدگذاری انتشار را اعلام می‌کند.",
    )
    expect.problem(
        at_once,
        status=422,
        code="CODE_RELEASE_TOO_SOON",
        requirement="RM-HIS-CONF-D",
        fix="Count 14 days from the day of the notice.",
        fix_fa="از روز اعلام ۱۴ روز بشمارید.",
    )
    expect.status(in_time, 201, fix="Take a release announced in time.")
    names = _names(listed)
    expect.that(
        good["release"] in names and not {foreign["release"], soon["release"]} & set(names),
        title="the list does not hold exactly the releases that were taken",
        expected=f"{good['release']}, not {foreign['release']} nor {soon['release']}",
        observed=", ".join(names)[-200:] or listed.summary(),
        pointer="/releases",
        reply=listed,
        fix="List a release when it was taken, and only then.",
        fix_fa="تنها انتشار پذیرفته‌شده را فهرست کنید.",
    )


@conformance_case(
    "TC-MAK-WF-RELEASE-004",
    verifies=("ERX-2-UID-A", "SVC-000-A"),
    role="maksa",
    title_fa="نام انتشار و کد تکراری پذیرفته نمی‌شود",
)
def tc_code_is_never_given_twice(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT never gives the name of a release or a code to a second thing.

    Given a published release, when its name comes again with other changes, when its code is added
    once more, and when a code of the pack is added for another medicine, then all are refused and
    the code still means what it meant.
    """
    first = release(data, "first")
    added = addition(data, "first")
    expect.control(codes.publish(sut, first, "preamble: publish"), 201)
    other = {**added, "displayEn": "another medicine", "displayFa": "داروی دیگر"}
    taken = addition(data, "second", code="99012")
    later = data.day(500)

    renamed = release(data, "second", release=first["release"])
    again = release(data, "third", validFrom=later, changes=[other])
    stolen = release(data, "fourth", validFrom=later, changes=[taken])
    by_name = codes.publish(sut, renamed, "stimulus: the name again")
    by_code = codes.publish(sut, again, "stimulus: the new code again")
    by_pack = codes.publish(sut, stolen, "stimulus: a code of the pack")
    told = codes.concept(sut, DRUGS, str(added["code"]), "read: the new code")

    fix = "Refuse names and codes that exist; a change of a concept is a new version of it."
    fix_fa = "نام و کد موجود را نپذیرید؛ تغییر مفهوم، نسخهٔ تازهٔ همان کد است."
    expect.problem(by_name, status=409, code="CODE_RELEASE_KNOWN", fix=fix, fix_fa=fix_fa)
    expect.problem(by_code, status=422, code="CODE_RELEASE_CONTRADICTS", fix=fix, fix_fa=fix_fa)
    expect.problem(by_pack, status=422, code="CODE_RELEASE_CONTRADICTS", fix=fix, fix_fa=fix_fa)
    expect.field(told, "/displayEn", equals=added["displayEn"], fix=fix, fix_fa=fix_fa)
