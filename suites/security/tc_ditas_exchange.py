"""Annex 1, row 9, item 19: conformity with the exchange standards of DITAS, answer by answer."""

from __future__ import annotations

from lab.kit import Expect, Sut, SyntheticData, conformance_case, unsealed
from suites import journeys
from suites import record_journeys as record


@conformance_case(
    "TC-PUR-SEC-DITAS-002",
    verifies=("ERX-A1-9-19",),
    role="purchaser_system",
    title_fa="هر پاسخ مطابق استاندارد تبادل دیتاس",
)
def tc_every_answer_keeps_the_exchange_standard(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT keeps the exchange standard in every kind of answer, refusals too.

    Given a registration, a read, a question, a refused document and an unknown resource, when each
    is sent sealed, then each answer keeps its contract, carries the correlation of its message and
    a seal bound to it; without a seal nothing is answered.
    """
    rx = journeys.register(sut, data, step="stimulus: register")
    body = journeys.price_body(data, [("1", journeys.DRUG, 30, 1900)])
    wrong = journeys.draft(sut, data, "wrong", items=[data.item() | {"code": data.drug("99090")}])
    nobody = {"prescriptionId": data.uuid("nobody")}
    answers = (
        rx.reply,
        journeys.read(sut, rx, step="stimulus: read"),
        sut.call("price", body=body, caller=journeys.PHARMACY, step="stimulus: price"),
        journeys.submit(sut, wrong, "stimulus: a retired code"),
        sut.call("getPrescription", path=nobody, caller=journeys.OFFICE, step="stimulus: unknown"),
    )
    bare = sut.call(
        "price", body=body, caller=journeys.PHARMACY, step="stimulus: no seal", mutate=unsealed()
    )

    fix = "Send correlation, content type and seal with every answer, whatever its status."
    fix_fa = "همبستگی، نوع محتوا و مهر را با هر پاسخ و هر وضعیتی بفرستید."
    for reply, status in zip(answers, (201, 200, 200, 422, 404), strict=True):
        expect.status(reply, status, fix=fix, fix_fa=fix_fa)
        expect.schema(reply, fix=fix, fix_fa=fix_fa)
        expect.seal(reply, fix=fix, fix_fa=fix_fa)
        expect.that(
            reply.header("ditas-correlation") == record.correlation_of(reply),
            title="an answer carries another correlation than its message",
            expected=record.correlation_of(reply),
            observed=reply.header("ditas-correlation") or "absent",
            pointer="header:ditas-correlation",
            reply=reply,
            fix=fix,
            fix_fa=fix_fa,
        )
    expect.refused(bare, status=401, fix=fix, fix_fa=fix_fa)
