"""Life cycles around the record: consents, cases of record errors, tickets."""

from __future__ import annotations

from functools import partial

from lab.kit import Caller, Expect, Generated, Reply, Sut, SyntheticData, conformance_case
from suites import record_journeys as record
from suites.property.course import Act, Thing, run

CASE_CODES = frozenset({"CASE_STATE_CONFLICT"})
HOLDERS = ("facility", "vendor", "ministry")
VENDORS_CODE = "RESULT_UNIT_INVALID"
TICKET_CODES = frozenset({"TICKET_STATE_CONFLICT"})


@conformance_case(
    "TC-EHR-PROP-LC-001",
    verifies=("RM-EHR-OWN",),
    role="ehr",
    title_fa="چرخهٔ زندگی رضایت",
)
def tc_a_consent_ends_once(
    sut: Sut, data: SyntheticData, expect: Expect, generated: Generated
) -> None:
    """Ensure that the IUT ends a consent with its revocation and for good.

    Given a consent of a person, when it is revoked once and again in generated orders, then the
    first revocation is taken, every later one refused, and the state read back is that of the
    model.
    """

    def begin() -> Thing:
        path = {"consentId": record.granted(sut, data, "P01", "office-2")}
        call = partial(sut.call, path=path, caller=record.OFFICE)

        def revoke(reason: str, step: str) -> Reply:
            return call("revokeConsent", body={"reason": data.reason(reason)}, step=step)

        codes = frozenset({"CONSENT_STATE_CONFLICT"})
        unknown = frozenset({"CODE_UNKNOWN", "CONSENT_STATE_CONFLICT"})
        return Thing(
            acts=[
                Act("revokeConsent", "revoked", partial(revoke, "CONSENT_REVOKED"), codes),
                Act(
                    "revokeConsent",
                    "nothing",
                    partial(revoke, "PATIENT_LEFT"),
                    unknown,
                    name="revocation for a reason of something else",
                ),
            ],
            reading=lambda step: call("getConsent", step=step),
        )

    run("consent", begin, expect, generated)


def _case_course(sut: Sut, expect: Expect, generated: Generated) -> None:
    def begin() -> Thing:
        body = {"text": "our result is refused", "code": VENDORS_CODE}
        made = sut.call("reportCase", body=body, caller=record.LAB, step="preamble: report a case")
        path = {"caseId": str(made.required("/caseId"))}
        call = partial(sut.call, path=path, caller=record.LAB)

        def advance(to: str, step: str) -> Reply:
            return call("advanceCase", body={"to": to, "text": f"to {to}"}, step=step)

        beyond = frozenset({"with_facility", "with_vendor", "with_ministry", "solved", "closed"})
        acts = [
            Act(
                "advanceCase",
                f"with_{to}",
                partial(advance, to),
                CASE_CODES,
                # The first step is the owner's alone; who that is, another case asks.
                within=frozenset() if to == "vendor" else beyond,
                name=f"hand over to {to}",
            )
            for to in HOLDERS
        ]
        acts += [
            Act("advanceCase", to, partial(advance, to), CASE_CODES, name=to)
            for to in ("solved", "closed")
        ]
        return Thing(acts, lambda step: call("getCase", step=step))

    run("case", begin, expect, generated)


@conformance_case(
    "TC-SRM-PROP-LC-001",
    verifies=("SEP-ERR-9", "SEP-ERR-8"),
    role="sepas_monitor",
    title_fa="چرخهٔ زندگی پروندهٔ خطا",
)
def tc_a_case_lives_as_published(sut: Sut, expect: Expect, generated: Generated) -> None:
    """Ensure that the IUT follows a case of a record error to its end, and no further.

    Given a case of the vendor's class, when it is handed over, solved and closed in generated
    orders, then each step is taken or refused as lifecycles.yaml says and the state read back is
    that of the model.
    """
    _case_course(sut, expect, generated)


@conformance_case(
    "TC-ISS-PROP-LC-001",
    verifies=("SEP-ERR-9", "SEP-ERR-8"),
    role="issue_tracker",
    title_fa="چرخهٔ زندگی پروندهٔ خطا در پیگیری",
)
def tc_a_tracked_case_lives_as_published(sut: Sut, expect: Expect, generated: Generated) -> None:
    """Ensure that the IUT follows a tracked case to its end, and no further.

    Given a case of the vendor's class, when it is handed over, solved and closed in generated
    orders, then each step is taken or refused as lifecycles.yaml says and the state read back is
    that of the model.
    """
    _case_course(sut, expect, generated)


@conformance_case(
    "TC-SUP-PROP-LC-001",
    verifies=("ERX-14-A",),
    role="support_portal",
    title_fa="چرخهٔ زندگی تیکت",
)
def tc_a_ticket_lives_as_published(sut: Sut, expect: Expect, generated: Generated) -> None:
    """Ensure that the IUT keeps a ticket open, answered or closed by who wrote last.

    Given a ticket, when centre and support write and close in generated orders, then each note is
    taken or refused as lifecycles.yaml says and the state read back is that of the model; a closed
    ticket takes nothing more.
    """

    def begin() -> Thing:
        body = {"subject": "no answer", "text": "the gateway is silent", "urgency": "high"}
        made = sut.call("openTicket", body=body, caller=record.OFFICE, step="preamble: a ticket")
        path = {"ticketId": str(made.required("/ticketId"))}

        def note(caller: Caller, close: bool, step: str) -> Reply:
            told = {"text": f"note at {step}", "close": close}
            return sut.call("addTicketNote", path=path, body=told, caller=caller, step=step)

        def read(step: str) -> Reply:
            return sut.call("getTicket", path=path, caller=record.OFFICE, step=step)

        centre = partial(note, record.OFFICE, False)
        support = partial(note, record.MINISTRY, False)
        close = partial(note, record.OFFICE, True)
        by = "addTicketNote"
        opening, going = frozenset({"open", "closed"}), frozenset({"answered", "in_work"})
        return Thing(
            acts=[
                Act(by, "open", centre, TICKET_CODES, within=opening, name="note of the centre"),
                Act(by, "in_work", centre, TICKET_CODES, within=going, name="note of the centre"),
                Act(by, "answered", support, TICKET_CODES, name="note of support"),
                Act(by, "closed", close, TICKET_CODES, name="close"),
            ],
            reading=read,
        )

    run("ticket", begin, expect, generated)
