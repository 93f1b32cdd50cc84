"""Clauses 4, 6, 7-6, 10 and 12 at the gateway: separate systems, one prescription, one meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fixtures import load_pack
from lab.kit import MISSING, Expect, Reply, Sut, SyntheticData, conformance_case, look_up, same_json
from lab.model.base import JsonValue
from suites import gateway_journeys as through
from suites import journeys
from suites import journeys_further as further
from suites import record_journeys as record
from suites.gateway_journeys import Amiss
from suites.journeys import OFFICE, OTHER_PHARMACY, PHARMACY

NOTE = "بیمار می‌گوید «كليه‌ام درد مي‌كند» ــ ۱۲ بار، ١٣ شب، ½ قرص"
HAND_BACK = "Hand what the services answer back as it is."
HAND_BACK_FA = "پاسخ سرویس‌ها را همان‌گونه بازگردانید."
KEEP_NOTHING = "Answer readings from the service, never from memory: the next read sees the change."
KEEP_NOTHING_FA = "پاسخ خواندن را از سرویس بگیرید نه از حافظه؛ خواندن بعدی باید تغییر را ببیند."


def given_out(sut: Sut, expect: Expect, counter: through.Counter) -> Reply:
    """Prepare and confirm a dispense, both expected to succeed; return the first answer."""
    made = counter.send(sut, "stimulus: prepare")
    expect.status(made, 201, fix="Hand a good document on as it is.")
    done = journeys.finish(sut, journeys.Dispensed(counter.payload, made), step="stimulus: confirm")
    expect.field(done, "/state", equals="CONFIRMED", fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    return made


@dataclass(frozen=True)
class Joined:
    """Prescription and dispense of one visit as the record shows them."""

    prescription: Mapping[str, JsonValue]
    dispense: Mapping[str, JsonValue]
    reply: Reply
    waits: bool

    @property
    def complete(self) -> bool:
        """Whether both are there once each."""
        return bool(self.prescription) and bool(self.dispense)


def joined(sut: Sut, data: SyntheticData, counter: through.Counter, made: Reply) -> Joined:
    """Wait for both copies and read the history of the patient."""
    rx = counter.rx
    first = through.copied(sut, rx.reply, OFFICE, "observation: copy of the prescription")
    second = through.copied(sut, made, PHARMACY, "observation: copy of the dispense")
    seen = through.history(sut, data, rx, "observation: history")
    return Joined(
        through.event_of(seen, rx.payload["documentId"]),
        through.event_of(seen, counter.payload["documentId"]),
        seen,
        first.waits or second.waits,
    )


def coded_in(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    """Yield every coded text of a document."""
    if isinstance(value, Mapping):
        if "system" in value and "code" in value:
            yield value
        for one in value.values():
            yield from coded_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from coded_in(one)


def is_published(coded: Mapping[str, JsonValue]) -> bool:
    """Say whether a coded text names a code of the pack's code systems."""
    table = load_pack().codes.get(str(coded["system"]), {"concepts": ()})
    return any(row["code"] == coded["code"] for row in table["concepts"])


@conformance_case(
    "TC-GTW-WF-JOIN-021",
    verifies=("ERX-4-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="یک سیستم یکپارچه با پروندهٔ سلامت",
)
def tc_gateway_one_integrated_system(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT makes systems of several vendors one system with one history.

    Given an office and a pharmacy with products of different vendors, when one prescribes and the
    other gives a part out, then the office reads what remains, and the record tells prescription
    and dispense once each, with the same item.
    """
    rx = through.registered(sut, data, expect, person="P02")
    counter = through.at_the_counter(sut, data, rx)
    made = given_out(sut, expect, counter)

    shown = journeys.read(sut, rx, step="stimulus: the office reads")
    both = joined(sut, data, counter, made)

    remaining = int(rx.payload["items"][0]["quantity"]) - int(
        counter.payload["items"][0]["quantity"]
    )
    expect.field(
        shown, "/items/0/remaining", equals=remaining, fix=KEEP_NOTHING, fix_fa=KEEP_NOTHING_FA
    )
    expect.that(
        both.waits
        or (both.complete and both.prescription.get("items") == both.dispense.get("items")),
        title="the record does not tell one history of the prescription",
        expected="prescription and dispense once each, with the same item",
        observed=f"{both.prescription.get('items')} and {both.dispense.get('items')}"[:200],
        pointer="/entries",
        reply=both.reply,
        fix="Copy every accepted document for the record, dispenses as well.",
        fix_fa="از هر سند پذیرفته‌شده، از جمله نسخه‌پیچی، رونوشتی به پرونده بفرستید.",
    )


@conformance_case(
    "TC-GTW-WF-JOIN-022",
    verifies=("ERX-6-1-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="سه سامانهٔ جدا، یک بستر تبادل",
)
def tc_gateway_joins_separate_systems(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT joins prescriber, dispenser and purchaser that share nothing else.

    Given a prescription its office has read, when a pharmacy finds it by tracking code, takes it
    and gives it out, then the office reads each new state at once, with what is left.
    """
    rx = through.registered(sut, data, expect)
    before = journeys.read(sut, rx, step="stimulus: the office reads")
    found = sut.call(
        "queryPrescriptions",
        body={"patient": data.person_id("P01"), "trackingCode": rx.tracking_code},
        caller=PHARMACY,
        step="stimulus: find by tracking code",
    )
    whole = int(rx.payload["items"][0]["quantity"])
    given_out(sut, expect, through.at_the_counter(sut, data, rx, whole))

    after = journeys.read(sut, rx, step="stimulus: the office reads again")

    expect.field(
        found, "/matches/0/prescriptionId", equals=rx.id, fix=HAND_BACK, fix_fa=HAND_BACK_FA
    )
    expect.field(before, "/items/0/remaining", equals=whole, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.field(after, "/state", equals="DISPENSED", fix=KEEP_NOTHING, fix_fa=KEEP_NOTHING_FA)
    expect.field(after, "/items/0/remaining", equals=0, fix=KEEP_NOTHING, fix_fa=KEEP_NOTHING_FA)


@conformance_case(
    "TC-GTW-WF-JOIN-023",
    verifies=("ERX-6-2-A",),
    role="gateway",
    title_fa="معنا در گذر از درگاه تغییر نمی‌کند",
)
def tc_gateway_keeps_the_meaning(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT changes neither text nor code nor amount on the way.

    Given a prescription with several items and a note in mixed Persian and Arabic letters, when
    prescriber and dispenser read it, then note, codes and amounts are those that were signed.
    """
    items = [data.item(quantity=28), data.item("99015", quantity=7, item_id="2")]
    rx = through.registered(sut, data, expect, note=NOTE, items=items)

    author = journeys.read(sut, rx, step="stimulus: the prescriber")
    found = journeys.find_by_hid(sut, rx.hid, PHARMACY, "stimulus: the dispenser")

    for pointer in ("/note", "/items", "/diagnoses"):
        through.expect_unchanged(expect, author, rx.payload, pointer)
        through.expect_unchanged(expect, found, rx.payload, pointer, "/content/document")


@conformance_case(
    "TC-GTW-WF-JOIN-024",
    verifies=("ERX-6-3-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="تولید یک‌بارهٔ داده",
)
def tc_gateway_data_is_produced_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT brings one message to purchaser and record under the same ids.

    Given a prescription that was sent once, when purchaser and record are asked by its correlation
    and by its document id, then both have that very document, once.
    """
    rx = through.registered(sut, data, expect, person="P02")
    document_id = rx.payload["documentId"]

    shown = journeys.read(sut, rx, step="stimulus: at the purchaser")
    copy = through.copied(sut, rx.reply, OFFICE, "stimulus: at the record, by correlation")
    seen = through.history(sut, data, rx, "stimulus: at the record, by person")

    through.expect_unchanged(expect, shown, rx.payload, "/documentId")
    expect.that(
        copy.waits or (copy.stored and copy.reply.find("/documentId") == document_id),
        title="the record does not know the message by its correlation",
        expected=f"STORED, document {document_id}",
        observed=copy.reply.summary(),
        pointer="/documentId",
        reply=copy.reply,
        fix="Keep the correlation of the message in its copy.",
        fix_fa="کد همبستگی پیام را در رونوشت آن نگه دارید.",
    )
    expect.that(
        copy.waits or bool(through.event_of(seen, document_id)),
        title="a document is not once in the record",
        expected="one event of this document",
        observed=seen.summary(),
        pointer="/entries",
        reply=seen,
        fix="Copy a document once.",
        fix_fa="هر سند را یک بار رونوشت کنید.",
    )
    path = {"correlation": record.correlation_of(rx.reply)}
    log = sut.call("getMessages", path=path, caller=OFFICE, step="stimulus: what was sent")
    expect.field(
        log,
        "/messages/0/operation",
        equals="registerPrescription",
        fix="Log every message under the correlation of its sender.",
    )
    expect.field(log, "/messages/1", absent=True, fix="Send a message once.")


@conformance_case(
    "TC-GTW-WF-JOIN-025",
    verifies=("ERX-7-6-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="یک مدل داده در نسخه‌نویسی و نسخه‌پیچی",
)
def tc_gateway_one_model_of_items(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries type and amount alike in prescription and dispense.

    Given a prescription of which a part is given out, when the signed copies of both are read from
    the record, then the item has the same code and id, and amounts that can be compared.
    """
    rx = through.registered(sut, data, expect, person="P02")
    counter = through.at_the_counter(sut, data, rx)
    made = given_out(sut, expect, counter)

    both = joined(sut, data, counter, made)
    written = through.signed_in(
        through.entry(sut, both.prescription, rx.hid, "stimulus: the prescription")
    )
    reply = through.entry(sut, both.dispense, rx.hid, "stimulus: the dispense")
    given = through.signed_in(reply)

    copies = [one if one is not MISSING else None for one in (written, given)]
    same = all(
        same_json(look_up(copies[0], pointer) or None, look_up(copies[1], pointer) or None)
        for pointer in ("/items/0/itemId", "/items/0/code")
    )
    amounts = [look_up(one, "/items/0/quantity") or None for one in copies]
    sent = [one["items"][0]["quantity"] for one in (rx.payload, counter.payload)]
    expect.that(
        both.waits or (same and same_json(amounts, sent)),
        title="an item is not told alike in prescription and dispense",
        expected=f"the same id and code, amounts {sent}",
        observed=f"amounts {amounts}"[:200],
        pointer="/document/payload",
        reply=reply,
        fix="Copy both documents as they were signed.",
        fix_fa="هر دو سند را همان‌گونه که امضا شده‌اند رونوشت کنید.",
    )
    shown = journeys.read(sut, rx, step="stimulus: what remains")
    left = int(rx.payload["items"][0]["quantity"]) - int(counter.payload["items"][0]["quantity"])
    expect.field(shown, "/items/0/remaining", equals=left, fix=KEEP_NOTHING, fix_fa=KEEP_NOTHING_FA)


@conformance_case(
    "TC-GTW-WF-JOIN-026",
    verifies=("ERX-10-B",),
    role="gateway",
    title_fa="کدینگ مصوب مکسا از درگاه",
)
def tc_gateway_published_codes_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT carries the published coding, and refusals of every other one.

    Given a visit, when its prescription comes with a code that is unknown, retired, not yet valid
    or named otherwise, then each is refused by code and place; the whole one is read back with
    published codes alone.
    """
    payload = journeys.draft(sut, data)
    for wrong in (
        Amiss("/items/0/code/code", "99989", "CODE_UNKNOWN"),
        Amiss("/items/0/code", data.drug("99090"), "CODE_RETIRED"),
        Amiss("/items/0/code", data.drug("99091"), "CODE_NOT_YET_VALID"),
        Amiss("/items/0/code/display", "water", "CODE_DISPLAY_MISMATCH"),
    ):
        reply = through.submit_amiss(sut, data, payload, wrong)
        through.expect_refused(expect, reply, wrong)
    through.expect_nothing(sut, expect, payload["hid"])

    made = journeys.submit(sut, payload, "stimulus: published codes")
    expect.status(made, 201, fix="Hand a good document on as it is.")
    shown = journeys.read(sut, journeys.Registered(payload, made, "P01"))
    document = shown.find("/document")
    told = [] if document is MISSING else list(coded_in(document))
    strange = [str(one["system"]) for one in told if not is_published(one)]
    expect.that(
        len(told) == len(list(coded_in(payload))) and not strange,
        title="a document is told in codes that nobody published",
        expected="the coded texts that were signed, all of the published code systems",
        observed=f"{len(told)} coded texts, unpublished: {', '.join(strange) or 'none'}"[:200],
        pointer="/document",
        reply=shown,
        fix="Translate no codes; hand them on with their code system.",
        fix_fa="کدها را ترجمه نکنید و با سامانهٔ کدگذاری خودشان برسانید.",
    )


@conformance_case(
    "TC-GTW-WF-JOIN-027",
    verifies=("ERX-12-E",),
    role="gateway",
    title_fa="نسخهٔ کاغذی و الکترونیک یک بار پیچیده می‌شود",
)
def tc_gateway_paper_is_not_given_twice(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a prescription that is also on paper be given out once only.

    Given a prescription given out in full, when its paper form is entered afterwards, then it is
    that prescription with nothing left; when another pharmacy takes it, or another form comes under
    the same serial, then both are refused.
    """
    rx = through.registered(sut, data, expect)
    whole = int(rx.payload["items"][0]["quantity"])
    given_out(sut, expect, through.at_the_counter(sut, data, rx, whole))
    form = further.paper(sut, data, document=sut.signed("prescription", rx.payload, "dr01"))

    entered = further.enter_paper(sut, form, "stimulus: enter the paper form")
    second = journeys.take_lease(sut, rx, OTHER_PHARMACY, "stimulus: another pharmacy takes it")
    other = further.paper(sut, data, "other", serial=form["serial"])
    again = further.enter_paper(sut, other, "stimulus: another form under its serial")

    expect.field(entered, "/prescriptionId", equals=rx.id, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.field(entered, "/items/0/remaining", equals=0, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.problem(
        second,
        status=409,
        code="PRESCRIPTION_STATE_CONFLICT",
        fix=HAND_BACK,
        fix_fa=HAND_BACK_FA,
    )
    expect.problem(again, status=409, code="PAPER_SERIAL_USED", fix=HAND_BACK, fix_fa=HAND_BACK_FA)
