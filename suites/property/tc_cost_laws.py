"""Laws of the cost split over generated baskets."""

from __future__ import annotations

from http import HTTPStatus

from hypothesis import strategies as st

from fixtures import load_pack
from lab.kit import Expect, Generated, Sut, SyntheticData, conformance_case, shown
from suites import journeys
from suites.oracles.pricing import add_up, split_item

DRUGS = ("99001", "99008", "99012", "99015", "99030", "99041", "99057")
Basket = list[tuple[str, int, int]]
baskets = st.lists(
    st.tuples(st.sampled_from(DRUGS), st.integers(1, 400), st.integers(1, 2_000_000)),
    min_size=1,
    max_size=6,
)


def _rows(basket: Basket) -> list[tuple[str, str, int, int]]:
    return [(str(place + 1), *row) for place, row in enumerate(basket)]


@conformance_case(
    "TC-PUR-PROP-SPLIT-001",
    verifies=("ERX-7-10-F",),
    role="purchaser_system",
    title_fa="جمع سهم‌ها همیشه برابر کل است",
)
def tc_split_always_adds_up(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT makes shares that add up to the total, per item and in sum.

    Given generated baskets of quantities and odd prices, when they are priced, then insurer and
    patient add up to quantity times price for every item, and the sums to the sums.
    """

    def law(basket: Basket) -> None:
        body = journeys.price_body(data, _rows(basket))
        reply = sut.call("price", body=body, caller=journeys.PHARMACY, step="generated: price")
        generated.count(accepted=reply.status == HTTPStatus.OK)
        wanted = [count * price for _, count, price in basket]
        answer = reply.find("")
        rows = answer.get("items", []) if isinstance(answer, dict) else []
        members = ("total", "insurerShare", "patientShare")
        parts = [tuple(row.get(name) for name in members) for row in rows]
        sums = [reply.find(f"/{name}") for name in members]
        whole = all(type(amount) is int for part in (*parts, sums) for amount in part)
        held = whole and [part[0] for part in parts] == wanted
        held = held and all(total == insurer + patient for total, insurer, patient in parts)
        held = held and sums == [sum(column) for column in zip(*parts, strict=True)]
        expect.that(
            held,
            title="shares do not add up",
            expected="integers with insurer + patient = quantity x price, items adding up to sums",
            observed=f"{reply.summary()} {shown(answer)}",
            pointer="/items",
            reply=reply,
            fix="Round one share per item, take the other as the rest, then add up.",
            fix_fa="یک سهم را در هر قلم گرد و دیگری را مانده بگیرید، سپس جمع کنید.",
        )

    generated.check(law, basket=baskets)


@conformance_case(
    "TC-PUR-PROP-SPLIT-002",
    verifies=("ERX-7-10-A", "ERX-8-4-C"),
    role="purchaser_system",
    title_fa="سهم‌ها برابر محاسبهٔ مستقل",
)
def tc_split_equals_the_oracle(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT splits any basket as the published rules do, to the rial.

    Given generated baskets around the reference prices and patients of three funds, when they are
    priced, then every share equals an independent computation.
    """
    shares = load_pack("erx-1401").tariffs["patientPercent"]
    funds = {"P01": "outpatient", "P25": "special_disease", "P16": "no_cover"}

    def law(basket: Basket, person: str) -> None:
        body = journeys.price_body(data, _rows(basket), person=person)
        reply = sut.call("price", body=body, caller=journeys.PHARMACY, step="generated: price")
        generated.count(accepted=reply.status == HTTPStatus.OK)
        whole = add_up(
            split_item(
                quantity=count,
                unit_price=price,
                reference_price=data.product(code).reference_price,
                patient_percent=shares[funds[person]],
            )
            for code, count, price in basket
        )
        expect.that(
            (reply.find("/insurerShare"), reply.find("/patientShare"))
            == (whole.insurer, whole.patient),
            title="the split is not the published one",
            expected=f"insurer {whole.insurer}, patient {whole.patient}",
            observed=f"{reply.summary()}, insurer {shown(reply.find('/insurerShare'))}, "
            f"patient {shown(reply.find('/patientShare'))}",
            pointer="/patientShare",
            reply=reply,
            fix="Take the lower of price and reference price; round half up per item.",
            fix_fa="قیمت مرجع را سقف بگیرید و سهم بیمار را در هر قلم گرد کنید.",
        )

    generated.check(law, basket=baskets, person=st.sampled_from(sorted(funds)))
