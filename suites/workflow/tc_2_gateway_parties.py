"""Clause 2 at the gateway: who may take part, whom messages reach, what a signature is worth."""

from __future__ import annotations

from lab.kit import (
    Caller,
    Expect,
    Mutation,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    signature_altered,
    signed_payload_altered,
)
from lab.model.base import JsonValue
from suites import citizen_journeys as citizen
from suites import gateway_journeys as through
from suites import journeys
from suites import journeys_insurers as insurers
from suites import record_journeys as record
from suites import token_journeys as tokens
from suites.journeys import OFFICE, PHARMACY
from suites.journeys_further import HOSPITAL
from suites.oracles.jalali import period_of

OTHER_INSURER = "40"
INACTIVE = {"pharmacy-suspended": "suspended", "lab-pending": "pending", "imaging-2": "expired"}
CLOSED_OFFICES = {"office-revoked": "revoked", "clinic-closed": "closed"}
HAND_BACK = "Hand what the services answer back as it is."
HAND_BACK_FA = "پاسخ سرویس‌ها را همان‌گونه بازگردانید."
ASK_REGISTRY = "Ask the registry of centres for state and roles before you forward."
ASK_REGISTRY_FA = "پیش از مسیریابی، وضعیت و نقش مرکز را از سیام بپرسید."


def signed_by(
    sut: Sut, data: SyntheticData, who: str, caller: Caller, *, hid: str, step: str
) -> Reply:
    """Send a prescription of a professional from a centre, whatever comes of it."""
    payload = data.prescription(hid, professional=who, centre=caller.centre, label=step)
    document = ("prescription", payload, who)
    return sut.call("registerPrescription", document=document, caller=caller, step=step)


@conformance_case(
    "TC-GTW-WF-JOIN-001",
    verifies=("ERX-2-ERX-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="هر نسخه جزئی از پرونده است",
)
def tc_gateway_prescription_is_in_the_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT makes every registered prescription a part of the patient's record.

    Given a prescription that was registered through the IUT, when its physician reads the record of
    the patient, then it is there with its document id and its items; until then it waits.
    """
    rx = through.registered(sut, data, expect, person="P02")

    copy = through.copied(sut, rx.reply, OFFICE, "observation: is the copy in the record?")

    through.expect_copied(expect, copy)
    seen = through.history(sut, data, rx, "observation: history")
    event = through.event_of(seen, rx.payload["documentId"])
    wanted = [one["code"] for one in rx.payload["items"]]
    expect.that(
        copy.waits or event.get("items") == wanted,
        title="a registered prescription is no part of the record",
        expected=f"one event of document {rx.payload['documentId']} with its items",
        observed=f"{event.get('items')}"[:200],
        pointer="/entries",
        reply=seen,
        fix="Copy every accepted document for the record.",
        fix_fa="از هر سند پذیرفته‌شده رونوشتی به پرونده بفرستید.",
    )


@conformance_case(
    "TC-GTW-WF-JOIN-002",
    verifies=("ERX-2-ERX-B",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="یک نسخه نزد همهٔ طرف‌ها",
)
def tc_gateway_prescription_reaches_all_parties(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT brings one prescription to prescriber, dispenser and patient alike.

    Given a prescription that was registered through the IUT, when the prescriber reads it, a
    pharmacy finds it by its HID and the patient asks for the own prescriptions, then all see it,
    the first two with the content that was signed.
    """
    rx = through.registered(sut, data, expect, person="P06")

    author = journeys.read(sut, rx, step="stimulus: the prescriber")
    found = journeys.find_by_hid(sut, rx.hid, PHARMACY, "stimulus: the dispenser")
    copy = through.copied(sut, rx.reply, OFFICE, "observation: is the copy in the record?")
    own = citizen.own(sut, data, "P06", "prescriptions", "stimulus: the patient")

    through.expect_unchanged(expect, author, rx.payload, "")
    through.expect_unchanged(expect, found, rx.payload, "", "/content/document")
    expect.that(
        copy.waits or f'"{rx.payload["documentId"]}"' in record.text_of(own.find("/entries")),
        title="the patient does not see the own prescription",
        expected="the prescription among the own ones",
        observed=own.summary(),
        pointer="/entries",
        reply=own,
        fix=HAND_BACK,
        fix_fa=HAND_BACK_FA,
    )


@conformance_case(
    "TC-GTW-WF-JOIN-003",
    verifies=("ERX-2-FAC-A",),
    role="gateway",
    title_fa="تبادل تنها برای مرکز فعال",
)
def tc_gateway_active_centres_only(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT refuses all traffic of centres that are not active, and keeps none of it.

    Given centres whose licence is suspended, pending, expired, revoked or closed, when they send a
    question or a prescription, then each is refused by code and no prescription exists; an active
    office is served for the same visit.
    """
    hid = journeys.new_hid(sut, data)
    for centre, why in INACTIVE.items():
        query = {"kind": "pharmacy"}
        reply = sut.call(
            "listCentres",
            service="siam",
            query=query,
            caller=Caller(centre),
            step=f"stimulus: a question, {why}",
        )
        expect.problem(
            reply,
            status=403,
            code="ADMISSION_CENTRE_INACTIVE",
            fix=ASK_REGISTRY,
            fix_fa=ASK_REGISTRY_FA,
        )
    for centre, why in CLOSED_OFFICES.items():
        sender = Caller(centre, person="dr01")
        reply = signed_by(
            sut, data, "dr01", sender, hid=hid, step=f"stimulus: a prescription, {why}"
        )
        expect.problem(
            reply,
            status=403,
            code="ADMISSION_CENTRE_INACTIVE",
            fix=ASK_REGISTRY,
            fix_fa=ASK_REGISTRY_FA,
        )
    through.expect_nothing(sut, expect, hid)

    good = signed_by(sut, data, "dr01", OFFICE, hid=hid, step="stimulus: an active office")
    expect.status(good, 201, fix="Serve centres that are active.")


@conformance_case(
    "TC-GTW-WF-JOIN-004",
    verifies=("ERX-2-FAC-B",),
    role="gateway",
    title_fa="هر مرکز تنها در نقش خود",
)
def tc_gateway_roles_of_centres(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes from a centre the transactions of its roles and no others.

    Given a pharmacy, an office and a hospital, when the pharmacy prescribes and the office takes a
    prescription to dispense it, then both are refused; the hospital does both.
    """
    hid = journeys.new_hid(sut, data)
    prescribed = signed_by(
        sut, data, "dr01", PHARMACY, hid=hid, step="stimulus: a pharmacy prescribes"
    )
    through.expect_nothing(sut, expect, hid)
    visit = journeys.new_hid(sut, data, caller=HOSPITAL)
    both = signed_by(sut, data, "dr01", HOSPITAL, hid=visit, step="stimulus: a hospital prescribes")
    expect.status(both, 201, fix="Let a centre of two roles act in both.")
    path = {"prescriptionId": str(both.required("/prescriptionId"))}
    basis: JsonValue = {"basis": {"hid": visit}}

    taken = sut.call(
        "leasePrescription", path=path, body=basis, caller=OFFICE, step="stimulus: an office takes"
    )
    leased = sut.call(
        "leasePrescription",
        path=path,
        body=basis,
        caller=HOSPITAL,
        step="stimulus: the hospital takes",
    )

    code = "ADMISSION_ROLE_NOT_ALLOWED"
    expect.problem(prescribed, status=403, code=code, fix=ASK_REGISTRY, fix_fa=ASK_REGISTRY_FA)
    expect.problem(taken, status=403, code=code, fix=ASK_REGISTRY, fix_fa=ASK_REGISTRY_FA)
    expect.field(leased, "/secret", present=True, fix="Let a centre of two roles act in both.")


@conformance_case(
    "TC-GTW-WF-JOIN-005",
    verifies=("ERX-2-NR-A",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="امضا از درگاه دست‌نخورده می‌گذرد",
)
def tc_gateway_signatures_stay_evidence(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT hands signed documents on so that nobody can deny them afterwards.

    Given a signed prescription, when its content or its signature is changed, or its signer's
    certificate is revoked, then it is refused; as signed it is accepted under the seal of the
    service, and the record has content, certificate and signature byte by byte.
    """
    payload = journeys.draft(sut, data)
    changed = _tampered(sut, data, payload, "content", signed_payload_altered("/note", "more"))
    forged = _tampered(sut, data, payload, "signature", signature_altered())
    signer = data.signer("dr04")
    withdrawn = sut.call(
        "registerPrescription",
        document=(
            "prescription",
            {**payload, "documentId": data.uuid("revoked"), "prescriber": signer},
            "dr04",
        ),
        caller=OFFICE,
        step="stimulus: revoked signer",
    )
    through.expect_nothing(sut, expect, payload["hid"])
    document = sut.signed("prescription", payload, "dr01")

    made = through.send_signed(sut, document, "stimulus: as signed")

    expect.status(made, 201, fix="Hand signed documents on byte by byte.")
    expect.seal(made)
    code = "DOCUMENT_SIGNATURE_INVALID"
    expect.problem(changed, status=401, code=code, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.problem(forged, status=401, code=code, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    revoked = "DOCUMENT_CERTIFICATE_REVOKED"
    expect.problem(withdrawn, status=401, code=revoked, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    rx = journeys.Registered(payload, made, "P01")
    copy = through.copied(sut, made, OFFICE, "observation: is the copy in the record?")
    event = through.event_of(
        through.history(sut, data, rx, "observation: history"), payload["documentId"]
    )
    kept = through.entry(sut, event, rx.hid, "observation: the evidence")
    expect.that(
        copy.waits or kept.find("/document") == document,
        title="content, certificate and signature are not kept together as they were sent",
        expected="the signed document byte by byte",
        observed=kept.summary(),
        pointer="/document",
        reply=kept,
        fix="Copy the bytes that were signed; write no document anew.",
        fix_fa="همان بایت‌های امضاشده را رونوشت کنید و سند را از نو ننویسید.",
    )


def _tampered(
    sut: Sut, data: SyntheticData, payload: JsonValue, label: str, mutate: Mutation
) -> Reply:
    return sut.call(
        "registerPrescription",
        document=("prescription", {**payload, "documentId": data.uuid(label)}, "dr01"),
        caller=OFFICE,
        mutate=mutate,
        step=f"stimulus: {label} changed",
    )


@conformance_case(
    "TC-GTW-WF-JOIN-006",
    verifies=("ERX-2-PRV-A",),
    role="gateway",
    title_fa="نسخه فقط از دارندهٔ صلاحیت",
)
def tc_gateway_entitled_prescribers(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT brings prescriptions of entitled members through and hands refusals back.

    Given a physician, a dentist and a midwife in practice, a suspended physician and a pharmacist,
    when each signs a prescription, then those of the first three are registered and those of the
    others are refused by code and leave nothing.
    """
    visits = {who: journeys.new_hid(sut, data) for who in ("dr01", "dr09", "dr10", "dr11", "ph01")}
    replies = {
        who: signed_by(sut, data, who, OFFICE, hid=hid, step=f"stimulus: {who} prescribes")
        for who, hid in visits.items()
    }

    for who in ("dr01", "dr09", "dr10"):
        expect.status(replies[who], 201, fix="Let all entitled members prescribe.")
    for who in ("dr11", "ph01"):
        expect.problem(
            replies[who],
            status=403,
            code=("PRESCRIBER_NOT_ENTITLED", "DOCUMENT_SIGNER_CLASS"),
            fix=HAND_BACK,
            fix_fa=HAND_BACK_FA,
        )
        through.expect_nothing(sut, expect, visits[who])


@conformance_case(
    "TC-GTW-WF-JOIN-007",
    verifies=("ERX-2-PUR-A",),
    role="gateway",
    title_fa="همهٔ انواع خریدار از درگاه",
)
def tc_gateway_every_kind_of_purchaser(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT routes claims to base, self-insuring and complementary purchasers apart.

    Given visits insured by a base insurer, by a body that insures itself and by a complementary
    insurer on top, when the ledgers are read, then each shows its own claims and no others.
    """
    base = insurers.base_result(sut, data, "base", person=insurers.HOLDER)
    own = str(base["claimId"])
    payload = journeys.service_payload(sut, data, "self-insured", person="S01")
    other = str(journeys.send_service(sut, payload).required("/claimId"))
    second = sut.call(
        "submitSecondClaim",
        body=insurers.second_body(base),
        caller=OFFICE,
        step="stimulus: the complementary insurer",
    )
    strange = sut.call(
        "getSecondClaim",
        path={"claimId": other},
        caller=OFFICE,
        step="stimulus: a claim that is not its own",
    )

    for insurer, mine, foreign in (("1", own, other), (OTHER_INSURER, other, own)):
        shown = sut.call(
            "getStatement",
            path={"period": period_of(data.now)},
            query={"insurer": insurer},
            caller=OFFICE,
            step=f"stimulus: statement of insurer {insurer}",
        )
        listed = record.text_of(shown.find("/claims"))
        expect.that(
            mine in listed and foreign not in listed,
            title="a claim stands with another payer",
            expected=f"claim {mine} and not {foreign}",
            observed=f"own {mine in listed}, foreign {foreign in listed}; {shown.summary()}",
            pointer="/claims",
            reply=shown,
            fix="Hand path and query on together, and their answer back to them alone.",
            fix_fa="مسیر و پرس‌وجو را با هم برسانید و پاسخ هر یک را جدا نگه دارید.",
        )
    expect.field(second, "/claimId", equals=own, fix=HAND_BACK, fix_fa=HAND_BACK_FA)
    expect.problem(strange, status=404, code="CLAIM_NOT_FOUND", fix=HAND_BACK, fix_fa=HAND_BACK_FA)


@conformance_case(
    "TC-GTW-WF-JOIN-008",
    verifies=("ERX-2-UID-A",),
    role="gateway",
    title_fa="هر شناسه فقط یک چیز",
)
def tc_gateway_ids_designate_one_object(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets an identifier designate one object, its own tokens included.

    Given two tokens and two prescriptions, when the ids are compared, then all differ; when one
    token is suspended, then the other stays active; another document under a known id is refused.
    """
    pair = [tokens.issued(sut, data, label) for label in ("first", "second")]
    tokens.stepped(sut, data, pair[0], "suspendToken", "stimulus: suspend the first")
    stopped, active = (tokens.read(sut, one, "observation: a token") for one in pair)
    ids = {str(one.required("/tokenId")) for one in pair}
    rx = [through.registered(sut, data, expect, label=label) for label in ("one", "two")]
    other = {**rx[1].payload, "note": "another document", "hid": rx[0].hid}
    conflict = journeys.submit(sut, other, "stimulus: another document under the same id")

    names = ids | {one.id for one in rx} | {one.tracking_code for one in rx}
    expect.that(
        len(names) == 3 * 2,
        title="two objects have one identifier",
        expected="two token ids, two prescription ids, two tracking codes",
        observed=f"{len(names)} different ones",
        pointer="/tokenId",
        reply=pair[1],
        fix="Give every object an identifier of its own.",
        fix_fa="به هر شیء شناسهٔ خودش را بدهید.",
    )
    expect.field(stopped, "/state", equals="suspended", fix="Stop the token that was named.")
    expect.field(
        active,
        "/state",
        equals="active",
        fix="Stop the token that was named and no other.",
        fix_fa="فقط همان توکن نام‌برده را متوقف کنید.",
    )
    expect.problem(
        conflict, status=409, code="DOCUMENT_ID_CONFLICT", fix=HAND_BACK, fix_fa=HAND_BACK_FA
    )
