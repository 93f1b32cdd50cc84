"""Clause 8-3: a service behind the gateway cannot be reached (RUL-100).

One service of the exchange is taken away and brought back ([ixit] peer_control); the gateway is
judged by what its senders hear, by what it keeps, and by what has arrived once the service is back.
"""

from __future__ import annotations

from http import HTTPStatus

from fixtures import load_pack
from lab.kit import (
    MISSING,
    Expect,
    Reply,
    Sut,
    SyntheticData,
    conformance_case,
    eventually,
    same_json,
    shown,
)
from lab.kit.peers import arrivals, away, loses_answer
from lab.model.base import JsonValue
from suites import gateway_flow as flow
from suites import gateway_journeys as through
from suites import journeys
from suites import record_journeys as record
from suites.journeys import OFFICE, PHARMACY

UNAVAILABLE = "DEPENDENCY_UNAVAILABLE"
PURCHASER, RECORD = "purchaser", "sepas"
QUIET = 1.0  # seconds in which nothing may be delivered late
COPIED_WITHIN = 12.0  # seconds; a copy that takes longer has to show in the outbox
TELL = "Answer 503 DEPENDENCY_UNAVAILABLE at once when a service cannot be reached."
TELL_FA = "اگر سرویس در دسترس نیست فوراً 503 DEPENDENCY_UNAVAILABLE پاسخ دهید."
ONCE = "Deliver nothing later that was told undelivered; let the repetition have one effect."
ONCE_FA = "آنچه تحویل‌نشده اعلام شد بعداً تحویل ندهید؛ تکرار باید یک اثر داشته باشد."
KEEP = "Accept documents while the record is away, and keep their copies until it is back."
KEEP_FA = "در نبود پرونده اسناد را بپذیرید و رونوشت‌ها را تا بازگشت آن نگه دارید."


def expect_unavailable(expect: Expect, reply: Reply, service_class: str) -> None:
    """Expect the coded answer of the gateway, under its own seal and in time."""
    expect.problem(reply, status=503, code=UNAVAILABLE, fix=TELL, fix_fa=TELL_FA)
    expect.field(reply, "/retryable", equals=True, fix=TELL, fix_fa=TELL_FA)
    expect.schema(reply, fix=TELL, fix_fa=TELL_FA)
    expect.seal(reply, fix=TELL, fix_fa=TELL_FA)
    limit = int(load_pack().sla["lab"]["classes"][service_class]["p99"])
    expect.that(
        reply.exchange.elapsed_ms <= limit,
        title="a sender waits too long for word that a service is away",
        expected=f"an answer within {limit} ms",
        observed=f"{reply.exchange.elapsed_ms:.0f} ms",
        pointer="elapsed",
        reply=reply,
        fix=TELL,
        fix_fa=TELL_FA,
    )


def expect_once(expect: Expect, standing: list[JsonValue], reply: Reply) -> None:
    """Expect that the purchaser has exactly what the sender was told."""
    expect.that(
        same_json(standing, [reply.find("/prescriptionId") or None]),
        title="a repeated message has not exactly one effect",
        expected=f"one prescription at the service: {shown(reply.find('/prescriptionId'))}",
        observed=shown(standing),
        pointer="/prescriptionId",
        reply=reply,
        fix=ONCE,
        fix_fa=ONCE_FA,
    )


@conformance_case(
    "TC-GTW-WF-AWAY-001",
    verifies=("RM-P3-B", "RM-DITAS-DEDUP"),
    role="gateway",
    rulings=("RUL-100",),
    title_fa="سرویس دور از دسترس کددار اعلام می‌شود و پیام بعداً تحویل نمی‌شود",
    needs=("services_url", "peer_control"),
    alone=True,  # takes the purchaser away
)
def tc_an_absent_service_is_told(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells that a service is away and delivers nothing behind its sender.

    Given a purchaser that is away, when a prescription and a question are sent, then both hear 503
    in time; once it is back nothing has arrived, and the repetition registers it once.
    """
    payload = journeys.draft(sut, data)
    document, key = sut.signed("prescription", payload, "dr01"), data.key("once")
    with away(sut, PURCHASER):
        lost = flow.send(sut, document, key, "stimulus: register while it is away")
        unasked = flow.ask_price(sut, data, "stimulus: ask while it is away")
    expect_unavailable(expect, lost, "save")
    expect_unavailable(expect, unasked, "rules")

    eventually(
        sut,
        lambda: flow.ask_price(sut, data, "stimulus: it is back"),
        lambda one: one.status == HTTPStatus.OK,
        within=flow.BACK_WITHIN,
    )
    early = eventually(
        sut,
        lambda: journeys.find_by_hid(
            flow.through(sut), payload["hid"], step="observation: delivered later?"
        ),
        lambda one: bool(flow.rows_of(one, "/matches")),
        within=QUIET,
    )
    expect.field(early, "/matches", equals=[], fix=ONCE, fix_fa=ONCE_FA)
    rows, _ = arrivals(sut, lost, "observation: what arrived of it")
    expect.that(
        not rows,
        title="a message that was told undelivered is delivered later",
        expected="nothing of it at any service",
        observed=f"{len(rows)} arrivals",
        pointer="status",
        reply=lost,
        fix=ONCE,
        fix_fa=ONCE_FA,
    )
    again = flow.repeated(sut, document, key, while_told=UNAVAILABLE)
    expect.status(again, 201, fix=ONCE, fix_fa=ONCE_FA)
    expect_once(
        expect, flow.standing_under(sut, payload["hid"], "observation: at the service"), again
    )


@conformance_case(
    "TC-GTW-WF-AWAY-002",
    verifies=("ERX-A1-9-15",),
    role="gateway",
    rulings=("RUL-100",),
    title_fa="نبود یک سرویس دیگران را نمی‌بندد",
    needs=("peer_control",),
    alone=True,  # takes the purchaser away
)
def tc_other_services_stay_reachable(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT serves all others while one service is away, and it too once it is back.

    Given a purchaser that is away and messages to it that failed, when other services are asked
    through the IUT, then they answer; soon after it is back, the purchaser does as well.
    """
    others = (
        ("siam", "getCentre"),
        ("irimc", "getMember"),
        ("maksa", "getConcept"),
        ("eligibility", "inquireEligibility"),
        ("gateway", "getCatalogue"),
    )
    with away(sut, PURCHASER):
        failed = [flow.ask_price(sut, data, f"stimulus: fails, {number}") for number in (1, 2, 3)]
        heard = [
            flow.honest(sut, data, service, operation, f"stimulus: {service} meanwhile")
            for service, operation in others
        ]
    after = eventually(
        sut,
        lambda: flow.ask_price(sut, data, "stimulus: it is back"),
        lambda one: one.problem_code != UNAVAILABLE,
        within=flow.BACK_WITHIN,
    )

    expect.problem(failed[-1], status=503, code=UNAVAILABLE, fix=TELL, fix_fa=TELL_FA)
    fix = "Keep the failure of one service from the messages to others."
    fix_fa = "خرابی یک سرویس را به پیام‌های دیگر سرویس‌ها سرایت ندهید."
    for reply in heard:
        expect.status(reply, 200, fix=fix, fix_fa=fix_fa)
        expect.seal(reply, fix=fix, fix_fa=fix_fa)
    expect.status(after, 200, fix="Try a service again soon after it failed.", fix_fa=fix_fa)


def expect_one_event(expect: Expect, history: Reply, payload: JsonValue) -> None:
    """Expect that a document is in the record once."""
    expect.that(
        bool(through.event_of(history, payload["documentId"])),
        title="the copy of an outage is not once in the record",
        expected="one event of the document",
        observed=history.summary(),
        pointer="/entries",
        reply=history,
        fix=KEEP,
        fix_fa=KEEP_FA,
    )


@conformance_case(
    "TC-GTW-WF-AWAY-003",
    verifies=("RM-P8-A", "ERX-8-5-C"),
    role="gateway",
    rulings=("RUL-100", "RUL-028", "RUL-053"),
    title_fa="در نبود پرونده سند پذیرفته و رونوشت نگهداری می‌شود",
    needs=("peer_control",),
    alone=True,  # takes the record away and counts copies
)
def tc_copies_outlast_an_absent_record(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT accepts documents while the record is away and loses none of the copies.

    Given a record that is away, when a prescription is registered, then it is accepted and its copy
    waits; once the record is back the copy arrives there, once.
    """
    exchange = flow.through(sut)
    payload = journeys.draft(sut, data)
    before, _ = flow.copies(sut, "control: before")
    with away(sut, RECORD):
        made = journeys.submit(exchange, payload, "stimulus: register while the record is away")
        meanwhile, queue = flow.copies(sut, "observation: meanwhile")
    path = {"correlation": record.correlation_of(made)}
    copy = eventually(
        sut,
        lambda: exchange.call(
            "getRecordStatus", path=path, caller=OFFICE, step="observation: the record is back"
        ),
        lambda one: one.find("/state") == through.STORED,
        within=COPIED_WITHIN if made.status == HTTPStatus.CREATED else 0.0,
    )

    expect.status(made, 201, fix=KEEP, fix_fa=KEEP_FA)
    expect.that(
        meanwhile == before + 1 and (queue.find("/waiting") or 0) > 0,
        title="the copy for an absent record does not wait",
        expected="one copy more, and one that waits",
        observed=f"{before} copies, then {meanwhile}, waiting {shown(queue.find('/waiting'))}",
        pointer="/waiting",
        reply=queue,
        fix=KEEP,
        fix_fa=KEEP_FA,
    )
    _, late = flow.copies(sut, "observation: the queue")
    waits = copy.find("/state") is MISSING and (late.find("/waiting") or 0) > 0
    through.expect_copied(expect, through.Copied(copy, waits))
    if not waits:
        rx = journeys.Registered(payload, made, "P01")
        expect_one_event(expect, through.history(sut, data, rx, "observation: history"), payload)


def _faults_of(reply: Reply, service: str) -> int:
    rows = [row for row in flow.rows_of(reply, "/services") if row.get("service") == service]
    counts = [row.get("faults") for row in rows]
    return sum(one for one in counts if type(one) is int)


@conformance_case(
    "TC-GTW-WF-AWAY-004",
    verifies=("ERX-8-3-C", "RM-P3-C"),
    role="gateway",
    rulings=("RUL-100",),
    title_fa="پیام تحویل‌نشده در سابقه و ترافیک می‌ماند",
    needs=("peer_control",),
    alone=True,  # takes the purchaser away and counts its faults
)
def tc_failed_messages_are_accounted_for(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT keeps messages it could not deliver in its log and counts them as faults.

    Given a purchaser that is away, when a message to it fails, then its sender finds it in the log
    with the answer it got, and traffic counts one fault more of that service.
    """
    before = sut.call("getTraffic", caller=OFFICE, step="control: traffic before")
    with away(sut, PURCHASER):
        failed = flow.ask_price(sut, data, "stimulus: fails")
    after = sut.call("getTraffic", caller=OFFICE, step="stimulus: traffic after")
    told = flow.logged(sut, failed, "stimulus: the log", PHARMACY)

    expect.control(before, 200)
    fix, fix_fa = "Account for every message.", "هر پیام را در سابقه و ترافیک نگه دارید."
    rows = [
        (row.get("service"), row.get("operation"), row.get("status"))
        for row in flow.rows_of(told, "/messages")
    ]
    expect.that(
        rows == [(PURCHASER, "price", 503)],
        title="a message that could not be delivered is not in the log",
        expected="purchaser price with status 503",
        observed=str(rows)[:200] if rows else told.summary(),
        pointer="/messages",
        reply=told,
        fix=fix,
        fix_fa=fix_fa,
    )
    faults = _faults_of(after, PURCHASER) - _faults_of(before, PURCHASER)
    expect.that(
        faults == 1,
        title="an outage of a service is not counted as its fault",
        expected="one fault more of the purchaser",
        observed=f"{faults} more",
        pointer="/services",
        reply=after,
        requirement="RM-P3-C",
        fix=fix,
        fix_fa=fix_fa,
    )


def _told(reply: Reply) -> JsonValue:
    """Return what readiness tells of the purchaser; services are optional, so perhaps nothing."""
    return reply.find(f"/services/{PURCHASER}") if reply.status == HTTPStatus.OK else None


@conformance_case(
    "TC-GTW-WF-AWAY-005",
    verifies=("RM-P3-C",),
    role="gateway",
    rulings=("RUL-100",),
    title_fa="آمادگی درگاه سرویس دور از دسترس را آماده نمی‌نامد",
    needs=("peer_control",),
    alone=True,  # takes the purchaser away
)
def tc_readiness_tells_who_is_away(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT does not name a service as ready that it has just failed to reach.

    Given a purchaser that is away, when a message to it has failed, then readiness does not name it
    as ready; once it is back it is named as ready again.
    """
    with away(sut, PURCHASER):
        failed = flow.ask_price(sut, data, "stimulus: fails")
        meanwhile = sut.call("getReadiness", caller=OFFICE, step="stimulus: readiness meanwhile")
    after = eventually(
        sut,
        lambda: sut.call("getReadiness", caller=OFFICE, step="stimulus: readiness afterwards"),
        lambda one: _told(one) in {True, MISSING},
        within=flow.BACK_WITHIN,
    )

    expect.problem(failed, status=503, code=UNAVAILABLE, fix=TELL, fix_fa=TELL_FA)
    for reply, wanted in ((meanwhile, False), (after, True)):
        expect.that(
            _told(reply) in {wanted, MISSING},
            title="readiness does not follow the state of a service",
            expected=f"purchaser {'ready' if wanted else 'not ready'}, or not named",
            observed=f"{reply.summary()}, services {shown(reply.find('/services'))}",
            pointer=f"/services/{PURCHASER}",
            reply=reply,
            fix="Tell in readiness which services could be reached.",
            fix_fa="در آمادگی بگویید کدام سرویس‌ها در دسترس‌اند.",
        )


@conformance_case(
    "TC-GTW-WF-AWAY-006",
    verifies=("RM-DITAS-DEDUP", "RM-P8-A"),
    role="gateway",
    rulings=("RUL-100",),
    title_fa="پاسخ گم‌شده پیام را دو بار اثر نمی‌دهد",
    needs=("services_url", "peer_control"),
    alone=True,  # loses an answer of the purchaser
)
def tc_a_lost_answer_doubles_nothing(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lets a message have one effect whose answer was lost on the way.

    Given a purchaser whose answer to a registration is lost, when the sender repeats it under the
    same key, then it hears the registration, which stands once, with one copy for the record.
    """
    payload = journeys.draft(sut, data)
    document, key = sut.signed("prescription", payload, "dr01"), data.key("lost answer")
    loses_answer(sut, PURCHASER)
    lost = flow.send(sut, document, key, "stimulus: register, and the answer is lost")
    again = flow.repeated(sut, document, key, while_told=UNAVAILABLE)

    expect.that(
        lost.problem_code == UNAVAILABLE
        or same_json(lost.find("/prescriptionId") or None, again.find("/prescriptionId") or 0),
        title="a sender whose answer was lost is told something else",
        expected=f"503 {UNAVAILABLE}, or the registration itself",
        observed=lost.summary(),
        pointer="status",
        reply=lost,
        fix=TELL,
        fix_fa=TELL_FA,
    )
    expect.status(again, 201, fix=ONCE, fix_fa=ONCE_FA)
    expect_once(
        expect, flow.standing_under(sut, payload["hid"], "observation: at the service"), again
    )
    rx = journeys.Registered(payload, again, "P01")
    seen = eventually(
        sut,
        lambda: through.history(flow.through(sut), data, rx, "observation: the history"),
        lambda one: bool(through.event_of(one, payload["documentId"])),
        within=COPIED_WITHIN,
    )
    _, queue = flow.copies(sut, "observation: the queue")
    if not queue.find("/waiting"):
        expect_one_event(expect, seen, payload)
