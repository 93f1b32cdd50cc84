"""Clauses 7-4 and 8-9 at the registry of centres: ids, licences, roles, levels and users."""

from __future__ import annotations

from lab.kit import Caller, Expect, Sut, SyntheticData, conformance_case
from suites.journeys_registries import (
    CENTRE_LEVELS,
    centre_of,
    get_centre,
    mapping,
    report_licence,
)
from suites.messages.siam import fresh_licence


def neighbour(data: SyntheticData, siam_id: str) -> str:
    """Return an id nobody has that differs from an issued one in its last character only."""
    taken = {one.siam_id for one in data.world.centres.values()}
    return next(one for last in "0123456789abcdef" if (one := siam_id[:-1] + last) not in taken)


@conformance_case(
    "TC-SIA-SEM-CENTRE-001",
    verifies=("ERX-7-4-A", "ERX-8-9-B", "RM-P7-B"),
    role="siam",
    title_fa="تنها شناسهٔ سیام مرکز را می‌شناساند",
)
def tc_siam_id_names_one_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers a SIAM id with its centre, and an unknown one with nothing.

    Given a registered centre, when its SIAM id is asked for, then kind and licence are those
    registered; when an id is asked for that was never issued, be it one character away from
    an issued one, then the IUT finds nothing.
    """
    pharmacy = data.centre("pharmacy-1")

    known = get_centre(sut, pharmacy.siam_id, "stimulus: a registered centre")
    nobody = get_centre(sut, data.uuid("nobody"), "stimulus: an id nobody has")
    near = get_centre(sut, neighbour(data, pharmacy.siam_id), "stimulus: one character away")

    fix = "Answer a centre as it is registered under its SIAM id."
    fix_fa = "مرکز را همان‌گونه که ثبت شده است بازگردانید."
    expect.field(known, "/siamId", equals=pharmacy.siam_id, fix=fix, fix_fa=fix_fa)
    expect.field(known, "/kind", equals="pharmacy", fix=fix, fix_fa=fix_fa)
    expect.field(known, "/active", equals=True, fix=fix, fix_fa=fix_fa)
    for reply, requirement in ((nobody, "ERX-7-4-A"), (near, "RM-P7-B")):
        expect.problem(
            reply,
            status=404,
            code="NOT_FOUND",
            requirement=requirement,
            fix="Find nothing under a SIAM id that was never issued.",
            fix_fa="برای شناسهٔ صادرنشده «یافت نشد» بازگردانید.",
        )


@conformance_case(
    "TC-SIA-SEM-CENTRE-002",
    verifies=("ERX-2-FAC-A", "RM-P7-A", "RM-INS-PROVIDER"),
    role="siam",
    title_fa="پروانه تا پایان آخرین روز معتبر است",
)
def tc_licence_counts_until_its_last_day(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts a licence until the end of its last day, and no longer.

    Given three laboratories licensed until tomorrow, until today and until yesterday, when they
    are asked for, then the first two are active and the third is not.
    """
    first = report_licence(sut, data, "tomorrow", validUntil=data.day(1))
    last = report_licence(sut, data, "today", validUntil=data.day())
    over = report_licence(sut, data, "yesterday", validUntil=data.day(-1))

    fix = "Compare the day of Iran with the last day of the licence, both counted in."
    fix_fa = "روز جاری ایران را با آخرین روز پروانه بسنجید؛ روز آخر معتبر است."
    ahead = centre_of(sut, first, "stimulus: licensed until tomorrow")
    expect.field(ahead, "/active", equals=True, fix=fix, fix_fa=fix_fa)
    today = centre_of(sut, last, "stimulus: licensed until today")
    expect.field(today, "/active", equals=True, fix=fix, fix_fa=fix_fa)
    ended = centre_of(sut, over, "stimulus: licensed until yesterday")
    expect.field(ended, "/active", equals=False, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-SIA-SEM-CENTRE-003",
    verifies=("ERX-2-FAC-B",),
    role="siam",
    title_fa="نقش تجویزی و تحویلی مرکز",
)
def tc_roles_of_a_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells whether a centre prescribes, dispenses or does both.

    Given an office, a pharmacy and a hospital, when they are asked for, then the IUT tells the
    roles each of them holds, and no others.
    """
    office = get_centre(sut, data.centre("office-1").siam_id, "stimulus: an office")
    pharmacy = get_centre(sut, data.centre("pharmacy-1").siam_id, "stimulus: a pharmacy")
    hospital = get_centre(sut, data.centre("hospital-1").siam_id, "stimulus: a hospital")

    fix = "Tell the roles of a centre from its kind; admission of messages rests on them."
    fix_fa = "نقش مرکز را از نوع آن اعلام کنید؛ پذیرش پیام بر آن استوار است."
    expect.field(office, "/roles", equals=["prescribing"], fix=fix, fix_fa=fix_fa)
    expect.field(pharmacy, "/roles", equals=["dispensing"], fix=fix, fix_fa=fix_fa)
    both = hospital.find("/roles")
    expect.that(
        isinstance(both, list) and sorted(map(str, both)) == ["dispensing", "prescribing"],
        title="a hospital does not hold both roles",
        expected="prescribing and dispensing",
        observed=str(both)[:100],
        pointer="/roles",
        reply=hospital,
        fix=fix,
        fix_fa=fix_fa,
    )


@conformance_case(
    "TC-SIA-SEM-CENTRE-004",
    verifies=("RM-CIT-LEVEL",),
    role="siam",
    title_fa="سطح خدمت مرکز",
)
def tc_level_of_a_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the level of care of a centre by its kind.

    Given a laboratory licensed a moment ago and a hospital, when they are asked for, then their
    levels are those the code system of levels gives their kinds.
    """
    licensed = report_licence(sut, data, "level")

    laboratory = centre_of(sut, licensed, "stimulus: a laboratory")
    hospital = get_centre(sut, data.centre("hospital-1").siam_id, "stimulus: a hospital")

    fix = "Take the level of a centre from the code system of levels."
    fix_fa = "سطح مرکز را از سامانهٔ کد سطوح بگیرید."
    expect.field(laboratory, "/level", equals=CENTRE_LEVELS["laboratory"], fix=fix, fix_fa=fix_fa)
    expect.field(hospital, "/level", equals=CENTRE_LEVELS["hospital"], fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-SIA-SEM-CENTRE-005",
    verifies=("RM-CIT-INFO", "ERX-8-9-A"),
    role="siam",
    title_fa="فهرست مراکز از یک نوع",
)
def tc_list_of_one_kind(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lists all centres of one kind, and only those, each once.

    Given the registered pharmacies, when the pharmacies are listed, then all of them are there
    under their ids and no centre of another kind is.
    """
    listed = sut.call("listCentres", query={"kind": "pharmacy"}, step="stimulus: pharmacies")

    rows = listed.find("/centres")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    kinds = {row.get("kind") for row in found}
    ids = [row.get("siamId") for row in found]
    world = data.world.centres.values()
    wanted = {one.siam_id for one in world if one.kind == "pharmacy"}
    expect.that(
        kinds == {"pharmacy"},
        title="the list holds centres of another kind",
        expected="pharmacies only",
        observed=", ".join(sorted(map(str, kinds)))[:200] or "nothing",
        pointer="/centres",
        reply=listed,
        fix="Filter the list by the kind that was asked for.",
        fix_fa="فهرست را بر پایهٔ نوع خواسته‌شده محدود کنید.",
    )
    expect.that(
        wanted <= set(ids) and len(set(ids)) == len(ids),
        title="a registered pharmacy is missing, or stands twice",
        expected=f"{len(wanted)} registered pharmacies, each once",
        observed=f"{len(wanted & set(ids))} of them in {len(ids)} rows",
        pointer="/centres",
        reply=listed,
        requirement="ERX-8-9-A",
        fix="List every registered centre once.",
        fix_fa="هر مرکز ثبت‌شده را یک بار فهرست کنید.",
    )


@conformance_case(
    "TC-LIC-SEM-MAP-001",
    verifies=("ERX-6-4-B", "ERX-8-9-C"),
    role="licensing_system",
    title_fa="شناسهٔ پروانه و شناسهٔ سیام",
)
@conformance_case(
    "TC-SIA-SEM-MAP-001",
    verifies=("ERX-8-9-N1", "ERX-7-4-B"),
    role="siam",
    title_fa="شناسهٔ پروانه و شناسهٔ سیام",
)
def tc_licence_leads_to_its_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT finds the centre of a licence under the system that issued it only.

    Given a licensed pharmacy, when its licence is asked for under pharmacies, then its SIAM id is
    told; under medical practice, or with a number nobody was given, then nothing is.
    """
    pharmacy = data.centre("pharmacy-1")
    number = pharmacy.licence_number

    found = mapping(sut, "pharmacies", number, "stimulus: licence of a pharmacy")
    elsewhere = mapping(sut, "medical_practice", number, "stimulus: another issuer")
    nobody = mapping(sut, "pharmacies", fresh_licence(data, "no"), "stimulus: no licence")

    expect.field(
        found,
        "/centre",
        equals=pharmacy.siam_id,
        requirement=expect.about("ERX-7-4-B"),
        fix="Keep the licence id of every centre beside its SIAM id.",
        fix_fa="شناسهٔ پروانهٔ هر مرکز را کنار شناسهٔ سیام نگه دارید.",
    )
    fix = "A licence number means something only together with its issuer."
    fix_fa = "شمارهٔ پروانه تنها همراه صادرکننده معنا دارد."
    code = "LICENCE_MAPPING_UNKNOWN"
    expect.problem(elsewhere, status=404, code=code, fix=fix, fix_fa=fix_fa)
    expect.problem(nobody, status=404, code=code, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-SIA-SEM-USERS-001",
    verifies=("ERX-7-10-N1-A",),
    role="siam",
    title_fa="پیوند کاربر، پایانه، نرم‌افزار و شمارهٔ نظام",
)
def tc_users_are_bound_to_their_centre(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT links user, terminal, software and professional of the own centre.

    Given an office with its users, when the office asks for them, then the user of its physician
    stands with council number, terminal and software; when a pharmacy asks, then it sees nothing.
    """
    office = data.centre("office-1")
    path = {"siamId": office.siam_id}

    own = sut.call("listCentreUsers", path=path, step="stimulus: the own users")
    foreign = sut.call(
        "listCentreUsers", path=path, caller=Caller("pharmacy-1"), step="stimulus: by a pharmacy"
    )

    rows = own.find("/users")
    user_id = data.world.user_id("dr01", "office-1")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    mine: dict[str, object] = next((row for row in found if row.get("user") == user_id), {})
    wanted = {
        "councilNumber": data.professional("dr01").council_number,
        "terminalId": office.terminal_id,
        "software": data.world.software_of("office-1").software_id,
    }
    expect.that(
        {name: mine.get(name) for name in wanted} == wanted,
        title="user, professional, terminal and software are not linked",
        expected=", ".join(f"{name} {value}" for name, value in wanted.items()),
        observed=str({name: mine.get(name) for name in wanted})[:200],
        pointer="/users",
        reply=own,
        fix="Keep terminal, software and council number with every user of a centre.",
        fix_fa="پایانه، نرم‌افزار و شمارهٔ نظام را با هر کاربر مرکز پیوند دهید.",
    )
    expect.problem(
        foreign,
        status=404,
        code="NOT_FOUND",
        fix="Show users to their own centre only.",
        fix_fa="کاربران را تنها به مرکز خودشان نشان دهید.",
    )


@conformance_case(
    "TC-SIA-SEM-USERS-002",
    verifies=("ERX-7-5-B",),
    role="siam",
    title_fa="یک ارائه‌دهنده در دو مرکز",
)
def tc_one_provider_in_two_centres(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a provider of two centres apart by the user id.

    Given a physician who works at an office and at a clinic, when each of them asks for its users,
    then the council number is the same and the user ids differ as they were issued.
    """
    office = sut.call(
        "listCentreUsers",
        path={"siamId": data.centre("office-1").siam_id},
        step="stimulus: at the office",
    )
    clinic = sut.call(
        "listCentreUsers",
        path={"siamId": data.centre("clinic-1").siam_id},
        caller=Caller("clinic-1"),
        step="stimulus: at the clinic",
    )

    fix = "Issue a user id for each centre a professional works at."
    fix_fa = "برای هر مرکز یک شناسهٔ کاربری جداگانه صادر کنید."
    for reply, centre in ((office, "office-1"), (clinic, "clinic-1")):
        wanted = data.world.user_id("dr01", centre)
        rows = reply.find("/users")
        ids = (
            [row.get("user") for row in rows if isinstance(row, dict)]
            if isinstance(rows, list)
            else []
        )
        expect.that(
            wanted in ids,
            title=f"the user id of the physician at {centre} is not told",
            expected=f"user {wanted}",
            observed=", ".join(map(str, ids))[:200] or reply.summary(),
            pointer="/users",
            reply=reply,
            fix=fix,
            fix_fa=fix_fa,
        )
