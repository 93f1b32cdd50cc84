"""Clause 8-5: documents reach the record once, are found as history, and follow their changes."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites.record_events import as_signed

MANY = 25


def summary(sut: Sut, data: SyntheticData, person: str, step: str) -> Reply:
    """Ask for the summary of somebody who is treated at office-1 today."""
    body = record.question(data, person, hid=data.hid(sut, person))
    return sut.call("querySummary", body=body, caller=record.OFFICE, step=step)


def history(sut: Sut, data: SyntheticData, person: str, step: str) -> tuple[list[JsonValue], Reply]:
    """Return the history of somebody who is treated at office-1 today."""
    hid = data.hid(sut, person)
    return record.entries(sut, data, person, caller=record.OFFICE, step=step, hid=hid)


def status(sut: Sut, body: dict[str, JsonValue], step: str) -> Reply:
    """Ask what became of a submission."""
    path = {"correlation": str(body["correlation"])}
    return sut.call("getRecordStatus", path=path, caller=record.OFFICE, step=step)


def handed_over_twice(
    sut: Sut, data: SyntheticData, payload: JsonValue, kind: str = "prescription"
) -> Reply:
    """Hand the copy of one document over, and again as after a crash of the gateway."""
    first = record.submission(sut, data, kind, payload, "first")
    record.hand_over(sut, first, "preamble: the document reaches the record")
    again = {**first, "correlation": data.uuid("submission again")}
    return record.hand_over(sut, again, "stimulus: the same document once more")


def once(
    expect: Expect, found: list[JsonValue], document_id: JsonValue, reply: Reply, wanted: int = 1
) -> None:
    """Expect so many events of a document in a history, and no second one of its moment."""
    events = record.of_document(found, document_id)
    same = record.beside(found, events)
    expect.that(
        len(events) == len(same) == wanted,
        title="a document is not one event of the record",
        expected=f"{wanted} event of this document, no other of the same moment",
        observed=f"{len(events)} of the document, {len(same)} of the moment",
        pointer="/entries",
        reply=reply,
        fix="Store a document under its documentId, however often it comes.",
        fix_fa="هر سند را با شناسهٔ آن یک بار ذخیره کنید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-001",
    verifies=(
        "ERX-8-5-C", "ERX-2-ERX-A", "ERX-4-A", "ERX-6-3-A", "ERX-8-3-B", "ERX-8-3-C", "ERX-8-5-A",
        "ERX-8-5-D", "ERX-8-5-E", "ERX-A1-9-14-B", "RM-EHR-EVENT", "RM-P3-F", "RM-P8-A",
        "ERX-7-1-A",
    ),
    role="ehr",
    title_fa="هر نسخه یک رویداد پرونده است",
)  # fmt: skip
def tc_a_prescription_is_one_event(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps a prescription of the exchange as one event of the history.

    Given a signed prescription that the exchange hands over twice, when its physician reads the
    history of the patient, then the prescription is there once, current, with its item.
    """
    payload = record.prescription(data, "P02")

    reply = handed_over_twice(sut, data, payload)

    expect.status(reply, 202, fix="Take a document that is known already.")
    expect.field(
        reply,
        "/documentId",
        equals=payload["documentId"],
        requirement="ERX-A1-9-14-B",
        fix="Tell which document.",
    )
    found, seen = history(sut, data, "P02", "observation: history")
    once(expect, found, payload["documentId"], seen)
    as_signed(expect, data, payload, record.of_document(found, payload["documentId"]), seen)


@conformance_case(
    "TC-EHR-WF-REC-002",
    verifies=("ERX-9-1-6-C",),
    role="ehr",
    title_fa="ویرایش جای نسخهٔ پیشین را می‌گیرد",
)
def tc_an_amendment_replaces(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows the amended version of a prescription in place of the earlier one.

    Given a prescription in the record, when its amendment arrives, then the history shows the
    amendment as version 2 and no longer the document it replaced.
    """
    payload, prescription = record.stored(sut, data, "P03")
    changed = {
        **payload,
        "documentId": data.uuid("amendment"),
        "items": [data.item("99002", quantity=20)],
        "amends": {"prescriptionId": prescription, "version": 1},
    }
    body = record.submission(sut, data, "amendment", changed, "amendment")

    record.hand_over(sut, body, "stimulus: the amendment")

    found, reply = history(sut, data, "P03", "observation: history")
    once(expect, found, payload["documentId"], reply, wanted=0)
    versions = [one.get("version") for one in record.of_document(found, changed["documentId"])]
    expect.that(
        versions == [2],
        title="an amendment is not the version that counts",
        expected="version 2 of the prescription",
        observed=str(versions),
        pointer="/entries",
        reply=reply,
        fix="Let an amendment replace the version it amends.",
        fix_fa="ویرایش جای نسخهٔ پیشین را بگیرد.",
    )


@conformance_case(
    "TC-EHR-WF-REC-003",
    verifies=("ERX-8-5-A", "RM-ARCH-DQ"),
    role="ehr",
    title_fa="نسخهٔ باطل داروی جاری نیست",
)
def tc_a_cancelled_prescription_is_not_active(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT does not count the medicine of a cancelled prescription as active.

    Given a prescription in the record whose medicine the summary shows, when its cancellation
    arrives, then the summary shows the medicine no longer.
    """
    _, prescription = record.stored(sut, data, "P20", items=[data.item("99002", quantity=10)])
    before = summary(sut, data, "P20", "control: summary before")
    made = data.cancellation(prescription, reason="WRONG_ITEM")
    body = record.submission(sut, data, "cancellation", made, "cancellation")

    record.hand_over(sut, body, "stimulus: the cancellation")

    after = summary(sut, data, "P20", "observation: summary after")
    counts = [record.codes(one.find("/activeMedicines")) for one in (before, after)]
    expect.that(
        "99002" in counts[0] and "99002" not in counts[1],
        title="a cancelled medicine counts as active",
        expected="99002 before the cancellation and not after it",
        observed=f"before {sorted(counts[0])}, after {sorted(counts[1])}",
        pointer="/activeMedicines",
        reply=after,
        fix="Leave cancelled prescriptions out of the summary.",
        fix_fa="داروی نسخهٔ باطل‌شده را جاری نشمارید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-004",
    verifies=("RM-ARCH-DQ", "RM-4C-4"),
    role="ehr",
    title_fa="سند ناقص رد و دانسته می‌شود",
)
def tc_an_incomplete_document_is_known_as_refused(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT refuses a document without a mandatory part and remembers the refusal.

    Given a prescription without HID, when it is handed over, then the IUT refuses it with the coded
    reason, and the centre that sent it reads REFUSED for it.
    """
    payload = {**record.prescription(data, "P01")}
    del payload["hid"]
    body = record.submission(sut, data, "prescription", payload, "incomplete")

    reply = record.hand_over(sut, body, "stimulus: hand over")

    expect.problem(
        reply,
        status=422,
        code="RECORD_MANDATORY_MISSING",
        fix="Look for the mandatory parts of a document before you store it.",
        fix_fa="پیش از ذخیره بخش‌های اجباری سند را بررسی کنید.",
    )
    known = status(sut, body, "observation: what became of it")
    expect.field(
        known,
        "/state",
        equals="REFUSED",
        fix="Remember what you refused, for its centre and the monitor.",
        fix_fa="موارد ردشده را برای مرکز و پایش نگه دارید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-005",
    verifies=("ERX-8-4-D", "RM-LAW-74-J"),
    role="ehr",
    title_fa="هزینهٔ خدمت در پرونده",
)
def tc_a_service_brings_its_cost_once(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps a delivered service with its cost, and counts it once.

    Given the record of a visit with total and shares, when the exchange hands it over twice, then
    the history shows it once with exactly these amounts.
    """
    hid = next(sample.value for sample in data.world.hids if sample.well_formed)
    cost = {"total": 500_000, "insurerShare": 350_000, "patientShare": 150_000}
    visit = data.concept("urn:ir:maksa:service-synthetic", "992101")
    line = {"itemId": "1", "code": visit, "quantity": 1, "unitPrice": 500_000, "cost": cost}
    payload = data.service_record(hid, services=[line], cost=cost, person="P29")

    handed_over_twice(sut, data, payload, "service-record")

    found, reply = history(sut, data, "P29", "observation: history")
    events = record.of_document(found, payload["documentId"])
    costs = [one.get("cost") for one in record.beside(found, events)]
    expect.that(
        costs == [cost],
        title="a service is not kept once with its cost",
        expected=f"one event with {cost}",
        observed=str(costs)[:200],
        pointer="/entries",
        reply=reply,
        fix="Keep the cost of a service as it was registered, once.",
        fix_fa="هزینهٔ خدمت را همان‌گونه و یک بار نگه دارید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-006",
    verifies=("ERX-7-1-B", "ERX-10-C"),
    role="ehr",
    title_fa="پروندهٔ اتباع با شناسهٔ فراگیر",
)
def tc_a_foreigner_has_a_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps the record of a foreign national under the unique identifier.

    Given a prescription for somebody with a FIDA identifier, handed over twice, when the history of
    that identifier is read, then the prescription is there once.
    """
    payload = record.prescription(data, "F01")

    handed_over_twice(sut, data, payload)

    found, reply = history(sut, data, "F01", "observation: history")
    once(expect, found, payload["documentId"], reply)


@conformance_case(
    "TC-EHR-WF-REC-007",
    verifies=("RM-SCALE-B", "RM-SCALE-A"),
    role="ehr",
    title_fa="سابقهٔ بلند کامل و بی‌تکرار",
)
def tc_a_long_history_is_whole(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a long history whole and without doubles, page by page.

    Given many prescriptions of one person, each handed over twice, when the history is read to its
    last page, then every prescription is in it exactly once.
    """
    sent = record.doubled_many(sut, data, "P30", MANY)

    found, reply = history(sut, data, "P30", "stimulus: history to the last page")

    events = [one for each in sent for one in record.of_document(found, each)]
    counts = [len(events), len(record.beside(found, events))]
    expect.that(
        counts == [MANY, MANY],
        title="a long history has gaps or doubles",
        expected=f"{MANY} prescriptions, and no other event of their moment",
        observed=f"{counts[0]} prescriptions, {counts[1]} events of the moment",
        pointer="/entries",
        reply=reply,
        fix="Page the history by a stable order; store a document once.",
        fix_fa="سابقه را با ترتیب پایدار صفحه‌بندی کنید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-008",
    verifies=("ERX-7-1-N3-B", "ERX-2-UID-A", "RM-EHR-ID", "RM-EHR-LIFE"),
    role="ehr",
    rulings=("RUL-010",),
    title_fa="دوقلوها دو پرونده دارند",
)
def tc_twins_have_two_records(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps newborn twins on their mother's code apart from each other.

    Given twins that are known by the code of their mother with order and day of birth, when a
    prescription of the first is stored, then the history of the first has it and that of the
    second has not.
    """
    payload = record.prescription(data, "NB1")
    body = record.submission(sut, data, "prescription", payload, "newborn")
    record.hand_over(sut, body, "preamble: a prescription of the first twin")
    for person in ("NB1", "NB2"):
        record.emergency(sut, data, person, step=f"preamble: open the record of {person}")

    purpose = data.reason("UNCONSCIOUS")
    first, _ = record.entries(
        sut, data, "NB1", caller=record.HOSPITAL, step="control: first twin", purpose=purpose
    )
    second, reply = record.entries(
        sut, data, "NB2", caller=record.HOSPITAL, step="stimulus: second twin", purpose=purpose
    )

    counts = [len(record.of_document(one, payload["documentId"])) for one in (first, second)]
    expect.that(
        counts[0] == 1,
        title="the record does not begin with the birth",
        expected="the prescription in the record of the first twin",
        observed=f"{counts[0]} events of it",
        pointer="/entries",
        reply=reply,
        requirement="RM-EHR-LIFE",
        fix="Keep what comes before a person has a code of its own.",
        fix_fa="آنچه پیش از گرفتن کد ملی می‌رسد نیز نگه داشته شود.",
    )
    expect.that(
        counts == [1, 0],
        title="twins share one record",
        expected="the prescription in the record of the first twin only",
        observed=f"first {counts[0]}, second {counts[1]}",
        pointer="/entries",
        reply=reply,
        fix="File newborns under mother's code, order and day of birth together.",
        fix_fa="نوزاد را با کد مادر، ترتیب و روز تولد با هم بشناسید.",
    )


@conformance_case(
    "TC-EHR-WF-REC-009",
    verifies=("RM-4C-4",),
    role="ehr",
    title_fa="رد سند با امضای نادرست",
)
def tc_a_forged_document_is_refused(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses a document whose signature belongs to another content.

    Given a signed prescription whose payload was exchanged on the way, when it is handed over, then
    the IUT refuses it and the history does not show it.
    """
    payload = record.prescription(data, "P31")
    honest = record.submission(sut, data, "prescription", payload, "honest")
    other = sut.signed("prescription", {**payload, "note": "other"}, "dr01")
    body = {**honest, "document": {**other, "payload": honest["document"]["payload"]}}

    reply = record.hand_over(sut, body, "stimulus: hand over the forged document")

    expect.problem(
        reply,
        status=401,
        code="DOCUMENT_SIGNATURE_INVALID",
        fix="Verify the signature of every document before you store it.",
        fix_fa="پیش از ذخیره امضای سند را بررسی کنید.",
    )
    found, seen = history(sut, data, "P31", "observation: history")
    once(expect, found, payload["documentId"], seen, wanted=0)


@conformance_case(
    "TC-EHR-WF-REC-010",
    verifies=("ERX-8-5-A", "ERX-A1-9-21"),
    role="ehr",
    title_fa="حساسیت‌ها در خلاصه",
)
def tc_the_summary_tells_allergies(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the allergies of a patient in the summary.

    Given a patient with a known penicillin allergy, when who treats him reads the summary, then the
    allergy is in it.
    """
    reply = summary(sut, data, "P05", "stimulus: summary")

    expect.that(
        "penicillin" in record.codes(reply.find("/allergies")),
        title="the summary leaves an allergy out",
        expected="penicillin among the allergies",
        observed=reply.summary(),
        pointer="/allergies",
        reply=reply,
        fix="Tell known allergies first of all.",
        fix_fa="حساسیت‌های شناخته‌شده را در خلاصه بیاورید.",
    )
