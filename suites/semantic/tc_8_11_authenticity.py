"""Clauses 8-11 and principle 4 at TTAC: what the code on a pack is worth, for which product."""

from __future__ import annotations

from fixtures.synthetic import Pack
from lab.kit import Expect, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites.journeys_codes import SERVICES, drug, verify
from suites.messages.ttac import fresh_pack
from suites.oracles.text import persian_digits, with_arabic_letters

PEN = "99005"
NOBODYS = {"authenticity": "4444444444444444", "uid": "44444444444444444444"}


def _pack(data: SyntheticData, state: str) -> Pack:
    """Return the pack of the world in a state; one that is used up at once."""
    return next(one for one in data.world.packs if one.state == state and one.units is None)


@conformance_case(
    "TC-TTA-SEM-VERDICT-001",
    verifies=("ERX-8-11-B", "ERX-A1-8-1"),
    role="ttac",
    title_fa="پاسخ جداگانه برای هر وضعیت بسته، با هر دو کد",
)
def tc_every_state_has_its_verdict(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells genuine, used, expired, recalled and unknown packs apart.

    Given a fresh pack and one in each state, when each is asked for by its 16-digit label and by
    its 20-digit code, then both give the verdict of that state; a code nobody printed is unknown.
    """
    fix = "Look the label up under its type; one pack is behind both of its codes."
    fix_fa = "برچسب را با نوع خود بجویید؛ هر دو کد به یک بسته اشاره دارند."
    pen = data.drug(PEN)
    fresh = verify(sut, data, fresh_pack(data, "fresh", PEN), "stimulus: fresh", product=pen)
    expect.field(fresh, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    counted = next(one for one in data.world.packs if one.units is not None)
    whole = verify(sut, data, counted.uid, "stimulus: 20 digits", kind="uid", product=pen)
    expect.field(whole, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)

    for state in ("ALREADY_CONSUMED", "EXPIRED_LOT", "RECALLED"):
        one = _pack(data, state)
        label = verify(sut, data, one.authenticity_code, f"stimulus: {state} label", product=pen)
        code = verify(sut, data, one.uid, f"stimulus: {state} code", kind="uid", product=pen)
        expect.field(label, "/verdict", equals=state, fix=fix, fix_fa=fix_fa)
        expect.field(code, "/verdict", equals=state, fix=fix, fix_fa=fix_fa)

    for kind, value in NOBODYS.items():
        nobody = verify(sut, data, value, f"stimulus: nobody's {kind}", kind=kind, product=pen)
        expect.field(nobody, "/verdict", equals="UNKNOWN", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-SEM-VERDICT-002",
    verifies=("ERX-8-11-B", "ERX-A1-8-1"),
    role="ttac",
    title_fa="برچسب اصیل بر فرآوردهٔ دیگر یا بستهٔ دیگر",
)
def tc_label_is_genuine_on_its_own_pack_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT holds a label genuine on its own product and level of packing only.

    Given a fresh pack and a carton, when the pack is asked for as another medicine and the carton
    as a pack, then both are wrong; each is valid as what it is.
    """
    code = fresh_pack(data, "fresh")
    carton = next(one for one in data.world.packs if one.level == "carton")
    pen = data.drug(carton.product)

    own = verify(sut, data, code, "stimulus: its medicine", level="pack")
    other = verify(sut, data, code, "stimulus: another medicine", product=pen)
    whole = verify(
        sut, data, carton.uid, "stimulus: carton", kind="uid", product=pen, level="carton"
    )
    part = verify(
        sut, data, carton.uid, "stimulus: carton as pack", kind="uid", product=pen, level="pack"
    )

    fix = "Compare product and level of packing with those behind the label."
    fix_fa = "فرآورده و سطح بسته‌بندی را با آنچه پشت برچسب است بسنجید."
    expect.field(own, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    expect.field(other, "/verdict", equals="WRONG_PRODUCT", fix=fix, fix_fa=fix_fa)
    expect.field(whole, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    expect.field(part, "/verdict", equals="WRONG_PRODUCT", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-SEM-FORM-001",
    verifies=("ERX-8-11-C",),
    role="ttac",
    title_fa="کد اصالت دقیقاً ۱۶ رقم",
)
def tc_label_has_sixteen_digits(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a label that is not exactly 16 digits before any verdict.

    Given a genuine label, when it is asked for with 15, 17 and 20 digits, with a letter, with
    Persian digits and with a space, then each is refused as unreadable; the label itself is valid.
    """
    code = fresh_pack(data, "fresh")
    misshapen = {
        "15 digits": code[:-1],
        "17 digits": f"{code}0",
        "20 digits": f"{code}0000",
        "a letter": f"{code[:-1]}O",
        "Persian digits": persian_digits(code),
        "a space": f"{code} ",
    }
    whole = verify(sut, data, code, "stimulus: 16 digits")

    expect.field(whole, "/verdict", equals="VALID", fix="Take 16 digits.")
    for name, wrong in misshapen.items():
        expect.problem(
            verify(sut, data, wrong, f"stimulus: {name}"),
            status=422,
            code="SCHEMA_VIOLATION",
            fix="Check type and length of the code before you look it up; never pad or cut it.",
            fix_fa="پیش از جستجو نوع و طول کد را بسنجید؛ کد را کوتاه یا بلند نکنید.",
        )


@conformance_case(
    "TC-TTA-SEM-CODE-001",
    verifies=("ERX-A1-8-2",),
    role="ttac",
    title_fa="کد منسوخ یا آیندهٔ دارو در استعلام اصالت",
)
def tc_medicine_codes_are_those_of_today(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps the codes of medicines it judges packs for up to date.

    Given a fresh pack, when it is asked for under a withdrawn code, under a code announced for a
    later year, and under its own, then the first two are refused with their reasons.
    """
    code = fresh_pack(data, "fresh")
    own = verify(sut, data, code, "stimulus: the code of today")
    gone = verify(sut, data, code, "stimulus: a withdrawn code", product=drug("99090"))
    early = verify(sut, data, code, "stimulus: an announced code", product=drug("99091"))

    fix = "Follow the releases of MAKSA; judge a code on the day of the question."
    fix_fa = "انتشارهای مکسا را دنبال کنید و کد را با روز پرسش بسنجید."
    expect.field(own, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    expect.problem(gone, status=422, code="CODE_RETIRED", fix=fix, fix_fa=fix_fa)
    expect.problem(early, status=422, code="CODE_NOT_YET_VALID", fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-SEM-CODE-002",
    verifies=("RM-P4-A",),
    role="ttac",
    title_fa="فرآورده تنها با کد مصوب مکسا",
)
def tc_products_are_coded_by_maksa(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT speaks of products in the codes of MAKSA alone.

    Given a fresh pack, when its product is named by a local code, under another system, and with
    the text of another medicine, then all are refused; the Persian text typed on an old keyboard
    is the same text.
    """
    code = fresh_pack(data, "fresh", PEN)
    losartan = data.drug("99012")
    written = with_arabic_letters(data.product(PEN).concept.fa)
    spelled = {**data.drug(PEN), "display": written}
    local = {**data.drug(PEN), "code": "LOCAL-7"}
    elsewhere = {**data.drug(PEN), "system": SERVICES}
    mixed = {**data.drug(PEN), "display": losartan["display"]}

    same = verify(sut, data, code, "stimulus: Arabic letters", product=spelled)
    fix = "Validate the coded product as MAKSA does, text and system too."
    fix_fa = "فرآوردهٔ کدگذاری‌شده را با متن و نظام آن مانند مکسا بسنجید."
    expect.field(same, "/verdict", equals="VALID", fix=fix, fix_fa=fix_fa)
    refused: tuple[tuple[str, JsonValue, str], ...] = (
        ("a local code", local, "CODE_UNKNOWN"),
        ("another system", elsewhere, "CODE_UNKNOWN"),
        ("text of another medicine", mixed, "CODE_DISPLAY_MISMATCH"),
    )
    for name, product, reason in refused:
        reply = verify(sut, data, code, f"stimulus: {name}", product=product)
        expect.problem(reply, status=422, code=reason, fix=fix, fix_fa=fix_fa)


@conformance_case(
    "TC-TTA-SEM-PROFILE-001",
    verifies=("ERX-A1-8-5",),
    role="ttac",
    title_fa="پاسخ‌ها با واژگان و شِمای مافا",
)
def tc_answers_keep_the_profile(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers in the messages and words of the profile, sealed.

    Given a fresh pack and a pack of a recalled lot, when both are asked for and the recalls are
    read, then each answer keeps its published schema and carries a seal that holds.
    """
    recalled = _pack(data, "RECALLED")
    fresh = verify(sut, data, fresh_pack(data, "fresh"), "stimulus: a fresh pack")
    gone = verify(sut, data, recalled.uid, "stimulus: recalled", kind="uid", product=data.drug(PEN))
    recalls = sut.call("listRecalls", step="stimulus: recalls")

    for reply in (fresh, gone, recalls):
        expect.schema(reply)
        expect.seal(reply)
    expect.field(fresh, "/verdict", equals="VALID", fix="Use the words of AuthenticityAnswer.")
    expect.field(gone, "/verdict", equals="RECALLED", fix="Use the words of AuthenticityAnswer.")
