"""Money is neither made nor lost: adjudication, second payer, statement and payments of a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from hypothesis import strategies as st

from lab.kit import (
    Expect,
    Generated,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    look_up,
    shown,
)
from lab.model.base import JsonValue
from suites import journeys
from suites import journeys_insurers as insurers
from suites.journeys_insurers import Delivered
from suites.oracles.jalali import period_of
from suites.oracles.pricing import accepted_share, percent_of

MONEY = ("total", "insurerShare", "patientShare")
codes = st.sampled_from([journeys.VISIT, insurers.PHYSIOTHERAPY])
quantities = st.integers(1, 14)
# Below the tariff the insurer's share is no round number, above it something is deducted.
beside_tariff = st.sampled_from([-99_999, -333, -1, 0, 1, 50_001, 400_000])
EDGES_OF_CLAIMS = (
    (journeys.VISIT, 1, -333),
    (insurers.PHYSIOTHERAPY, 12, -1),
    (journeys.VISIT, 2, 400_000),
)
EDGES_OF_LETTERS = ((400_000, 10), (7, 10), (101, 5))
EDGES_OF_MONTHS = (
    [(insurers.PHYSIOTHERAPY, 12, True), (journeys.VISIT, 1, True), (journeys.VISIT, 1, False)],
)


def _rows(found: object) -> list[Mapping[str, JsonValue]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _number(found: object) -> int:
    return found if type(found) is int else 0


def _taken(rows: Iterable[Mapping[str, JsonValue]]) -> list[tuple[str, int]]:
    """Return reason and amount of each adjustment; what an objection gives back counts too."""
    return [(str(look_up(one, "/reason/code")), _number(look_up(one, "/amount"))) for one in rows]


@conformance_case(
    "TC-ADJ-PROP-MONEY-001",
    verifies=("RM-INS-POST-B", "ERX-8-4-E"),
    role="adjudication_service",
    title_fa="بقای مبلغ در رسیدگی",
)
def tc_adjudication_conserves_money(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT accepts what was claimed less its deductions, to the rial.

    Given delivered services of generated quantities and prices, when their claims are submitted and
    deductions objected to, then accepted and deducted make what was claimed, in every answer, the
    patient's share is untouched, and the result read says the same.
    """

    def law(code: str, quantity: int, extra: int) -> None:
        given = Delivered(code, quantity, Delivered(code).tariff + extra)
        claim = insurers.registered(sut, data, "generated", given)
        share, own = _number(claim.find("/insurerShare")), claim.find("/patientShare")
        replies = [insurers.submit(sut, insurers.submission(claim), "generated: submit")]
        generated.count(accepted=replies[0].status == HTTPStatus.CREATED)
        claim_id = str(claim.required("/claimId"))
        if _rows(replies[0].find("/adjustments")):
            replies.append(insurers.objection(sut, claim_id, "generated: object"))
        replies.append(insurers.result(sut, claim_id))
        for reply in replies:
            wanted = accepted_share(share, _taken(_rows(reply.find("/adjustments"))))
            found = [reply.find(f"/accepted/{name}") for name in MONEY]
            expect.that(
                0 <= wanted <= share and found == [wanted + _number(own), wanted, own],
                title="accepted and deducted do not make what was claimed",
                expected=f"{wanted} of {share} for the insurer, {shown(own)} for the patient",
                observed=f"{reply.summary()}, {shown(reply.find('/accepted'))}",
                pointer="/accepted/insurerShare",
                reply=reply,
                fix="Accept the claimed share less the deductions; round nothing again.",
                fix_fa="سهم پذیرفته برابر سهم مطالبه‌شده منهای کسورات است.",
            )

    if generated.each(lambda edge: law(*edge), most=1.0, edge=EDGES_OF_CLAIMS):
        rest = {"code": codes, "quantity": quantities, "extra": beside_tariff}
        generated.check(law, share=0.6, **rest)


@conformance_case(
    "TC-CMP-PROP-MONEY-001",
    verifies=("ERX-8-4-D", "ERX-A1-11-3"),
    role="complementary_insurer_system",
    rulings=("RUL-061",),
    title_fa="بقای مبلغ و سقف معرفی‌نامه",
)
def tc_the_second_payer_conserves_money(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT splits the patient's part to the rial and charges no letter above itself.

    Given decided visits of generated prices, when a generated part is claimed under a letter, then
    plan and patient make the part the base insurer left, the plan pays at most what was claimed and
    guaranteed, and what would be more is refused.
    """

    def law(extra: int, tenths: int) -> None:
        given = Delivered(price=Delivered().tariff + extra)
        base = insurers.base_result(sut, data, "generated", given)
        part = _number(base["accepted"]["patientShare"])
        claimed = part * tenths // 10
        body = insurers.letter_body(data)
        letter = sut.call("issueGuarantee", body=body, caller=journeys.OFFICE, step="letter")
        name, ceiling = str(letter.required("/guaranteeId")), _number(letter.find("/ceiling"))
        asked = insurers.second_body(base, guaranteeId=name, patientPart=claimed)
        reply = insurers.second(sut, asked, "generated: second claim")
        generated.count(accepted=True)
        if percent_of(claimed, insurers.plan_case(data, part)["percent"]) > ceiling:
            expect.problem(reply, status={409, 422}, code="GUARANTEE_CEILING_EXCEEDED")
            return
        path = {"claimId": str(base["claimId"])}
        again = sut.call("getSecondClaim", path=path, caller=journeys.OFFICE, step="read")
        for one in (reply, again):
            plan, rest = one.find("/complementaryShare"), one.find("/patientShare")
            expect.that(
                _number(plan) + _number(rest) == part
                and 0 <= _number(plan) <= min(claimed, ceiling),
                title="plan and patient do not make what the base insurer left",
                expected=f"{part} in all, at most {min(claimed, ceiling)} of the plan",
                observed=f"{one.summary()}, {shown(plan)} and {shown(rest)}",
                pointer="/patientShare",
                reply=one,
                fix="Compute the plan's share and let the rest be the patient's.",
                fix_fa="سهم طرح را حساب کنید و باقی را سهم بیمار بگذارید.",
            )

    if generated.each(lambda edge: law(*edge), most=1.0, edge=EDGES_OF_LETTERS):
        rest = {"extra": st.integers(0, 450_000), "tenths": st.integers(1, 10)}
        generated.check(law, share=0.6, **rest)


def _ledger(sut: Sut, data: SyntheticData) -> tuple[Reply, Reply]:
    """Read statement and payments of the month."""
    month = {"period": period_of(data.now)}
    return (
        sut.call("getStatement", path=month, caller=journeys.OFFICE, step="statement"),
        sut.call("getPayments", path=month, caller=journeys.OFFICE, step="payments"),
    )


def _sums(rows: Iterable[Mapping[str, JsonValue]], names: Iterable[str]) -> dict[str, int]:
    listed = list(rows)
    return {name: sum(_number(one.get(name)) for one in listed) for name in names}


def _agree(expect: Expect, statement: Reply, payments: Reply) -> None:
    """Judge that lines, totals, partitions and payments of a month are one and the same money."""
    whole = {name: statement.find(f"/{name}") for name in (*MONEY, "adjusted")}
    lines = _rows(statement.find("/claims"))
    claimed = _number(whole["insurerShare"])
    due = [
        # What is undecided is owed as it was claimed.
        _number(look_up(one, "/accepted/insurerShare" if "accepted" in one else "/insurerShare"))
        for one in lines
    ]
    parts = _sums(_rows(payments.find("/insurers")), ("paid", "receivable", "adjusted"))
    told = {name: payments.find(f"/{name}") for name in parts}
    pairs = {
        "lines": ({name: whole[name] for name in MONEY}, _sums(lines, MONEY)),
        "adjusted": (whole["adjusted"], claimed - sum(due)),
        "partitions": (whole, _sums(_rows(statement.find("/insurers")), whole)),
        "payments": (told, parts),
        "owed": (_number(told["paid"]) + _number(told["receivable"]), sum(due)),
        "not owed": (told["adjusted"], claimed - sum(due)),
    }
    wrong = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    expect.that(
        not wrong and len(lines) > 0,
        title="statement and payments of a month are not the sum of their lines",
        expected="totals, partitions and payments equal to the sums of the lines",
        observed=shown({name: list(pair) for name, pair in wrong.items()}, 400),
        pointer="/insurerShare",
        reply=payments if set(wrong) & {"payments", "owed", "not owed"} else statement,
        fix="Derive totals, partitions and payments from the same lines.",
        fix_fa="جمع‌ها، بخش‌ها و پرداخت‌ها را از همان ردیف‌ها به دست آورید.",
    )


@conformance_case(
    "TC-PUR-PROP-MONEY-001",
    verifies=("ERX-9-1-8-A", "ERX-8-4-D"),
    role="purchaser_system",
    title_fa="بقای مبلغ در صورت‌وضعیت و پرداخت",
    alone=True,  # readings of a month's statement before and after
)
def tc_a_month_conserves_money(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT makes statement and payments of a month from the same lines, to the rial.

    Given the accounts of a month, when services of generated quantities are registered and some of
    them adjudicated, then the statement grows by just these, and its totals, its partitions and the
    payments are the sums of its lines.
    """

    def law(services: list[tuple[str, int, bool]]) -> None:
        before, _ = _ledger(sut, data)
        made = []
        for number, (code, quantity, decided) in enumerate(services):
            claim = insurers.registered(sut, data, f"line {number}", Delivered(code, quantity))
            made.append({name: claim.find(f"/{name}") for name in MONEY})
            if decided:
                insurers.submit(sut, insurers.submission(claim), f"environment: decide {number}")
        after, payments = _ledger(sut, data)
        generated.count(accepted=after.status == HTTPStatus.OK)
        grown = {n: _number(after.find(f"/{n}")) - _number(before.find(f"/{n}")) for n in MONEY}
        expect.that(
            grown == _sums(made, MONEY),
            title="a statement does not grow by what was registered",
            expected=shown(_sums(made, MONEY)),
            observed=shown(grown),
            pointer="/total",
            reply=after,
            fix="Put every registered service into the statement once, as it was claimed.",
            fix_fa="هر خدمت را یک بار و به مبلغ مطالبه در صورت‌وضعیت بیاورید.",
        )
        _agree(expect, after, payments)

    lines = st.lists(st.tuples(codes, quantities, st.booleans()), min_size=1, max_size=3)
    if generated.each(law, most=1.0, services=EDGES_OF_MONTHS):
        generated.check(law, share=0.3, services=lines)
