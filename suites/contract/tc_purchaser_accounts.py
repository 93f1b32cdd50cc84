"""Answers of the purchaser about money and paper by example: claims that were decided, payments."""

from __future__ import annotations

from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_further as further
from suites import journeys_insurers as insurers
from suites.answers.examples import agrees
from suites.answers.forms import ABSENT, ANY
from suites.answers.rules import drug_cost
from suites.answers.words import about, exactly
from suites.journeys import DRUG, OFFICE
from suites.journeys_insurers import Delivered, cost_of
from suites.oracles.jalali import period_of
from suites.purchaser_told import CONFIRM, told, two_medicines

ABOVE = 100_000
"""What a visit costs above its ceiling, in rial: adjudication does not pay it."""
SHARES = ("total", "insurerShare", "patientShare", "adjusted")
PAID = ("paid", "receivable", "adjusted")


def _two_insurers(sut: Sut, data: SyntheticData) -> tuple[Reply, Reply, Reply]:
    """Have two claims of insurer 1 and one of insurer 40, one of the first adjusted."""
    dear = Delivered(price=insurers.ceiling("992101", "private", data) + ABOVE)
    claim = insurers.registered(sut, data, "dear", dear)
    decided = insurers.submit(sut, insurers.submission(claim), "preamble: adjudicate")
    decided.required("/accepted")
    plain = insurers.registered(sut, data, "undecided")
    other = journeys.service_payload(sut, data, "insurer 40", person="S01")
    journeys.send_service(sut, other).required("/claimId")
    return claim, decided, plain


def _accounts(
    sut: Sut, data: SyntheticData, operation: str, insurer: str = "", step: str = ""
) -> Reply:
    """Read statement or payments of the month, whole or those of one insurer."""
    return sut.call(
        operation,
        path={"period": period_of(data.now)},
        query={"insurer": insurer} if insurer else None,
        caller=OFFICE,
        step=step or f"stimulus: {operation}",
    )


@conformance_case(
    "TC-PUR-CON-ACCOUNTS-001",
    verifies=("RM-INS-POST-B", "ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="ادعای رسیدگی‌شده در صورت‌وضعیت",
    alone=True,  # the statement of a month is read, in whole and in parts
)
def tc_decided_claims_stand_in_the_statement(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells decided claims in the statement as adjudication decided them.

    Given a claim with a deduction and one that nobody decided, when the statement of the month is
    read, then the lines have state, shares, what was accepted and every deduction with its reason.
    """
    claim, decided, plain = _two_insurers(sut, data)

    statement = _accounts(sut, data, "getStatement")

    expect.schema(statement)
    own = {"insurerCode?": "1"}
    lines: list[JsonValue] = [
        {
            "claimId": claim.required("/claimId"),
            "state": "ADJUSTED",
            **{name: claim.required(f"/{name}") for name in SHARES[:3]},
            **own,
            "accepted?": decided.required("/accepted"),
            "adjustments?": {"$in_order": list(decided.required("/adjustments"))},
        },
        {
            "claimId": plain.required("/claimId"),
            "state": "SUBMITTED",
            **cost_of(Delivered().split()),
            **own,
            "accepted?": ABSENT,
        },
    ]
    centre = data.centre("office-1").siam_id
    wanted = {"period": period_of(data.now), "centre": centre}
    agrees(expect, statement, {**wanted, "claims": {"$among": lines, "$distinct": "claimId"}})


@conformance_case(
    "TC-PUR-CON-ACCOUNTS-002",
    verifies=("RM-INS-POST-B", "ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="بخش هر بیمه در حساب ماه",
    alone=True,  # accounts of a month are read, in whole and in parts
)
def tc_every_insurer_has_its_part(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells the part of every insurer as the account of this insurer has it.

    Given claims of insurers 1 and 40, one of them adjusted, when statement and payments of the
    month are read in whole and by insurer, then the parts of the whole are those by insurer.
    """
    _two_insurers(sut, data)

    for operation, names in (("getStatement", SHARES), ("getPayments", PAID)):
        parts: list[JsonValue] = []
        for insurer in ("1", "40"):
            part = _accounts(sut, data, operation, insurer, f"control: of insurer {insurer}")
            row: dict[str, JsonValue] = {"insurerCode": insurer}
            row |= {name: part.required(f"/{name}") for name in names}
            if operation == "getStatement":
                row["claims"] = len(part.required("/claims"))
            parts.append(row)
        whole = _accounts(sut, data, operation)
        expect.schema(whole)
        listed = {"$among": parts, "$distinct": "insurerCode"}
        agrees(expect, whole, {"period": period_of(data.now), "insurers?": listed}, operation)


@conformance_case(
    "TC-PUR-CON-ACCOUNTS-003",
    verifies=("ERX-10-D", "ERX-10-E"),
    role="purchaser_system",
    title_fa="پاسخ انصراف از تحویل",
)
def tc_an_abandoned_dispense_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells an abandoned dispense with what was prepared.

    Given a prepared dispense of two medicines, when it is abandoned and read, then both answers
    have its items, quantities, the shares of the rule bank and the state.
    """
    rx = journeys.register(sut, data, "left", person="P29", items=two_medicines(data))
    lines: list[dict[str, JsonValue]] = [
        {"itemId": "1", "quantity": 10, **drug_cost(data, DRUG, "10")},
        {"itemId": "2", "quantity": 5, **drug_cost(data, "99001", "5")},
    ]
    given = journeys.prepare(sut, data, rx, journeys.lease(sut, rx), {"1": 10, "2": 5})

    left = journeys.finish(
        sut, given, "abandonDispense", step="stimulus: abandon", reason="PATIENT_LEFT"
    )
    path = {"dispenseId": given.id}
    read = sut.call("getDispense", path=path, caller=journeys.PHARMACY, step="stimulus: read")

    wanted: dict[str, JsonValue] = {
        "dispenseId": given.id,
        "prescriptionId": rx.id,
        "state": "ABANDONED",
        "preparedAt": given.reply.required("/preparedAt"),
        "confirmBy": about(data, CONFIRM),
        "confirmedAt?": ABSENT,
        "items": lines,
    }
    wanted |= {name: sum(int(line[name]) for line in lines) for name in SHARES[:3]}
    for reply in (left, read):
        agrees(expect, reply, wanted)


@conformance_case(
    "TC-PUR-CON-ACCOUNTS-004",
    verifies=("ERX-10-D", "ERX-10-E", "ERX-12-C"),
    role="purchaser_system",
    title_fa="پاسخ نسخهٔ کاغذی",
)
def tc_paper_is_told_as_it_was_signed(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells a prescription entered from paper as its document was signed.

    Given a sheet of two medicines with instructions, when it is entered after another one and read,
    then both answers have its document to the letter, its items and states and the first version.
    """
    items = [
        {**row, "instruction": f"با غذا {row['itemId']}", "substitutionAllowed": False}
        for row in two_medicines(data)
    ]
    sheets = [data.diagnosis("I10"), data.diagnosis("E11.9")]
    payload = journeys.draft(
        sut, data, "sheet", person="P29", items=items, diagnoses=sheets, note="به خط پزشک"
    )
    signed = sut.signed("prescription", payload, "dr01")
    sheet = further.paper(sut, data, "sheet of P29", document=signed)

    other = further.paper(sut, data, "a sheet of P01")
    further.enter_paper(sut, other, "preamble: another sheet").required("/prescriptionId")
    entered = further.enter_paper(sut, sheet, "stimulus: enter")

    expect.status(entered, 201, fix="Register paper that is entered in time.")
    expect.schema(entered)
    anew = {"registeredAt": ANY, "validUntil": ANY, "document": exactly(payload)}
    agrees(expect, entered, {**told(data, payload, None), **anew})
    path = {"prescriptionId": str(entered.required("/prescriptionId"))}
    read = sut.call("getPrescription", path=path, caller=OFFICE, step="stimulus: read")
    agrees(expect, read, {**told(data, payload, entered), **anew})
