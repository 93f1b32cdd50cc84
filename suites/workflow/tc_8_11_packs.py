"""Clause 8-11: the way of a pack to the patient: used once, brought back, never lost."""

from __future__ import annotations

from http import HTTPStatus

from lab.kit import Caller, Expect, Sut, SyntheticData, conformance_case
from lab.kit.calling import Call
from suites.journeys_codes import consume, reactivate, verify
from suites.messages.ttac import PHARMACY, fresh_pack, use_of

PEN = "99005"
OTHER_PHARMACY = Caller("pharmacy-2")
RACERS = 4


def _irc(product: str) -> str:
    """Registration number of a brand of a product (synthetic: 9999, the product, seven zeros)."""
    return f"9999{product}{'0' * 7}"


@conformance_case(
    "TC-TTA-WF-PACK-001",
    verifies=("ERX-8-11-A",),
    role="ttac",
    title_fa="مسیر بسته تا بیمار: مصرف یک‌باره",
)
def tc_pack_ends_with_one_patient(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT follows a pack to one dispense and lets no other have it.

    Given a fresh pack, when a dispense uses it, then it is consumed; the same dispense again is the
    same use; another dispense, here and elsewhere, is refused; every later question says used.
    """
    code = fresh_pack(data, "pack")
    mine = use_of(data, code, "first")
    fresh = verify(sut, data, code, "read: before")
    used = consume(sut, mine, "stimulus: use")
    again = consume(sut, mine, "stimulus: the same dispense again")
    here = consume(sut, use_of(data, code, "second"), "stimulus: another dispense")
    there = consume(
        sut, use_of(data, code, "third"), "stimulus: another pharmacy", caller=OTHER_PHARMACY
    )
    after = verify(sut, data, code, "read: after")

    fix = "Remember the dispense that used a pack; it is the end of the pack's way."
    fix_fa = "نسخه‌پیچی مصرف‌کنندهٔ بسته را نگه دارید؛ پایان مسیر بسته همان است."
    expect.field(fresh, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    expect.field(used, "/state", equals="consumed", fix=fix, fix_fa=fix_fa)
    expect.field(again, "/state", equals="consumed", fix=fix, fix_fa=fix_fa)
    code_used = "PRODUCT_ALREADY_CONSUMED"
    expect.problem(here, status=409, code=code_used, fix=fix, fix_fa=fix_fa)
    expect.problem(there, status=409, code=code_used, fix=fix, fix_fa=fix_fa)
    expect.field(after, "/verdict", equals="ALREADY_CONSUMED", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-WF-PACK-002",
    verifies=("ERX-8-11-A",),
    role="ttac",
    title_fa="بازگشت بسته پس از ابطال نسخه‌پیچی",
)
def tc_voided_dispense_gives_its_pack_back(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes a pack back from the dispense that used it, and from no other.

    Given a used pack, when another pharmacy and another dispense bring it back, then both are
    refused; when its own does, then it is valid again and another dispense may use it.
    """
    code = fresh_pack(data, "pack")
    mine = use_of(data, code, "first")
    expect.control(consume(sut, mine, "preamble: use"), 201)

    foreign = reactivate(sut, mine, "stimulus: another pharmacy", caller=OTHER_PHARMACY)
    other = reactivate(sut, use_of(data, code, "second"), "stimulus: another dispense")
    own = reactivate(sut, mine, "stimulus: its dispense")
    between = verify(sut, data, code, "read: brought back")
    again = consume(sut, use_of(data, code, "second"), "stimulus: another dispense uses it")

    refused = "PRODUCT_REACTIVATION_REFUSED"
    fix = "Compare centre and dispense with the use that you remember; then forget that use."
    fix_fa = "مرکز و نسخه‌پیچی را با مصرف ثبت‌شده بسنجید و سپس آن مصرف را بردارید."
    expect.problem(foreign, status=409, code=refused, fix=fix, fix_fa=fix_fa)
    expect.problem(other, status=409, code=refused, fix=fix, fix_fa=fix_fa)
    expect.field(own, "/state", equals="active", fix=fix, fix_fa=fix_fa)
    expect.field(between, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    expect.field(again, "/state", equals="consumed", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-WF-PACK-003",
    verifies=("ERX-8-11-A",),
    role="ttac",
    title_fa="مصرف شمارشی بستهٔ چندتایی",
)
def tc_counted_pack_is_used_item_by_item(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts a pack of many items down by what each dispense takes.

    Given a carton of pens, when one dispense takes two and another one pen, then what remains
    falls by one between them and the carton stays in use; brought back, all of it is there again.
    """
    carton = next(one for one in data.world.packs if one.level == "carton")
    two = use_of(data, carton.uid, "two", kind="uid", count=2)
    one = use_of(data, carton.uid, "one", kind="uid")

    first = consume(sut, two, "stimulus: two pens")
    second = consume(sut, one, "stimulus: one pen")
    back = reactivate(sut, one, "postamble: one pen back")
    whole = reactivate(sut, two, "postamble: two pens back")

    fix = "Count what is left of a pack with units; free exactly what a dispense had taken."
    fix_fa = "باقی‌ماندهٔ بسته را بشمارید و در بازگشت همان مقدار را آزاد کنید."
    left, full = first.find("/remaining"), whole.find("/remaining")
    expect.field(first, "/state", equals="partly_consumed", fix=fix, fix_fa=fix_fa)
    expect.that(
        isinstance(left, int) and isinstance(full, int) and full - left == two["count"],
        title="a counted pack does not fall by what was taken",
        expected="two more in the whole carton than after two were taken",
        observed=f"{left!r} and {full!r}"[:80],
        pointer="/remaining",
        reply=first,
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.that(
        isinstance(left, int) and second.find("/remaining") == left - 1,
        title="a counted pack does not fall by one",
        expected="one pen less",
        observed=f"{left!r}, then {second.find('/remaining')!r}"[:80],
        pointer="/remaining",
        reply=second,
        fix=fix,
        fix_fa=fix_fa,
    )
    expect.field(back, "/state", equals="active", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-WF-PACK-004",
    verifies=("ERX-8-11-A", "ERX-A1-8-1", "ERX-8-11-B"),
    role="ttac",
    title_fa="بستهٔ نامعتبر مصرف نمی‌شود",
)
def tc_bad_pack_is_never_used(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets no pack be used that its own verdict speaks against.

    Given packs that are recalled, expired, used, unknown and of another brand, when a dispense uses
    each, then each is refused with its own code; a fresh pack under its own brand is used.
    """
    by_state = {
        one.state: one.uid for one in data.world.packs if one.units is None and one.state != "VALID"
    }
    code = fresh_pack(data, "pack")
    branded = use_of(data, code, "own brand", irc=_irc("99012"))
    wrong = use_of(data, fresh_pack(data, "other"), "other brand", irc=_irc(PEN))
    refused = (
        (use_of(data, by_state["RECALLED"], "r", kind="uid"), 422, "PRODUCT_RECALLED"),
        (use_of(data, by_state["EXPIRED_LOT"], "e", kind="uid"), 422, "PRODUCT_LOT_EXPIRED"),
        (use_of(data, by_state["ALREADY_CONSUMED"], "c", kind="uid"), 409,
         "PRODUCT_ALREADY_CONSUMED"),
        (use_of(data, "4444444444444444", "u"), 422, "PRODUCT_NOT_AUTHENTIC"),
        (wrong, 422, "PRODUCT_WRONG"),
    )  # fmt: skip

    fix = "Give the verdict again when a pack is used; refuse what is not valid."
    fix_fa = "هنگام مصرف دوباره داوری کنید و بستهٔ نامعتبر را رد کنید."
    good = consume(sut, branded, "stimulus: its own brand")
    expect.field(good, "/state", equals="consumed", fix=fix, fix_fa=fix_fa)
    for body, status, reason in refused:
        reply = consume(sut, body, f"stimulus: {reason}")
        expect.problem(reply, status=status, code=reason, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-WF-PACK-005",
    verifies=("ERX-8-11-A",),
    role="ttac",
    title_fa="مصرف هم‌زمان یک بسته",
)
def tc_one_of_many_gets_the_pack(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives a pack to exactly one of the dispenses that use it at once.

    Given a fresh pack, when four dispenses use it at the same instant, then one is answered with
    201 and three with the code of a used pack.
    """
    code = fresh_pack(data, "pack")
    calls = [
        Call("consumeProduct", body=use_of(data, code, f"racer {number}"), caller=PHARMACY)
        for number in range(RACERS)
    ]

    replies = sut.parallel(calls, step="stimulus: four at once")

    won = [reply for reply in replies if reply.status == HTTPStatus.CREATED]
    lost = [reply for reply in replies if reply.problem_code == "PRODUCT_ALREADY_CONSUMED"]
    expect.that(
        len(won) == 1 and len(won) + len(lost) == RACERS,
        title="a pack is not given to exactly one dispense",
        expected="one 201, three PRODUCT_ALREADY_CONSUMED",
        observed="; ".join(reply.summary() for reply in replies)[:200],
        pointer="status",
        reply=replies[0],
        fix="Compare and set the state of a pack in one transaction.",
        fix_fa="وضعیت بسته را در یک تراکنش بسنجید و تغییر دهید.",
    )


@conformance_case(
    "TC-TTA-WF-RECALL-001",
    verifies=("ERX-A1-8-1", "ERX-8-11-A"),
    role="ttac",
    title_fa="فهرست فراخوان از یک روز به بعد",
)
def tc_recalls_are_told_from_a_day_on(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the recalls from a day on, that day included.

    Given the recalls of the world, when they are read without a day, from the day of the last one,
    and from the day after, then all, that one and none come; a pack of such a lot is RECALLED.
    """
    known = sorted(data.world.recalls, key=lambda one: one.announced_on)
    last = known[-1]
    next_day = last.announced_on.toordinal() + 1
    everything = sut.call("listRecalls", step="stimulus: all")
    since = {"since": last.announced_on.isoformat()}
    that_day = sut.call("listRecalls", query=since, step="stimulus: from the last one")
    since = {"since": type(last.announced_on).fromordinal(next_day).isoformat()}
    later = sut.call("listRecalls", query=since, step="stimulus: from the day after")

    fix = "Take `since` as the first day that counts."
    fix_fa = "روز since را نیز به شمار آورید."
    lots = {one.lot for one in known}
    found = everything.find("/recalls")
    rows = found if isinstance(found, list) else []
    told = {str(row.get("lot")) for row in rows if isinstance(row, dict)}
    expect.that(
        told == lots,
        title="the recalls are not those of the register",
        expected=", ".join(sorted(lots)),
        observed=everything.summary(),
        pointer="/recalls",
        reply=everything,
        fix="Tell every recall that was announced.",
        fix_fa="همهٔ فراخوان‌های اعلام‌شده را بگویید.",
    )
    expect.field(that_day, "/recalls/0/lot", equals=last.lot, fix=fix, fix_fa=fix_fa)
    expect.field(later, "/recalls", equals=[], fix=fix, fix_fa=fix_fa)
