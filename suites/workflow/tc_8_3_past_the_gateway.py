"""Clause 8-3: what the gateway brings to the services and back, seen past the gateway.

The services behind belong to the laboratory; asked directly, or for what has arrived at them, they
are the second witness to what the gateway says.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.kit import Caller, Expect, Reply, Sut, SyntheticData, conformance_case, same_json, shown
from lab.kit.peers import arrivals, as_sent
from lab.model.base import JsonValue
from suites import gateway_flow as flow
from suites import journeys
from suites.journeys import DRUG, OFFICE, OTHER_OFFICE, PHARMACY

PURCHASER = "purchaser"
FIX = "Hand every message on once, as it is, to the service it is addressed to."
FIX_FA = "هر پیام را یک بار، بی‌تغییر و فقط به سرویس مقصد برسانید."
ASK = "Ask the service behind at every reading; keep no answers."
ASK_FA = "در هر خواندن از سرویس پشت درگاه بپرسید و پاسخی نگه ندارید."


def expect_arrived(sut: Sut, expect: Expect, replies: Sequence[Reply]) -> None:
    """Expect of each message that it arrived once, whole, under its own seal, and nowhere else."""
    for reply in replies:
        rows, _ = arrivals(sut, reply, f"observation: what arrived of {reply.operation}")
        wanted = as_sent(reply)
        seen = [{name: row.get(name) for name in wanted} for row in rows]
        expect.that(
            same_json(seen, [wanted]),
            title=f"{reply.operation} does not arrive once as it was sent",
            expected=f"one arrival: {shown(wanted)}",
            observed=f"{len(seen)} arrivals: {shown(seen)}",
            pointer="header:signature",
            reply=reply,
            fix=FIX,
            fix_fa=FIX_FA,
        )


def directly(sut: Sut, rx: journeys.Registered, caller: Caller, step: str) -> Reply:
    """Read a prescription at the service itself."""
    path = {"prescriptionId": rx.id}
    return sut.behind(PURCHASER, "getPrescription", path=path, caller=caller, step=step)


def told_apart(through: Reply, direct: Reply) -> bool:
    """Say whether an answer differs from that of the service: status, code of a refusal, body."""
    if through.status != direct.status or through.problem_code != direct.problem_code:
        return True
    return direct.problem_code is None and not same_json(through.find(""), direct.find(""))


def expect_alike(expect: Expect, through: Reply, direct: Reply, fix: str, fix_fa: str) -> None:
    """Expect that the gateway answers what the service answers the same caller."""
    expect.that(
        not told_apart(through, direct),
        title=f"{through.operation} is answered otherwise than by the service behind",
        expected=f"{direct.summary()}: {shown(direct.find(''))}",
        observed=f"{through.summary()}: {shown(through.find(''))}",
        pointer="",
        reply=through,
        fix=fix,
        fix_fa=fix_fa,
    )


@conformance_case(
    "TC-GTW-WF-PAST-001",
    verifies=("RM-P3-B", "RM-DITAS-DEDUP", "ERX-8-3-A"),
    role="gateway",
    title_fa="هر پیام یک بار و دست‌نخورده به مقصد خود می‌رسد",
    needs=("peer_control",),
)
def tc_messages_arrive_once_as_sent(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT brings each message once, as sealed, to its service and to no other.

    Given a registration, an edit, a lease and its release, a question and a reading, when the
    services tell what they received, then it is each message once, with its seal, body and key.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    edit = data.amendment(rx.id, 1, rx.hid, items=[data.item(quantity=14)])
    path = {"prescriptionId": rx.id}
    edited = exchange.call(
        "amendPrescription",
        path=path,
        document=("amendment", edit, "dr01"),
        if_match=rx.etag,
        caller=OFFICE,
        step="stimulus: edit",
    )
    leased = journeys.take_lease(exchange, rx, PHARMACY, "stimulus: lease")
    secret = str(leased.required("/secret"))
    released = exchange.call(
        "releaseLease", path=path, lease=secret, caller=PHARMACY, step="stimulus: release"
    )
    question = journeys.price_body(data, [("1", DRUG, 30, 1900)])
    asked = exchange.call("price", body=question, caller=PHARMACY, step="stimulus: question")
    shown_back = journeys.read(exchange, rx, step="stimulus: reading")

    for reply, status in ((edited, 200), (released, 204), (asked, 200), (shown_back, 200)):
        expect.status(reply, status, fix=FIX, fix_fa=FIX_FA)
    expect_arrived(sut, expect, (rx.reply, edited, leased, released, asked, shown_back))


@conformance_case(
    "TC-GTW-WF-PAST-002",
    verifies=("RM-4C-4", "ERX-6-2-A"),
    role="gateway",
    title_fa="آنچه از درگاه نوشته شد همان است که سرویس دارد",
    needs=("services_url",),
)
def tc_what_was_written_stands_at_the_service(
    sut: Sut, data: SyntheticData, expect: Expect
) -> None:
    """Ensure that the IUT leaves at the service what was signed, and shows what stands there.

    Given a prescription registered through the IUT, when the service itself is asked by id and by
    HID, then it has that document, once, and the IUT reads it out as the service does.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)

    through = journeys.read(exchange, rx, step="stimulus: read through the gateway")
    direct = directly(sut, rx, OFFICE, "observation: read at the service")
    listed = sut.behind(
        PURCHASER,
        "queryPrescriptions",
        body={"hid": rx.hid},
        caller=PHARMACY,
        step="observation: asked at the service by HID",
    )

    expect_alike(expect, through, direct, ASK, ASK_FA)
    for name in ("prescriptionId", "trackingCode", "shortCode", "registeredAt"):
        expect.field(rx.reply, f"/{name}", equals=direct.required(f"/{name}"), fix=ASK)
    expect.that(
        same_json(direct.find("/document"), rx.payload)
        and same_json(
            [row.get("prescriptionId") for row in flow.rows_of(listed, "/matches")], [rx.id]
        ),
        title="what was registered through the gateway does not stand at the service, once",
        expected=f"one prescription under the HID, with the signed document of {rx.id}",
        observed=f"{shown(listed.find('/matches'))}, document {shown(direct.find('/document'))}",
        pointer="/document",
        reply=rx.reply,
        fix=FIX,
        fix_fa=FIX_FA,
    )


def _cancelled(sut: Sut, data: SyntheticData, rx: journeys.Registered) -> JsonValue:
    """Cancel a prescription at the service itself, as another way into it would."""
    reply = sut.behind(
        PURCHASER,
        "cancelPrescription",
        path={"prescriptionId": rx.id},
        document=("cancellation", data.cancellation(rx.id), "dr01"),
        caller=OFFICE,
        step="environment: cancelled at the service",
    )
    return reply.required("/state")


@conformance_case(
    "TC-GTW-WF-PAST-003",
    verifies=("ERX-6-1-B",),
    role="gateway",
    rulings=("RUL-028",),
    title_fa="تغییر از راه دیگر فوراً از درگاه دیده می‌شود",
    needs=("services_url",),
)
def tc_a_change_past_the_gateway_is_seen(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT shows a change that came to the service by another way, at once.

    Given a prescription that office and pharmacy have read through the IUT, when it is cancelled
    at the service itself, then the next reading of each tells what the service tells.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    found = journeys.find_by_hid(exchange, rx.hid, PHARMACY, "stimulus: the pharmacy asks")
    before = journeys.read(exchange, rx, step="stimulus: the office reads")
    now = _cancelled(sut, data, rx)

    after = journeys.read(exchange, rx, step="stimulus: the office reads again")
    again = journeys.find_by_hid(exchange, rx.hid, PHARMACY, "stimulus: the pharmacy asks again")

    expect.field(before, "/state", equals="REGISTERED", fix=ASK, fix_fa=ASK_FA)
    expect.field(found, "/matches/0/state", equals="REGISTERED", fix=ASK, fix_fa=ASK_FA)
    expect.field(after, "/state", equals=now, fix=ASK, fix_fa=ASK_FA)
    direct = directly(sut, rx, OFFICE, "observation: read at the service")
    expect_alike(expect, after, direct, ASK, ASK_FA)
    same = sut.behind(
        PURCHASER,
        "queryPrescriptions",
        body={"hid": rx.hid},
        caller=PHARMACY,
        step="observation: asked at the service",
    )
    expect_alike(expect, again, same, ASK, ASK_FA)


@conformance_case(
    "TC-GTW-WF-PAST-004",
    verifies=("ERX-11-C", "RM-P8-B"),
    role="gateway",
    title_fa="هیچ‌کس پاسخ دیگری را نمی‌گیرد",
    needs=("services_url",),
)
def tc_nobody_gets_the_answer_of_another(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers each caller at one address what the service answers that caller.

    Given a prescription its office has read, when another office and a pharmacy ask at the same
    address, and the office again, then each hears from the IUT what it hears from the service.
    """
    exchange = flow.through(sut)
    rx = journeys.register(exchange, data)
    callers = (OFFICE, OTHER_OFFICE, PHARMACY, OFFICE)

    heard = [
        journeys.read(exchange, rx, caller, f"stimulus: {number}, {caller.centre}")
        for number, caller in enumerate(callers, 1)
    ]

    for reply, caller in zip(heard, callers, strict=True):
        direct = directly(sut, rx, caller, f"observation: {caller.centre} at the service")
        expect_alike(expect, reply, direct, ASK, ASK_FA)
        expect.seal(reply, fix=ASK, fix_fa=ASK_FA)
