"""Clause 8-3: all services are offered through DITAS, and one log tells what went through it."""

from __future__ import annotations

from fixtures import load_pack
from lab.kit import Call, Caller, Expect, Sut, SyntheticData, conformance_case
from suites import gateway_flow as flow
from suites import record_journeys as record
from suites.journeys import OFFICE, PHARMACY

OK = 200
OFFERED: dict[str, tuple[tuple[str, ...], str, tuple[str, ...], str]] = {
    "101": (
        ("ERX-A1-10-6", "ERX-8-3-B"),
        "قواعد بیمه و استحقاق از راه درگاه",
        ("eligibility.inquireEligibility", "insurance_rules.evaluateRules"),
        "Ensure that the IUT offers insurance rules and eligibility, sealed by who answers.",
    ),
    "102": (
        ("ERX-A1-10-10", "ERX-8-3-B"),
        "خدمات بیمه‌گران از راه درگاه",
        ("adjudication.submitClaim", "complementary.issueGuarantee", "fiscal.getTerminal"),
        "Ensure that the IUT offers the services of insurers, sealed by the insurer's system.",
    ),
    "103": (
        ("ERX-8-3-B", "ERX-8-3-A", "RM-P3-G"),
        "مراجع سلامت از راه درگاه",
        (
            "siam.getCentre", "irimc.getMember", "maksa.getConcept", "ttac.verifyProduct",
            "identity.inquireIdentity", "health_rules.evaluateHealthRules",
        ),
        "Ensure that the IUT offers the registries of health, sealed by the registry asked.",
    ),
    "104": (
        ("ERX-8-3-B", "ERX-8-3-A"),
        "پرونده، امضا و شهروند از راه درگاه",
        (
            "sepas.submitLaboratoryResult", "pki.validateCertificate", "esign.enrolSigner",
            "citizen.createReferral", "support.openTicket", "emergency.listOutages",
        ),
        "Ensure that the IUT offers record, signatures and citizen services, sealed by each.",
    ),
}  # fmt: skip
"""Case number: requirements, Persian title, operations, purpose."""


def tc_services_are_offered(
    sut: Sut, data: SyntheticData, expect: Expect, offered: tuple[str, ...]
) -> None:
    """Ensure that the IUT offers services of others as if they were called themselves.

    Given honest messages to services behind the IUT, when they are sent to its address, then each
    is answered as its contract says, under the unbroken seal of the service that answered.
    """
    for name in offered:
        service, _, operation = name.partition(".")

        reply = flow.honest(sut, data, service, operation, f"stimulus: {name}")

        expect.schema(
            reply,
            title=f"{name} is not offered through the gateway",
            fix="Route every service of the catalogue and hand its answers on.",
            fix_fa="همهٔ خدمات فهرست را مسیریابی کنید و پاسخ را همان‌گونه برسانید.",
        )
        expect.that(
            reply.status in {200, 201},
            title=f"{name} is not answered through the gateway",
            expected="status 200 or 201 for an honest message",
            observed=reply.summary(),
            pointer="status",
            reply=reply,
            fix="Route every service of the catalogue.",
            fix_fa="همهٔ خدمات فهرست را مسیریابی کنید.",
        )
        expect.seal(
            reply,
            title=f"the seal on the answer of {name} is broken on the way",
            fix="Hand bodies on byte for byte; reading and writing JSON anew breaks the seal.",
            fix_fa="بدنهٔ پاسخ را بایت‌به‌بایت برسانید.",
        )


def _register() -> None:
    for number, (verifies, title_fa, offered, purpose) in OFFERED.items():
        conformance_case(
            f"TC-GTW-WF-FLOW-{number}",
            verifies=verifies,
            role="gateway",
            title_fa=title_fa,
            purpose=purpose,
            given={"offered": offered},
        )(tc_services_are_offered)


_register()


@conformance_case(
    "TC-GTW-WF-FLOW-105",
    verifies=("ERX-8-3-C",),
    role="gateway",
    title_fa="سابقهٔ واحد پیام‌های یک کد همبستگی",
)
def tc_one_correlation_is_one_history(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells all messages of one correlation, in order, with their services.

    Given a course of messages to three services under one correlation, the last one refused, when
    its sender asks for the correlation, then all three are told as they were sent and answered.
    """
    course = {"ditas-correlation": data.uuid("one course")}
    insured = {"patient": data.person_id("P01"), "centre": data.centre("office-1").siam_id}
    centre = {"siamId": data.centre("pharmacy-1").siam_id}
    nobody = {"prescriptionId": data.uuid("nobody registered this")}
    replies = [
        sut.call(
            name, service=service, caller=OFFICE, headers=course, step=f"stimulus: {name}", **m
        )
        for service, name, m in (
            ("eligibility", "inquireEligibility", {"body": insured}),
            ("siam", "getCentre", {"path": centre}),
            ("purchaser", "getPrescription", {"path": nobody}),
        )
    ]

    told = flow.logged(sut, replies[0], "observation: the log")

    expect.control(replies[0], OK)
    wanted = [(one.service, one.operation, one.status) for one in replies]
    seen = [
        (row.get("service"), row.get("operation"), row.get("status"))
        for row in flow.rows_of(told, "/messages")
    ]
    expect.that(
        seen == wanted,
        title="the log of a correlation is not its messages in order",
        expected=str(wanted),
        observed=str(seen)[:300] or told.summary(),
        pointer="/messages",
        reply=told,
        fix="Write every routed message to the log, questions and refusals as well, in order.",
        fix_fa="هر پیام، پرسش یا ردشده، را به ترتیب در سابقه بنویسید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-106",
    verifies=("RM-DITAS-CAT",),
    role="gateway",
    title_fa="کاتالوگ کامل و فراخواندنی",
)
def tc_the_catalogue_is_complete(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT lists every service with owner, version, terms and callable operations.

    Given the published contracts, when the catalogue is read, then each service stands there once
    with version, owner, terms and its operations, and one that is listed is answered.
    """
    shown = sut.call("getCatalogue", caller=OFFICE, step="stimulus: catalogue")
    called = flow.honest(sut, data, "insurance_rules", "evaluateRules", "control: a listed service")

    expect.control(called, OK)
    expect.schema(shown, fix="Answer as in the contract.")
    rows = {str(one.get("name")): one for one in flow.rows_of(shown, "/services")}
    for name, contract in load_pack(sut.profile.pack).contracts.items():
        row = rows.get(name, {})
        listed = {
            one.get("operation") for one in row.get("operations") or () if isinstance(one, dict)
        }
        wanted = {
            one["operationId"]
            for item in contract["paths"].values()
            for one in item.values()
            if isinstance(one, dict) and "operationId" in one
        }
        version = contract["info"]["version"]
        held = row.get("version") == version and listed == wanted
        expect.that(
            held and bool(row.get("owner")) and bool(row.get("terms")),
            title=f"the catalogue does not show {name} as published",
            expected=f"{name} {version}, owner, terms, {len(wanted)} operations",
            observed=f"{row.get('version')!r}, {len(listed)} operations, keys {sorted(row)}",
            pointer="/services",
            reply=shown,
            fix="Keep the catalogue up with the published contracts.",
            fix_fa="کاتالوگ را با قراردادهای منتشرشده به‌روز نگه دارید.",
        )


@conformance_case(
    "TC-GTW-WF-FLOW-107",
    verifies=("ERX-A1-9-15",),
    role="gateway",
    title_fa="آمادگی زیرساخت تبادل",
)
def tc_readiness_looks_at_the_services(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT tells whether the services of the exchange can be used.

    Given an exchange that answers, when readiness is asked for, then it is ready, and where it
    speaks of single services, which its contract leaves open, each of the catalogue is ready.
    """
    answered = flow.honest(sut, data, "siam", "getCentre", "control: a service answers")

    reply = sut.call("getReadiness", caller=OFFICE, step="stimulus: readiness")

    expect.control(answered, OK)
    expect.field(reply, "/ready", equals=True, fix="Tell that the exchange is ready.")
    told = reply.find("/services")
    ready = {name for name, state in told.items() if state is True} if told else set()
    every = set(load_pack(sut.profile.pack).contracts) if told else set()
    missing = every - ready
    expect.that(
        not missing,
        title="readiness does not speak of every service",
        expected="every service of the catalogue, ready",
        observed=f"nothing of {', '.join(sorted(missing)) or 'none'}",
        pointer="/services",
        reply=reply,
        fix="Ask the services themselves before you call the exchange ready.",
        fix_fa="پیش از اعلام آمادگی، وضعیت هر سرویس را بسنجید.",
    )


@conformance_case(
    "TC-GTW-WF-FLOW-108",
    verifies=("RM-PRE-SLA",),
    role="gateway",
    title_fa="خطای درگاه به حساب سرویس نیست",
    alone=True,  # counters of the whole exchange
)
def tc_failures_belong_to_one_side(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT counts its own refusals apart from those of the service behind it.

    Given the counters of a service, when the IUT itself turns a message away for the role of its
    sender and the service refuses another, then the counters grow by the second one only.
    """
    path = {"prescriptionId": data.uuid("nobody registered this")}
    own, answer = Caller("business-1", person="dr02"), "getPrescription"
    before = _counted(sut, "control: counters before")
    turned = sut.call(answer, service="purchaser", path=path, caller=own, step="stimulus: role")
    refused = sut.call(answer, service="purchaser", path=path, caller=OFFICE, step="stimulus: id")
    expect.control(refused, 404)

    after = _counted(sut, "observation: counters after")

    expect.problem(
        turned,
        status=403,
        code="ADMISSION_ROLE_NOT_ALLOWED",
        fix="Refuse an operation that is not for the role of the caller.",
        fix_fa="عملیات خارج از نقش را رد کنید.",
    )
    grown = tuple(now - then for now, then in zip(after, before, strict=True))
    expect.that(
        grown == (1, 1),
        title="a refusal of the gateway is put down to the service",
        expected="one call and one refusal more at the service",
        observed=f"{grown[0]} calls and {grown[1]} refusals more",
        pointer="/services",
        reply=refused,
        fix="Count for a service only what it was asked and what it answered.",
        fix_fa="برای هر سرویس فقط پیام‌های رسیده به آن را بشمارید.",
    )


def _counted(sut: Sut, step: str) -> tuple[int, int]:
    """Return calls and refusals of the purchaser."""
    reply = sut.call("getTraffic", caller=OFFICE, step=step)
    rows = {str(one.get("service")): one for one in flow.rows_of(reply, "/services")}
    found = rows.get("purchaser", {})
    calls, refusals = found.get("calls", 0), found.get("refusals", 0)
    return (calls if type(calls) is int else 0), (refusals if type(refusals) is int else 0)


@conformance_case(
    "TC-GTW-WF-FLOW-109",
    verifies=("RM-SCALE-A",),
    role="gateway",
    title_fa="پیام‌های هم‌زمان مراکز بسیار",
)
def tc_many_at_once_are_answered_each(sut: Sut, data: SyntheticData, expect: Expect) -> None:
    """Ensure that the IUT answers centres that ask at the same instant, each what it asked for.

    Given sixteen questions of four centres about sixteen centres, when all are sent at once, then
    every one is answered, none is refused for the others, and each tells the centre asked for.
    """
    callers = (OFFICE, record.SECOND, PHARMACY, Caller("pharmacy-2", person="ph02"))
    asked = [one.siam_id for one in list(data.world.centres.values())[:16]]
    calls = [
        Call("getCentre", path={"siamId": name}, caller=callers[at % 4], service="siam")
        for at, name in enumerate(asked)
    ]

    replies = sut.parallel(calls, step="stimulus: all at once")

    told = [str(reply.find("/siamId")) for reply in replies]
    wrong = [reply for reply, name in zip(replies, asked, strict=True) if name not in told]
    expect.that(
        told == asked,
        title="messages at the same instant are lost or mixed up",
        expected="16 answers, each about the centre that was asked for",
        observed=f"{sum(a == b for a, b in zip(told, asked, strict=True))} right answers",
        pointer="/siamId",
        reply=(wrong or replies)[0],
        fix="Serve centres side by side; limit senders, not the exchange.",
        fix_fa="به مراکز هم‌زمان پاسخ دهید؛ فقط فرستندهٔ پرترافیک را محدود کنید.",
    )
