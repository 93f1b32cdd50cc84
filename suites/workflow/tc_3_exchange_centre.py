"""Document 003, principle 3: the exchange centre routes, counts and shows its service level."""

from __future__ import annotations

from collections.abc import Mapping

from fixtures import load_pack
from lab.kit import Expect, Reply, Sut, SyntheticData, conformance_case
from lab.model.base import JsonValue
from suites import record_journeys as record
from suites.answers.examples import agrees

LEVELS = ("p50", "p95", "p99")


def routed(sut: Sut, data: SyntheticData, step: str) -> Reply:
    """Ask the purchaser, through the gateway, for a prescription that nobody registered."""
    path = {"prescriptionId": data.uuid("nobody registered this")}
    return sut.environment(
        "purchaser", "getPrescription", path=path, caller=record.OFFICE, step=step
    )


def counted(sut: Sut, step: str) -> tuple[Mapping[str, JsonValue], Reply]:
    """Return the counters of the purchaser, empty where there are none, and the answer."""
    reply = sut.call("getTraffic", caller=record.OFFICE, step=step)
    rows = reply.required("/services")
    found = [
        one
        for one in (rows if isinstance(rows, list) else [])
        if isinstance(one, Mapping) and one.get("service") == "purchaser"
    ]
    return (found[0] if found else {}), reply


def number(row: Mapping[str, JsonValue], name: str) -> int:
    """Return a counter, 0 where there is none."""
    value = row.get(name, 0)
    return value if isinstance(value, int) else 0


def limits_told(reply: Reply) -> dict[str, JsonValue]:
    """Return the limits of the classes of service as an answer tells them, by class."""
    rows = reply.find("/classes")
    listed = rows if isinstance(rows, list) else []
    return {str(row.get("class")): row.get("limitMs") for row in listed if isinstance(row, Mapping)}


def limits_of(pack: str, reply: Reply) -> dict[str, JsonValue]:
    """Return the limits of the pack for the profile that is told; none when it has no such one."""
    profile = load_pack(pack).sla.get(str(reply.find("/profile")), {})
    return {
        name: {level: limits[level] for level in LEVELS}
        for name, limits in profile.get("classes", {}).items()
    }


@conformance_case(
    "TC-GTW-WF-TRA-001",
    verifies=("RM-P3-C", "RM-P3-E", "RM-DITAS-CTRL"),
    role="gateway",
    title_fa="رد درخواست خطای سرویس نیست",
    alone=True,  # counters of the whole exchange
)
@conformance_case(
    "TC-XCH-WF-TRA-001",
    verifies=("RM-P3-C", "RM-P3-E", "RM-P5-A", "RM-PRE-SLA"),
    role="exchange_centre",
    title_fa="رد درخواست خطای سرویس نیست",
    alone=True,  # counters of the whole exchange
)
def tc_refusals_are_no_faults(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts a routed message and tells refusals from faults of a service.

    Given the counters of a service, when a message to it is refused with a coded reason, then calls
    and refusals have grown and faults have not, and every class of service states its limits.
    """
    before, _ = counted(sut, "control: counters before")
    refused = routed(sut, data, "stimulus: a message that is refused")
    expect.control(refused, (403, 404))

    after, reply = counted(sut, "observation: counters after")

    grown = {name: number(after, name) - number(before, name) for name in ("calls", "refusals")}
    faults = number(after, "faults") - number(before, "faults")
    expect.that(
        min(grown.values()) >= 1 and faults == 0,
        title="a refusal is not counted as refusal",
        expected="calls and refusals grown, faults as before",
        observed=f"{grown}, faults {faults:+d}",
        pointer="/services",
        reply=reply,
        fix="Count 4xx with a code as refusals, 5xx as faults.",
        fix_fa="رد کدشده را از خطای سرویس جدا بشمارید.",
    )
    expect.field(
        reply,
        "/classes/0/limitMs/p95",
        present=True,
        requirement="RM-P3-E",
        fix="State the limits of every class of service.",
        fix_fa="حد هر کلاس سرویس را نشان دهید.",
    )
    told, wanted = limits_told(reply), limits_of(sut.profile.pack, reply)
    expect.that(
        told == wanted,
        title="the limits told are not those of the service level",
        expected="p50, p95 and p99 of every class as sla.yaml has them",
        observed=str(told)[:400],
        pointer="/classes",
        reply=reply,
        requirement=expect.about("RM-P5-A"),
        fix="Read the limits from the profile of sla.yaml that is told.",
        fix_fa="حدها را از همان نمایهٔ sla.yaml که اعلام می‌شود بخوانید.",
    )


@conformance_case(
    "TC-GTW-WF-LOG-001",
    verifies=("RM-P3-B", "RM-P3-C"),
    role="gateway",
    title_fa="رد پیام فقط برای فرستنده",
)
@conformance_case(
    "TC-XCH-WF-LOG-001",
    verifies=("RM-P3-B", "RM-P3-C"),
    role="exchange_centre",
    title_fa="رد پیام فقط برای فرستنده",
)
def tc_the_log_is_the_senders(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells where a message was routed to its sender and to no other centre.

    Given a message that was routed, when its sender asks for it by correlation, then service and
    operation are told; when another centre asks, then nothing is told.
    """
    path = {"correlation": record.correlation_of(routed(sut, data, "preamble: a message"))}

    own = sut.call("getMessages", path=path, caller=record.OFFICE, step="stimulus: the sender")
    other = sut.call("getMessages", path=path, caller=record.SECOND, step="stimulus: another")

    expect.field(
        own,
        "/messages/0/operation",
        equals="getPrescription",
        fix="Log every routed message with its operation.",
        fix_fa="هر پیام مسیریابی‌شده را با عملیات آن ثبت کنید.",
    )
    expect.that(
        "getPrescription" not in record.text_of(other.find("/messages")),
        title="the log of a centre is shown to another",
        expected="nothing about the message",
        observed=other.summary(),
        pointer="/messages",
        reply=other,
        fix="Tell a message to the centre that sent it.",
        fix_fa="پیام را فقط به مرکز فرستنده نشان دهید.",
    )


@conformance_case(
    "TC-XCH-WF-LOG-002",
    verifies=("RM-P3-B", "RM-P3-C"),
    role="exchange_centre",
    title_fa="همهٔ پیام‌های یک کد همبستگی به ترتیب",
)
def tc_one_correlation_is_told_in_order(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells all messages of one correlation, in order, with their services.

    Given messages to three services under one correlation, the last one refused, when their sender
    asks for the correlation, then all three are told as they were routed and answered.
    """
    course = {"ditas-correlation": data.uuid("one course")}
    insured = {"patient": data.person_id("P01"), "centre": data.centre("office-1").siam_id}
    pharmacy = {"siamId": data.centre("pharmacy-1").siam_id}
    nobody = {"prescriptionId": data.uuid("nobody registered this either")}
    caller, headers = record.OFFICE, course
    sent = [
        sut.environment(
            "eligibility", "inquireEligibility", body=insured, caller=caller, headers=headers
        ),
        sut.environment("siam", "getCentre", path=pharmacy, caller=caller, headers=headers),
        sut.environment(
            "purchaser", "getPrescription", path=nobody, caller=caller, headers=headers
        ),
    ]

    path = {"correlation": course["ditas-correlation"]}
    told = sut.call("getMessages", path=path, caller=caller, step="stimulus: the correlation")

    rows = [
        {"service": one.service, "operation?": one.operation, "status": one.status} for one in sent
    ]
    agrees(expect, told, {**path, "messages": {"$in_order": rows}})
