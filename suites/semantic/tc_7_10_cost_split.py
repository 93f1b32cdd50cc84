"""Clause 7-10: the split of a cost between insurer and patient, online and to the rial."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import journeys
from suites.oracles.pricing import Split, add_up, split_item

SHARES = load_pack("erx-1401").tariffs["patientPercent"]
INSURED, RURAL, SPECIAL_DISEASE, UNKNOWN = "P01", "P07", "P25", "U01"


def _ask(sut: Sut, body: JsonValue) -> Reply:
    return sut.call("price", body=body, caller=journeys.PHARMACY, step="stimulus: price")


def _worked(
    sut: Sut, data: SyntheticData, expect: Expect, example: str, **options: JsonValue
) -> None:
    """Ask for one worked amount of the pack and compare every share with the published one."""
    row = next(row for row in load_pack("erx-1401").tariffs["examples"] if row["id"] == example)
    rows = [
        (str(place + 1), item["code"], item["quantity"], item["unitPrice"])
        for place, item in enumerate(row["items"])
    ]
    options.setdefault("person", INSURED)
    body = journeys.price_body(data, rows, sector=row["sector"], **options)
    if row.get("admission") == "inpatient":
        body["centreKind"]["admission"] = "inpatient"
    reply = _ask(sut, body)
    expect.status(reply, 200, fix="Answer a question for the split with 200.")
    for member in ("total", "insurerShare", "patientShare"):
        expect.field(
            reply,
            f"/{member}",
            equals=row[member],
            title=f"worked amount {example} differs: {row['title']}",
            fix="Round the patient's share half up per item, then add up.",
            fix_fa="سهم بیمار را در هر قلم به نزدیک‌ترین ریال گرد و سپس جمع کنید.",
        )


@conformance_case(
    "TC-PUR-SEM-COST-001",
    verifies=("ERX-7-10-A", "ERX-8-4-C"),
    role="purchaser_system",
    title_fa="ویزیت مرکز دولتی: ۷۰ به ۳۰",
)
def tc_public_visit_is_split_70_to_30(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT splits a public visit 70 to 30.

    Given an insured patient, when a visit at the public tariff is priced, then the insurer pays
    70 % and the patient 30 % (worked amount W01).
    """
    _worked(sut, data, expect, "W01", kind="hospital")


@conformance_case(
    "TC-PUR-SEM-COST-002",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="ویزیت خصوصی: سهم بیمه از تعرفهٔ دولتی",
)
def tc_private_visit_is_covered_up_to_tariff(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT pays its share of the public tariff only for a private visit.

    Given an insured patient, when a visit at a private price is priced, then the insurer pays
    70 % of the public tariff and the patient the rest (worked amount W02).
    """
    _worked(sut, data, expect, "W02", kind="office")


@conformance_case(
    "TC-PUR-SEM-COST-003",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="روستایی با ارجاع",
)
def tc_rural_visit_with_referral(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes 10 % of a visit from a rural patient who comes with a referral.

    Given a patient of the rural fund, when a visit with referral is priced, then the patient pays
    10 % (worked amount W03).
    """
    referral = {"referralId": data.uuid("referral"), "level": 2}
    _worked(sut, data, expect, "W03", person=RURAL, kind="hospital", referral=referral)


@conformance_case(
    "TC-PUR-SEM-COST-004",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="داروی گران‌تر از قیمت مرجع",
)
def tc_brand_above_reference_price(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT covers a brand only up to its reference price.

    Given an insured patient, when a brand above the reference price is priced, then the excess is
    the patient's (worked amount W04).
    """
    _worked(sut, data, expect, "W04")


@conformance_case(
    "TC-PUR-SEM-COST-005",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="داروی ارزان‌تر از قیمت مرجع",
)
def tc_brand_below_reference_price(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT pays its share of the price when it is below the reference price.

    Given an insured patient, when a brand below the reference price is priced, then the insurer
    pays 70 % of that price (worked amount W05).
    """
    _worked(sut, data, expect, "W05")


@conformance_case(
    "TC-PUR-SEM-COST-006",
    verifies=("ERX-7-10-F", "ERX-7-10-A"),
    role="purchaser_system",
    title_fa="گردکردن در هر قلم، نه در جمع",
)
def tc_rounding_is_per_item(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT rounds half up per item and adds up rounded shares.

    Given three items of 335 rial, when they are priced, then the patient pays 101 for each and 303
    in sum; rounding the sum would give 302 (worked amount W07).
    """
    _worked(sut, data, expect, "W07")


@conformance_case(
    "TC-PUR-SEM-COST-007",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="بیماری خاص: سهم بیمار صفر",
)
def tc_special_disease_pays_nothing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT takes nothing of the tariff from a patient with a special disease.

    Given a dialysis patient of the special-disease fund, when dialysis is priced, then the insurer
    pays all of it (worked amount W08).
    """
    _worked(sut, data, expect, "W08", person=SPECIAL_DISEASE, kind="dialysis")


@conformance_case(
    "TC-PUR-SEM-COST-008",
    verifies=("ERX-7-10-A", "ERX-8-4-B"),
    role="purchaser_system",
    title_fa="بستری: ۹۰ به ۱۰",
)
def tc_admission_is_split_90_to_10(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT splits an admission 90 to 10.

    Given an insured patient, when an admission in a public hospital is priced, then the insurer
    pays 90 % (worked amount W06).
    """
    _worked(sut, data, expect, "W06", kind="hospital")


@conformance_case(
    "TC-PUR-SEM-COST-009",
    verifies=("ERX-7-10-A", "RM-INS-SERVICE"),
    role="purchaser_system",
    title_fa="قلم خارج از پوشش",
)
def tc_item_without_cover_is_the_patients(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT prices an item that is not covered, at the patient's expense.

    Given an insured patient, when a medicine that is not covered is priced, then the answer is a
    split with no share of the insurer, not a refusal (worked amount W09).
    """
    _worked(sut, data, expect, "W09")


@conformance_case(
    "TC-PUR-SEM-COST-010",
    verifies=("ERX-7-1-N1-D", "ERX-7-10-A"),
    role="purchaser_system",
    rulings=("RUL-001",),
    title_fa="شناسهٔ یکتا به معنای پوشش نیست",
)
def tc_unique_id_gives_no_cover(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT gives no cover to a person who only has a unique id.

    Given a person of unknown identity, when a covered medicine is priced, then the answer is a
    split with no share of the insurer.
    """
    body = journeys.price_body(data, [("1", journeys.DRUG, 10, 1900)], person=UNKNOWN)

    reply = _ask(sut, body)

    expect.status(reply, 200, fix="A person without cover pays everything; that is an answer.")
    expect.field(
        reply,
        "/insurerShare",
        equals=0,
        fix="Take cover from the insured-persons database, never from the kind of id.",
        fix_fa="پوشش را از پایگاه بیمه‌شدگان بگیرید، نه از نوع شناسه.",
    )
    expect.field(reply, "/patientShare", equals=19000)


@conformance_case(
    "TC-PUR-SEM-COST-011",
    verifies=("ERX-7-10-F", "ERX-7-10-A"),
    role="purchaser_system",
    title_fa="سهم‌ها با محاسبهٔ مستقل برابرند",
)
def tc_mixed_basket_equals_the_oracle(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT splits a mixed basket as the published rules do.

    Given a basket with odd prices, a brand above and one below its reference price, when it is
    priced, then every share equals an independent computation.
    """
    rows = [("1", "99012", 7, 1901), ("2", "99015", 13, 777), ("3", "99008", 1, 1805)]
    parts = [
        split_item(
            quantity=count,
            unit_price=price,
            reference_price=data.product(code).reference_price,
            patient_percent=SHARES["outpatient"],
        )
        for _, code, count, price in rows
    ]

    reply = _ask(sut, journeys.price_body(data, rows))

    for place, part in enumerate(parts):
        expect.field(
            reply,
            f"/items/{place}/patientShare",
            equals=part.patient,
            fix="Round the patient's share half up per item.",
            fix_fa="سهم بیمار را در هر قلم گرد کنید.",
        )
    whole: Split = add_up(parts)
    expect.field(reply, "/insurerShare", equals=whole.insurer, fix="Add up rounded items.")
