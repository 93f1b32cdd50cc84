"""Metamorphic twins: the same matter in another legal dress has the same outcome.

Nothing is compared with an expected amount here; other cases do that. What one dress gets, the
other must get too, item by item.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from hypothesis import strategies as st

from lab.kit import Expect, Generated, Reply, Sut, SyntheticData, conformance_case, shown
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_rules as rules
from suites.journeys_rules import Asked, drug, question
from suites.property.tc_cost_laws import DRUGS

ARABIC = str.maketrans({"ی": "ي", "ک": "ك"})
SHARES = ("total", "insurerShare", "patientShare")
SAME_FIX = "Let order, names and spelling that carry no meaning change nothing."
SAME_FIX_FA = "ترتیب، نام و شکل نوشتاری بی‌معنا نباید نتیجه را تغییر دهد."
lines = st.lists(
    st.tuples(st.sampled_from(DRUGS), st.integers(1, 99), st.integers(1, 99_999)),
    min_size=2,
    max_size=5,
)


@conformance_case(
    "TC-PUR-PROP-META-001",
    verifies=("ERX-7-10-F",),
    role="purchaser_system",
    title_fa="سهم هر قلم به ترتیب اقلام وابسته نیست",
)
def tc_the_order_of_items_costs_nothing(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT splits the cost of an item alike wherever it stands and whatever its id.

    Given generated baskets, when each is priced as it is and turned round with other item ids, then
    every item has the same shares in both, and the sums are the same.
    """

    def law(basket: list[tuple[str, int, int]]) -> None:
        size = len(basket)
        rows = [(str(place + 1), *row) for place, row in enumerate(basket)]
        twin = [(str(50 + size - place), *row) for place, row in enumerate(basket)][::-1]
        first = _priced(sut, data, rows, "generated: as it is")
        second = _priced(sut, data, twin, "generated: turned round")
        generated.count(accepted=first.status == HTTPStatus.OK)
        told = [_shares(first, place) for place in range(size)]
        turned = [_shares(second, size - 1 - place) for place in range(size)]
        sums = [first.find(f"/{name}") for name in SHARES]
        expect.that(
            first.status == second.status == HTTPStatus.OK
            and all(type(amount) is int for row in (*told, sums) for amount in row)
            and told == turned
            and sums == [second.find(f"/{name}") for name in SHARES],
            title="the order of the items changes what they cost",
            expected=f"{told}, {sums}",
            observed=f"{second.summary()} {turned}",
            pointer="/items",
            reply=second,
            fix=SAME_FIX,
            fix_fa=SAME_FIX_FA,
        )

    generated.check(law, basket=lines)


@conformance_case(
    "TC-PUR-PROP-META-002",
    verifies=("ERX-6-2-A", "ERX-9-1-5-A"),
    role="purchaser_system",
    title_fa="دو شکل قانونی از یک نسخه یک نتیجه دارند",
)
def tc_twins_of_a_prescription_are_registered_alike(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT registers a prescription alike in any legal dress.

    Given generated prescriptions, when each is sent as it is and as a twin whose members stand in
    another order, whose texts have Arabic letters and whose times are in UTC, then both are
    registered with the same quantities, state and last day.
    """

    def law(counts: list[int], letters: bool, zone: bool) -> None:
        items = [
            data.item(code, quantity=count, item_id=str(place))
            for place, (code, count) in enumerate(zip(DRUGS, counts, strict=False), 1)
        ]
        for item in items:
            item["code"] = {
                **item["code"],
                "display": data.product(item["code"]["code"]).concept.fa,
            }
        plain = journeys.draft(sut, data, "plain", items=items)
        twin = journeys.draft(sut, data, "twin", items=items)
        first = journeys.submit(sut, plain, "generated: as it is")
        second = journeys.submit(
            sut, _dressed(twin, letters=letters, zone=zone), "generated: its twin"
        )
        generated.count(accepted=first.status == HTTPStatus.CREATED)
        members = ("/items", "/state", "/validUntil", "/version")
        told = [first.find(name) for name in members]
        expect.that(
            first.status == second.status == HTTPStatus.CREATED
            and told == [second.find(name) for name in members],
            title="a legal twin of a prescription has another outcome",
            expected=f"{shown(told)}",
            observed=f"{second.summary()} {shown(second.find('/items'))}",
            pointer="/items",
            reply=second,
            fix=SAME_FIX,
            fix_fa=SAME_FIX_FA,
        )

    counts = st.lists(st.integers(1, 60), min_size=1, max_size=4)
    generated.check(law, counts=counts, letters=st.booleans(), zone=st.booleans())


@conformance_case(
    "TC-PUR-PROP-META-003",
    verifies=("ERX-9-2-6-D",),
    role="purchaser_system",
    title_fa="ترتیب تأیید دو تحویل مستقل بی‌اثر است",
)
def tc_independent_dispenses_commute(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT comes to the same end whichever of two dispenses is confirmed first.

    Given two prescriptions alike of two medicines, each with two prepared dispenses, when the
    dispenses are confirmed in one order there and in the other here, then both prescriptions have
    the same quantities and the same state.
    """

    def law(counts: tuple[int, int]) -> None:
        first, second = counts
        ends = []
        for label, order in (("forward", (0, 1)), ("backward", (1, 0))):
            items = [
                data.item(quantity=20),
                data.item("99002", quantity=20, item_id="2"),
            ]
            rx = journeys.register(sut, data, label, items=items)
            secret = journeys.lease(sut, rx)
            parts = [
                journeys.prepare(sut, data, rx, secret, {item: count}, label=f"{label} {item}")
                for item, count in (("1", first), ("2", second))
            ]
            done = [
                journeys.finish(sut, parts[place], step=f"generated: {label}, {place}")
                for place in order
            ]
            generated.count(accepted=all(one.status == HTTPStatus.OK for one in done))
            again = journeys.read(sut, rx, step=f"generated: read, {label}")
            ends.append((_by_item(again.find("/items")), again.find("/state")))
        wanted = [
            {"itemId": item, "ordered": 20, "dispensed": count, "remaining": 20 - count}
            for item, count in (("1", first), ("2", second))
        ]
        expect.that(
            ends[0] == ends[1] and _holds(ends[0][0], wanted),
            title="the order of two independent dispenses decides the outcome",
            expected=f"{wanted} in both orders",
            observed=f"{shown(ends)}",
            pointer="/items",
            reply=again,
            fix="Let a confirmation touch its own dispense only.",
            fix_fa="تأیید یک تحویل نباید تحویل دیگری را تغییر دهد.",
        )

    generated.check(law, counts=st.sampled_from(((1, 20), (20, 20), (7, 13))))


def _by_item(found: object) -> list[object]:
    """Return the states of items by their ids: no order is agreed for them."""
    rows = found if isinstance(found, list) else []
    return sorted(rows, key=lambda row: str(row.get("itemId")) if isinstance(row, Mapping) else "")


def _holds(found: object, wanted: list[dict[str, JsonValue]]) -> bool:
    rows = found if isinstance(found, list) else []
    told = [row if isinstance(row, Mapping) else {} for row in rows]
    return [{name: row.get(name) for name in wanted[0]} for row in told] == wanted


def _priced(
    sut: Sut, data: SyntheticData, rows: list[tuple[str, str, int, int]], step: str
) -> Reply:
    body = journeys.price_body(data, rows)
    return sut.call("price", body=body, caller=journeys.PHARMACY, step=step)


def _shares(reply: Reply, place: int) -> list[object]:
    return [reply.find(f"/items/{place}/{name}") for name in SHARES]


def _dressed(value: JsonValue, *, letters: bool, zone: bool) -> JsonValue:
    """Return a payload in another order of members, with other letters and another offset."""
    if isinstance(value, dict):
        return {k: _dressed(value[k], letters=letters, zone=zone) for k in reversed(value)}
    if isinstance(value, list):
        return [_dressed(one, letters=letters, zone=zone) for one in value]
    if isinstance(value, str) and zone and value.endswith("+03:30"):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.translate(ARABIC) if isinstance(value, str) and letters else value


# Both rule services

RULED = ("99023", "99042", "99007", "99012", "99030")
"""Warfarin, ibuprofen, acetylsalicylic acid and two that the banks seldom speak of."""


def _twins(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated, operation: str
) -> None:
    def law(chosen: list[str], quantity: int) -> None:
        items = [drug(code, quantity, unitPrice=1900) for code in chosen]
        first = _asked(sut, data, question(*items), operation, "generated: as it is")
        second = _asked(sut, data, question(*items[::-1]), operation, "generated: turned round")
        generated.count(accepted=first.status == HTTPStatus.OK)
        told = _by_code(first, chosen)
        turned = _by_code(second, chosen[::-1])
        expect.that(
            first.status == second.status == HTTPStatus.OK
            and len(told) == len(chosen)
            and told == turned
            and first.find("/outcome") == second.find("/outcome")
            and first.find("/cost") == second.find("/cost"),
            title="the order of the items changes the verdict",
            expected=f"{told}",
            observed=f"{second.summary()} {turned}",
            pointer="/items",
            reply=second,
            fix=SAME_FIX,
            fix_fa=SAME_FIX_FA,
        )

    chosen = st.lists(st.sampled_from(RULED), min_size=2, max_size=4, unique=True)
    generated.check(law, chosen=chosen, quantity=st.sampled_from((10, 30, 500)))


def _asked(sut: Sut, data: SyntheticData, asked: Asked, operation: str, step: str) -> Reply:
    return rules.ask(sut, data, asked, operation=operation, step=step)


def _by_code(reply: Reply, codes: list[str]) -> dict[str, object]:
    """Return what is said of each medicine: outcome, rules, cost."""
    rows = reply.find("/items")
    told: dict[str, object] = {}
    for row in rows if isinstance(rows, list) else []:
        place = str(row.get("itemId")) if isinstance(row, Mapping) else ""
        known = place.isdecimal() and 0 < int(place) <= len(codes)
        if not known or not isinstance(row.get("outcome"), str):
            continue
        spoken = [
            (one.get("ruleId"), one.get("kind"))
            for one in row.get("messages", ())
            if isinstance(one, Mapping)
        ]
        found = (row.get("outcome"), sorted(map(str, spoken)), row.get("cost"))
        told[codes[int(place) - 1]] = found
    return told


@conformance_case(
    "TC-IRS-PROP-META-001",
    verifies=("ERX-8-6-A",),
    role="insurance_rule_service",
    title_fa="حکم قواعد بیمه به ترتیب اقلام وابسته نیست",
)
def tc_insurance_rules_have_no_order(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT judges and prices an item alike wherever it stands.

    Given generated prescriptions, when each is evaluated as it is and turned round, then every item
    has the same outcome, messages and cost in both.
    """
    _twins(sut, data, expect, generated, "evaluateRules")


@conformance_case(
    "TC-HRS-PROP-META-001",
    verifies=("ERX-8-7-B",),
    role="health_rule_service",
    title_fa="حکم قواعد سلامت به ترتیب اقلام وابسته نیست",
)
def tc_health_rules_have_no_order(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT tells of interactions alike in whatever order medicines stand.

    Given generated prescriptions with medicines that interact, when each is evaluated as it is and
    turned round, then every item has the same outcome and the same messages in both.
    """
    _twins(sut, data, expect, generated, "evaluateHealthRules")
